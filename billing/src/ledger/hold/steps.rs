//! How a hold begins and ends in the books.

use super::{Hold, HoldError, HoldStatus, NewHold};
use crate::{
    Result,
    clock::Time,
    id::HoldId,
    ledger::{
        AccountKind, Reason, SpendError, Spent,
        come_back::come_back,
        dates::catch_up,
        lots::burn,
        low,
        pass_on::pass_on,
        transfer::{Movement, transfer},
    },
    money::Credits,
    store::{Tx, customers, holds, ledger, lot_uses},
};

pub(super) async fn set_aside(
    tx: &mut Tx,
    new: &NewHold,
    low: Credits,
    now: Time,
) -> Result<Spent<Hold>, SpendError> {
    let NewHold { amount, .. } = *new;
    ledger::lock(tx, new.customer).await?;
    let customer = customers::owner(tx, new.customer).await?;
    ledger::lock(tx, customer).await?;
    let before = match holds::by_key(tx, new.customer, &new.key).await? {
        None if customer != new.customer => holds::by_key(tx, customer, &new.key).await?,
        before => before,
    };
    if let Some(before) = before {
        let lifetime = before.expires_at.since(before.created_at);
        let same = before.amount == amount && before.note == new.note && lifetime == new.lifetime;
        return if same {
            Ok(Spent::Done(before.when_it_began()))
        } else {
            Err(SpendError::KeyReused)
        };
    }
    catch_up(tx, customer, now).await?;
    let available = ledger::account(tx, customer, AccountKind::Available).await?;
    if available.balance < amount {
        return Ok(Spent::Insufficient {
            available: available.balance,
            required: amount,
        });
    }
    let hold = Hold {
        id: HoldId::new(),
        customer,
        amount,
        note: new.note.clone(),
        status: HoldStatus::Open,
        captured: Credits(0),
        available_after: Credits(available.balance.0 - amount.0),
        expires_at: now.plus(new.lifetime),
        created_at: now,
        ended_at: None,
    };
    holds::insert(tx, &hold, &new.key).await?;
    let source = hold.id.to_string();
    let movement = hold.movement(Step::SetAside, amount, &source, &new.note);
    let taken = transfer(tx, &movement, now).await?.entry;
    burn(tx, customer, taken.id, amount).await?;
    let went = low::Taken {
        customer,
        transfer: taken.id,
        amount,
        left: taken.balance,
    };
    low::tell(tx, &went, low, now);
    Ok(Spent::Done(hold))
}

pub(super) async fn end(
    tx: &mut Tx,
    id: HoldId,
    status: HoldStatus,
    amount: Option<Credits>,
    now: Time,
) -> Result<Hold, HoldError> {
    let before = holds::find(tx, id).await?.ok_or(HoldError::Unknown)?;
    ledger::lock(tx, before.customer).await?;
    let before = holds::find(tx, id).await?.ok_or(HoldError::Unknown)?;
    let captured = match status {
        HoldStatus::Captured => amount.unwrap_or(before.amount),
        _ => Credits(0),
    };
    if captured > before.amount {
        return Err(HoldError::TooMuch(before.amount));
    }
    if before.status == status && before.captured == captured {
        return Ok(before);
    }
    if before.status != HoldStatus::Open {
        return Err(HoldError::Ended(before.status));
    }
    // A time that has passed is the end, even when nobody has looked at it yet.
    if status == HoldStatus::Captured && before.expires_at <= now {
        return Err(HoldError::Ended(HoldStatus::Expired));
    }
    let hold = Hold {
        status,
        captured,
        ended_at: Some(now),
        ..before
    };
    holds::end(tx, &hold).await?;
    let source = hold.id.to_string();
    if captured > Credits(0) {
        let movement = hold.movement(Step::Use, captured, &source, &hold.note);
        transfer(tx, &movement, now).await?;
    }
    let rest = Credits(hold.amount.0 - captured.0);
    if rest > Credits(0) {
        let note = format!("Not needed: {}", hold.note);
        let movement = hold.movement(Step::GiveBack, rest, &source, &note);
        let mut lots = lot_uses::on_hold(tx, hold.id).await?;
        // What was taken last comes back first.
        lots.reverse();
        come_back(tx, &movement, &lots, now).await?;
        pass_on(tx, hold.customer, now).await?;
    }
    Ok(hold)
}

/// What happens to the credits of a hold.
#[derive(Clone, Copy)]
enum Step {
    SetAside,
    Use,
    GiveBack,
}

impl Hold {
    /// What the first answer said.
    fn when_it_began(self) -> Self {
        Self {
            status: HoldStatus::Open,
            captured: Credits(0),
            ended_at: None,
            ..self
        }
    }

    fn movement<'a>(
        &self,
        step: Step,
        amount: Credits,
        source_id: &'a str,
        note: &'a str,
    ) -> Movement<'a> {
        use AccountKind::{Available, Consumed, Held};
        let (from, to, reason) = match step {
            Step::SetAside => (Available, Held, Reason::Hold),
            Step::Use => (Held, Consumed, Reason::Capture),
            Step::GiveBack => (Held, Available, Reason::Release),
        };
        Movement {
            customer: self.customer,
            from,
            to,
            amount,
            reason,
            note,
            transaction: None,
            claim: None,
            hold: Some(self.id),
            reverses: None,
            source_kind: "hold",
            source_id,
            effect: reason.as_str(),
        }
    }
}
