//! What people see of the mails.

use maud::{DOCTYPE, Markup, html};

use super::folder::Mail;

pub fn list(mails: &[Mail]) -> Markup {
    document(
        "Mails",
        &html! {
            @if mails.is_empty() {
                p.quiet { "No mail has been sent yet." }
            } @else {
                ul.entries.mails {
                    @for mail in mails {
                        li {
                            a.what href=(address(mail)) { (subject(mail)) }
                            span.about { (mail.to) }
                            (time(mail))
                        }
                    }
                }
            }
        },
    )
}

pub fn mail(mail: &Mail) -> Markup {
    document(
        subject(mail),
        &html! {
            dl {
                dt { "From" } dd { (mail.from) }
                dt { "To" } dd { (mail.to) }
                dt { "Sent" } dd { (time(mail)) }
            }
            @if let Some(text) = &mail.text {
                h2 { "Text" }
                div.text { (linked(text)) }
            }
            @if mail.html.is_some() {
                h2 { "HTML" }
                iframe src={ (address(mail)) "/html" } title="The mail as HTML"
                    sandbox="allow-popups allow-popups-to-escape-sandbox" {}
            }
            @if mail.text.is_none() && mail.html.is_none() { p.quiet { "This mail is empty." } }
            p { a href="/mails" { "All mails" } }
        },
    )
}

pub fn unknown() -> Markup {
    document(
        "No such mail",
        &html! {
            p { "There is no mail of this name. Perhaps it was deleted." }
            p { a href="/mails" { "All mails" } }
        },
    )
}

pub fn unreadable(reason: &str) -> Markup {
    document(
        "The mails cannot be read",
        &html! { p { "The folder does not open: " (reason) "." } },
    )
}

fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – Sandbox gateway" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/assets/page.css";
            }
            body {
                header.top {
                    h1 { (title) }
                    nav aria-label="Sandbox" { a href="/" { "Sandbox gateway" } }
                }
                main.reading { section { (body) } }
            }
        }
    }
}

/// The text as it is, with its addresses as links.
fn linked(text: &str) -> Markup {
    html! {
        @for piece in text.split_inclusive(char::is_whitespace) {
            @let (word, space) = piece.split_at(piece.trim_end().len());
            @if word.starts_with("http://") || word.starts_with("https://") {
                a href=(word) rel="noreferrer" target="_blank" { (word) }
            } @else { (word) }
            (space)
        }
    }
}

fn subject(mail: &Mail) -> &str {
    match mail.subject.as_str() {
        "" => "(no subject)",
        subject => subject,
    }
}

fn address(mail: &Mail) -> String {
    let name: String = url::form_urlencoded::byte_serialize(mail.name.as_bytes()).collect();
    // In a path, a space is not a plus.
    format!("/mails/{}", name.replace('+', "%20"))
}

fn time(mail: &Mail) -> Markup {
    html! { time datetime=(mail.at) { (mail.at.strftime("%-d %B %Y, %H:%M:%S UTC")) } }
}
