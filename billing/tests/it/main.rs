//! Billing as its callers see it, on both databases. Events come in through the door, signed.

mod audit;
mod books;
mod coupons;
mod documents;
mod events;
mod explain;
mod fixtures;
mod gateway;
mod holds;
mod hosted;
mod ledger;
mod mail;
mod mail_server;
mod migrations;
mod model;
mod orders;
mod people;
mod plans;
mod request;
mod returns;
mod settle;
mod spends;
mod store;
mod told;
mod validations;
mod waiting;
