//! Every customer's transfers are a chain: the hash of each covers what it says and the hash of the
//! one before. Whoever changes what is written must change all that follows, and every checkpoint.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    Error, Result,
    clock::Time,
    id::{AccountId, CustomerId, DisputeId, HoldId, RefundId, TransactionId, TransferId},
    money::Credits,
    store::ledger::NewTransfer,
};

/// What a hash covers. As JSON, with its fields in this order and nothing between them, so that
/// anybody can compute it: the SHA-256 of that text.
#[derive(Serialize)]
struct Link<'a> {
    /// The hash of the transfer before, in hex; none for the first.
    before: Option<String>,
    id: TransferId,
    customer: CustomerId,
    seq: i64,
    debit: AccountId,
    credit: AccountId,
    amount: Credits,
    reason: &'static str,
    note: &'a str,
    transaction: Option<TransactionId>,
    refund: Option<RefundId>,
    dispute: Option<DisputeId>,
    hold: Option<HoldId>,
    /// Left out where there is none, as it was before there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    reverses: Option<TransferId>,
    source_kind: &'a str,
    source_id: &'a str,
    effect: &'a str,
    available_after: Credits,
    created_at: Time,
}

/// The hash of a transfer that follows the one with the hash `before`.
pub(crate) fn hash(transfer: &NewTransfer<'_>, before: Option<&[u8]>) -> Result<Vec<u8>> {
    let link = Link {
        before: before.map(hex::encode),
        id: transfer.id,
        customer: transfer.customer,
        seq: transfer.seq,
        debit: transfer.debit,
        credit: transfer.credit,
        amount: transfer.amount,
        reason: transfer.reason.as_str(),
        note: transfer.note,
        transaction: transfer.transaction,
        refund: transfer.claim.and_then(|claim| claim.refund()),
        dispute: transfer.claim.and_then(|claim| claim.dispute()),
        hold: transfer.hold,
        reverses: transfer.reverses,
        source_kind: transfer.source_kind,
        source_id: transfer.source_id,
        effect: transfer.effect,
        available_after: transfer.available_after,
        created_at: transfer.created_at,
    };
    let text = serde_json::to_vec(&link).map_err(|_| Error::Broken("a transfer is no JSON"))?;
    Ok(Sha256::digest(text).to_vec())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ledger::Reason;

    /// What is in databases must be recognized by every later version.
    #[test]
    fn a_hash_stays_what_it_is() {
        let id = |n| Uuid::from_u128(n);
        let transfer = NewTransfer {
            id: TransferId(id(1)),
            customer: CustomerId(id(2)),
            seq: 7,
            follows: Some(TransferId(id(6))),
            debit: AccountId(id(3)),
            credit: AccountId(id(4)),
            amount: Credits(5),
            reason: Reason::Spend,
            note: "A \"picture\"",
            transaction: None,
            claim: None,
            hold: None,
            reverses: None,
            source_kind: "spend",
            source_id: "key",
            effect: "spend",
            available_after: Credits(45),
            created_at: Time(1_700_000_000_123_456),
        };
        let first = hash(&transfer, None).unwrap();
        // Computed elsewhere, from the text that is described above.
        let known = "ccbb1239999b82fec3fd7dbbb9238ac68ba3d03d15875bc30bfd725e0f0aa5d5";
        assert_eq!(hex::encode(&first), known);
        assert_ne!(hash(&transfer, Some(&first)).unwrap(), first);
        let correction = NewTransfer {
            reverses: Some(TransferId(id(9))),
            ..transfer
        };
        let known = "39f924e11ae9218df10ce8fd854e000f4fcfc292356605fffa6100677119b2d2";
        assert_eq!(hex::encode(hash(&correction, None).unwrap()), known);
    }
}
