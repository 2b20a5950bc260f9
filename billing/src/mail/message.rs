//! A letter as a mail: as text and as HTML, for dark and light screens, with one button. The same
//! mail is the same bytes each time it is made.

use lettre::{
    Message,
    address::AddressError,
    message::{
        MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use maud::{DOCTYPE, PreEscaped, html};

use super::{
    Mail, Settings,
    draft::{Draft, draft},
};

#[derive(Debug, thiserror::Error)]
pub(super) enum CannotWrite {
    #[error("the address cannot be one: {0}")]
    Address(#[from] AddressError),
    #[error(transparent)]
    Other(#[from] lettre::error::Error),
}

/// Writes the mail out.
pub(super) fn message(mail: &Mail, settings: &Settings) -> Result<Message, CannotWrite> {
    let draft = draft(&mail.letter);
    let id = mail.id.0.simple();
    let parts = MultiPart::alternative()
        .boundary(format!("{id}-part"))
        .singlepart(SinglePart::plain(text(&draft, &settings.site)))
        .singlepart(SinglePart::html(html(&draft, &settings.site)));
    // No machine shall answer it, least of all with "I am on holiday". Source: RFC 3834, 5.
    let automatic = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    );
    Ok(Message::builder()
        .message_id(Some(format!("<{id}@{}>", settings.from.email.domain())))
        .date(jiff::Timestamp::from(mail.created_at).into())
        .from(settings.from.clone())
        .to(mail.email.parse::<lettre::Address>()?.into())
        .subject(&draft.subject)
        .raw_header(automatic)
        .multipart(parts)?)
}

fn text(draft: &Draft, site: &str) -> String {
    let mut blocks = draft.paragraphs.clone();
    if !draft.facts.is_empty() {
        let lines = draft
            .facts
            .iter()
            .map(|(name, value)| format!("{name}: {value}"));
        blocks.push(lines.collect::<Vec<_>>().join("\n"));
    }
    if let Some((label, page)) = &draft.button {
        blocks.push(format!("{label}:\n{site}{page}"));
    }
    blocks.extend(draft.ending.map(str::to_owned));
    blocks.push(format!("-- \nTender, {site}"));
    blocks.join("\n\n") + "\n"
}

/// Programs that read mail drop style sheets as they please: what must be so stands in the elements,
/// and the sheet holds only what dark screens have different.
pub(super) fn html(draft: &Draft, site: &str) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (draft.subject) }
                style { (PreEscaped(DARK)) }
            }
            body style="margin:0;padding:24px 16px;background:#fbfaf7;color:#1c1b18;\
                        font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif" {
                div style="max-width:32rem;margin:0 auto" {
                    p style="margin:0 0 24px;font-weight:700" { "Tender" }
                    h1 style="margin:0 0 16px;font-size:24px;line-height:1.2" { (draft.subject) }
                    @for paragraph in &draft.paragraphs {
                        p style="margin:0 0 16px" { (paragraph) }
                    }
                    @if !draft.facts.is_empty() {
                        table style="width:100%;margin:0 0 16px;border-collapse:collapse" {
                            @for (name, value) in &draft.facts {
                                tr {
                                    th class="soft line" scope="row" style=(format!("{CELL};text-align:left;font-weight:400;color:#5f5c54")) { (name) }
                                    td class="line" style=(format!("{CELL};text-align:right")) { (value) }
                                }
                            }
                        }
                    }
                    @if let Some((label, page)) = &draft.button {
                        p style="margin:24px 0" {
                            a class="button" href={ (site) (page) }
                                style="display:inline-block;padding:12px 24px;border-radius:8px;\
                                       background:#0b6a4d;color:#ffffff;font-weight:600;text-decoration:none" { (label) }
                        }
                        p class="soft" style=(SMALL) {
                            "Or open this address: "
                            a class="soft" href={ (site) (page) } style="color:#5f5c54;word-break:break-all" { (site) (page) }
                        }
                    }
                    @if let Some(ending) = draft.ending {
                        p class="soft" style=(SMALL) { (ending) }
                    }
                }
            }
        }
    }
    .into_string()
}

const CELL: &str = "padding:12px 0;border-bottom:1px solid #e3e0d7;vertical-align:top";
const SMALL: &str = "margin:0 0 16px;font-size:13px;color:#5f5c54";
const DARK: &str = "@media (prefers-color-scheme: dark) {\
    body { background: #131512 !important; color: #edebe4 !important }\
    .soft { color: #a8a69c !important }\
    .line { border-color: #2d312b !important }\
    .button { background: #6bd0a4 !important; color: #06241a !important }\
}";
