//! Asks Stripe about plans: prices, subscriptions, invoices.

use reqwest::Method;
use serde::Deserialize;

use super::{
    Stripe,
    invoice::{Invoice, List, Named, News, SUBSCRIPTION},
    payment_intent::TRANSACTION,
    subscription::Subscription,
};
use crate::{
    catalog::{Interval, Offer},
    clock::Time,
    gateway::{GatewayError, Payment, Standing},
    money::Money,
    order::Order,
    transaction::Transaction,
};

/// What a browser needs to pay an invoice.
const SECRET: &str = "confirmation_secret";
/// How the payment of an invoice stands.
const INTENT: &str = "payments.data.payment.payment_intent";

/// A subscription with its newest invoice in it.
#[derive(Deserialize)]
struct WithInvoice {
    latest_invoice: Invoice,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

impl Stripe {
    /// The price of an offer, which is made when it is first asked for. It is found again by the
    /// offer's id, however long ago that was.
    pub async fn price(&self, offer: &Offer, every: Interval) -> Result<String, GatewayError> {
        let path = format!("/v1/prices?lookup_keys[]={}", offer.id);
        let found: List<Named> = self.send(self.request(Method::GET, &path)).await?;
        if let Some(price) = found.data.into_iter().next() {
            return Ok(price.id);
        }
        let form = [
            ("lookup_key", offer.id.to_string()),
            ("unit_amount", offer.price.value.to_string()),
            ("currency", offer.price.currency.as_str().to_owned()),
            ("recurring[interval]", every.to_string()),
            ("product_data[name]", offer.name.clone()),
            ("metadata[offer]", offer.key.clone()),
            ("metadata[version]", offer.version.to_string()),
        ];
        let key = format!("price:{}", offer.id);
        let made: Named = self.make("/v1/prices", &key, &form).await?;
        Ok(made.id)
    }

    /// Begins the plan of a transaction. Nothing is charged before a customer pays its invoice.
    pub async fn begin_plan(
        &self,
        order: &Order,
        customer: &str,
        price: &str,
        discount: Option<&str>,
    ) -> Result<(Standing, Payment), GatewayError> {
        let transaction = &order.transaction;
        let ours = transaction.subscription.map(|id| id.to_string());
        let of_transaction = format!("metadata[{TRANSACTION}]");
        let of_subscription = format!("metadata[{SUBSCRIPTION}]");
        let mut form = vec![
            ("customer", customer.to_owned()),
            ("items[0][price]", price.to_owned()),
            ("payment_behavior", "default_incomplete".to_owned()),
            (
                "payment_settings[save_default_payment_method]",
                "on_subscription".to_owned(),
            ),
            (&of_transaction, transaction.id.to_string()),
            (&of_subscription, ours.unwrap_or_default()),
            ("metadata[order]", order.id.to_string()),
            ("metadata[customer]", transaction.customer.to_string()),
            ("expand[0]", format!("latest_invoice.{SECRET}")),
        ];
        if let Some(discount) = discount {
            form.push(("discounts[0][coupon]", discount.to_owned()));
        }
        let key = transaction.id.to_string();
        let made = self.make("/v1/subscriptions", &key, &form).await?;
        with_payment(made)
    }

    /// Changes the price at once, from `at` on. What is paid more for the rest of the period is
    /// charged now, and the change happens when it is paid.
    pub async fn raise_plan(
        &self,
        transaction: &Transaction,
        subscription: &Standing,
        price: &str,
        at: Time,
    ) -> Result<Payment, GatewayError> {
        let form = [
            ("items[0][id]", subscription.item.clone()),
            ("items[0][price]", price.to_owned()),
            ("proration_behavior", "always_invoice".to_owned()),
            ("proration_date", at.unix().to_string()),
            ("payment_behavior", "pending_if_incomplete".to_owned()),
            ("expand[0]", format!("latest_invoice.{SECRET}")),
        ];
        let path = format!("/v1/subscriptions/{}", subscription.reference);
        let key = transaction.id.to_string();
        let made = self.make(&path, &key, &form).await?;
        with_payment(made).map(|(_, payment)| payment)
    }

    /// What raising the price from `at` on would charge.
    pub async fn preview_raise(
        &self,
        subscription: &Standing,
        price: &str,
        at: Time,
    ) -> Result<Money, GatewayError> {
        let form = [
            ("subscription", subscription.reference.clone()),
            (
                "subscription_details[items][0][id]",
                subscription.item.clone(),
            ),
            ("subscription_details[items][0][price]", price.to_owned()),
            (
                "subscription_details[proration_behavior]",
                "always_invoice".to_owned(),
            ),
            (
                "subscription_details[proration_date]",
                at.unix().to_string(),
            ),
        ];
        let request = self.request(Method::POST, "/v1/invoices/create_preview");
        let invoice: Invoice = self.send(request.form(&form)).await?;
        Ok(invoice.amount())
    }

    /// Has the next period charged at another price; this one stays as it was paid.
    pub async fn set_next_price(
        &self,
        subscription: &Standing,
        price: &str,
    ) -> Result<Standing, GatewayError> {
        let form = [
            ("items[0][id]", subscription.item.clone()),
            ("items[0][price]", price.to_owned()),
            ("proration_behavior", "none".to_owned()),
        ];
        self.change_plan(&subscription.reference, &form).await
    }

    /// What a plan's renewals are paid with from now on, whatever its customer's other invoices are.
    pub async fn set_plan_method(
        &self,
        reference: &str,
        method: &str,
    ) -> Result<Standing, GatewayError> {
        let form = [("default_payment_method", method.to_owned())];
        self.change_plan(reference, &form).await
    }

    /// Ends a plan with its period, or lets it go on after all.
    pub async fn cancel_plan_at_end(
        &self,
        reference: &str,
        ends: bool,
    ) -> Result<Standing, GatewayError> {
        let form = [("cancel_at_period_end", ends.to_string())];
        self.change_plan(reference, &form).await
    }

    /// Ends a plan now. Refused as missing when it has ended.
    pub async fn end_plan(&self, reference: &str) -> Result<Standing, GatewayError> {
        let path = format!("/v1/subscriptions/{reference}");
        standing(self.send(self.request(Method::DELETE, &path)).await?)
    }

    /// The plan as it is now.
    pub async fn plan(&self, reference: &str) -> Result<Standing, GatewayError> {
        let path = format!("/v1/subscriptions/{reference}");
        standing(self.send(self.request(Method::GET, &path)).await?)
    }

    /// The newest invoices of a plan. How the payment of an open one stands is not in them.
    pub async fn invoices_of(&self, subscription: &str) -> Result<Vec<Payment>, GatewayError> {
        let path = format!("/v1/invoices?subscription={subscription}&limit=12");
        let list: List<Invoice> = self.send(self.request(Method::GET, &path)).await?;
        let bills = list.data.into_iter();
        Ok(bills.filter_map(|bill| bill.payment(News::None)).collect())
    }

    /// An invoice as it is now, with the payment that pays it. A draft is not there yet.
    pub(super) async fn invoice(&self, reference: &str) -> Result<Payment, GatewayError> {
        let path = format!("/v1/invoices/{reference}?expand[]={SECRET}&expand[]={INTENT}");
        let invoice: Invoice = self.send(self.request(Method::GET, &path)).await?;
        invoice.payment(News::None).ok_or_else(not_a_bill)
    }

    /// Sees to it that nobody can pay an invoice. The first one takes its plan with it, that of a
    /// change the change.
    pub(super) async fn void_invoice(&self, reference: &str) -> Result<Payment, GatewayError> {
        let path = format!("/v1/invoices/{reference}/void");
        let invoice: Invoice = self.send(self.request(Method::POST, &path)).await?;
        invoice.payment(News::None).ok_or_else(not_a_bill)
    }

    async fn change_plan(
        &self,
        reference: &str,
        form: &[(&str, String)],
    ) -> Result<Standing, GatewayError> {
        let path = format!("/v1/subscriptions/{reference}");
        standing(
            self.send(self.request(Method::POST, &path).form(form))
                .await?,
        )
    }
}

fn standing(subscription: Subscription) -> Result<Standing, GatewayError> {
    Standing::try_from(subscription).map_err(unreadable)
}

fn with_payment(made: WithInvoice) -> Result<(Standing, Payment), GatewayError> {
    let WithInvoice {
        latest_invoice,
        rest,
    } = made;
    let subscription = serde_json::from_value(rest.into()).map_err(unreadable)?;
    let payment = latest_invoice.payment(News::None).ok_or_else(not_a_bill)?;
    Ok((standing(subscription)?, payment))
}

fn unreadable(error: serde_json::Error) -> GatewayError {
    GatewayError::Unreadable(error.to_string())
}

fn not_a_bill() -> GatewayError {
    GatewayError::Unreadable("an invoice that asks for nothing".to_owned())
}
