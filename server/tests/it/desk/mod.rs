//! The staff's desk: who may see and do what, and that everything done is written down.

mod access;
mod audit_log;
mod catalogue;
mod customers;
mod doors;
mod inbox;
mod mails;
mod overview;
mod passkeys;
mod proposals;
mod reconciliation;
mod search;
mod second_factor;
mod transactions;
mod views;
