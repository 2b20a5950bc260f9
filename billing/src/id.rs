//! Identifiers. Each kind of row has its own type, so that one is never taken for another. All are
//! UUIDv7: made by us before a row is written, and sorted by time. None of them is a secret.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            sqlx::Type,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, later than every id made before it in this process.
            #[allow(clippy::new_without_default, reason = "a new id is not a default value")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// Who signs in.
    PersonId,
    /// One browser in which a person is signed in.
    SessionId,
    /// A passkey of a member of staff.
    PasskeyId,
    /// A secret sent to an address, to see whether it comes back.
    ProofId,
    /// A letter to one person.
    MailId,
    /// Who owns credits.
    CustomerId,
    /// One version of a plan or pack.
    OfferId,
    /// One version of a coupon.
    CouponId,
    /// One use of a coupon.
    RedemptionId,
    /// What a customer asked for.
    OrderId,
    /// A customer's plan.
    SubscriptionId,
    /// One payment action; what a client waits for.
    TransactionId,
    /// Money of a payment that goes back.
    RefundId,
    /// A bank's doubt about a payment.
    DisputeId,
    /// A bank's word that a payment may be fraud.
    FraudWarningId,
    /// One event as a gateway sent it.
    InboxId,
    /// A ledger account.
    AccountId,
    /// A movement of credits between two accounts.
    TransferId,
    /// Credits that came together.
    LotId,
    /// A card that a customer keeps.
    CardId,
    /// Credits that are set aside.
    HoldId,
    /// What lets a program use the API.
    ApiKeyId,
    /// Something that others are told of.
    EventId,
    /// Where events are sent.
    EndpointId,
    /// A comparison of a gateway's books with ours.
    ReconciliationId,
    /// Something that differs between them.
    FindingId,
    /// What staff wrote down about a customer.
    NoteId,
    /// A member of staff who looks at what a customer sees.
    ViewId,
    /// What one member of staff wants to do, and another decides about.
    ProposalId,
    /// A line of the log of what staff did.
    AuditId,
    /// A server from its start to its end.
    ServerId,
}
