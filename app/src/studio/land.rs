//! Land and water: layers from the horizon to the viewer, paler the farther they are.

use std::{
    f64::consts::TAU,
    fmt::{Result, Write},
};

use super::{
    dice::Dice,
    palette::{Colour, Palette},
    picture::{HEIGHT, WIDTH},
    scene::{Land, Scene},
    sky::Light,
};

const LAYERS: usize = 5;

pub(super) fn paint(
    svg: &mut String,
    dice: &mut Dice,
    palette: &Palette,
    scene: Scene,
    light: Light,
    horizon: f64,
) -> Result {
    match scene.land {
        Land::Sea => sea(svg, dice, palette, scene, light, horizon),
        land => layers(svg, dice, palette, land, horizon),
    }
}

fn layers(
    svg: &mut String,
    dice: &mut Dice,
    palette: &Palette,
    land: Land,
    horizon: f64,
) -> Result {
    for layer in 0..LAYERS {
        let nearness = layer as f64 / (LAYERS - 1) as f64;
        let colour = layer_colour(palette, nearness);
        let base = horizon - 10.0 + (HEIGHT - horizon - 24.0) * nearness.powf(1.25);
        let tall = match land {
            Land::Peaks => 150.0 - 96.0 * nearness,
            Land::Dunes => 56.0,
            _ => 84.0 - 24.0 * nearness,
        };
        let ridge = Ridge::new(dice, base, tall, land);
        ridge.fill(svg, colour)?;
        if land == Land::Peaks && layer < 2 {
            let snow = colour.mixed(palette.light, 0.6);
            ridge.snow(svg, snow)?;
        }
        if land == Land::Forest || (land == Land::Hills && layer == LAYERS - 1) {
            trees(svg, dice, &ridge, colour, nearness)?;
        }
        if land == Land::City && layer < LAYERS - 1 {
            houses(svg, dice, palette, &ridge, colour, nearness)?;
        }
    }
    Ok(())
}

/// Snow lies thickest close by, and takes the colour of the light.
fn layer_colour(palette: &Palette, nearness: f64) -> Colour {
    let land = palette.sky[2].mixed(palette.far, 0.55 + 0.45 * nearness.sqrt());
    let colour = land.mixed(palette.near, nearness.powf(1.3));
    match palette.has_snow {
        true => colour.mixed(palette.light, 0.5 * (1.0 - nearness) + 0.1),
        false => colour,
    }
}

/// A skyline: four waves of different length, sharpened for mountains.
struct Ridge {
    base: f64,
    tall: f64,
    waves: [(f64, f64, f64); 4],
    land: Land,
}

impl Ridge {
    fn new(dice: &mut Dice, base: f64, tall: f64, land: Land) -> Self {
        let lengths = match land {
            Land::Dunes => [1.2, 2.1, 3.2, 0.6],
            Land::Peaks => [2.3, 4.7, 10.0, 21.0],
            Land::City => [0.8, 1.6, 2.4, 3.0],
            _ => [1.4, 2.9, 5.3, 9.0],
        };
        let strengths = match land {
            Land::Dunes => [0.6, 0.3, 0.1, 0.3],
            Land::Peaks => [0.62, 0.26, 0.1, 0.05],
            Land::City => [0.3, 0.1, 0.05, 0.02],
            _ => [0.5, 0.28, 0.14, 0.05],
        };
        let mut place = 0;
        let waves = lengths.map(|length| {
            let strength = strengths.get(place).copied().unwrap_or(0.1);
            place += 1;
            (
                length * dice.between(0.8, 1.25),
                dice.between(0.0, 1.0),
                strength,
            )
        });
        Self {
            base,
            tall,
            waves,
            land,
        }
    }

    fn height_at(&self, x: f64) -> f64 {
        let rise: f64 = self
            .waves
            .iter()
            .map(|(length, phase, strength)| {
                let turns = x / WIDTH * length + phase;
                match self.land {
                    Land::Peaks => triangle(turns) * strength,
                    _ => (turns * TAU).sin() * strength,
                }
            })
            .sum();
        self.base - rise * self.tall
    }

    fn outline(&self, step: f64) -> impl Iterator<Item = (f64, f64)> {
        let count = (WIDTH / step) as usize;
        (0..=count).map(move |place| {
            let x = place as f64 * step;
            (x, self.height_at(x))
        })
    }

    fn fill(&self, svg: &mut String, colour: Colour) -> Result {
        write!(svg, r#"<path fill="{colour}" d="M0 {HEIGHT}"#)?;
        for (x, y) in self.outline(12.0) {
            write!(svg, "L{x:.0} {y:.1}")?;
        }
        write!(svg, r#"L{WIDTH} {HEIGHT}Z"/>"#)
    }

    /// White on what stands high, with a ragged lower edge.
    fn snow(&self, svg: &mut String, colour: Colour) -> Result {
        let line = self.base - self.tall * 0.1;
        let crest: Vec<_> = self.outline(12.0).collect();
        write!(
            svg,
            r#"<path fill="{colour}" d="M0 {:.1}"#,
            self.height_at(0.0)
        )?;
        for (x, y) in &crest {
            write!(svg, "L{x:.0} {y:.1}")?;
        }
        for (place, (x, y)) in crest.iter().enumerate().rev() {
            let share = if place % 2 == 0 { 0.3 } else { 0.75 };
            write!(svg, "L{x:.0} {:.1}", y + (line - y).max(0.0) * share)?;
        }
        svg.write_str(r#"Z"/>"#)
    }
}

/// A wave with the edges of a mountain, between -1 and 1.
fn triangle(turns: f64) -> f64 {
    4.0 * (turns - (turns + 0.5).floor()).abs() - 1.0
}

fn trees(
    svg: &mut String,
    dice: &mut Dice,
    ridge: &Ridge,
    colour: Colour,
    nearness: f64,
) -> Result {
    let size = 16.0 + 62.0 * nearness;
    let mut x = dice.between(-20.0, 20.0);
    write!(svg, r#"<path fill="{colour}" d=""#)?;
    while x < WIDTH + 20.0 {
        let foot = ridge.height_at(x) + size * 0.16;
        let tall = size * dice.between(0.7, 1.35);
        let half = tall * dice.between(0.17, 0.24);
        write!(
            svg,
            "M{:.0} {foot:.0}L{x:.0} {:.0}L{:.0} {foot:.0}Z",
            x - half,
            foot - tall,
            x + half
        )?;
        x += half * dice.between(1.1, 3.2);
    }
    svg.write_str(r#""/>"#)
}

fn houses(
    svg: &mut String,
    dice: &mut Dice,
    palette: &Palette,
    ridge: &Ridge,
    colour: Colour,
    nearness: f64,
) -> Result {
    let lit = palette.light.mixed(palette.sky[2], 0.3);
    let mut x = dice.between(-30.0, 0.0);
    while x < WIDTH {
        let wide = dice.between(26.0, 54.0) * (0.7 + nearness);
        let tall = dice.between(40.0, 170.0) * (0.75 + 0.35 * nearness);
        let roof = ridge.height_at(x) - tall;
        write!(
            svg,
            r#"<path fill="{colour}" d="M{x:.0} {HEIGHT}V{roof:.0}h{wide:.0}V{HEIGHT}Z"/>"#
        )?;
        if nearness > 0.2 {
            windows(svg, dice, lit, (x, roof, wide), nearness)?;
        }
        x += wide + dice.between(0.0, 18.0);
    }
    Ok(())
}

fn windows(
    svg: &mut String,
    dice: &mut Dice,
    lit: Colour,
    (x, roof, wide): (f64, f64, f64),
    nearness: f64,
) -> Result {
    let (pane, gap) = (4.0 + 3.0 * nearness, 12.0 + 5.0 * nearness);
    write!(
        svg,
        r#"<path fill="{lit}" opacity="{:.2}" d=""#,
        0.45 + 0.4 * nearness
    )?;
    let columns = ((wide - gap) / gap).max(0.0) as usize;
    for row in 0..5 {
        for column in 0..=columns {
            if dice.chance(0.34) {
                let left = x + gap * 0.6 + gap * column as f64;
                let top = roof + gap * (0.9 + 1.15 * f64::from(row));
                write!(
                    svg,
                    "M{left:.1} {top:.1}h{pane:.1}v{:.1}h-{pane:.1}z",
                    pane * 1.35
                )?;
            }
        }
    }
    svg.write_str(r#""/>"#)
}

fn sea(
    svg: &mut String,
    dice: &mut Dice,
    palette: &Palette,
    scene: Scene,
    light: Light,
    horizon: f64,
) -> Result {
    let coast = layer_colour(palette, 0.3);
    Ridge::new(dice, horizon + 4.0, 44.0, Land::Hills).fill(svg, coast)?;
    let depth = HEIGHT - horizon;
    for band in 0..7 {
        let nearness = f64::from(band) / 6.0;
        let colour = palette.sky[2].mixed(palette.near, 0.18 + 0.66 * nearness);
        let top = horizon + depth * nearness.powf(1.5) * 0.9;
        Ridge::new(dice, top, 2.0 + 9.0 * nearness, Land::Dunes).fill(svg, colour)?;
        glitter(svg, dice, palette, light, top, nearness)?;
        if scene.has_boats && (band == 1 || band == 3) {
            boat(svg, dice, palette, top, nearness)?;
        }
    }
    Ok(())
}

/// The light's broken path on the water.
fn glitter(
    svg: &mut String,
    dice: &mut Dice,
    palette: &Palette,
    light: Light,
    top: f64,
    nearness: f64,
) -> Result {
    write!(
        svg,
        r#"<g stroke="{}" stroke-linecap="round">"#,
        palette.light
    )?;
    for _ in 0..4 {
        let half = light.radius * dice.between(0.15, 0.75) * (1.0 + nearness);
        let x = light.x + dice.between(-0.5, 0.5) * light.radius * (1.0 + nearness);
        let y = top + dice.between(7.0, 16.0 + 40.0 * nearness);
        let (thickness, opacity) = (1.6 + 3.4 * nearness, dice.between(0.3, 0.75));
        write!(
            svg,
            r#"<path d="M{:.0} {y:.0}h{:.0}" stroke-width="{thickness:.1}" opacity="{opacity:.2}"/>"#,
            x - half,
            half * 2.0,
        )?;
    }
    svg.write_str("</g>")
}

fn boat(svg: &mut String, dice: &mut Dice, palette: &Palette, water: f64, nearness: f64) -> Result {
    let size = 18.0 + 74.0 * nearness;
    let x = dice.between(WIDTH * 0.12, WIDTH * 0.84);
    let deck = water + 8.0 + 16.0 * nearness;
    let sail = palette.light.mixed(palette.sky[1], 0.15);
    write!(
        svg,
        r#"<path fill="{sail}" d="M{x:.1} {:.1}V{:.1}L{:.1} {:.1}Z"/><path fill="{sail}" opacity=".8" d="M{:.1} {:.1}V{:.1}L{:.1} {:.1}Z"/>"#,
        deck - size * 1.5,
        deck - size * 0.12,
        x + size * 0.62,
        deck - size * 0.12,
        x - size * 0.07,
        deck - size * 1.25,
        deck - size * 0.12,
        x - size * 0.46,
        deck - size * 0.12,
    )?;
    write!(
        svg,
        r#"<path fill="{}" d="M{:.1} {deck:.1}h{:.1}l-{:.1} {:.1}h-{:.1}Z"/>"#,
        palette.near,
        x - size * 0.6,
        size * 1.3,
        size * 0.22,
        size * 0.2,
        size * 0.86,
    )
}
