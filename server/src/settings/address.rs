//! Addresses that can be set.

use billing::store::Location;
use http::Uri;

/// An address such as `https://shop.example`, without a path.
pub fn origin(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
    let plain = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.authority().is_some()
        && uri.path_and_query().is_none_or(|rest| rest.as_str() == "/");
    if plain {
        Ok(text.to_owned())
    } else {
        Err("expected http://HOST or https://HOST".into())
    }
}

/// An address, perhaps with a path.
pub fn url(text: &str) -> Result<String, String> {
    let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
    let complete = matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some();
    if complete {
        Ok(text.to_owned())
    } else {
        Err("expected http:// or https://".into())
    }
}

/// The address of a PostgreSQL.
pub fn postgres(text: &str) -> Result<String, String> {
    match text.parse() {
        Ok(Location::Postgres(url)) => Ok(url),
        _ => Err("expected postgres://…".into()),
    }
}

/// Whether only this machine can reach it.
pub fn is_loopback(url: &str) -> bool {
    let authority = url
        .parse::<Uri>()
        .ok()
        .and_then(|uri| uri.authority().cloned());
    authority.is_some_and(|authority| {
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback())
    })
}
