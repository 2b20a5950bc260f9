//! Billing as its callers see it, on both databases. Events come in through the door, signed.

mod books;
mod coupons;
mod ledger;
mod migrations;
mod orders;
mod people;
mod plans;
mod settle;
mod store;
mod waiting;
