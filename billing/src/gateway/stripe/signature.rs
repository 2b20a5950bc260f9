//! Whether a delivery comes from Stripe. Source: <https://docs.stripe.com/webhooks#verify-manually>.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far the time in a signature may be from ours, in seconds, on either side.
pub const TOLERANCE_S: i64 = 300;

/// Why a delivery was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the Stripe-Signature header is missing or there are several")]
    Header,
    #[error("the Stripe-Signature header has no readable time")]
    Time,
    #[error("the Stripe-Signature header has no v1 signature")]
    Scheme,
    #[error("the signature's time is more than five minutes away from ours")]
    Stale,
    #[error("the signature belongs to this body without, or with other, white space around it")]
    Changed,
    #[error("the signature belongs to another body or another secret")]
    Mismatch,
}

/// Accepts when any `v1` signature of the raw body matches under any of the secrets. Compares in
/// constant time. Other schemes are ignored, and so are values that cannot be read.
pub fn verify(
    header: &str,
    body: &[u8],
    secrets: &[String],
    now_unix_s: i64,
) -> Result<(), SignatureError> {
    let (mut time, mut signatures) = (None, Vec::new());
    for (scheme, value) in header
        .split(',')
        .filter_map(|part| part.trim().split_once('='))
    {
        match scheme {
            "t" if time.is_none() => time = Some(value),
            "v1" => signatures.extend(hex::decode(value)),
            _ => {}
        }
    }
    let time = time.ok_or(SignatureError::Time)?;
    let signed_at: i64 = time.parse().map_err(|_| SignatureError::Time)?;
    if signatures.is_empty() {
        return Err(SignatureError::Scheme);
    }
    if now_unix_s.abs_diff(signed_at) > TOLERANCE_S.unsigned_abs() {
        return Err(SignatureError::Stale);
    }
    let signs = |body: &[u8]| {
        secrets.iter().any(|secret| {
            signatures.iter().any(|signature| {
                mac(secret, time, body).is_some_and(|mac| mac.verify_slice(signature).is_ok())
            })
        })
    };
    let bare = body.trim_ascii();
    match signs(body) {
        true => Ok(()),
        // It stays refused; but whoever looks for the reason knows that the secret is right.
        false if signs(bare) || signs(&[bare, b"\n"].concat()) => Err(SignatureError::Changed),
        false => Err(SignatureError::Mismatch),
    }
}

/// The key is the whole secret as it stands, `whsec_` included.
fn mac(secret: &str, time: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn signed(secret: &str, time: i64, body: &[u8]) -> String {
        let signature = mac(secret, &time.to_string(), body)
            .unwrap()
            .finalize()
            .into_bytes();
        format!("t={time},v1={}", hex::encode(signature))
    }

    fn secrets() -> Vec<String> {
        vec!["whsec_old".into(), "whsec_new".into()]
    }

    /// Computed with `printf '1790000000.{}' | openssl dgst -sha256 -hmac whsec_new`.
    #[test]
    fn a_signature_made_elsewhere_is_accepted() {
        let header =
            "t=1790000000,v1=c0fd1e23b388608ef1a892bb62bcfb371a55e69a9421fb37dc8d4265635d99ac";
        assert_eq!(verify(header, b"{}", &secrets(), NOW), Ok(()));
    }

    #[test]
    fn every_active_secret_and_any_of_several_signatures_will_do() {
        for secret in ["whsec_old", "whsec_new"] {
            let header = signed(secret, NOW, b"{}");
            assert_eq!(verify(&header, b"{}", &secrets(), NOW), Ok(()));
            let rolled =
                header.replace(",v1=", &format!(",v1={},v0=aa,v1=zz,v1=", "00".repeat(32)));
            assert_eq!(verify(&rolled, b"{}", &secrets(), NOW), Ok(()));
        }
    }

    #[test]
    fn time_counts_on_both_sides() {
        for (age, expected) in [
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(SignatureError::Stale)),
            (-301, Err(SignatureError::Stale)),
        ] {
            let header = signed("whsec_new", NOW - age, b"{}");
            assert_eq!(verify(&header, b"{}", &secrets(), NOW), expected, "{age}");
        }
    }

    #[test]
    fn odd_headers_are_told_apart() {
        let good = signed("whsec_new", NOW, b"{}");
        let v0_only = good.replace("v1", "v0");
        let wrong_secret = signed("whsec_other", NOW, b"{}");
        let max = format!("t={},v1=00", i64::MIN);
        for (header, expected) in [
            ("", SignatureError::Time),
            ("v1=00", SignatureError::Time),
            ("t=soon,v1=00", SignatureError::Time),
            ("t=1790000000", SignatureError::Scheme),
            (&v0_only, SignatureError::Scheme),
            (&max, SignatureError::Stale),
            (&wrong_secret, SignatureError::Mismatch),
        ] {
            assert_eq!(
                verify(header, b"{}", &secrets(), NOW),
                Err(expected),
                "{header}"
            );
        }
    }

    #[test]
    fn white_space_around_a_body_is_told_from_another_secret() {
        for (signed_body, body, expected) in [
            ("{}", "{} ", SignatureError::Changed),
            ("{}", "\n{}\n", SignatureError::Changed),
            ("{}\n", "{}", SignatureError::Changed),
            ("{}", "[]", SignatureError::Mismatch),
        ] {
            let header = signed("whsec_new", NOW, signed_body.as_bytes());
            let verified = verify(&header, body.as_bytes(), &secrets(), NOW);
            assert_eq!(verified, Err(expected), "{signed_body:?} {body:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_answered(header in ".*", body: Vec<u8>) {
            prop_assert!(verify(&header, &body, &secrets(), NOW).is_err());
        }

        #[test]
        fn a_changed_body_is_refused(body: Vec<u8>, place: prop::sample::Index, flip in 1..=255u8) {
            let header = signed("whsec_new", NOW, &body);
            prop_assert_eq!(verify(&header, &body, &secrets(), NOW), Ok(()));
            let mut changed = body.clone();
            if changed.is_empty() {
                changed.push(flip);
            } else {
                let place = place.index(changed.len());
                changed[place] ^= flip;
            }
            prop_assert!(verify(&header, &changed, &secrets(), NOW).is_err());
        }
    }
}
