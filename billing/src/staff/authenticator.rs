//! An app on somebody's device that shows another code every 30 seconds: TOTP, as
//! [RFC 6238](https://datatracker.ietf.org/doc/html/rfc6238) has it, with what all apps know: SHA-1 and
//! six digits. A device's clock may be 30 seconds off.

use totp_rs::{Builder, Secret, Totp};

use crate::{Error, Result, clock::Time};

/// Who asks for the code, as the app shows it.
const ISSUER: &str = "Tender";

/// What somebody gives to their app, once.
#[derive(Clone)]
pub struct Offer {
    /// For typing: base32 in groups of four.
    pub text: String,
    /// For a picture that the device reads, or for an app on this device.
    pub url: String,
}

impl Offer {
    pub(super) fn new(secret: &[u8], account: &str) -> Result<Self> {
        let broken = |_| Error::Broken("the secret of an app makes no address");
        let letters: Vec<char> = Secret::from(secret.to_vec()).to_base32().chars().collect();
        let groups = letters.chunks(4).map(String::from_iter);
        let url = Builder::new()
            .with_secret(secret.to_vec())
            .with_issuer(Some(ISSUER))
            .with_account_name(account)
            .build()
            .and_then(|totp| totp.to_url())
            .map_err(broken)?;
        Ok(Self {
            text: groups.collect::<Vec<_>>().join(" "),
            url,
        })
    }
}

/// A secret that nobody has yet.
pub(super) fn new_secret() -> Vec<u8> {
    Secret::generate().as_bytes().to_vec()
}

/// Which 30 seconds a code belongs to, counted from 1970: those of `now`, or the ones before or after.
/// How long that takes tells nothing about the code.
pub(super) fn step_of(secret: &[u8], code: &str, now: Time) -> Result<Option<i64>> {
    let totp: Totp = Builder::new()
        .with_secret(secret.to_vec())
        .build()
        .map_err(|_| Error::Broken("the secret of an app is none"))?;
    let step = totp.check(code, now.unix().try_into().unwrap_or_default());
    Ok(step.and_then(|step| step.try_into().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: RFC 6238, appendix B, the last six digits of each.
    #[test]
    fn codes_are_those_of_the_specification() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = |after| step_of(secret, code, Time::from_unix(seconds + after)).unwrap();
            assert_eq!(step(0), Some(seconds / 30));
            assert_eq!([step(-30), step(30)], [Some(seconds / 30); 2]);
            assert_eq!([step(-60), step(60)], [None; 2]);
        }
    }

    #[test]
    fn an_app_is_told_what_it_needs() {
        let offer = Offer::new(b"12345678901234567890", "ann@shop.example").unwrap();
        assert_eq!(offer.text, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert!(
            offer.url.starts_with("otpauth://totp/Tender:ann"),
            "{}",
            offer.url
        );
        assert!(
            offer
                .url
                .contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            "{}",
            offer.url
        );
    }
}
