//! The sandbox through its front door: HTTP on a random port, as a client library sees it.

mod balance;
mod browser;
mod cards;
mod catalogue;
mod changes;
mod checkout;
mod clock;
mod coupons;
mod debits;
mod disputes;
mod errors;
mod faults;
mod idempotency;
mod intents;
mod lists;
mod mails;
mod previews;
mod refunds;
mod renewals;
mod restart;
mod saved_cards;
mod setups;
mod shop;
mod subscriptions;
mod support;
mod webhooks;
