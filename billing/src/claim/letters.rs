//! Whom we tell of money that goes back: the customer when it does, staff when a bank disputes it.

use super::{Claim, News};
use crate::{
    Result, dispute,
    mail::{self, Letter},
    money::Credits,
    refund,
    store::Tx,
    transaction::Transaction,
};

/// Owes the letter that a refund or dispute causes by what it has become. Each is owed once.
pub(super) async fn tell(
    tx: &mut Tx,
    transaction: &Transaction,
    claim: &Claim,
    news: &News<'_>,
) -> Result<()> {
    match claim {
        Claim::Refund(refund) if refund.state == refund::State::Succeeded => {
            let letter = Letter::Refunded {
                refund: refund.id.to_string(),
                what: transaction.title.clone(),
                amount: refund.amount,
                credits: Credits(refund.held.taken.0 + refund.held.owed.0),
                page: "/account".to_owned(),
            };
            mail::owe(tx, transaction.customer, letter, news.now).await
        }
        Claim::Dispute(dispute) if dispute.state.is_open() => {
            let inquiry = dispute.state == dispute::State::Inquiry;
            let letter = Letter::DisputeOpened {
                dispute: match inquiry {
                    true => format!("{}:inquiry", dispute.id),
                    false => dispute.id.to_string(),
                },
                inquiry,
                transaction: transaction.id,
                amount: dispute.amount,
                reason: dispute.reason.clone(),
                respond_by: dispute.respond_by,
                page: "/admin".to_owned(),
            };
            mail::owe_staff(tx, letter, news.now).await
        }
        Claim::Refund(_) | Claim::Dispute(_) => Ok(()),
    }
}
