//! Colours that go together, one set for each hour and weather a picture can have.

use super::dice::Dice;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Colour(u8, u8, u8);

impl Colour {
    const fn hex(rgb: u32) -> Self {
        Self((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
    }

    /// This colour with `share` (0 to 1) of another.
    pub(super) fn mixed(self, other: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| {
            (f64::from(a) + (f64::from(b) - f64::from(a)) * share)
                .round()
                .clamp(0.0, 255.0) as u8
        };
        Self(
            mix(self.0, other.0),
            mix(self.1, other.1),
            mix(self.2, other.2),
        )
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The light of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Palette {
    /// From the top of the sky to the horizon.
    pub(super) sky: [Colour; 3],
    /// Sun or moon.
    pub(super) light: Colour,
    /// Land far away and close by. What lies between is mixed.
    pub(super) far: Colour,
    pub(super) near: Colour,
    pub(super) has_stars: bool,
    pub(super) has_snow: bool,
}

const fn palette(colours: [u32; 6]) -> Palette {
    let [top, middle, horizon, light, far, near] = colours;
    Palette {
        sky: [Colour::hex(top), Colour::hex(middle), Colour::hex(horizon)],
        light: Colour::hex(light),
        far: Colour::hex(far),
        near: Colour::hex(near),
        has_stars: false,
        has_snow: false,
    }
}

const DAWN: Palette = palette([0x8fb3d1, 0xf3c9b5, 0xfbe6cd, 0xfff4dc, 0xd3a9a4, 0x4a4462]);
const NOON: Palette = palette([0x4f9ac4, 0x9fcbd9, 0xe6efe2, 0xfff8e0, 0x9fbfb4, 0x1f4d4a]);
const DUSK: Palette = palette([0x2b2a5c, 0xb0527a, 0xf6a560, 0xffe0a3, 0xb25d72, 0x1d1838]);
const EMBER: Palette = palette([0x5b2333, 0xc7503f, 0xf5b05a, 0xffedc2, 0xb8553f, 0x2a1420]);
const NIGHT: Palette = Palette {
    has_stars: true,
    ..palette([0x0b1030, 0x1e2a5a, 0x47608f, 0xf4efd8, 0x35497a, 0x080b1d])
};
const AURORA: Palette = Palette {
    has_stars: true,
    ..palette([0x07182b, 0x0f4a52, 0x4fb08c, 0xe9fff2, 0x24665f, 0x04121a])
};
const WINTER: Palette = Palette {
    has_snow: true,
    ..palette([0x8aa6bf, 0xc4d3de, 0xf1ece6, 0xfffaf0, 0xb6c6d4, 0x3c5068])
};
const RAIN: Palette = palette([0x53646f, 0x8b9aa0, 0xc9cec8, 0xf3f0e4, 0x95a5a6, 0x26343b]);
const AUTUMN: Palette = palette([0x7fa3a8, 0xe3c79b, 0xf6e3bd, 0xfff3d0, 0xcf9a62, 0x5c2f1c]);
const SPRING: Palette = palette([0x9cc7d9, 0xd8e6d2, 0xfbeedd, 0xfffbe8, 0xb5cfa0, 0x2f5a43]);

const ALL: [Palette; 10] = [
    DAWN, NOON, DUSK, EMBER, NIGHT, AURORA, WINTER, RAIN, AUTUMN, SPRING,
];

/// What words say about the light. The first that fits decides.
const SPOKEN: [(&[&str], Palette); 10] = [
    (&["aurora", "northern", "polar", "magic", "dream"], AURORA),
    (
        &["night", "midnight", "moon", "star", "dark", "owl", "sleep"],
        NIGHT,
    ),
    (&["dusk", "sunset", "evening", "twilight"], DUSK),
    (
        &["fire", "ember", "red", "volcano", "desert", "mars", "heat"],
        EMBER,
    ),
    (&["dawn", "sunrise", "morning", "early"], DAWN),
    (&["winter", "snow", "ice", "frost", "cold"], WINTER),
    (
        &["rain", "storm", "fog", "mist", "grey", "gray", "cloud"],
        RAIN,
    ),
    (&["autumn", "fall", "october", "harvest", "gold"], AUTUMN),
    (
        &["spring", "may", "garden", "flower", "meadow", "april"],
        SPRING,
    ),
    (&["noon", "day", "summer", "blue", "sunny"], NOON),
];

impl Palette {
    pub(super) fn for_words(words: &[String], dice: &mut Dice) -> Self {
        let spoken = SPOKEN
            .iter()
            .find(|(names, _)| super::scene::any_starts_with(words, names));
        match spoken {
            Some((_, palette)) => *palette,
            None => dice.pick(&ALL, DUSK),
        }
    }
}
