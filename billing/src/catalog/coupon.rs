//! Coupons: codes that bring credits or lower a price.

use super::{Offer, OfferKind};
use crate::{
    clock::Time,
    id::CouponId,
    money::{Credits, Money},
};

/// The least that a card can be charged, in the currency's smallest unit. Source:
/// <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>.
pub const LEAST_CHARGE: i64 = 50;

/// One version of a coupon.
#[derive(Clone, Debug, PartialEq)]
pub struct Coupon {
    pub id: CouponId,
    /// As it is compared: in capitals.
    pub code: String,
    /// 1 for the first version of this code, then counting up.
    pub version: i64,
    /// For people, in history and documents: `Welcome gift`.
    pub name: String,
    pub benefit: Benefit,
    /// How often each customer may use the code, over all its versions.
    pub per_customer: Option<i64>,
    /// How often it may be used by all together, over all its versions.
    pub total: Option<i64>,
    /// The first moment at which it is no longer valid.
    pub until: Option<Time>,
    /// The keys of the packs and plans whose price it lowers; none means every pack. Of a plan it
    /// lowers the first payment.
    pub offers: Vec<String>,
}

/// What a coupon does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Benefit {
    /// Brings credits for nothing.
    Credits {
        amount: Credits,
        expire_after_days: Option<i64>,
    },
    /// Lowers a price by a part of it, 1 to 100.
    PercentOff(i64),
    /// Lowers a price by a fixed amount.
    AmountOff(Money),
}

impl Coupon {
    /// A code as it is compared, however it was typed.
    pub fn normalized(typed: &str) -> String {
        typed.trim().to_uppercase()
    }

    /// By how much it lowers the price of this offer, if it does. Half a cent is in the customer's
    /// favour. What remains is nothing at all, or at least what a card can be charged: when it
    /// would be less, the discount is smaller.
    pub fn discount_on(&self, offer: &Offer) -> Option<Money> {
        let is_named = self.offers.contains(&offer.key);
        let is_meant = is_named || (offer.kind == OfferKind::Pack && self.offers.is_empty());
        let price = offer.price;
        let off = match self.benefit {
            Benefit::PercentOff(percent) => part_of(price.value, percent),
            Benefit::AmountOff(off) if off.currency == price.currency => off.value,
            Benefit::AmountOff(_) | Benefit::Credits { .. } => return None,
        };
        let due = match price.value - off {
            ..=0 => 0,
            due => due.max(LEAST_CHARGE),
        };
        let discount = price.value - due;
        (is_meant && discount > 0).then_some(Money {
            value: discount,
            currency: price.currency,
        })
    }

    pub(super) fn does_the_same_as(&self, other: &Self) -> bool {
        let Self { id, version, .. } = *self;
        *self
            == Self {
                id,
                version,
                ..other.clone()
            }
    }
}

/// So many hundredths of a value, rounded to the nearest whole, half upwards.
fn part_of(value: i64, percent: i64) -> i64 {
    let exact = i128::from(value) * i128::from(percent);
    i64::try_from((exact + 50) / 100).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::{Interval, Rollover},
        id::OfferId,
        money::Currency,
    };

    fn pack(price: i64) -> Offer {
        Offer {
            id: OfferId::new(),
            key: "starter".to_owned(),
            version: 1,
            kind: OfferKind::Pack,
            name: "Starter".to_owned(),
            description: String::new(),
            price: usd(price),
            credits: Credits(50),
            rollover: Rollover::All,
        }
    }

    fn usd(value: i64) -> Money {
        Money {
            value,
            currency: Currency::USD,
        }
    }

    fn coupon(benefit: Benefit) -> Coupon {
        Coupon {
            id: CouponId::new(),
            code: "CODE".to_owned(),
            version: 1,
            name: "Code".to_owned(),
            benefit,
            per_customer: None,
            total: None,
            until: None,
            offers: Vec::new(),
        }
    }

    fn due(benefit: Benefit, price: i64) -> Option<i64> {
        let discount = coupon(benefit).discount_on(&pack(price))?;
        Some(price - discount.value)
    }

    #[test]
    fn a_price_is_lowered_to_whole_cents() {
        assert_eq!(due(Benefit::PercentOff(20), 500), Some(400));
        // 15 % of 3.33 is 0.4995, of 5.10 is 0.765.
        assert_eq!(due(Benefit::PercentOff(15), 333), Some(283));
        assert_eq!(due(Benefit::PercentOff(15), 510), Some(433));
        assert_eq!(due(Benefit::AmountOff(usd(150)), 500), Some(350));
    }

    #[test]
    fn nothing_is_due_or_what_a_card_can_be_charged() {
        assert_eq!(due(Benefit::PercentOff(100), 500), Some(0));
        assert_eq!(due(Benefit::AmountOff(usd(900)), 500), Some(0));
        assert_eq!(due(Benefit::AmountOff(usd(500)), 500), Some(0));
        assert_eq!(due(Benefit::AmountOff(usd(499)), 500), Some(LEAST_CHARGE));
        assert_eq!(due(Benefit::PercentOff(99), 500), Some(LEAST_CHARGE));
        assert_eq!(
            due(Benefit::PercentOff(10), LEAST_CHARGE),
            None,
            "a use that lowers nothing would be lost"
        );
    }

    #[test]
    fn a_price_beyond_all_reason_is_no_overflow() {
        assert_eq!(due(Benefit::PercentOff(100), i64::MAX), Some(0));
    }

    #[test]
    fn only_what_is_meant_becomes_cheaper() {
        let mut off = coupon(Benefit::PercentOff(50));
        off.offers = vec!["standard".to_owned()];
        assert_eq!(off.discount_on(&pack(500)), None);
        off.offers.push("starter".to_owned());
        assert!(off.discount_on(&pack(500)).is_some());
        let plan = Offer {
            kind: OfferKind::Plan(Interval::Month),
            ..pack(500)
        };
        assert!(off.discount_on(&plan).is_some());
        off.offers.clear();
        assert_eq!(off.discount_on(&plan), None, "plans are named");
        let euros = Money {
            value: 100,
            currency: "eur".parse().unwrap(),
        };
        assert_eq!(due(Benefit::AmountOff(euros), 500), None);
        let gift = Benefit::Credits {
            amount: Credits(5),
            expire_after_days: None,
        };
        assert_eq!(due(gift, 500), None);
    }

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        assert_eq!(Coupon::normalized(" welcome-20\t"), "WELCOME-20");
    }
}
