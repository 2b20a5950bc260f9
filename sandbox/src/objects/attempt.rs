//! An attempt to confirm an intent: how it is made, and what comes next.
//!
//! [`next_step`] decides; the files that confirm payments and setups write it down.

use serde_json::{Value, json};

use super::intents::noun;
use super::invoices;
use crate::account::{Account, text};
use crate::cards::TestCard;
use crate::declines::Decline;
use crate::errors::{ApiError, Result};
use crate::form::Params;

/// Who makes a call. A browser stays on its page and answers the challenge there.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    #[default]
    Server,
    Browser,
}

/// How a confirmation is made.
#[derive(Debug, Default)]
pub struct Attempt {
    pub off_session: bool,
    pub error_on_requires_action: bool,
    /// An invoice is charged by the gateway itself. When the bank wants the customer, the intent
    /// waits for them instead of being refused.
    pub unattended: bool,
    use_stripe_sdk: bool,
    return_url: Option<String>,
    caller: Caller,
}

/// What the bank is asked to allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Charge,
    /// Keeping the card for later. Most cards that would be declined are refused here already.
    SetUp,
}

/// The circumstances that decide about a challenge.
#[derive(Debug, Default, Clone, Copy)]
pub struct Circumstances {
    pub off_session: bool,
    /// Whether the card was set up for use without its owner.
    pub set_up: bool,
    pub authenticated: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    Challenge,
    Decline(Decline),
    Approve,
}

pub fn next_step(card: Option<&TestCard>, purpose: Purpose, now: Circumstances) -> Step {
    let Some(card) = card else {
        return Step::Decline(Decline::LiveCard);
    };
    if !now.authenticated && card.asks_for_challenge(now.off_session, now.set_up) {
        return match now.off_session {
            true => Step::Decline(Decline::AuthenticationRequired),
            false => Step::Challenge,
        };
    }
    match (card.decline, purpose) {
        (Some(_), Purpose::SetUp) if card.attaches => Step::Approve,
        (Some(decline), _) => Step::Decline(decline),
        (None, _) => Step::Approve,
    }
}

impl Attempt {
    pub fn unattended() -> Self {
        Self {
            off_session: true,
            unattended: true,
            ..Self::default()
        }
    }

    pub fn from(params: &mut Params, caller: Caller) -> Result<Self> {
        params.any("mandate_data");
        params.text("mandate")?;
        Ok(Self {
            // Also `one_off` and `recurring`, which older clients send.
            off_session: params
                .text("off_session")?
                .is_some_and(|value| value != "false"),
            error_on_requires_action: params.flag("error_on_requires_action")?.unwrap_or(false),
            ..Self::of_setup(params, caller)?
        })
    }

    /// A setup is always made while the customer is there.
    pub fn of_setup(params: &mut Params, caller: Caller) -> Result<Self> {
        params.any("mandate_data");
        Ok(Self {
            use_stripe_sdk: params.flag("use_stripe_sdk")?.unwrap_or(false),
            return_url: params.text("return_url")?,
            caller,
            ..Self::default()
        })
    }

    /// On a page of the gateway's own, where the customer answers a challenge at once.
    pub fn on_page() -> Self {
        Self {
            use_stripe_sdk: true,
            caller: Caller::Browser,
            ..Self::default()
        }
    }

    /// These parameters say how to confirm, so they mean nothing without it.
    pub fn refuse_without_confirm(&self, intent: &Value) -> Result<()> {
        let given = [
            ("off_session", self.off_session),
            ("error_on_requires_action", self.error_on_requires_action),
            ("return_url", self.return_url.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((name, _)) => Err(ApiError::invalid(format!(
                "The parameter `{name}` cannot be passed when creating a {} unless `confirm` is \
                 set to true.",
                noun(intent)
            ))
            .param(name)),
        }
    }

    /// With methods chosen by the gateway, some might leave the page, so it wants the way back.
    pub fn check(&self, intent: &Value) -> Result<()> {
        let automatic = &intent["automatic_payment_methods"];
        let may_redirect = automatic["enabled"] == true && automatic["allow_redirects"] != "never";
        if may_redirect
            && self.return_url.is_none()
            && !self.off_session
            && !self.use_stripe_sdk
            && self.caller == Caller::Server
        {
            return Err(ApiError::invalid(format!(
                "This {} is configured to accept payment methods enabled in your Dashboard. \
                 Because some of these payment methods might redirect your customer off of your \
                 page, you must provide a `return_url`. If you don't want to accept \
                 redirect-based payment methods, set `automatic_payment_methods[enabled]` to \
                 `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating \
                 Setup Intents and Payment Intents.",
                noun(intent)
            ))
            .param("return_url"));
        }
        Ok(())
    }

    /// Makes the intent wait for the customer's answer, and says how to get it.
    pub fn challenge(&self, account: &mut Account, mut intent: Value) -> Value {
        let url = format!(
            "{}/challenge/{}?client_secret={}",
            account.base_url,
            text(&intent, "id"),
            text(&intent, "client_secret"),
        );
        intent["status"] = "requires_action".into();
        intent["next_action"] = match &self.return_url {
            Some(return_url) if !self.use_stripe_sdk && self.caller == Caller::Server => {
                let back: String =
                    url::form_urlencoded::byte_serialize(return_url.as_bytes()).collect();
                json!({
                    "redirect_to_url": {
                        "return_url": return_url,
                        "url": format!("{url}&return_url={back}"),
                    },
                    "type": "redirect_to_url",
                })
            }
            _ => json!({
                "type": "use_stripe_sdk",
                "use_stripe_sdk": { "type": "three_d_secure_redirect", "stripe_js": url },
            }),
        };
        account.store.put(intent.clone());
        let event = format!("{}.requires_action", text(&intent, "object"));
        account.emit(&event, &intent, None);
        invoices::needs_customer(account, &intent, self.unattended);
        intent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::by_number;

    const THERE: Circumstances = Circumstances {
        off_session: false,
        set_up: false,
        authenticated: false,
    };
    const AWAY: Circumstances = Circumstances {
        off_session: true,
        ..THERE
    };

    fn charge(number: &str, now: Circumstances) -> Step {
        next_step(by_number(number), Purpose::Charge, now)
    }

    fn set_up(now: Circumstances) -> Circumstances {
        Circumstances {
            set_up: true,
            ..now
        }
    }

    #[test]
    fn a_card_that_is_set_up_is_charged_without_the_customer() {
        let wanted = Step::Decline(Decline::AuthenticationRequired);
        let unless = "4000002500003155";
        assert_eq!(charge(unless, THERE), Step::Challenge);
        assert_eq!(charge(unless, set_up(THERE)), Step::Challenge);
        assert_eq!(charge(unless, set_up(AWAY)), Step::Approve);
        assert_eq!(charge(unless, AWAY), wanted);
        let always = "4000002760003184";
        assert_eq!(charge(always, set_up(THERE)), Step::Challenge);
        assert_eq!(charge(always, set_up(AWAY)), wanted);
        let before = "4000003800000446";
        assert_eq!(charge(before, AWAY), Step::Approve);
        assert_eq!(charge(before, THERE), Step::Challenge);
    }

    #[test]
    fn a_card_that_fails_when_charged_can_be_kept() {
        let keep = |number| next_step(by_number(number), Purpose::SetUp, THERE);
        assert_eq!(keep("4000000000000341"), Step::Approve);
        assert_eq!(keep("4000000000000002"), Step::Decline(Decline::Generic));
        assert_eq!(keep("4000002500003155"), Step::Challenge);
    }
}
