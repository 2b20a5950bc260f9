//! The form of something that is sold: what was typed, as an entry of the catalogue, and the other way
//! round. What an entry must be, the catalogue says itself.

use billing::{
    catalog::{CouponEntry, Entry, Interval, Item, ItemKind, PackEntry, PlanEntry},
    money::{Credits, Currency, Money},
};

use crate::context::FormState;

/// The field of an offer's key. `key` is what makes a second click harmless.
pub const OFFER_KEY: &str = "offer_key";

/// The entry that was typed, under this name where it has one.
///
/// # Errors
/// The form, with what cannot be read at its fields.
pub fn entry(
    kind: ItemKind,
    name: Option<&str>,
    form: &FormState,
    currency: Currency,
) -> Result<Entry, FormState> {
    let mut typed = Typed {
        form: form.clone(),
        currency,
    };
    let name = |field| name.map_or_else(|| form.value(field), str::to_owned);
    let entry = match kind {
        ItemKind::Plan => Entry::Plan(PlanEntry {
            key: name(OFFER_KEY),
            name: form.value("name"),
            description: form.value("description"),
            price: typed.needed(Typed::amount, "price"),
            interval: typed.interval(),
            credits: Credits(typed.needed(Typed::number, "credits")),
            rollover: typed.text("rollover"),
            rollover_cap: typed.number("rollover_cap").map(Credits),
        }),
        ItemKind::Pack => Entry::Pack(PackEntry {
            key: name(OFFER_KEY),
            name: form.value("name"),
            description: form.value("description"),
            price: typed.needed(Typed::amount, "price"),
            credits: Credits(typed.needed(Typed::number, "credits")),
        }),
        ItemKind::Coupon => Entry::Coupon(CouponEntry {
            code: name("code"),
            name: form.value("name"),
            credits: typed.number("credits"),
            credits_expire_after_days: typed.number("credits_expire_after_days"),
            percent_off: typed.number("percent_off"),
            amount_off: typed.amount("amount_off"),
            per_customer: typed.number("per_customer"),
            total: typed.number("total"),
            until: typed.text("until").map(Into::into),
            offers: form
                .value("offers")
                .split([' ', ',', '\n', '\r'])
                .filter(|key| !key.is_empty())
                .map(str::to_owned)
                .collect(),
        }),
    };
    match typed.form.errors.is_empty() {
        true => Ok(entry),
        false => Err(typed.form),
    }
}

struct Typed {
    form: FormState,
    currency: Currency,
}

impl Typed {
    fn text(&self, field: &str) -> Option<String> {
        Some(self.form.value(field)).filter(|text| !text.is_empty())
    }

    fn wrong(&mut self, field: &str, error: &str) {
        self.form.errors.insert(field.to_owned(), error.to_owned());
    }

    fn number(&mut self, field: &str) -> Option<i64> {
        let digits = self.text(field)?.replace(',', "");
        let number = digits.parse().ok();
        if number.is_none() {
            self.wrong(field, "Write a whole number.");
        }
        number
    }

    fn amount(&mut self, field: &str) -> Option<i64> {
        let digits = self.text(field)?.replace(',', "");
        let amount = Money::from_decimal(&digits, self.currency).ok();
        if amount.is_none() {
            self.wrong(field, "Write an amount such as 19.00.");
        }
        amount.map(|amount| amount.value)
    }

    /// A value that must be there.
    fn needed(&mut self, read: fn(&mut Self, &str) -> Option<i64>, field: &str) -> i64 {
        if self.text(field).is_none() {
            self.wrong(field, "Please fill this in.");
        }
        read(self, field).unwrap_or_default()
    }

    fn interval(&mut self) -> Interval {
        let word = self.form.value("interval").parse();
        word.unwrap_or_else(|_| {
            self.wrong("interval", "Choose one of them.");
            Interval::Month
        })
    }
}

/// The form as it would have been filled in for this.
pub(super) fn filled(item: &Item, currency: Currency) -> FormState {
    let number = |number: Option<i64>| number.map(|it| it.to_string()).unwrap_or_default();
    let amount = |value| Money { value, currency }.to_decimal();
    let values: Vec<(&str, String)> = match item.entry() {
        Entry::Plan(plan) => vec![
            ("name", plan.name),
            ("description", plan.description),
            ("price", amount(plan.price)),
            ("interval", plan.interval.to_string()),
            ("credits", plan.credits.0.to_string()),
            ("rollover", plan.rollover.unwrap_or_default()),
            ("rollover_cap", number(plan.rollover_cap.map(|cap| cap.0))),
        ],
        Entry::Pack(pack) => vec![
            ("name", pack.name),
            ("description", pack.description),
            ("price", amount(pack.price)),
            ("credits", pack.credits.0.to_string()),
        ],
        Entry::Coupon(coupon) => {
            let until = coupon.until.as_ref().and_then(|it| it.as_str());
            vec![
                ("name", coupon.name),
                ("credits", number(coupon.credits)),
                (
                    "credits_expire_after_days",
                    number(coupon.credits_expire_after_days),
                ),
                ("percent_off", number(coupon.percent_off)),
                (
                    "amount_off",
                    coupon.amount_off.map(amount).unwrap_or_default(),
                ),
                ("per_customer", number(coupon.per_customer)),
                ("total", number(coupon.total)),
                ("until", until.unwrap_or_default().to_owned()),
                ("offers", coupon.offers.join(", ")),
            ]
        }
    };
    let values = values.into_iter().map(|(field, it)| (field.to_owned(), it));
    FormState {
        values: values.collect(),
        ..FormState::default()
    }
}
