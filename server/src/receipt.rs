//! Receipts as PDF: one page of A4, in the site's own font, with text that can be found and copied.

use app::{Viewer, receipt::Written};
use axum::{
    Extension,
    extract::{Path, Request, State as Reached},
    response::{IntoResponse, Response},
};
use billing::{
    document::Receipt,
    id::{OrderId, TransactionId},
};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use krilla::{
    Document,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    page::PageSettings,
    surface::Surface,
    text::{Font, Tag, TextDirection},
};
use skrifa::{FontRef, MetadataProvider, instance::Size};

use crate::{pages::render, state::State};

/// The font of the pages, in the container that a PDF takes.
const FONT: &[u8] = include_bytes!("../assets/figtree-latin.ttf");
const PLAIN: f32 = 400.0;
const STRONG: f32 = 650.0;

/// A4, in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 64.0;
const TEXT: f32 = 10.5;
const TITLE: f32 = 20.0;
const LINE: f32 = 16.0;

/// The receipt of an order.
pub async fn of_order(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let customer = viewer.0.and_then(|session| session.person.customer);
    let (Some(customer), Ok(id)) = (customer, id.parse::<OrderId>()) else {
        return render(&state, request, || ()).await;
    };
    let transaction = match state.billing.order(customer, id).await {
        Ok(Some(order)) => order.transaction.id,
        Ok(None) => return render(&state, request, || ()).await,
        Err(error) => return state.problem(error),
    };
    let found = state.billing.receipt(customer, transaction).await;
    answer(&state, request, found).await
}

/// The receipt of a payment that nobody ordered.
pub async fn of_transaction(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let customer = viewer.0.and_then(|session| session.person.customer);
    let (Some(customer), Ok(id)) = (customer, id.parse::<TransactionId>()) else {
        return render(&state, request, || ()).await;
    };
    let found = state.billing.receipt(customer, id).await;
    answer(&state, request, found).await
}

/// The PDF, or the page that says that there is none.
async fn answer(
    state: &State,
    request: Request,
    found: billing::Result<Option<Receipt>>,
) -> Response {
    let receipt = match found {
        Ok(Some(receipt)) => Written::of(&receipt, &state.site),
        Ok(None) => return render(state, request, || ()).await,
        Err(error) => return state.problem(error),
    };
    let name = format!("inline; filename=\"receipt-{}.pdf\"", receipt.number);
    match pdf(&receipt) {
        Some(pdf) => {
            let headers = [
                (CONTENT_TYPE, "application/pdf".to_owned()),
                (CONTENT_DISPOSITION, name),
            ];
            (headers, pdf).into_response()
        }
        None => state.problem(billing::Error::Broken("a receipt cannot be printed")),
    }
}

/// Nothing only if the font were no font.
fn pdf(receipt: &Written) -> Option<Vec<u8>> {
    let mut document = Document::new();
    let title = format!("Receipt {}", receipt.number);
    document.set_metadata(
        Metadata::new()
            .title(title.clone())
            .language("en".to_owned()),
    );
    let mut page = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT)?);
    let mut paper = Paper {
        surface: page.surface(),
        y: MARGIN,
    };
    paper.write(receipt, &title)?;
    drop(paper);
    page.finish();
    document.finish().ok()
}

/// One weight of the font, to draw with and to measure with.
struct Face {
    font: Font,
    weight: f32,
}

impl Face {
    fn new(weight: f32) -> Option<Self> {
        let font = Font::new_variable(FONT.to_vec().into(), 0, &[(Tag::new(b"wght"), weight)])?;
        Some(Self { font, weight })
    }

    /// How wide a text is, in points. Zero for what the font does not have.
    fn width(&self, size: f32, text: &str) -> f32 {
        let Ok(font) = FontRef::new(FONT) else {
            return 0.0;
        };
        let weight = font.axes().location([("wght", self.weight)]);
        let (glyphs, metrics) = (font.charmap(), font.glyph_metrics(Size::new(size), &weight));
        text.chars()
            .filter_map(|letter| metrics.advance_width(glyphs.map(letter)?))
            .sum()
    }
}

/// The page, and how far down it is written.
struct Paper<'p> {
    surface: Surface<'p>,
    y: f32,
}

impl Paper<'_> {
    fn write(&mut self, receipt: &Written, title: &str) -> Option<()> {
        let (plain, strong) = (Face::new(PLAIN)?, Face::new(STRONG)?);
        for line in &receipt.seller {
            self.left(&plain, TEXT, line);
            self.down(LINE);
        }
        self.down(2.0 * LINE);
        self.left(&strong, TITLE, title);
        self.down(2.0 * LINE);
        for (name, value) in [("Date", &receipt.date), ("Customer", &receipt.customer)] {
            self.row(&plain, name, value);
        }
        self.down(LINE);
        self.row(&strong, "What", "Price");
        self.rule()?;
        for (what, amount) in &receipt.lines {
            self.row(&plain, what, amount);
        }
        self.rule()?;
        self.row(&strong, "Paid", &receipt.paid);
        for (what, amount) in &receipt.refunds {
            self.row(&plain, what, amount);
        }
        self.row(&plain, "Paid by", &receipt.how);
        Some(())
    }

    fn down(&mut self, points: f32) {
        self.y += points;
    }

    fn left(&mut self, face: &Face, size: f32, text: &str) {
        self.text(MARGIN, face, size, text);
    }

    /// A name on the left and its value on the right.
    fn row(&mut self, face: &Face, name: &str, value: &str) {
        self.left(face, TEXT, name);
        let x = WIDTH - MARGIN - face.width(TEXT, value);
        self.text(x, face, TEXT, value);
        self.down(1.25 * LINE);
    }

    /// A hairline between rows.
    fn rule(&mut self) -> Option<()> {
        let y = self.y - LINE * 0.85;
        let mut path = PathBuilder::new();
        path.push_rect(Rect::from_xywh(MARGIN, y, WIDTH - 2.0 * MARGIN, 0.5)?);
        self.surface.draw_path(&path.finish()?);
        self.down(LINE * 0.5);
        Some(())
    }

    fn text(&mut self, x: f32, face: &Face, size: f32, text: &str) {
        let at = Point::from_xy(x, self.y);
        let direction = TextDirection::LeftToRight;
        self.surface
            .draw_text(at, face.font.clone(), size, text, false, direction);
    }
}
