//! What a line of the gateway's books says against ours. Pure.

use super::{Class, KnownClaim, Line, Pair, Said};
use crate::{dispute, money::Money, refund, transaction::State};

/// What differs, about what, and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub class: Class,
    pub subject: String,
    pub detail: String,
}

/// Compares a line with what is known of it. Where both failed, or both succeeded with the same
/// amounts, nothing differs; what a person looks at already is not found again.
pub fn compare(pair: &Pair) -> Option<Difference> {
    let line = &pair.line;
    let differs = |class, detail| {
        Some(Difference {
            class,
            subject: line.reference.clone(),
            detail,
        })
    };
    let Some(known) = &pair.known else {
        return match line.said {
            Said::Paid if !line.went_back => differs(
                Class::PaymentWithoutOrder,
                format!(
                    "{} were paid for nothing that was ordered here",
                    line.amount
                ),
            ),
            // What followed a payment that is not ours is not ours either.
            _ => None,
        };
    };
    if known.in_review {
        return None;
    }
    match line.said {
        Said::Paid if line.went_back && known.state != State::Succeeded => None,
        Said::Paid if known.state != State::Succeeded => differs(
            Class::PaidNotSettled,
            format!("{} were paid; it is {} here", line.amount, known.state),
        ),
        Said::Paid if line.went_back && !pair.is_its_payment => None,
        Said::Paid if !pair.is_its_payment => differs(
            Class::DuplicatePayment,
            format!("{} were paid once more", line.amount),
        ),
        Said::Paid if line.amount != known.amount => {
            differs(Class::AmountDiffers, amounts(line, known.amount))
        }
        Said::Paid if known.granted != known.credits => Some(Difference {
            class: Class::CreditsDiffer,
            subject: known.id.to_string(),
            detail: format!(
                "{} were granted instead of {}",
                known.granted.counted(),
                known.credits
            ),
        }),
        Said::Paid => {
            let other = pair.noted_fee.filter(|noted| *noted != line.fee);
            other.map(|noted| Difference {
                class: Class::FeeDiffers,
                subject: line.id.clone().unwrap_or_default(),
                detail: format!("the fee was {noted} before, and is {} now", line.fee),
            })
        }
        Said::NotPaid if known.state == State::Succeeded && pair.is_its_payment => differs(
            Class::SettledNotPaid,
            format!("{} are settled here and did not come", known.amount),
        ),
        Said::NotPaid => None,
        Said::Refund(state) => refunded(line, state, pair.claim.as_ref()),
        Said::Dispute(state) => disputed(line, state, pair.claim.as_ref()),
    }
}

fn amounts(line: &Line, ours: Money) -> String {
    format!("{} there, {ours} here", line.amount)
}

/// States only go forward: where we are further, the gateway's line is only older.
fn refunded(line: &Line, said: refund::State, ours: Option<&KnownClaim>) -> Option<Difference> {
    let (class, detail) = match ours {
        None if said <= refund::State::Succeeded => (
            Class::RefundNotKnown,
            format!("{} were refunded, which we do not know", line.amount),
        ),
        Some(KnownClaim::Refund { amount, .. }) if *amount != line.amount => {
            (Class::AmountDiffers, amounts(line, *amount))
        }
        Some(KnownClaim::Refund { state, .. }) if said > *state => (
            Class::RefundNotKnown,
            format!("the refund is {said} there and {state} here"),
        ),
        _ => return None,
    };
    Some(Difference {
        class,
        subject: line.reference.clone(),
        detail,
    })
}

/// Whether a dispute is further there than here, or ended otherwise: a bank may change its mind.
pub(super) fn goes_further(there: dispute::State, here: dispute::State) -> bool {
    there > here || (there.is_final() && here.is_final() && there != here)
}

fn disputed(
    line: &Line,
    said: Option<dispute::State>,
    ours: Option<&KnownClaim>,
) -> Option<Difference> {
    let (class, detail) = match (ours, said) {
        (None, _) => (
            Class::DisputeNotKnown,
            format!("{} are disputed, which we do not know", line.amount),
        ),
        (Some(KnownClaim::Dispute { state, .. }), Some(said)) if goes_further(said, *state) => (
            Class::DisputeNotKnown,
            format!("the dispute is {said} there and {state} here"),
        ),
        (Some(KnownClaim::Dispute { amount, .. }), Some(_)) if *amount != line.amount => {
            (Class::AmountDiffers, amounts(line, *amount))
        }
        _ => return None,
    };
    Some(Difference {
        class,
        subject: line.reference.clone(),
        detail,
    })
}
