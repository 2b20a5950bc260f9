//! Why a bank says no, in the gateway's words.

use crate::errors::ApiError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decline {
    Generic,
    InsufficientFunds,
    LostCard,
    StolenCard,
    ExpiredCard,
    IncorrectCvc,
    ProcessingError,
    VelocityExceeded,
    /// A number that could be a real card's.
    LiveCard,
    /// Off session, and the bank wants the customer.
    AuthenticationRequired,
    /// A bank account that is no more.
    AccountClosed,
}

impl Decline {
    /// By the name people use for it: its decline code.
    pub fn named(name: &str) -> Option<Decline> {
        use Decline::*;
        [
            Generic,
            InsufficientFunds,
            LostCard,
            StolenCard,
            ExpiredCard,
            IncorrectCvc,
            ProcessingError,
            VelocityExceeded,
            AuthenticationRequired,
            AccountClosed,
        ]
        .into_iter()
        .find(|decline| decline.decline_code() == name)
    }

    pub fn code(self) -> &'static str {
        match self {
            Decline::ExpiredCard => "expired_card",
            Decline::IncorrectCvc => "incorrect_cvc",
            Decline::ProcessingError => "processing_error",
            Decline::AuthenticationRequired => "authentication_required",
            Decline::AccountClosed => "account_closed",
            _ => "card_declined",
        }
    }

    pub fn decline_code(self) -> &'static str {
        match self {
            Decline::Generic => "generic_decline",
            Decline::InsufficientFunds => "insufficient_funds",
            Decline::LostCard => "lost_card",
            Decline::StolenCard => "stolen_card",
            Decline::ExpiredCard => "expired_card",
            Decline::IncorrectCvc => "incorrect_cvc",
            Decline::ProcessingError => "processing_error",
            Decline::VelocityExceeded => "card_velocity_exceeded",
            Decline::LiveCard => "test_mode_live_card",
            Decline::AuthenticationRequired => "authentication_required",
            Decline::AccountClosed => "account_closed",
        }
    }

    pub fn message(self) -> &'static str {
        match self {
            Decline::Generic | Decline::LostCard | Decline::StolenCard => "Your card was declined.",
            Decline::InsufficientFunds => "Your card has insufficient funds.",
            Decline::ExpiredCard => "Your card has expired.",
            Decline::IncorrectCvc => "Your card's security code is incorrect.",
            Decline::ProcessingError => {
                "An error occurred while processing your card. Try again in a little bit."
            }
            Decline::VelocityExceeded => {
                "Your card was declined for making repeated attempts too frequently or exceeding \
                 its amount limit."
            }
            Decline::LiveCard => {
                "Your card was declined. Your request was in test mode, but used a non test card. \
                 For a list of valid test cards, visit: https://stripe.com/docs/testing."
            }
            Decline::AuthenticationRequired => {
                "Your card was declined. This transaction requires authentication."
            }
            Decline::AccountClosed => "The customer's bank account has been closed.",
        }
    }

    pub fn error(self) -> ApiError {
        let error = ApiError::card(self.code(), self.message())
            .with("decline_code", self.decline_code().into());
        match self {
            Decline::ExpiredCard => error.param("exp_month"),
            Decline::IncorrectCvc => error.param("cvc"),
            _ => error,
        }
    }
}
