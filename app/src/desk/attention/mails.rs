//! Mails that could not be delivered.

use billing::mail::{Mail, MailStatus};
use leptos::prelude::*;

use super::listing::{PLAIN, WIDE_AMOUNT, linked, listing, perhaps, tries, when, with};
use crate::words;

pub(super) fn mails(mails: Vec<Mail>) -> Option<AnyView> {
    let rows = mails.into_iter().map(|mail| {
        let state = match mail.status {
            MailStatus::GivenUp => "Given up",
            _ => "Failing",
        };
        [
            linked(
                format!("/admin/mails/{}", mail.id),
                words::code(mail.letter.name()),
                mail.error.unwrap_or_default(),
            ),
            with(state.to_owned(), tries(mail.attempts)),
            when(mail.created_at),
            perhaps(mail.next_attempt_at),
        ]
    });
    listing(
        "mails",
        "Mails that could not be delivered",
        None,
        [
            ("Mail", PLAIN),
            ("State", PLAIN),
            ("Since", WIDE_AMOUNT),
            ("Next try", WIDE_AMOUNT),
        ],
        rows.collect(),
    )
}
