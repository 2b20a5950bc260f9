//! Payments that a person must decide about.

use billing::transaction::Transaction;
use leptos::prelude::*;

use super::listing::{AMOUNT, PLAIN, WIDE, WIDE_AMOUNT, code, linked, listing, when};

pub(super) fn reviews(reviews: Vec<Transaction>) -> Option<AnyView> {
    let rows = reviews.into_iter().map(|transaction| {
        [
            linked(
                format!("/admin/transactions/{}", transaction.id),
                transaction.title,
                transaction.review.unwrap_or_default(),
            ),
            code(transaction.reference.unwrap_or_default()),
            transaction.amount.to_string().into_any(),
            when(transaction.updated_at),
        ]
    });
    listing(
        "reviews",
        "Payments that need a person",
        Some(
            "They differ from their order, or the gateway has no news of them. No credits were granted.",
        ),
        [
            ("Transaction", PLAIN),
            ("At the gateway", WIDE),
            ("Ordered", AMOUNT),
            ("Since", WIDE_AMOUNT),
        ],
        rows.collect(),
    )
}
