//! What the words ask for: a kind of land, boats, birds.

use super::dice::Dice;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Land {
    Hills,
    Peaks,
    Dunes,
    Forest,
    Sea,
    City,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scene {
    pub(super) land: Land,
    pub(super) has_boats: bool,
    pub(super) has_birds: bool,
}

const LANDS: [(&[&str], Land); 6] = [
    (
        &[
            "sea", "ocean", "harbo", "boat", "ship", "sail", "lake", "wave", "water", "island",
            "coast", "beach", "whale", "fish", "river",
        ],
        Land::Sea,
    ),
    (
        &[
            "city", "town", "street", "tower", "roof", "skyline", "office", "window",
        ],
        Land::City,
    ),
    (
        &[
            "mountain", "peak", "alp", "summit", "cliff", "rock", "glacier",
        ],
        Land::Peaks,
    ),
    (&["desert", "dune", "sand", "camel", "mars"], Land::Dunes),
    (
        &[
            "forest", "wood", "tree", "pine", "fox", "bear", "owl", "deer", "jungle",
        ],
        Land::Forest,
    ),
    (
        &[
            "hill", "field", "meadow", "valley", "garden", "farm", "vineyard", "village",
        ],
        Land::Hills,
    ),
];

const ALL: [Land; 6] = [
    Land::Hills,
    Land::Peaks,
    Land::Dunes,
    Land::Forest,
    Land::Sea,
    Land::City,
];

impl Scene {
    pub(super) fn for_words(words: &[String], dice: &mut Dice) -> Self {
        let spoken = LANDS
            .iter()
            .find(|(names, _)| any_starts_with(words, names));
        let land = match spoken {
            Some((_, land)) => *land,
            None => dice.pick(&ALL, Land::Hills),
        };
        let has_boats = land == Land::Sea
            && (any_starts_with(words, &["boat", "ship", "sail", "harbo", "fish"])
                || dice.chance(0.6));
        let has_birds =
            any_starts_with(words, &["bird", "gull", "swallow", "crow"]) || dice.chance(0.5);
        Self {
            land,
            has_boats,
            has_birds,
        }
    }
}

/// The words of a text in lower case.
pub(super) fn split(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// `boats` answers to `boat`.
pub(super) fn any_starts_with(words: &[String], names: &[&str]) -> bool {
    words
        .iter()
        .any(|word| names.iter().any(|name| word.starts_with(name)))
}
