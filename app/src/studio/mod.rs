//! The demo product: a few words become a picture, and each picture costs credits. The same words
//! and the same spend always give the same picture, so nothing but the ledger entry is stored.

mod dice;
mod land;
mod palette;
mod picture;
mod scene;
mod sky;

use billing::money::Credits;

pub use picture::picture_svg;

/// What one picture costs.
pub const PRICE: Credits = Credits(5);

/// How long the words may be, in characters.
pub const MAX_WORDS_CHARS: usize = 80;

const NOTE: &str = "Picture: ";

/// A wish that the customer's credits were not enough for. In the context of the studio's page
/// when it is shown again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    pub available: Credits,
    pub required: Credits,
}

/// How a picture stands in the statement.
pub fn note(words: &str) -> String {
    format!("{NOTE}{words}")
}

/// The words of a picture, from its line in the statement.
pub fn words_of(note: &str) -> Option<&str> {
    note.strip_prefix(NOTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_statement() {
        assert_eq!(
            words_of(&note("a harbour at dusk")),
            Some("a harbour at dusk")
        );
        assert_eq!(words_of("Starter pack"), None);
    }

    #[test]
    fn a_picture_depends_on_nothing_but_words_and_id() {
        let picture = picture_svg("a harbour at dusk", "1");
        assert_eq!(picture, picture_svg("a harbour at dusk", "1"));
        assert_ne!(picture, picture_svg("a harbour at dusk", "2"));
        assert_ne!(picture, picture_svg("a harbour at dawn", "1"));
    }

    #[test]
    fn words_are_text_and_never_markup() {
        let picture = picture_svg("</title><script>\"&", "1");
        assert!(!picture.contains("<script>"));
        assert!(picture.contains("&lt;/title&gt;&lt;script&gt;&quot;&amp;"));
    }
}
