//! Which of our transactions a line of the gateway's books is about.

use std::collections::HashMap;

use super::{Line, Said};
use crate::{
    Billing, Result, dispute,
    gateway::stripe,
    id::TransactionId,
    money::{Credits, Money},
    refund,
    store::{earnings, pairing},
    transaction::State,
};

/// A line, and what is written here about the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    pub line: Line,
    pub known: Option<Known>,
    /// Whether the transaction knows this payment as its own.
    pub is_its_payment: bool,
    /// The refund or dispute that the line names.
    pub claim: Option<KnownClaim>,
    /// The fee that the gateway named before.
    pub noted_fee: Option<Money>,
}

/// As much of a transaction as is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub id: TransactionId,
    pub state: State,
    pub amount: Money,
    pub credits: Credits,
    /// What it has brought.
    pub granted: Credits,
    pub gateway: String,
    pub reference: Option<String>,
    /// A person looks at it already.
    pub in_review: bool,
}

/// As much of a refund or dispute as is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum KnownClaim {
    Refund {
        amount: Money,
        state: refund::State,
    },
    Dispute {
        amount: Money,
        state: dispute::State,
    },
}

impl Billing {
    /// Finds for each line what it is about, with a few questions to the database for all of them.
    pub(super) async fn paired(&self, gateway: &str, lines: Vec<Line>) -> Result<Vec<Pair>> {
        let mut conn = self.store.read().await?;
        let (mut by_id, mut by_reference) = (HashMap::new(), HashMap::new());
        let ids: Vec<_> = lines.iter().filter_map(|line| line.transaction).collect();
        for known in pairing::by_id(&mut conn, &ids).await? {
            by_id.insert(known.id, known);
        }
        // Our ids name the transaction, and its row the payment. What is not found so is looked up.
        let is_found = |line: &Line| {
            let known = line.transaction.and_then(|id| by_id.get(&id));
            known.is_some_and(|known| known.reference.as_deref() == line.payment.as_deref())
        };
        let references: Vec<&str> = lines
            .iter()
            .filter(|line| gateway == stripe::NAME && !is_found(line))
            .flat_map(|line| [line.payment.as_deref(), line.invoice.as_deref()])
            .flatten()
            .collect();
        for (reference, known) in pairing::by_payment(&mut conn, &references).await? {
            by_reference.insert(reference, known);
        }
        let of_kind = |kind: &str| -> Vec<&str> {
            let lines = lines.iter().filter(|line| line.said.kind() == kind);
            lines.map(|line| line.reference.as_str()).collect()
        };
        let mut claims = HashMap::new();
        if gateway == stripe::NAME {
            claims.extend(pairing::refunds(&mut conn, &of_kind("refund")).await?);
            claims.extend(pairing::disputes(&mut conn, &of_kind("dispute")).await?);
        }
        let mut known_ids: Vec<_> = by_id.keys().copied().collect();
        known_ids.extend(by_reference.values().map(|known: &Known| known.id));
        let noted = earnings::fees(&mut conn, &known_ids).await?;
        drop(conn);
        let pairs = lines.into_iter().map(|line| {
            let named = |reference: &Option<String>| by_reference.get(reference.as_ref()?);
            let by_payment = named(&line.payment).or_else(|| named(&line.invoice));
            let by_our_id = line.transaction.and_then(|id| by_id.get(&id));
            // What followed a payment belongs to whose payment it is, whatever travels with it.
            let known = match line.said {
                Said::Refund(_) | Said::Dispute(_) if line.payment.is_some() => {
                    by_payment.or_else(|| by_our_id.filter(|known| is_of(known, &line)))
                }
                _ => by_payment.or(by_our_id),
            };
            let is_its_payment = by_payment.is_some() || known.is_some_and(|it| is_of(it, &line));
            let noted_fee = known.and_then(|known| noted.get(&(known.id, line.id.clone()?)));
            Pair {
                is_its_payment,
                claim: claims.get(&line.reference).cloned(),
                noted_fee: noted_fee.copied(),
                known: known.cloned(),
                line,
            }
        });
        Ok(pairs.collect())
    }
}

fn is_of(known: &Known, line: &Line) -> bool {
    known.reference.is_some()
        && (known.reference == line.payment || known.reference == line.invoice)
}
