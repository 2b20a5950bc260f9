//! What customers asked for.

use axum::{Json, extract::State as Reached};
use billing::{
    Billing,
    clock::Time,
    id::{CustomerId, OrderId},
    money::Money,
    order::Order,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Problem,
    input::{List, Page},
    transactions::Amount,
};

/// What a customer asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
pub struct ShownOrder {
    id: Uuid,
    /// `order`
    object: &'static str,
    customer: Uuid,
    /// `open`, `paid`, `canceled` or `expired`
    status: &'static str,
    /// The plan or pack: its key in the catalogue, and the version that was sold.
    offer: String,
    offer_version: i64,
    /// What is due.
    #[schema(value_type = Amount)]
    amount: Money,
    credits: i64,
    /// What pays it.
    transaction: Uuid,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Time,
}

impl From<Order> for ShownOrder {
    fn from(order: Order) -> Self {
        Self {
            id: order.id.0,
            object: "order",
            customer: order.customer.0,
            status: order.status.as_str(),
            offer: order.offer.key,
            offer_version: order.offer.version,
            amount: order.transaction.amount,
            credits: order.transaction.credits.0,
            transaction: order.transaction.id.0,
            created_at: order.created_at,
            expires_at: order.expires_at,
        }
    }
}

/// Orders, newest first.
#[utoipa::path(
    get, path = "/v1/orders", operation_id = "list_orders",
    tag = "Orders and transactions",
    params(
        ("customer" = Option<Uuid>, Query, description = "Only those of this customer"),
        ("cursor" = Option<Uuid>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<i64>, Query, description = "1 to 100; 20 if it is not said"),
    ),
    responses(
        (status = 200, description = "A page of orders", body = List<ShownOrder>),
        (status = 400, description = "A parameter is wrong"),
    ),
)]
pub async fn list(
    Reached(billing): Reached<Billing>,
    page: Page,
) -> Result<Json<List<ShownOrder>>, Problem> {
    let (customer, before) = (page.customer.map(CustomerId), page.before.map(OrderId));
    let orders = billing
        .list_orders(customer, before, page.limit + 1)
        .await?;
    let orders = orders.into_iter().map(ShownOrder::from).collect();
    Ok(Json(List::new(orders, &page, |order| order.id)))
}
