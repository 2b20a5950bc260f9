//! The test cards: which numbers and ids exist, and what each of them does.

use crate::declines::Decline;

/// When a card asks for 3-D Secure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authenticates {
    Never,
    /// On every payment, whatever was set up before.
    Always,
    /// While the customer is there; without them, only when it was not set up for that.
    UnlessSetUp,
    /// While the customer is there; a payment without them passes as if set up before.
    OnSession,
}

/// What happens to the money later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aftermath {
    Nothing,
    /// The owner's bank takes it back, for this reason.
    Dispute(&'static str),
    /// The owner's bank asks first.
    Inquiry,
    FraudWarning,
    /// A refund succeeds, and fails a little later.
    RefundFails,
    /// A refund succeeds only a little later.
    RefundPends,
}

#[derive(Debug)]
pub struct TestCard {
    pub number: &'static str,
    /// Payment method ids that stand for this card anywhere an id is taken.
    pub ids: &'static [&'static str],
    pub brand: &'static str,
    pub funding: &'static str,
    /// One line for people.
    pub note: &'static str,
    pub authenticates: Authenticates,
    pub decline: Option<Decline>,
    /// Declined cards are already refused when they are attached to a customer; this one is not.
    pub attaches: bool,
    pub aftermath: Aftermath,
}

use Authenticates::{Always, Never, OnSession, UnlessSetUp};

const PLAIN: TestCard = TestCard {
    number: "4242424242424242",
    ids: &["pm_card_visa"],
    brand: "visa",
    funding: "credit",
    note: "Succeeds",
    authenticates: Never,
    decline: None,
    attaches: true,
    aftermath: Aftermath::Nothing,
};

const fn succeeding(
    number: &'static str,
    ids: &'static [&'static str],
    brand: &'static str,
    note: &'static str,
) -> TestCard {
    TestCard {
        number,
        ids,
        brand,
        note,
        ..PLAIN
    }
}

const fn regretted(
    number: &'static str,
    ids: &'static [&'static str],
    aftermath: Aftermath,
    note: &'static str,
) -> TestCard {
    TestCard {
        number,
        ids,
        note,
        aftermath,
        ..PLAIN
    }
}

const fn authenticating(
    number: &'static str,
    ids: &'static [&'static str],
    authenticates: Authenticates,
    decline: Option<Decline>,
    note: &'static str,
) -> TestCard {
    TestCard {
        number,
        ids,
        note,
        authenticates,
        decline,
        ..PLAIN
    }
}

const fn declining(
    number: &'static str,
    ids: &'static [&'static str],
    decline: Decline,
    note: &'static str,
) -> TestCard {
    TestCard {
        number,
        ids,
        note,
        decline: Some(decline),
        attaches: false,
        ..PLAIN
    }
}

pub const CARDS: &[TestCard] = &[
    PLAIN,
    authenticating(
        "4000000000003220",
        &["pm_card_threeDSecure2Required"],
        Always,
        None,
        "3-D Secure required, then succeeds",
    ),
    authenticating(
        "4000002760003184",
        &["pm_card_authenticationRequired"],
        Always,
        None,
        "Authenticates always, then succeeds",
    ),
    authenticating(
        "4000002500003155",
        &["pm_card_authenticationRequiredOnSetup"],
        UnlessSetUp,
        None,
        "Authenticates unless set up",
    ),
    authenticating(
        "4000003800000446",
        &["pm_card_authenticationRequiredSetupForOffSession"],
        OnSession,
        None,
        "Already set up for off-session",
    ),
    authenticating(
        "4000008400001629",
        &["pm_card_threeDSecureRequiredChargeDeclined"],
        Always,
        Some(Decline::Generic),
        "3-D Secure, then declined",
    ),
    authenticating(
        "4000008260003178",
        &["pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"],
        Always,
        Some(Decline::InsufficientFunds),
        "3-D Secure, then insufficient funds",
    ),
    declining(
        "4000000000000002",
        &["pm_card_visa_chargeDeclined", "pm_card_chargeDeclined"],
        Decline::Generic,
        "Declined",
    ),
    declining(
        "4000000000009995",
        &[
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "pm_card_chargeDeclinedInsufficientFunds",
        ],
        Decline::InsufficientFunds,
        "Insufficient funds",
    ),
    declining(
        "4000000000009987",
        &["pm_card_visa_chargeDeclinedLostCard"],
        Decline::LostCard,
        "Lost card",
    ),
    declining(
        "4000000000009979",
        &["pm_card_visa_chargeDeclinedStolenCard"],
        Decline::StolenCard,
        "Stolen card",
    ),
    declining(
        "4000000000000069",
        &["pm_card_chargeDeclinedExpiredCard"],
        Decline::ExpiredCard,
        "Expired card",
    ),
    declining(
        "4000000000000127",
        &["pm_card_chargeDeclinedIncorrectCvc"],
        Decline::IncorrectCvc,
        "Wrong security code",
    ),
    declining(
        "4000000000000119",
        &["pm_card_chargeDeclinedProcessingError"],
        Decline::ProcessingError,
        "Processing error",
    ),
    declining(
        "4000000000006975",
        &["pm_card_visa_chargeDeclinedVelocityLimitExceeded"],
        Decline::VelocityExceeded,
        "Used too often",
    ),
    TestCard {
        attaches: true,
        ..declining(
            "4000000000000341",
            &["pm_card_chargeCustomerFail"],
            Decline::Generic,
            "Attaches, then fails when charged",
        )
    },
    regretted(
        "4000000000000259",
        &["pm_card_createDispute"],
        Aftermath::Dispute("fraudulent"),
        "Succeeds, then disputed as fraudulent",
    ),
    regretted(
        "4000000000002685",
        &["pm_card_createDisputeProductNotReceived"],
        Aftermath::Dispute("product_not_received"),
        "Succeeds, then disputed as not received",
    ),
    regretted(
        "4000000000001976",
        &["pm_card_createDisputeInquiry"],
        Aftermath::Inquiry,
        "Succeeds, then the bank inquires",
    ),
    regretted(
        "4000000000005423",
        &["pm_card_createIssuerFraudRecord"],
        Aftermath::FraudWarning,
        "Succeeds, then the bank warns of fraud",
    ),
    regretted(
        "4000000000005126",
        &["pm_card_refundFail"],
        Aftermath::RefundFails,
        "Succeeds, its refund fails later",
    ),
    regretted(
        "4000000000007726",
        &["pm_card_pendingRefund"],
        Aftermath::RefundPends,
        "Succeeds, its refund succeeds later",
    ),
    succeeding(
        "4000000000000077",
        &["pm_card_bypassPending"],
        "visa",
        "Succeeds, available at once",
    ),
    TestCard {
        funding: "debit",
        ..succeeding(
            "4000056655665556",
            &["pm_card_visa_debit"],
            "visa",
            "Succeeds (debit)",
        )
    },
    succeeding(
        "5555555555554444",
        &["pm_card_mastercard"],
        "mastercard",
        "Succeeds (Mastercard)",
    ),
    succeeding(
        "378282246310005",
        &["pm_card_amex"],
        "amex",
        "Succeeds (American Express)",
    ),
    succeeding(
        "6011111111111117",
        &["pm_card_discover"],
        "discover",
        "Succeeds (Discover)",
    ),
    succeeding(
        "3056930009020004",
        &["pm_card_diners"],
        "diners",
        "Succeeds (Diners Club)",
    ),
    succeeding(
        "3566002020360505",
        &["pm_card_jcb"],
        "jcb",
        "Succeeds (JCB)",
    ),
    succeeding(
        "6200000000000005",
        &["pm_card_unionpay"],
        "unionpay",
        "Succeeds (UnionPay)",
    ),
];

pub fn by_number(number: &str) -> Option<&'static TestCard> {
    CARDS.iter().find(|card| card.number == number)
}

/// `pm_card_visa`, and `tok_visa` for the same card.
pub fn by_id(id: &str) -> Option<&'static TestCard> {
    let as_method = id
        .strip_prefix("tok_")
        .map(|name| format!("pm_card_{name}"));
    let id = as_method.as_deref().unwrap_or(id);
    CARDS.iter().find(|card| card.ids.contains(&id))
}

/// The check digit every card number carries.
pub fn is_plausible(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits else { return false };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    (12..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

pub fn brand_of(number: &str) -> &'static str {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| number.starts_with(prefix));
    match () {
        () if starts(&["4"]) => "visa",
        () if starts(&["34", "37"]) => "amex",
        () if starts(&[
            "51", "52", "53", "54", "55", "22", "23", "24", "25", "26", "27",
        ]) =>
        {
            "mastercard"
        }
        () if starts(&["6011", "64", "65"]) => "discover",
        () if starts(&["30", "36", "38", "39"]) => "diners",
        () if starts(&["35"]) => "jcb",
        () if starts(&["62"]) => "unionpay",
        () => "unknown",
    }
}

impl TestCard {
    /// Whether this payment must be authenticated first.
    pub fn asks_for_challenge(&self, off_session: bool, set_up: bool) -> bool {
        match self.authenticates {
            Never => false,
            Always => true,
            UnlessSetUp => !(off_session && set_up),
            OnSession => !off_session,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_card_has_a_check_digit_and_its_own_ids() {
        for card in CARDS {
            assert!(is_plausible(card.number), "{}", card.number);
            assert_eq!(brand_of(card.number), card.brand, "{}", card.number);
            for id in card.ids {
                assert_eq!(by_id(id).unwrap().number, card.number);
            }
        }
        assert!(!is_plausible("4242424242424241"));
        assert_eq!(by_id("tok_visa").unwrap().number, PLAIN.number);
    }
}
