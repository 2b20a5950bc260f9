//! Charts as SVG, in the colours of the page they stand in. What they show stands in a table beside them
//! too.

use plotters::prelude::*;

const SIZE: (u32, u32) = (600, 220);
const LABEL: i32 = 14;
/// So many labels at most below a chart.
const LABELS: usize = 6;

// Plotters knows no custom properties: it draws in these colours, and the text of the picture is
// changed.
const MAIN: RGBColor = RGBColor(1, 1, 1);
const OTHER: RGBColor = RGBColor(2, 2, 2);
const LINE: RGBColor = RGBColor(3, 3, 3);
const TEXT: RGBColor = RGBColor(4, 4, 4);
const COLOURS: [(&str, &str); 4] = [
    ("\"#010101\"", "\"var(--accent)\""),
    ("\"#020202\"", "\"var(--line-strong)\""),
    ("\"#030303\"", "\"var(--line)\""),
    ("\"#040404\"", "\"var(--ink-soft)\""),
];

/// One value for each place, from left to right.
pub(super) struct Series {
    pub values: Vec<i64>,
    pub shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Bars,
    Line,
    /// In a colour that steps back.
    QuietLine,
}

/// Draws series over the same places. `value` writes a value at the side.
pub(super) fn svg(places: &[String], series: &[Series], value: impl Fn(i64) -> String) -> String {
    let mut svg = String::new();
    if let Err(error) = draw(&mut svg, places, series, value) {
        tracing::error!(%error, "a chart cannot be drawn");
        return String::new();
    }
    for (drawn, shown) in COLOURS {
        svg = svg.replace(drawn, shown);
    }
    let (width, height) = SIZE;
    svg.replace(&format!("width=\"{width}\" height=\"{height}\" "), "")
        .replace("font-family=\"sans-serif\"", "font-family=\"inherit\"")
        .replace("<svg ", "<svg aria-hidden=\"true\" focusable=\"false\" ")
}

fn draw(
    svg: &mut String,
    places: &[String],
    series: &[Series],
    value: impl Fn(i64) -> String,
) -> Result<(), DrawingAreaErrorKind<std::convert::Infallible>> {
    let values = || {
        series
            .iter()
            .flat_map(|series| series.values.iter().copied())
    };
    let highest = values().max().unwrap_or_default().max(0);
    let lowest = values().min().unwrap_or_default().min(0);
    let room = (highest.saturating_sub(lowest) / 12).max(1);
    let lowest = if lowest < 0 {
        lowest.saturating_sub(room)
    } else {
        0
    };
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin(6)
        .margin_right(16)
        .x_label_area_size(26)
        .y_label_area_size(76)
        .build_cartesian_2d(
            0.0..places.len().max(1) as f64,
            lowest..highest.saturating_add(room),
        )
        .map_err(never)?;
    let style = ("sans-serif", LABEL).into_font().color(&TEXT);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(LABELS)
        .y_labels(4)
        .x_label_formatter(&|at| places.get(*at as usize).cloned().unwrap_or_default())
        .y_label_formatter(&|at| value(*at))
        .label_style(style)
        .bold_line_style(LINE)
        .light_line_style(TRANSPARENT)
        .axis_style(LINE)
        .draw()
        .map_err(never)?;
    for Series { values, shape } in series {
        let middles = values
            .iter()
            .enumerate()
            .map(|(at, value)| (at as f64 + 0.5, *value));
        match shape {
            Shape::Bars => {
                let bars = middles.map(|(at, value)| {
                    Rectangle::new([(at - 0.36, 0), (at + 0.36, value)], MAIN.filled())
                });
                chart.draw_series(bars).map_err(never)?;
            }
            Shape::Line | Shape::QuietLine => {
                let colour = if *shape == Shape::Line { MAIN } else { OTHER };
                let line = LineSeries::new(middles, colour.stroke_width(2));
                chart.draw_series(line).map_err(never)?;
            }
        }
    }
    area.present().map_err(never)
}

/// Drawing into a text fails only for what cannot be drawn.
fn never<E: std::error::Error + Send + Sync>(
    error: DrawingAreaErrorKind<E>,
) -> DrawingAreaErrorKind<std::convert::Infallible> {
    match error {
        DrawingAreaErrorKind::SharingError => DrawingAreaErrorKind::SharingError,
        DrawingAreaErrorKind::BackendError(_) | DrawingAreaErrorKind::LayoutError => {
            DrawingAreaErrorKind::LayoutError
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_wears_the_colours_of_the_page() {
        let places: Vec<_> = (1..=3).map(|day| format!("{day} Nov")).collect();
        let series = [
            Series {
                values: vec![0, -5, 20],
                shape: Shape::Bars,
            },
            Series {
                values: vec![1, 2, 3],
                shape: Shape::QuietLine,
            },
        ];
        let svg = svg(&places, &series, |value| format!("{value} <&>"));
        assert!(svg.starts_with("<svg aria-hidden"), "{svg}");
        assert!(
            svg.contains("var(--accent)") && svg.contains("var(--line-strong)"),
            "{svg}"
        );
        assert!(
            svg.contains("viewBox") && !svg.contains("width=\"600\" height"),
            "{svg}"
        );
        assert!(!svg.contains("#0") && !svg.contains("<&>"), "{svg}");
    }

    #[test]
    fn nothing_and_the_largest_can_be_drawn() {
        for values in [vec![], vec![0], vec![1 << 60, -(1 << 60)]] {
            let places: Vec<_> = values.iter().map(ToString::to_string).collect();
            let series = Series {
                values,
                shape: Shape::Bars,
            };
            assert!(svg(&places, &[series], |value| value.to_string()).contains("</svg>"));
        }
    }
}
