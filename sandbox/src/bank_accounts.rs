//! The test bank accounts: money that takes days to come, or to fail to come.

use crate::declines::Decline;

#[derive(Debug)]
pub struct TestBankAccount {
    pub number: &'static str,
    /// The payment method id that stands for it.
    pub id: &'static str,
    /// One line for people.
    pub note: &'static str,
    pub outcome: Outcome,
}

/// What the bank says, days later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pays,
    Refuses(Decline),
    /// Nothing, until a test decides.
    Silent,
}

pub const BANK_ACCOUNTS: &[TestBankAccount] = &[
    TestBankAccount {
        number: "000123456789",
        id: "pm_usBankAccount_success",
        note: "Pays a day later",
        outcome: Outcome::Pays,
    },
    TestBankAccount {
        number: "000111111113",
        id: "pm_usBankAccount_accountClosed",
        note: "Refuses a day later: account closed",
        outcome: Outcome::Refuses(Decline::AccountClosed),
    },
    TestBankAccount {
        number: "000000000009",
        id: "pm_usBankAccount_processing",
        note: "Says nothing by itself",
        outcome: Outcome::Silent,
    },
];

pub fn by_number(number: &str) -> Option<&'static TestBankAccount> {
    BANK_ACCOUNTS.iter().find(|it| it.number == number)
}

pub fn by_id(id: &str) -> Option<&'static TestBankAccount> {
    BANK_ACCOUNTS.iter().find(|it| it.id == id)
}
