//! What each letter says, in plain words. How it looks is decided in `message.rs`.

use jiff::{Timestamp, tz::TimeZone};

use super::Letter;
use crate::{clock::Time, money::Credits, secret::Secret};

/// A letter in words, before it has a form.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Draft {
    pub subject: String,
    pub paragraphs: Vec<String>,
    pub facts: Vec<(&'static str, String)>,
    /// What the one button does, and the path on our site to which it leads.
    pub button: Option<(&'static str, String)>,
    /// In small print at the end.
    pub ending: Option<&'static str>,
}

const NOT_YOU: &str = "If this was not you, someone may have mistyped their address: you need not do \
                       anything.";
const TELL_AN_OWNER: &str =
    "If this was not you, set a new password now, and tell an owner of the site.";
const CHANGE_PASSWORD: &str = "If this was not you, set a new password now: that signs everybody \
                               else out and stops it.";

impl Draft {
    fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            ..Self::default()
        }
    }

    fn say(mut self, paragraph: impl Into<String>) -> Self {
        self.paragraphs.push(paragraph.into());
        self
    }

    fn fact(mut self, name: &'static str, value: impl ToString) -> Self {
        self.facts.push((name, value.to_string()));
        self
    }

    /// Until when credits can be spent, if not for ever.
    fn until(self, end: Option<Time>) -> Self {
        match end {
            Some(end) => self.fact("Good until", day(end)),
            None => self,
        }
    }

    fn button(mut self, label: &'static str, page: impl Into<String>) -> Self {
        self.button = Some((label, page.into()));
        self
    }

    fn end(mut self, ending: &'static str) -> Self {
        self.ending = Some(ending);
        self
    }
}

/// Puts a letter into words.
pub(super) fn draft(letter: &Letter) -> Draft {
    match letter {
        Letter::Welcome { token, .. } => Draft::new("Welcome to Tender")
            .say(
                "Your account is open. Please verify that this address is yours, so that receipts \
                  and a forgotten password find you.",
            )
            .button("Verify this address", confirm(token))
            .end(NOT_YOU),
        Letter::VerifyAddress { token, .. } => Draft::new("Verify your address")
            .say(
                "Please verify that this address is yours, so that receipts and a forgotten \
                  password find you.",
            )
            .button("Verify this address", confirm(token))
            .end(NOT_YOU),
        Letter::AddressChange { token, .. } => Draft::new("Confirm your new address")
            .say(
                "You asked to use this address for your Tender account. It takes effect once you \
                  confirm it.",
            )
            .button("Use this address", confirm(token))
            .end(NOT_YOU),
        Letter::AddressLeft { new_email, .. } => Draft::new("Your address is about to change")
            .say(format!(
                "Somebody who is signed in to your account, and knows its password, asked to use \
                 {new_email} instead of this address. It takes effect once that address confirms."
            ))
            .button("Set a new password", "/forgot")
            .end(CHANGE_PASSWORD),
        Letter::ResetPassword { token, .. } => Draft::new("Set a new password")
            .say(
                "Somebody, you we hope, said that the password of this account is forgotten. The \
                  link works once, within an hour. It signs you out everywhere.",
            )
            .button("Set a new password", format!("/reset/{}", token.as_str()))
            .end("If this was not you, leave it: your password stays as it is."),
        Letter::PasswordChanged { at } => Draft::new("Your password was changed")
            .say(format!(
                "The password of your account was changed on {}. Everybody else was signed out.",
                minute(*at)
            ))
            .button("Set a new password", "/forgot")
            .end(CHANGE_PASSWORD),
        Letter::StaffInvited { token, .. } => Draft::new("Welcome to the staff of Tender")
            .say(
                "An owner of the site added you to its staff. Set a password to sign in. The link \
                  works once, within a week; after that, use the page for a forgotten password.",
            )
            .button("Set your password", format!("/reset/{}", token.as_str()))
            .end("If you do not know what this is about, leave it: nothing happens."),
        Letter::SecondFactorChanged { at } => Draft::new("Your second factor was changed")
            .say(format!(
                "What you sign in with after your password was changed on {}.",
                minute(*at)
            ))
            .button("Set a new password", "/forgot")
            .end(TELL_AN_OWNER),
        Letter::PasskeyAdded { name, at, .. } => Draft::new("A passkey was added")
            .say(format!(
                "The passkey “{name}” was added on {}. After your password it lets you in.",
                minute(*at)
            ))
            .button("Set a new password", "/forgot")
            .end(TELL_AN_OWNER),
        Letter::PasskeyRemoved { name, at, .. } => Draft::new("A passkey was removed")
            .say(format!(
                "The passkey “{name}” was removed on {}. It lets nobody in any more.",
                minute(*at)
            ))
            .button("Set a new password", "/forgot")
            .end(TELL_AN_OWNER),
        Letter::OrderConfirmed {
            what,
            credits,
            paid,
            page,
            ..
        } => Draft::new(format!("Your order: {what}"))
            .say(format!("Thank you. {} in your account.", are(*credits)))
            .fact("Order", what)
            .fact("Credits", credits)
            .fact("Paid", paid)
            .button("See your receipt", page),
        Letter::TrialStarted {
            credits,
            held,
            until,
            page,
            ..
        } => Draft::new("Your trial has begun")
            .say(format!(
                "{} in your account, for nothing. To see that your card works, your bank set {held} \
                 aside and was told to give it back at once: nothing was charged. Your bank may \
                 show it for some days.",
                are(*credits)
            ))
            .fact("Credits", credits)
            .fact("Set aside and given back", held)
            .until(*until)
            .button("Use them", page),
        Letter::CodeRedeemed {
            what,
            credits,
            until,
            page,
            ..
        } => Draft::new(format!("Your code: {what}"))
            .say(format!("Your code was redeemed. {} in your account.", are(*credits)))
            .fact("Code", what)
            .fact("Credits", credits)
            .until(*until)
            .button("See your account", page),
        Letter::PaymentFailed {
            what,
            amount,
            reason,
            again_at,
            page,
            ..
        } => {
            let again = match again_at {
                Some(at) => format!(
                    "We try again on {}. Or pay now, with another card.",
                    day(*at)
                ),
                None => "Nothing was charged. You can try again, with another card.".to_owned(),
            };
            let mut draft = Draft::new(format!("Payment failed: {what}"))
                .say(format!("We could not take {amount} for {what}. {again}"));
            if let Some(reason) = reason {
                draft = draft.fact("The bank says", reason);
            }
            draft.button("Pay now", page)
        }
        Letter::AuthenticationNeeded {
            what, amount, page, ..
        } => Draft::new(format!("Confirm your payment: {what}"))
            .say(format!(
                "Your bank wants you to confirm the payment of {amount} for {what}. Until you do, \
                 nothing is charged."
            ))
            .button("Confirm the payment", page),
        Letter::RenewalAhead {
            plan,
            amount,
            credits,
            at,
            expired,
            page,
            ..
        } => {
            let day = day(*at);
            let renews = format!("Your plan renews by itself on {day}.");
            let (subject, said, label) = match expired {
                Some(card) => (
                    format!("Your card expires before {plan} renews"),
                    format!(
                        "{renews} {card} pays for it, and is no longer good by then. Please add \
                         another card before, or make another one the default."
                    ),
                    "See your cards",
                ),
                None => (
                    format!("{plan} renews on {day}"),
                    renews,
                    "See or change your plan",
                ),
            };
            Draft::new(subject)
                .say(said)
                .fact("Plan", plan)
                .fact("Price", amount)
                .fact("Credits", credits)
                .button(label, page)
        }
        Letter::PlanChanged {
            from,
            to,
            amount,
            at,
            page,
            ..
        } => Draft::new(format!("Your plan is now {to}"))
            .say(format!(
                "Your plan changes from {from} to {to} on {}.",
                day(*at)
            ))
            .fact("Plan", to)
            .fact("Price", amount)
            .button("See your plan", page),
        Letter::PlanEnded { plan, at, page, .. } => Draft::new(format!("{plan} has ended"))
            .say(format!(
                "Your plan {plan} ended on {}. Nothing more is charged for it.",
                day(*at)
            ))
            .button("See your account", page),
        Letter::Refunded {
            what,
            amount,
            credits,
            page,
            ..
        } => {
            let draft = Draft::new(format!("Refund: {what}"))
                .say(format!(
                    "We refunded {amount} for {what}. It takes your bank some days to show it."
                ))
                .fact("Refunded", amount);
            match credits.0 {
                0 => draft,
                _ => draft.fact("Credits taken back", credits),
            }
            .button("See your account", page)
        }
        Letter::DisputeOpened {
            inquiry,
            transaction,
            amount,
            reason,
            respond_by,
            page,
            ..
        } => {
            let (subject, said) = match inquiry {
                true => (
                    format!("A bank asks about a payment of {amount}"),
                    "A customer's bank asks about a payment. It takes no money back so far; an \
                     answer, or a refund, can end it. Until then the credits are frozen.",
                ),
                false => (
                    format!("A payment of {amount} is disputed"),
                    "A customer's bank takes a payment back. Its credits and the evidence for it \
                     need a decision.",
                ),
            };
            let draft = Draft::new(subject)
                .say(said)
                .fact("Transaction", transaction)
                .fact("Reason", reason.replace('_', " "));
            match respond_by {
                Some(at) => draft.fact("Answer by", minute(*at)),
                None => draft,
            }
            .button("Look at it", page)
        }
        Letter::AccountViewed {
            reason, at, page, ..
        } => Draft::new("Our support looked at your account")
            .say(format!(
                "Somebody of our support looked at your account on {}, as you see it, for half an \
                 hour at most. They could change nothing, and saw no password and no card number.",
                minute(*at)
            ))
            .fact("Why", reason)
            .button("See who looked at your account", page)
            .end("If you do not know what this is about, answer nobody who asks for your password, and ask us."),
        Letter::ProposalMade {
            what,
            by,
            reason,
            until,
            page,
            ..
        } => Draft::new(format!("A second person is needed: {what}"))
            .say(format!(
                "{by} wants to do this, and it is more than one may do alone. Look at what it would \
                 do, and approve or refuse it."
            ))
            .fact("What", what)
            .fact("Why", reason)
            .fact("Decide by", minute(*until))
            .button("Decide about it", page),
        Letter::ProposalDecided {
            what,
            state,
            by,
            reason,
            page,
            ..
        } => {
            let draft = Draft::new(format!("{state}: {what}"));
            let draft = match by {
                Some(by) => draft.say(format!("{by} has {state} what you asked for.")),
                None => draft.say("What you asked for was not decided, and is over. Nothing was done."),
            };
            draft
                .fact("What", what)
                .fact("Why", reason)
                .button("Look at it", page)
        }
        Letter::AccountClosed { at } => Draft::new("Your account is closed")
            .say(format!(
                "Your account was closed on {}, as you asked. Your address, your cards and \
                 everything else about you were removed; only the numbers that the books need are \
                 kept. What our payment provider told us of you is gone within 30 days.",
                minute(*at)
            ))
            .say("This is the last mail that we send you."),
    }
}

fn confirm(token: &Secret) -> String {
    format!("/confirm/{}", token.as_str())
}

/// `50 credits are`
fn are(credits: Credits) -> String {
    match credits.0 {
        1 => "1 credit is".to_owned(),
        _ => format!("{credits} credits are"),
    }
}

/// `20 November 2026`
fn day(time: Time) -> String {
    written(time, "%-d %B %Y")
}

/// `20 November 2026 at 09:30 UTC`
fn minute(time: Time) -> String {
    written(time, "%-d %B %Y at %H:%M UTC")
}

fn written(time: Time, format: &str) -> String {
    let zoned = Timestamp::from(time).to_zoned(TimeZone::UTC);
    zoned.strftime(format).to_string()
}
