//! What we write to people: one variant for each mail, with exactly the facts that it says.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Time,
    id::{OrderId, PasskeyId, ProofId, ProposalId, TransactionId, ViewId},
    money::{Credits, Money},
    secret::Secret,
    transaction::Transaction,
};

/// A letter. A `page` is the path on our site to which it leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// To a new customer: please verify your address.
    Welcome {
        proof: ProofId,
        token: Secret,
    },
    /// The link once more.
    VerifyAddress {
        proof: ProofId,
        token: Secret,
    },
    /// To an address that somebody wants to use from now on: is it yours?
    AddressChange {
        proof: ProofId,
        token: Secret,
    },
    /// To the address that is about to be left.
    AddressLeft {
        proof: ProofId,
        new_email: String,
    },
    ResetPassword {
        proof: ProofId,
        token: Secret,
    },
    PasswordChanged {
        at: Time,
    },
    /// To new staff: please set a password.
    StaffInvited {
        proof: ProofId,
        token: Secret,
    },
    /// To staff.
    SecondFactorChanged {
        at: Time,
    },
    /// To staff.
    PasskeyAdded {
        passkey: PasskeyId,
        /// What they call it.
        name: String,
        at: Time,
    },
    /// To staff.
    PasskeyRemoved {
        passkey: PasskeyId,
        name: String,
        at: Time,
    },
    OrderConfirmed {
        order: OrderId,
        /// `Starter pack`
        what: String,
        credits: Credits,
        paid: Money,
        page: String,
    },
    /// A card opened a trial.
    TrialStarted {
        transaction: TransactionId,
        credits: Credits,
        /// Set aside on the card, and given back.
        held: Money,
        until: Option<Time>,
        page: String,
    },
    /// A code brought credits.
    CodeRedeemed {
        transaction: TransactionId,
        /// `Welcome`
        what: String,
        credits: Credits,
        until: Option<Time>,
        page: String,
    },
    PaymentFailed {
        transaction: TransactionId,
        /// Which attempt, from 1: one letter for each.
        attempt: i64,
        what: String,
        amount: Money,
        /// The gateway's, in the customer's words.
        reason: Option<String>,
        /// When we try again by ourselves.
        again_at: Option<Time>,
        page: String,
    },
    /// The bank wants to ask the customer, who is not here: the page brings the payment on session.
    AuthenticationNeeded {
        transaction: TransactionId,
        what: String,
        amount: Money,
        page: String,
    },
    RenewalAhead {
        /// What renews, and which time: one letter for each.
        renewal: String,
        plan: String,
        amount: Money,
        credits: Credits,
        at: Time,
        /// The card that pays it, when that is no longer good then: `Visa ending in 4242`.
        #[serde(default)]
        expired: Option<String>,
        page: String,
    },
    PlanChanged {
        /// Which change of which subscription.
        change: String,
        from: String,
        to: String,
        /// What a period costs from then on.
        amount: Money,
        at: Time,
        page: String,
    },
    PlanEnded {
        /// Which subscription.
        subscription: String,
        plan: String,
        at: Time,
        page: String,
    },
    Refunded {
        refund: String,
        what: String,
        amount: Money,
        /// Taken back with it.
        credits: Credits,
        page: String,
    },
    /// To staff. An inquiry that becomes a dispute is told once more: now it is about money.
    DisputeOpened {
        /// Which dispute, and that it is an inquiry.
        dispute: String,
        /// The bank only asks so far.
        #[serde(default)]
        inquiry: bool,
        transaction: TransactionId,
        amount: Money,
        reason: String,
        respond_by: Option<Time>,
        page: String,
    },
    /// Somebody of the staff looks at what the customer sees.
    AccountViewed {
        view: ViewId,
        reason: String,
        at: Time,
        page: String,
    },
    /// To staff: somebody wants to move more than one may move alone.
    ProposalMade {
        proposal: ProposalId,
        /// `Give 2,000 credits`
        what: String,
        /// Who asks.
        by: String,
        reason: String,
        until: Time,
        page: String,
    },
    /// To who asked.
    ProposalDecided {
        proposal: ProposalId,
        what: String,
        /// `approved`, `refused`, `expired`
        state: String,
        /// Nobody, when its time was over.
        by: Option<String>,
        reason: String,
        page: String,
    },
    AccountClosed {
        at: Time,
    },
}

impl Letter {
    /// An attempt at a payment failed, and its customer is not here.
    pub(crate) fn payment_failed(transaction: &Transaction) -> Self {
        Self::PaymentFailed {
            transaction: transaction.id,
            attempt: transaction.version,
            what: transaction.title.clone(),
            amount: transaction.amount,
            reason: transaction
                .failure
                .as_ref()
                .map(|failure| failure.message.clone()),
            again_at: None,
            page: transaction.pay_page(),
        }
    }

    /// The names of all there are.
    pub const NAMES: &[&str] = &[
        "welcome",
        "verify_address",
        "address_change",
        "address_left",
        "reset_password",
        "password_changed",
        "staff_invited",
        "second_factor_changed",
        "passkey_added",
        "passkey_removed",
        "order_confirmed",
        "trial_started",
        "code_redeemed",
        "payment_failed",
        "authentication_needed",
        "renewal_ahead",
        "plan_changed",
        "plan_ended",
        "refunded",
        "dispute_opened",
        "account_viewed",
        "proposal_made",
        "proposal_decided",
        "account_closed",
    ];

    /// Its name, as its facts carry it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Welcome { .. } => "welcome",
            Self::VerifyAddress { .. } => "verify_address",
            Self::AddressChange { .. } => "address_change",
            Self::AddressLeft { .. } => "address_left",
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordChanged { .. } => "password_changed",
            Self::StaffInvited { .. } => "staff_invited",
            Self::SecondFactorChanged { .. } => "second_factor_changed",
            Self::PasskeyAdded { .. } => "passkey_added",
            Self::PasskeyRemoved { .. } => "passkey_removed",
            Self::OrderConfirmed { .. } => "order_confirmed",
            Self::TrialStarted { .. } => "trial_started",
            Self::CodeRedeemed { .. } => "code_redeemed",
            Self::PaymentFailed { .. } => "payment_failed",
            Self::AuthenticationNeeded { .. } => "authentication_needed",
            Self::RenewalAhead { .. } => "renewal_ahead",
            Self::PlanChanged { .. } => "plan_changed",
            Self::PlanEnded { .. } => "plan_ended",
            Self::Refunded { .. } => "refunded",
            Self::DisputeOpened { .. } => "dispute_opened",
            Self::AccountViewed { .. } => "account_viewed",
            Self::ProposalMade { .. } => "proposal_made",
            Self::ProposalDecided { .. } => "proposal_decided",
            Self::AccountClosed { .. } => "account_closed",
        }
    }

    /// What caused it: the kind of thing and its id.
    pub(crate) fn cause(&self) -> (&'static str, String) {
        match self {
            Self::Welcome { proof, .. }
            | Self::VerifyAddress { proof, .. }
            | Self::AddressChange { proof, .. }
            | Self::AddressLeft { proof, .. }
            | Self::ResetPassword { proof, .. }
            | Self::StaffInvited { proof, .. } => ("proof", proof.to_string()),
            Self::PasswordChanged { at } => ("password", at.0.to_string()),
            Self::SecondFactorChanged { at } => ("second_factor", at.0.to_string()),
            Self::PasskeyAdded { passkey, .. } | Self::PasskeyRemoved { passkey, .. } => {
                ("passkey", passkey.to_string())
            }
            Self::OrderConfirmed { order, .. } => ("order", order.to_string()),
            Self::PaymentFailed {
                transaction,
                attempt,
                ..
            } => ("transaction", format!("{transaction}:{attempt}")),
            Self::TrialStarted { transaction, .. }
            | Self::CodeRedeemed { transaction, .. }
            | Self::AuthenticationNeeded { transaction, .. } => {
                ("transaction", transaction.to_string())
            }
            Self::RenewalAhead { renewal, .. } => ("renewal", renewal.clone()),
            Self::PlanChanged { change, .. } => ("plan_change", change.clone()),
            Self::PlanEnded { subscription, .. } => ("subscription", subscription.clone()),
            Self::Refunded { refund, .. } => ("refund", refund.clone()),
            Self::DisputeOpened { dispute, .. } => ("dispute", dispute.clone()),
            Self::AccountViewed { view, .. } => ("view", view.to_string()),
            Self::ProposalMade { proposal, .. } | Self::ProposalDecided { proposal, .. } => {
                ("proposal", proposal.to_string())
            }
            Self::AccountClosed { at } => ("account", at.0.to_string()),
        }
    }

    /// The letter as others may read it: with words in place of what is secret, or was taken out.
    pub(super) fn masked(mut self) -> Self {
        if let Some(token) = self.token() {
            *token = Secret::from("only-its-reader-sees-this");
        }
        if let Self::AddressLeft { new_email, .. } = &mut self
            && new_email.is_empty()
        {
            "another address".clone_into(new_email);
        }
        self
    }

    /// The secret that its link carries.
    fn token(&mut self) -> Option<&mut Secret> {
        match self {
            Self::Welcome { token, .. }
            | Self::VerifyAddress { token, .. }
            | Self::AddressChange { token, .. }
            | Self::ResetPassword { token, .. }
            | Self::StaffInvited { token, .. } => Some(token),
            _ => None,
        }
    }

    /// The letter as it is kept once it is done with: without secrets, other addresses and cards.
    pub(crate) fn kept(mut self) -> Self {
        if let Some(token) = self.token() {
            *token = Secret::default();
        }
        match &mut self {
            Self::AddressLeft { new_email, .. } => new_email.clear(),
            Self::RenewalAhead { expired, .. } => *expired = None,
            _ => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_link_is_shown_or_kept() {
        let (proof, token) = (ProofId::new(), Secret::from("it-opens-an-account"));
        let of = |letter: fn(ProofId, Secret) -> Letter| letter(proof, token.clone());
        for letter in [
            of(|proof, token| Letter::Welcome { proof, token }),
            of(|proof, token| Letter::VerifyAddress { proof, token }),
            of(|proof, token| Letter::AddressChange { proof, token }),
            of(|proof, token| Letter::ResetPassword { proof, token }),
            of(|proof, token| Letter::StaffInvited { proof, token }),
        ] {
            for told in [letter.clone().masked(), letter.kept()] {
                let text = serde_json::to_string(&told).unwrap();
                assert!(!text.contains(token.as_str()), "{text}");
            }
        }
    }
}
