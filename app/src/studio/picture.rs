//! A picture from a few words: sky, light, land, one over the other.

use std::fmt::{Result, Write};

use super::{
    dice::Dice,
    land,
    palette::Palette,
    scene::{self, Land, Scene},
    sky::{self, Light},
};

pub(super) const WIDTH: f64 = 960.0;
pub(super) const HEIGHT: f64 = 640.0;

/// The picture of these words, made with this spend. A whole SVG document, 960 by 640.
pub fn picture_svg(words: &str, id: &str) -> String {
    let mut svg = String::with_capacity(16 * 1024);
    // Writing to a string cannot fail; half a picture would still be one.
    let _ = paint(&mut svg, words, id);
    svg
}

fn paint(svg: &mut String, words: &str, id: &str) -> Result {
    let mut dice = Dice::from_texts(&[words, id]);
    let spoken = scene::split(words);
    let palette = Palette::for_words(&spoken, &mut dice);
    let scene = Scene::for_words(&spoken, &mut dice);
    let horizon = HEIGHT
        * match scene.land {
            Land::Sea => dice.between(0.5, 0.6),
            Land::City => dice.between(0.66, 0.72),
            _ => dice.between(0.5, 0.62),
        };
    let light = Light::placed(&mut dice, horizon);
    // Several pictures stand in one page: each names its gradient after its own dice.
    let gradient = format!("sky-{:.0}", dice.between(1e6, 1e9));

    write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img"><title>{}</title>"#,
        escaped(words)
    )?;
    let [top, middle, low] = palette.sky;
    let horizon_share = horizon / HEIGHT;
    write!(
        svg,
        r#"<defs><linearGradient id="{gradient}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{top}"/><stop offset="{:.2}" stop-color="{middle}"/><stop offset="{horizon_share:.2}" stop-color="{low}"/></linearGradient></defs>"#,
        horizon_share * 0.62
    )?;
    write!(
        svg,
        r#"<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#{gradient})"/>"#
    )?;
    sky::paint(svg, &mut dice, &palette, light, horizon)?;
    land::paint(svg, &mut dice, &palette, scene, light, horizon)?;
    if scene.has_birds {
        sky::birds(svg, &mut dice, &palette)?;
    }
    svg.write_str("</svg>")
}

fn escaped(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut escaped, c| {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                // Control characters are not allowed in XML, escaped or not.
                c if c.is_control() => escaped.push(' '),
                c => escaped.push(c),
            }
            escaped
        })
}
