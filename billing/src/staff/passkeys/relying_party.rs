//! The site as passkeys know it: each is made for a name, and answers only to pages of that name.

use std::net::IpAddr;

use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{Url, WebauthnResult},
};

/// Who asks, as the device shows it.
const NAME: &str = "Tender";

/// The name of this machine, for itself.
const THIS_MACHINE: &str = "localhost";

/// The specification's word for a site.
pub(crate) struct RelyingParty {
    origin: String,
    library: Webauthn,
}

impl RelyingParty {
    /// Of the address at which browsers reach the site. There is none without a name, or where others
    /// could listen. A number of this machine means the machine, which has a name.
    pub(crate) fn of(site: &str) -> Option<Self> {
        let mut url = Url::parse(site).ok()?;
        if is_loopback(&url) {
            url.set_host(Some(THIS_MACHINE)).ok()?;
        }
        let name = url.domain()?.to_owned();
        let is_private = url.scheme() == "https" || name == THIS_MACHINE;
        let library = is_private.then(|| library(&name, &url))?.ok()?;
        Some(Self {
            origin: url.origin().ascii_serialization(),
            library,
        })
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn library(&self) -> &Webauthn {
        &self.library
    }
}

fn library(name: &str, url: &Url) -> WebauthnResult<Webauthn> {
    WebauthnBuilder::new(name, url)?.rp_name(NAME).build()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let number = host.trim_matches(['[', ']']).parse::<IpAddr>();
    number.is_ok_and(|number| number.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_name_and_a_private_way() {
        let origin = |site| RelyingParty::of(site).map(|party| party.origin);
        for (site, at) in [
            ("https://shop.example", "https://shop.example"),
            ("https://shop.example:8443", "https://shop.example:8443"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://127.0.0.1:3000", "http://localhost:3000"),
            ("http://[::1]:3000", "http://localhost:3000"),
        ] {
            assert_eq!(origin(site).as_deref(), Some(at), "{site}");
        }
        for site in [
            "http://shop.example",
            "https://192.0.2.1",
            "http://10.0.0.1",
        ] {
            assert_eq!(origin(site), None, "{site}");
        }
    }
}
