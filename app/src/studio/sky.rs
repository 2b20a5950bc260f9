//! Sky: the light, its glow, stars, clouds and birds.

use std::fmt::{Result, Write};

use super::{
    dice::Dice,
    palette::Palette,
    picture::{HEIGHT, WIDTH},
};

/// Where sun or moon stands.
#[derive(Clone, Copy)]
pub(super) struct Light {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) radius: f64,
}

impl Light {
    pub(super) fn placed(dice: &mut Dice, horizon: f64) -> Self {
        let radius = dice.between(38.0, 76.0);
        Self {
            // On a third, left or right, as painters would.
            x: WIDTH * dice.pick(&[0.3, 0.36, 0.62, 0.7], 0.3) + dice.between(-24.0, 24.0),
            y: horizon - radius * dice.between(0.4, 3.0),
            radius,
        }
    }
}

pub(super) fn paint(
    svg: &mut String,
    dice: &mut Dice,
    palette: &Palette,
    light: Light,
    horizon: f64,
) -> Result {
    if palette.has_stars {
        stars(svg, dice, palette, horizon)?;
    }
    let Light { x, y, radius } = light;
    for (size, opacity) in [(3.4, 0.08), (2.3, 0.12), (1.5, 0.2)] {
        let halo = radius * size;
        write!(
            svg,
            r#"<circle cx="{x:.0}" cy="{y:.0}" r="{halo:.0}" fill="{}" opacity="{opacity}"/>"#,
            palette.light
        )?;
    }
    write!(
        svg,
        r#"<circle cx="{x:.0}" cy="{y:.0}" r="{radius:.0}" fill="{}"/>"#,
        palette.light
    )?;
    clouds(svg, dice, palette, horizon)
}

fn stars(svg: &mut String, dice: &mut Dice, palette: &Palette, horizon: f64) -> Result {
    write!(svg, r#"<g fill="{}">"#, palette.light)?;
    for _ in 0..70 {
        let (x, y) = (dice.between(0.0, WIDTH), dice.between(0.0, horizon * 0.9));
        let (radius, opacity) = (dice.between(0.6, 1.9), dice.between(0.3, 0.95));
        write!(
            svg,
            r#"<circle cx="{x:.0}" cy="{y:.0}" r="{radius:.1}" opacity="{opacity:.2}"/>"#
        )?;
    }
    svg.write_str("</g>")
}

/// Long flat bands, each of a few rounded strokes.
fn clouds(svg: &mut String, dice: &mut Dice, palette: &Palette, horizon: f64) -> Result {
    let bright = palette.sky[2].mixed(palette.light, 0.6);
    let bands = dice.pick(&[2, 3, 4, 5], 3);
    write!(svg, r#"<g stroke="{bright}" stroke-linecap="round">"#)?;
    for _ in 0..bands {
        let (x, y) = (
            dice.between(-40.0, WIDTH * 0.9),
            dice.between(50.0, horizon * 0.72),
        );
        let length = dice.between(110.0, 300.0);
        for _ in 0..3 {
            let start = x + dice.between(-60.0, 60.0);
            let end = start + length * dice.between(0.4, 1.0);
            let height = y + dice.between(-13.0, 13.0);
            let thickness = dice.between(6.0, 15.0);
            let opacity = dice.between(0.16, 0.4);
            write!(
                svg,
                r#"<path d="M{start:.0} {height:.0}H{end:.0}" stroke-width="{thickness:.0}" opacity="{opacity:.2}"/>"#
            )?;
        }
    }
    svg.write_str("</g>")
}

pub(super) fn birds(svg: &mut String, dice: &mut Dice, palette: &Palette) -> Result {
    let (flock_x, flock_y) = (
        dice.between(WIDTH * 0.15, WIDTH * 0.75),
        dice.between(HEIGHT * 0.14, HEIGHT * 0.34),
    );
    write!(
        svg,
        r#"<g fill="none" stroke="{}" stroke-width="2.2" stroke-linecap="round">"#,
        palette.near
    )?;
    for _ in 0..dice.pick(&[3, 4, 5, 7], 4) {
        let (x, y) = (
            flock_x + dice.between(-90.0, 90.0),
            flock_y + dice.between(-36.0, 36.0),
        );
        let wing = dice.between(6.0, 12.0);
        let (lift, body) = (wing * 0.7, wing * 0.25);
        write!(
            svg,
            r#"<path d="M{:.1} {y:.1}q{:.1} -{lift:.1} {wing:.1} {body:.1}q{:.1} -{lift:.1} {wing:.1} -{body:.1}"/>"#,
            x - wing,
            wing * 0.6,
            wing * 0.4,
        )?;
    }
    svg.write_str("</g>")
}
