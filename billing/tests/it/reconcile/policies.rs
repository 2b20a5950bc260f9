//! What is done about differences, by the rules of the catalogue's file.

use billing::{
    reconcile::{Action, Class, FindingState},
    refund,
    transaction::State,
};
use rstest::rstest;

use super::shop::Shop;
use crate::books::Database::{self, Postgres, Sqlite};

const ESSENTIAL: &str = "
[[reconciliation]]
class = 'paid_not_settled'
offers = ['starter']
action = 'settle'

[[reconciliation]]
class = 'paid_not_settled'
action = 'refund'
";

#[rstest]
#[tokio::test]
async fn essential_offers_are_settled_and_the_rest_goes_back(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let shop = Shop::with_rules(database, ESSENTIAL).await;
    let (kept, _) = shop.paid_in_silence("ann@shop.example", "starter").await;
    let (returned, _) = shop.paid_in_silence("bob@shop.example", "standard").await;
    let run = shop.reconcile(true).await;
    assert_eq!(
        shop.met(&run).await,
        [(Class::PaidNotSettled, FindingState::Done, 2)]
    );
    assert_eq!(shop.has(kept.customer).await, (50, 0));
    // The books say that money came and went, and that its credits did.
    assert_eq!(shop.has(returned.customer).await, (0, 0));
    let refunds = shop
        .billing()
        .refunds(returned.transaction.id)
        .await
        .unwrap();
    assert_eq!(refunds.len(), 1);
    assert_eq!(refunds[0].state, refund::State::Succeeded);
    assert_eq!(refunds[0].held.taken, returned.offer.credits);
    assert_eq!(shop.refunds().await, [returned.offer.price.value]);
    shop.is_even().await;
    assert_eq!(shop.refunds().await.len(), 1);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_rule_waits_for_its_age(#[values(Sqlite, Postgres)] database: Database) {
    let rules = "[[reconciliation]]\nclass = 'payment_without_order'\nolder_than_days = 2\naction = 'refund'\n";
    let shop = Shop::with_rules(database, rules).await;
    let payment = shop.pay_directly(700, None).await;
    let period = shop.period();
    let run = shop.reconcile(true).await;
    assert_eq!(
        shop.met(&run).await,
        [(Class::PaymentWithoutOrder, FindingState::Open, 1)]
    );
    assert!(shop.refunds().await.is_empty());
    shop.books
        .clock
        .advance(std::time::Duration::from_secs(3 * 24 * 3600));
    let mut wish = shop.wish(true);
    wish.period = Some(period);
    let run = shop.billing().reconcile(wish, |_| ()).await.unwrap();
    let found = shop.found(&run, Class::PaymentWithoutOrder).await;
    assert_eq!((found.state, found.subject), (FindingState::Done, payment));
    assert_eq!(shop.refunds().await, [700]);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn credits_without_money_are_taken_back(#[values(Sqlite, Postgres)] database: Database) {
    let rules = "
        [[reconciliation]]
        class = 'order_without_payment'
        action = 'reverse'

        [[reconciliation]]
        class = 'settled_not_paid'
        action = 'hold'
    ";
    let shop = Shop::with_rules(database, rules).await;
    let ann = shop.books.customer("ann@shop.example").await;
    let ghost = shop.books.order(ann, "starter").await;
    shop.settled_by_mistake(&ghost, "pi_ghost").await;
    shop.books.spend(ann, 20).await;
    let (unpaid, payment) = shop.checkout("bob@shop.example", "starter").await;
    shop.settled_by_mistake(&unpaid, &payment).await;

    let run = shop.reconcile(true).await;
    let met = [
        (Class::OrderWithoutPayment, FindingState::Done, 1),
        (Class::SettledNotPaid, FindingState::Held, 1),
    ];
    assert_eq!(shop.met(&run).await, met);
    assert_eq!(shop.has(ann).await, (0, 0));
    let owed = shop.billing().balance(ann).await.unwrap().owed;
    assert_eq!(owed.0, 20, "what was spent is owed");
    assert_eq!(shop.has(unpaid.customer).await, (0, 50));
    shop.is_even().await;
    assert_eq!(shop.has(unpaid.customer).await, (0, 50));

    // The customer pays after all: asked again, the gateway says so, and the credits thaw.
    shop.confirm(&payment).await;
    let held = shop.found(&run, Class::SettledNotPaid).await;
    let settled = shop
        .billing()
        .act_on_finding(held.id, Action::Settle, "ann@shop.example")
        .await;
    let settled = settled.unwrap();
    assert_eq!(
        (settled.state, settled.done.unwrap().outcome.as_str()),
        (FindingState::Done, "it is paid")
    );
    assert_eq!(shop.has(unpaid.customer).await, (50, 0));
    shop.close().await;
}

#[rstest]
#[case(Action::Reverse, (0, 0))]
#[case(Action::Leave, (50, 0))]
#[tokio::test]
async fn a_person_decides_about_what_is_held(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] action: Action,
    #[case] has: (i64, i64),
) {
    let rule = "[[reconciliation]]\nclass = 'order_without_payment'\naction = 'hold'\n";
    let shop = Shop::with_rules(database, rule).await;
    let customer = shop.books.customer("ann@shop.example").await;
    let order = shop.books.order(customer, "starter").await;
    shop.settled_by_mistake(&order, "pi_ghost").await;
    shop.reconcile(true).await;
    assert_eq!(shop.has(customer).await, (0, 50));
    let class = Class::OrderWithoutPayment;
    let by = "ann@shop.example";
    assert_eq!(
        shop.billing()
            .act_on_class(class, action, by)
            .await
            .unwrap(),
        1
    );
    assert_eq!(shop.has(customer).await, has);
    // What is done stays done.
    assert_eq!(
        shop.billing()
            .act_on_class(class, action, by)
            .await
            .unwrap(),
        0
    );
    shop.is_even().await;
    assert_eq!(shop.has(customer).await, has);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_payment_for_a_canceled_order_goes_back(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::with_rules(database, ESSENTIAL).await;
    let (order, payment) = shop.checkout("ann@shop.example", "standard").await;
    let canceled = serde_json::json!({
        "id": payment, "object": "payment_intent", "status": "canceled",
        "amount": order.offer.price.value, "currency": "usd",
        "metadata": { "transaction": order.transaction.id },
    });
    shop.tell("payment_intent.canceled", &canceled).await;
    shop.confirm(&payment).await;
    let run = shop.reconcile(true).await;
    assert_eq!(
        shop.found(&run, Class::PaidNotSettled).await.state,
        FindingState::Done
    );
    assert_eq!(shop.refunds().await, [order.offer.price.value]);
    let orders = shop.billing().orders(order.customer, 1).await.unwrap();
    assert_eq!(orders[0].transaction.state, State::Canceled);
    shop.is_even().await;
    assert_eq!(shop.refunds().await.len(), 1);
    shop.close().await;
}
