//! Codes on paper, for whoever has lost the device with the app. Each works once.

use std::fmt;

use crate::secret::Secret;

/// How many are given at once.
pub(super) const CODES: usize = 10;

/// 80 random bits in base32, shown once. What is stored is its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    pub(super) fn random() -> Self {
        let bits = rand::random::<[u8; 10]>().to_vec();
        Self(totp_rs::Secret::from(bits).to_base32())
    }

    /// A code as somebody typed it: capitals, spaces and dashes do not matter.
    pub(super) fn typed(text: &str) -> Self {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        Self(letters.map(|letter| letter.to_ascii_uppercase()).collect())
    }

    pub(super) fn hash(&self) -> Vec<u8> {
        Secret::from(self.0.as_str()).hash()
    }
}

/// `abcd-efgh-ijkl-mnop`
impl fmt::Display for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters: Vec<char> = self.0.to_ascii_lowercase().chars().collect();
        let groups: Vec<_> = letters.chunks(4).map(String::from_iter).collect();
        f.write_str(&groups.join("-"))
    }
}

/// Never printed by accident.
impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let code = RecoveryCode::random();
        let shown = code.to_string();
        assert_eq!(shown.len(), 19, "{shown}");
        for typed in [
            shown.to_uppercase(),
            shown.replace('-', " "),
            shown.replace('-', ""),
        ] {
            assert_eq!(RecoveryCode::typed(&typed).hash(), code.hash());
        }
        assert!(RecoveryCode::random() != code);
    }
}
