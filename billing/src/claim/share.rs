//! What each refund or dispute must hold. Pure.

use super::{Held, Spent};
use crate::money::Credits;

/// What a payment bought.
#[derive(Clone, Copy, Debug)]
pub struct Purchase {
    /// What was paid, in the currency's smallest unit.
    pub amount: i64,
    /// What was granted for it.
    pub credits: i64,
    /// What of that was not spent: left in its lots, frozen or taken back.
    pub unspent: i64,
    /// What of that ran out: nobody had it, so nobody owes it.
    pub ran_out: i64,
}

/// What a refund or dispute does to its part of the credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    Takes,
    Freezes,
    LeavesAlone,
}

/// A refund or dispute, as far as credits are concerned.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    pub stand: Stand,
    /// Of the payment, in the currency's smallest unit.
    pub amount: i64,
    pub held: Held,
}

/// What each must hold, in the order in which they stand. Rounding is cumulative: those whose
/// amounts reach `r` of an amount `a` that bought `c` credits hold `floor(c*r/a)` together, so the
/// whole amount holds exactly all credits, and no amount holds more.
pub fn divide(purchase: Purchase, shares: &[Share], spent: Spent) -> Vec<Held> {
    let Purchase {
        amount,
        credits,
        mut unspent,
        mut ran_out,
    } = purchase;
    let mut reached = 0_i64;
    let up_to = |reached: i64| match amount {
        1.. => (i128::from(credits) * i128::from(reached) / i128::from(amount)) as i64,
        _ => 0,
    };
    let mut hold = |share: &Share| {
        if share.stand == Stand::LeavesAlone {
            return Held::default();
        }
        let before = reached;
        reached = before.saturating_add(share.amount).min(amount.max(0));
        let part = up_to(reached) - up_to(before);
        let left = part.min(unspent);
        unspent -= left;
        match share.stand {
            Stand::Freezes => Held {
                frozen: Credits(left),
                ..Held::default()
            },
            _ => {
                let missing = part - left;
                let lapsed = missing.min(ran_out);
                ran_out -= lapsed;
                short(share.held, missing - lapsed, lapsed, spent).with_taken(left)
            }
        }
    };
    shares.iter().map(&mut hold).collect()
}

/// Credits that are missing because they were spent, beside those that lapsed. How they were
/// divided before stays; what comes on top follows the setting of today, and what goes is owed first.
fn short(before: Held, missing: i64, lapsed: i64, spent: Spent) -> Held {
    let mut owed = before.owed.0;
    let mut written_off = (before.written_off.0 - lapsed).max(0);
    let more = missing - owed - written_off;
    if more >= 0 {
        match spent {
            Spent::Debt => owed += more,
            Spent::WriteOff => written_off += more,
        }
    } else {
        let less_owed = owed.min(-more);
        owed -= less_owed;
        written_off += more + less_owed;
    }
    Held {
        owed: Credits(owed),
        written_off: Credits(written_off + lapsed),
        ..Held::default()
    }
}

impl Held {
    fn with_taken(self, taken: i64) -> Self {
        Self {
            taken: Credits(taken),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(stand: Stand, amount: i64) -> Share {
        Share {
            stand,
            amount,
            held: Held::default(),
        }
    }

    fn totals(purchase: Purchase, shares: &[Share]) -> Vec<i64> {
        let held = divide(purchase, shares, Spent::Debt);
        held.iter().map(|held| held.total().0).collect()
    }

    const THIRDS: Purchase = Purchase {
        amount: 3,
        credits: 100,
        unspent: 100,
        ran_out: 0,
    };

    #[test]
    fn parts_are_rounded_down_and_the_last_takes_the_rest() {
        let third = share(Stand::Takes, 1);
        assert_eq!(totals(THIRDS, &[third]), [33]);
        assert_eq!(totals(THIRDS, &[third, third]), [33, 33]);
        assert_eq!(totals(THIRDS, &[third, third, third]), [33, 33, 34]);
        assert_eq!(
            totals(THIRDS, &[third, third, third, third]),
            [33, 33, 34, 0]
        );
    }

    #[test]
    fn what_was_spent_is_owed_or_written_off() {
        let purchase = Purchase {
            unspent: 60,
            ..THIRDS
        };
        let all = [share(Stand::Takes, 3)];
        let held = divide(purchase, &all, Spent::Debt)[0];
        assert_eq!((held.taken.0, held.owed.0, held.written_off.0), (60, 40, 0));
        let held = divide(purchase, &all, Spent::WriteOff)[0];
        assert_eq!((held.taken.0, held.owed.0, held.written_off.0), (60, 0, 40));
        // Changing the setting does not change what happened before.
        let again = [Share { held, ..all[0] }];
        assert_eq!(divide(purchase, &again, Spent::Debt), [held]);
    }

    #[test]
    fn what_ran_out_is_not_owed() {
        let purchase = Purchase {
            unspent: 20,
            ran_out: 50,
            ..THIRDS
        };
        let all = [share(Stand::Takes, 3)];
        let held = divide(purchase, &all, Spent::Debt)[0];
        assert_eq!(
            (held.taken.0, held.owed.0, held.written_off.0),
            (20, 30, 50)
        );
        let again = [Share { held, ..all[0] }];
        assert_eq!(divide(purchase, &again, Spent::WriteOff), [held]);
    }

    #[test]
    fn a_dispute_freezes_what_refunds_leave() {
        let purchase = Purchase {
            unspent: 60,
            ..THIRDS
        };
        let shares = [share(Stand::Takes, 1), share(Stand::Freezes, 3)];
        let held = divide(purchase, &shares, Spent::Debt);
        assert_eq!((held[0].taken.0, held[1].frozen.0), (33, 27));
    }

    #[test]
    fn a_payment_of_nothing_has_no_parts() {
        let free = Purchase {
            amount: 0,
            ..THIRDS
        };
        assert_eq!(totals(free, &[share(Stand::Takes, 5)]), [0]);
    }

    fn stand() -> impl Strategy<Value = Stand> {
        prop_oneof![
            Just(Stand::Takes),
            Just(Stand::Freezes),
            Just(Stand::LeavesAlone)
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_held_twice(
            amount in 0..i64::MAX,
            credits in 0..i64::MAX,
            spent in 0..i64::MAX,
            shares in prop::collection::vec((stand(), 0..i64::MAX), 0..8),
        ) {
            let unspent = credits - spent.min(credits);
            let purchase = Purchase { amount, credits, unspent, ran_out: 0 };
            let shares: Vec<_> = shares.iter().map(|&(stand, amount)| share(stand, amount)).collect();
            let held = divide(purchase, &shares, Spent::Debt);
            let total: i64 = held.iter().map(|held| held.total().0).sum();
            let unspent_held: i64 = held.iter().map(|held| held.taken.0 + held.frozen.0).sum();
            prop_assert!(total <= credits && unspent_held <= unspent);
            let taking = shares.iter().filter(|share| share.stand == Stand::Takes);
            let asked = taking.fold(0_i64, |sum, share| sum.saturating_add(share.amount));
            if asked >= amount && amount > 0 && shares.iter().all(|share| share.stand == Stand::Takes) {
                prop_assert_eq!(total, credits);
            }
            for held in held {
                prop_assert!(held.taken.0 >= 0 && held.owed.0 >= 0 && held.frozen.0 >= 0);
            }
        }
    }
}
