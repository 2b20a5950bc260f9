//! Chance that comes out the same every time. Written here, so that a new version of a library
//! never repaints pictures that were paid for.

/// Steele, Lea and Flood's splitmix64.
pub(super) struct Dice(u64);

impl Dice {
    /// Dice that fall the same way whenever they are made from the same texts.
    pub(super) fn from_texts(texts: &[&str]) -> Self {
        const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
        let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
        Self(bytes.fold(FNV_OFFSET, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
        }))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly between two bounds.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        let unit = f64::from((self.next() >> 32) as u32) / f64::from(u32::MAX);
        low + (high - low) * unit
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.between(0.0, 1.0) < probability
    }

    pub(super) fn pick<T: Copy>(&mut self, choices: &[T], otherwise: T) -> T {
        let count = choices.len().max(1) as u64;
        choices
            .get((self.next() % count) as usize)
            .copied()
            .unwrap_or(otherwise)
    }
}
