//! Each way in which both sides can differ, found in what the gateway lists.

use billing::{
    reconcile::{Class, FindingState},
    transaction::State,
};
use rstest::rstest;
use serde_json::json;

use super::shop::{Shop, text};
use crate::books::Database::{self, Postgres, Sqlite};

#[rstest]
#[tokio::test]
async fn what_is_the_same_on_both_sides_is_not_found(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (order, payment) = shop.bought("ann@shop.example", "starter").await;
    // Nobody has paid, here or there; and somebody has tried, on both sides in vain.
    shop.checkout("bob@shop.example", "starter").await;
    let (failed, declined) = shop.checkout("eve@shop.example", "starter").await;
    shop.decline(&declined).await;
    let run = shop.reconcile(true).await;
    assert_eq!(shop.met(&run).await, []);
    assert_eq!((run.lines, run.unreadable), (1, 0));

    let earnings = shop.billing().earnings(order.transaction.id).await.unwrap();
    let [earned] = earnings.as_slice() else {
        panic!("{earnings:?}");
    };
    assert_eq!(
        (earned.reference.as_str(), earned.kind.as_str()),
        (payment.as_str(), "payment")
    );
    assert_eq!((earned.amount.value, earned.fee.value), (500, 45));
    assert_eq!(earned.payout, None);
    let none = shop
        .billing()
        .earnings(failed.transaction.id)
        .await
        .unwrap();
    assert_eq!(none, []);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_payment_that_we_heard_nothing_of_is_settled(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (order, payment) = shop.paid_in_silence("ann@shop.example", "starter").await;
    let dry = shop.reconcile(false).await;
    let found = shop.found(&dry, Class::PaidNotSettled).await;
    assert_eq!(found.state, FindingState::Open);
    assert_eq!(found.detail, "$5.00 were paid; it is created here");
    assert_eq!(
        (found.payment, found.transaction),
        (Some(payment), Some(order.transaction.id))
    );
    assert_eq!(
        shop.has(order.customer).await,
        (0, 0),
        "a dry run does nothing"
    );

    let run = shop.reconcile(true).await;
    let settled = shop.found(&run, Class::PaidNotSettled).await;
    assert_eq!((settled.id, settled.state), (found.id, FindingState::Done));
    let done = settled.done.unwrap();
    assert_eq!(
        (done.by.as_str(), done.outcome.as_str()),
        ("test", "settled, as the payment provider says")
    );
    assert_eq!(shop.has(order.customer).await, (50, 0));
    shop.is_even().await;
    assert_eq!(shop.has(order.customer).await, (50, 0));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_payment_after_the_order_was_given_up_goes_to_a_person(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (order, payment) = shop.checkout("ann@shop.example", "starter").await;
    let canceled = json!({
        "id": payment, "object": "payment_intent", "status": "canceled", "amount": 500,
        "currency": "usd", "metadata": { "transaction": order.transaction.id },
    });
    shop.tell("payment_intent.canceled", &canceled).await;
    shop.confirm(&payment).await;
    let run = shop.reconcile(true).await;
    let found = shop.found(&run, Class::PaidNotSettled).await;
    assert_eq!(found.detail, "$5.00 were paid; it is canceled here");
    let outcome = found.done.unwrap().outcome;
    assert!(outcome.starts_with("put before a person: "), "{outcome}");
    assert_eq!(shop.has(order.customer).await, (0, 0));
    shop.is_even().await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_plan_is_known_by_its_invoice(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let customer = shop.books.customer("ann@shop.example").await;
    let plan = shop.billing().catalog().plan("basic").unwrap().clone();
    let ordered = shop
        .billing()
        .subscribe(customer, &plan, None)
        .await
        .unwrap();
    let billing::plan::Subscribed::Ordered(order) = ordered else {
        panic!("there is a plan already");
    };
    let payment = shop.open_payment(&order).await;
    shop.confirm(&payment).await;
    let run = shop.reconcile(true).await;
    let found = shop.found(&run, Class::PaidNotSettled).await;
    assert_eq!(found.state, FindingState::Done, "{found:?}");
    assert_eq!(shop.has(customer).await, (100, 0));
    let run = shop.reconcile(true).await;
    assert_eq!(shop.met(&run).await, []);
    let earned = shop.billing().earnings(order.transaction.id).await.unwrap();
    assert_eq!(earned[0].reference, payment);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn settled_without_money_is_found_when_the_gateway_is_asked(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (unpaid, payment) = shop.checkout("ann@shop.example", "starter").await;
    shop.settled_by_mistake(&unpaid, &payment).await;
    let bob = shop.books.customer("bob@shop.example").await;
    let ghost = shop.books.order(bob, "starter").await;
    shop.settled_by_mistake(&ghost, "pi_ghost").await;
    let run = shop.reconcile(true).await;
    let not_paid = shop.found(&run, Class::SettledNotPaid).await;
    assert_eq!(
        (not_paid.state, not_paid.subject),
        (FindingState::Open, payment)
    );
    assert_eq!(not_paid.detail, "settled here; there it was not paid");
    let unknown = shop.found(&run, Class::OrderWithoutPayment).await;
    assert_eq!(unknown.transaction, Some(ghost.transaction.id));
    // A person decides, and nothing happens by itself.
    assert_eq!(shop.has(unpaid.customer).await, (50, 0));
    let again = shop.reconcile(true).await;
    assert_eq!(
        shop.found(&again, Class::SettledNotPaid).await.id,
        not_paid.id
    );
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_payment_for_nothing_is_found(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let payment = shop.pay_directly(700, None).await;
    let run = shop.reconcile(true).await;
    let found = shop.found(&run, Class::PaymentWithoutOrder).await;
    assert_eq!(
        (found.state, found.subject.as_str()),
        (FindingState::Open, payment.as_str())
    );
    assert_eq!(
        found.detail,
        "$7.00 were paid for nothing that was ordered here"
    );
    // Somebody sends it back at the gateway: then nothing differs any more.
    shop.post("/v1/refunds", &[("payment_intent", &payment)])
        .await;
    shop.is_even().await;
    let gone = shop.billing().finding(found.id).await.unwrap().unwrap();
    let done = gone.done.unwrap();
    assert_eq!(
        (done.action, done.outcome.as_str()),
        (None, "it does not differ any more")
    );
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_second_payment_goes_back(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let (order, first) = shop.bought("ann@shop.example", "starter").await;
    let id = order.transaction.id.to_string();
    let second = shop.pay_directly(500, Some(id)).await;
    let run = shop.reconcile(true).await;
    let found = shop.found(&run, Class::DuplicatePayment).await;
    assert_eq!(
        (found.state, found.subject),
        (FindingState::Done, second.clone())
    );
    assert_eq!(shop.refunds().await, [500]);
    let charge = shop
        .get(&format!("/v1/charges?payment_intent={second}"))
        .await;
    assert_eq!(charge["data"][0]["refunded"], true);
    let kept = shop
        .get(&format!("/v1/charges?payment_intent={first}"))
        .await;
    assert_eq!(kept["data"][0]["refunded"], false);
    assert_eq!(shop.has(order.customer).await, (50, 0));
    shop.is_even().await;
    assert_eq!(shop.refunds().await, [500]);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn another_amount_goes_to_a_person(#[values(Sqlite, Postgres)] database: Database) {
    let rule = "[[reconciliation]]\nclass = 'amount_differs'\naction = 'settle'\n";
    let shop = Shop::with_rules(database, rule).await;
    let customer = shop.books.customer("ann@shop.example").await;
    let order = shop.books.order(customer, "starter").await;
    let id = order.transaction.id.to_string();
    let payment = shop.pay_directly(400, Some(id)).await;
    shop.settled_by_mistake(&order, &payment).await;
    let run = shop.reconcile(true).await;
    let found = shop.found(&run, Class::AmountDiffers).await;
    assert_eq!(found.detail, "$4.00 there, $5.00 here");
    let outcome = found.done.unwrap().outcome;
    assert_eq!(
        outcome,
        "put before a person: $4.00 were received instead of $5.00"
    );
    shop.is_even().await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn other_credits_than_were_bought_are_found(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let (order, _) = shop.bought("ann@shop.example", "starter").await;
    shop.books
        .execute("update transactions set credits = 60")
        .await;
    let run = shop.reconcile(true).await;
    let found = shop.found(&run, Class::CreditsDiffer).await;
    assert_eq!(found.subject, order.transaction.id.to_string());
    assert_eq!(found.detail, "50 credits were granted instead of 60");
    shop.books
        .execute("update transactions set credits = 50")
        .await;
    shop.is_even().await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn money_that_went_back_there_takes_the_credits(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (order, payment) = shop.bought("ann@shop.example", "starter").await;
    let (doubted, other) = shop.bought("bob@shop.example", "starter").await;
    let refund = shop
        .post(
            "/v1/refunds",
            &[("payment_intent", &payment), ("amount", "200")],
        )
        .await;
    shop.control("/disputes", json!({ "payment_intent": other }))
        .await;
    let dry = shop.reconcile(false).await;
    let found = shop.found(&dry, Class::RefundNotKnown).await;
    assert_eq!(found.subject, text(&refund["id"]));
    assert_eq!(found.detail, "$2.00 were refunded, which we do not know");
    assert_eq!(shop.has(order.customer).await, (50, 0));

    let run = shop.reconcile(true).await;
    for class in [Class::RefundNotKnown, Class::DisputeNotKnown] {
        assert_eq!(shop.found(&run, class).await.state, FindingState::Done);
    }
    assert_eq!(shop.has(order.customer).await, (30, 0));
    assert_eq!(shop.has(doubted.customer).await, (0, 50));
    shop.is_even().await;

    // What becomes of both is found, too.
    let disputes = shop.get("/v1/disputes").await;
    let dispute = text(&disputes["data"][0]["id"]);
    shop.control(&format!("/disputes/{dispute}"), json!({ "status": "won" }))
        .await;
    let failed = json!({ "status": "failed" });
    shop.control(&format!("/refunds/{}", text(&refund["id"])), failed)
        .await;
    shop.reconcile(true).await;
    let found = shop
        .billing()
        .undecided_findings(Class::RefundNotKnown, None, 10)
        .await;
    assert_eq!(found.unwrap(), []);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn refunds_and_disputes_that_are_only_here_are_found(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (order, payment) = shop.bought("ann@shop.example", "starter").await;
    let now = shop.books.clock.now().unix();
    let refund = json!({
        "id": "re_ghost", "object": "refund", "amount": 200, "currency": "usd", "created": now,
        "payment_intent": payment, "status": "succeeded", "reason": null, "metadata": {},
    });
    shop.tell("refund.created", &refund).await;
    let dispute = json!({
        "id": "dp_ghost", "object": "dispute", "amount": 300, "currency": "usd", "created": now,
        "payment_intent": payment, "status": "needs_response", "reason": "fraudulent",
    });
    shop.tell("charge.dispute.created", &dispute).await;
    let run = shop.reconcile(true).await;
    let refund = shop.found(&run, Class::RefundNotThere).await;
    assert_eq!(
        (refund.subject.as_str(), refund.state),
        ("re_ghost", FindingState::Open)
    );
    let dispute = shop.found(&run, Class::DisputeNotThere).await;
    assert_eq!(dispute.subject, "dp_ghost");
    let state = shop.billing().orders(order.customer, 1).await.unwrap()[0]
        .transaction
        .state;
    assert_eq!(state, State::Succeeded);
    shop.close().await;
}
