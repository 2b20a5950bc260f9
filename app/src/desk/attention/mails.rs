//! Mails that could not be delivered.

use billing::mail::{Mail, MailStatus};
use leptos::prelude::*;

use super::listing::{PLAIN, WIDE_AMOUNT, listing, named, perhaps, tries, when, with};

pub(super) fn mails(mails: Vec<Mail>) -> Option<AnyView> {
    let rows = mails.into_iter().map(|mail| {
        let state = match mail.status {
            MailStatus::GivenUp => "Given up",
            _ => "Failing",
        };
        [
            named(mail.letter.name().to_owned(), mail.error),
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
