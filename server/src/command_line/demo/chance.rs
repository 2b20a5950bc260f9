//! What happens to whom, and what things are called. The same customer of the same number always meets the
//! same, whatever the order in which all of them are dealt with.

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

const NAMES: [&str; 12] = [
    "ann", "bea", "carl", "dora", "emil", "fay", "gus", "hana", "ida", "jon", "kim", "lou",
];
const PICTURES: [&str; 8] = [
    "Picture: a harbour",
    "Picture: a lighthouse",
    "Picture: an old oak",
    "Picture: rain on glass",
    "Picture: two herons",
    "Film: a train at night",
    "Film: snow",
    "Text: a letter home",
];
/// What a bank says, and what a customer reads then.
const DECLINES: [(&str, &str); 3] = [
    ("generic_decline", "Your card was declined."),
    ("insufficient_funds", "Your card has insufficient funds."),
    ("expired_card", "Your card has expired."),
];

pub struct Chance(StdRng);

impl Chance {
    /// That of one visit of one customer.
    pub fn of(number: u32, visit: u32) -> Self {
        let seed = (u64::from(number) << 32) | u64::from(visit);
        Self(StdRng::seed_from_u64(seed))
    }

    /// Something that happens so often in a thousand times.
    pub fn in_thousand(&mut self, times: u32) -> bool {
        self.0.random_ratio(times, 1000)
    }

    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        self.0.random_range(least..=most)
    }

    /// One of these, the first of them most often; there is one at least.
    pub fn early<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let last = all.len().saturating_sub(1);
        let place = self
            .0
            .random_range(0..=last)
            .min(self.0.random_range(0..=last));
        all.get(place)
    }

    pub fn name(&mut self) -> &'static str {
        self.one_of(&NAMES)
    }

    pub fn picture(&mut self) -> &'static str {
        self.one_of(&PICTURES)
    }

    pub fn decline(&mut self) -> (&'static str, &'static str) {
        self.one_of(&DECLINES)
    }

    fn one_of<T: Copy + Default>(&mut self, all: &[T]) -> T {
        all.choose(&mut self.0).copied().unwrap_or_default()
    }
}
