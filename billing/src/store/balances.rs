//! What a customer has: their accounts, and the lots of which something is left or will be.

use super::{Conn, lots::in_order};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, LotId},
    ledger::{AccountKind, Lot},
    money::Credits,
};

/// An account, and beside the one of what is available a lot, if there is any.
#[derive(sqlx::FromRow)]
struct Row {
    kind: AccountKind,
    balance: Credits,
    version: i64,
    id: Option<LotId>,
    note: Option<String>,
    granted: Option<Credits>,
    remaining: Option<Credits>,
    priority: Option<i64>,
    created_at: Option<Time>,
    starts_at: Option<Time>,
    upcoming: Option<bool>,
    expires_at: Option<Time>,
}

impl Row {
    fn lot(self) -> Option<Lot> {
        Some(Lot {
            id: self.id?,
            note: self.note?,
            granted: self.granted?,
            remaining: self.remaining?,
            priority: self.priority?,
            created_at: self.created_at?,
            starts_at: self.starts_at,
            is_upcoming: self.upcoming?,
            expires_at: self.expires_at,
        })
    }
}

/// Accounts and lots as they are at one moment, which is why one statement asks for both.
#[derive(Default)]
pub struct Holdings {
    accounts: Vec<(AccountKind, Credits)>,
    /// Of what is available: it counts every transfer.
    pub version: i64,
    /// In the order in which they are spent.
    pub lots: Vec<Lot>,
}

impl Holdings {
    /// Zero of an account that was never needed.
    pub fn of(&self, kind: AccountKind) -> Credits {
        let account = self.accounts.iter().find(|account| account.0 == kind);
        account.map_or(Credits(0), |account| account.1)
    }
}

/// What a customer has. The lots come by the indexes of those that are left and of those that will be,
/// which lead past the many that were used up.
pub async fn read(conn: &mut Conn, customer: CustomerId) -> Result<Holdings> {
    let rows = fetch_all!(
        Row,
        conn,
        in_order!(
            "select a.kind, a.balance, a.version, l.id, l.note, l.granted, l.remaining, l.priority,
                    l.created_at, l.starts_at, l.upcoming, l.expires_at
             from accounts a left join
                  (select * from lots where customer_id = $1 and remaining > 0
                   union all
                   select * from lots where customer_id = $1 and upcoming) l
                  on a.kind = 'available'
             where a.customer_id = $1"
        ),
        customer,
    )?;
    let mut holdings = Holdings::default();
    for row in rows {
        if holdings
            .accounts
            .iter()
            .all(|account| account.0 != row.kind)
        {
            holdings.accounts.push((row.kind, row.balance));
        }
        if row.kind == AccountKind::Available {
            holdings.version = row.version;
        }
        holdings.lots.extend(row.lot());
    }
    Ok(holdings)
}
