//! Tender through its front door: the real server, a gateway reached over HTTP, real databases.

mod harness;

mod account;
mod buying;
mod cards;
mod checkout;
mod clock;
mod commands;
mod coupons;
mod crash;
mod demo;
mod desk;
mod door;
mod fuzz;
mod gateway_trouble;
mod hosted;
mod leaving;
mod money_back;
mod outage;
mod pages;
mod people;
mod plans;
mod process;
mod programs;
mod receipts;
mod reconciling;
mod stream;
mod studio;
mod transactions;
mod trial;
mod watching;
