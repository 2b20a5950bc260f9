//! Many spends in one commit: what they need is read with a few statements, decided in memory against
//! the locked balances, and written with a few more, however many they are.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{EFFECT, SOURCE, Spend, SpendError, Spent, source_id, take};
use crate::{
    Error, Result,
    clock::Time,
    id::{AccountId, CustomerId, LotId, TransferId},
    ledger::{AccountKind, Entry, Reason, chain, low},
    money::Credits,
    store::{
        Tx, customers,
        ledger::{self, NewTransfer},
        lots,
        spends::{self, OpenLot},
    },
};

pub(super) type Answer = Result<Spent, SpendError>;

/// A customer's credits while spends are decided.
struct Purse {
    available: AccountId,
    consumed: AccountId,
    before: Credits,
    balance: Credits,
    version: i64,
    /// How many transfers were decided.
    transfers: i64,
    /// The last transfer, and its hash.
    head: Option<TransferId>,
    hash: Option<Vec<u8>>,
    /// In the order in which they are spent. Those that are used up stay.
    lots: Vec<OpenLot>,
    /// The first of them with something left.
    next: usize,
    /// There are lots that are to start.
    starts: bool,
}

/// What is to be written.
#[derive(Default)]
struct Decided<'s> {
    transfers: Vec<(NewTransfer<'s>, Vec<u8>)>,
    uses: Vec<(TransferId, LotId, Credits)>,
    fell: Vec<low::Taken>,
}

/// Takes what each of them wants, in their order. When this fails, nothing of it is done.
pub(super) async fn take_all(
    tx: &mut Tx,
    wishes: &[Spend],
    low: Credits,
    now: Time,
) -> Result<Vec<Answer>> {
    let sources: Vec<String> = wishes.iter().map(source_id).collect();
    let mut purses = open(tx, wishes, now).await?;
    // Read under the locks: whoever spends under the same key holds them first or after us.
    let made = spends::made(tx, &sources).await?;
    let mut made: HashMap<String, Entry> = made.into_iter().collect();
    // What started or ran out must be booked first. That is rare, and done one by one.
    let overdue: HashSet<CustomerId> = purses
        .iter()
        .filter(|(_, purse)| purse.is_overdue(now))
        .map(|(customer, _)| *customer)
        .collect();
    let mut decided = Decided::default();
    let mut answers: Vec<Option<Answer>> = Vec::with_capacity(wishes.len());
    for (wish, source) in wishes.iter().zip(&sources) {
        if overdue.contains(&wish.customer) {
            answers.push(None);
            continue;
        }
        if let Some(before) = made.get(source) {
            answers.push(Some(wish.again(before.clone())));
            continue;
        }
        let purse = purses.get_mut(&wish.customer);
        let purse = purse.ok_or(Error::Store(sqlx::Error::RowNotFound))?;
        let spent = purse.take(wish, source, now, &mut decided)?;
        if let Spent::Done(entry) = &spent {
            made.insert(source.clone(), entry.clone());
        }
        answers.push(Some(Ok(spent)));
    }
    give_way(tx, wishes, &mut answers).await?;
    write(tx, &purses, &decided).await?;
    for taken in &decided.fell {
        low::tell(tx, taken, low, now);
    }
    let mut all = Vec::with_capacity(wishes.len());
    for (wish, answer) in wishes.iter().zip(answers) {
        all.push(match answer {
            Some(answer) => answer,
            None => match take(tx, wish, low, now).await {
                Err(SpendError::Other(error)) => return Err(error),
                answer => answer,
            },
        });
    }
    Ok(all)
}

/// Whoever has too few and was joined into another spends what is there: that is rare, too.
async fn give_way(tx: &mut Tx, wishes: &[Spend], answers: &mut [Option<Answer>]) -> Result<()> {
    let is_short = |answer: &Option<Answer>| matches!(answer, Some(Ok(Spent::Insufficient { .. })));
    let all = wishes.iter().zip(answers.iter());
    let short: Vec<CustomerId> = all
        .filter(|(_, answer)| is_short(answer))
        .map(|(wish, _)| wish.customer)
        .collect();
    if short.is_empty() {
        return Ok(());
    }
    let joined = customers::joined(tx, &short).await?;
    for (wish, answer) in wishes.iter().zip(answers) {
        if is_short(answer) && joined.contains(&wish.customer) {
            *answer = None;
        }
    }
    Ok(())
}

/// Locks and reads what the customers of these wishes have.
async fn open(tx: &mut Tx, wishes: &[Spend], now: Time) -> Result<BTreeMap<CustomerId, Purse>> {
    let mut customers: Vec<CustomerId> = wishes.iter().map(|wish| wish.customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let available = spends::lock(tx, &customers).await?;
    let others = spends::others(tx, &customers).await?;
    let (consumed, upcoming): (Vec<_>, Vec<_>) = others
        .into_iter()
        .partition(|row| row.kind == AccountKind::Consumed);
    let consumed: HashMap<CustomerId, AccountId> = consumed
        .into_iter()
        .map(|row| (row.customer_id, row.id))
        .collect();
    let upcoming: Vec<CustomerId> = upcoming
        .into_iter()
        .filter(|row| row.balance > Credits(0))
        .map(|row| row.customer_id)
        .collect();
    let starting = lots::customers_starting(tx, &upcoming, now).await?;
    let hashes = spends::hashes(tx, &customers).await?;
    let mut hashes: HashMap<CustomerId, Option<Vec<u8>>> = hashes.into_iter().collect();
    let mut purses = BTreeMap::new();
    for row in available {
        let consumed = consumed.get(&row.customer_id).copied();
        let purse = Purse {
            available: row.id,
            consumed: consumed.ok_or(Error::Store(sqlx::Error::RowNotFound))?,
            before: row.balance,
            balance: row.balance,
            version: row.version,
            transfers: 0,
            head: row.head,
            hash: hashes.remove(&row.customer_id).flatten(),
            lots: Vec::new(),
            next: 0,
            starts: starting.contains(&row.customer_id),
        };
        purses.insert(row.customer_id, purse);
    }
    for lot in spends::open_lots(tx, &customers).await? {
        if let Some(purse) = purses.get_mut(&lot.customer_id) {
            purse.lots.push(lot);
        }
    }
    Ok(purses)
}

impl Purse {
    fn is_overdue(&self, now: Time) -> bool {
        let ran_out = |lot: &OpenLot| lot.expires_at.is_some_and(|at| at <= now);
        self.starts || self.lots.iter().any(ran_out)
    }

    /// Takes what a wish wants, or says how much is missing.
    fn take<'s>(
        &mut self,
        wish: &'s Spend,
        source_id: &'s str,
        now: Time,
        decided: &mut Decided<'s>,
    ) -> Result<Spent> {
        let Spend {
            customer, amount, ..
        } = *wish;
        if self.balance < amount {
            return Ok(Spent::Insufficient {
                available: self.balance,
                required: amount,
            });
        }
        self.balance.0 -= amount.0;
        self.transfers += 1;
        let id = TransferId::new();
        let transfer = NewTransfer {
            id,
            customer,
            seq: self.version + self.transfers,
            follows: self.head.replace(id),
            debit: self.available,
            credit: self.consumed,
            amount,
            reason: Reason::Spend,
            note: &wish.note,
            transaction: None,
            claim: None,
            hold: None,
            reverses: None,
            source_kind: SOURCE,
            source_id,
            effect: EFFECT,
            available_after: self.balance,
            created_at: now,
        };
        let hash = chain::hash(&transfer, self.hash.as_deref())?;
        self.hash = Some(hash.clone());
        self.burn(transfer.id, amount, &mut decided.uses)?;
        decided.fell.push(low::Taken {
            customer,
            transfer: transfer.id,
            amount,
            left: self.balance,
        });
        let entry = wish.entry(transfer.id, self.balance, now);
        decided.transfers.push((transfer, hash));
        Ok(Spent::Done(entry))
    }

    fn burn(
        &mut self,
        transfer: TransferId,
        amount: Credits,
        uses: &mut Vec<(TransferId, LotId, Credits)>,
    ) -> Result<()> {
        let mut missing = amount.0;
        while missing > 0 {
            let lot = self.lots.get_mut(self.next);
            let lot = lot.ok_or(Error::Broken("lots hold less than what is taken"))?;
            let part = missing.min(lot.remaining.0);
            lot.remaining.0 -= part;
            missing -= part;
            uses.push((transfer, lot.id, Credits(part)));
            if lot.remaining.0 == 0 {
                self.next += 1;
            }
        }
        Ok(())
    }
}

async fn write(
    tx: &mut Tx,
    purses: &BTreeMap<CustomerId, Purse>,
    decided: &Decided<'_>,
) -> Result<()> {
    ledger::insert_transfers(tx, &decided.transfers).await?;
    spends::insert_uses(tx, &decided.uses).await?;
    let mut lots: BTreeMap<LotId, Credits> = BTreeMap::new();
    for (_, lot, amount) in &decided.uses {
        lots.entry(*lot).or_insert(Credits(0)).0 += amount.0;
    }
    spends::take_from_lots(tx, &lots.into_iter().collect::<Vec<_>>()).await?;
    let mut moves = Vec::with_capacity(2 * purses.len());
    for (customer, purse) in purses.iter().filter(|(_, purse)| purse.transfers > 0) {
        let taken = purse.before.0 - purse.balance.0;
        moves.push((
            purse.available,
            Credits(-taken),
            purse.transfers,
            purse.head,
        ));
        moves.push((purse.consumed, Credits(taken), purse.transfers, None));
        tx.announce(customer.0, purse.version + purse.transfers);
    }
    spends::move_balances(tx, &moves).await
}
