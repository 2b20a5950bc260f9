//! Billing as its callers see it, on both databases. Events come in through the door, signed.

mod books;
mod coupons;
mod disputes;
mod documents;
mod events;
mod fixtures;
mod gateway;
mod hosted;
mod ledger;
mod mail;
mod mail_server;
mod migrations;
mod orders;
mod people;
mod plans;
mod refunds;
mod returns;
mod returns_wire;
mod settle;
mod store;
mod validations;
mod waiting;
