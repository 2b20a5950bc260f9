use std::time::Duration;

use billing::{claim::Spent, id::CustomerId, ledger, order::Order, people::Role};
use proptest::{prelude::*, test_runner::TestRunner};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    books::{Books, Database, PASSWORD, credits, deliver, event},
    gateway::Gateway,
    mail_server::{MailServer, Mood, Taken},
    returns::{Has, charge, dispute, has, refund},
};

#[rstest]
#[case::won("won", has(20, 0, 0, &[20]), ("won", 0, 0, 0, 0))]
#[case::lost("lost", has(0, 0, 30, &[]), ("lost", 0, 20, 30, 0))]
#[tokio::test]
async fn a_dispute_freezes_what_is_left_until_it_is_decided(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] outcome: &str,
    #[case] expected: Has,
    #[case] row: (&str, i64, i64, i64, i64),
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    books.spend(customer, 30).await;
    for kind in ["created", "funds_withdrawn", "updated"] {
        let object = dispute(&order, 1, 500, "needs_response");
        let event = event(&format!("charge.dispute.{kind}"), &object);
        books.deliver(&event).await.unwrap();
        assert_eq!(books.has(customer).await, has(0, 20, 0, &[]));
        books.hold().await;
    }
    assert_eq!(books.billing.attention().await.unwrap().disputes.len(), 1);
    let wish = ledger::Spend {
        customer,
        amount: credits(1),
        note: "test".to_owned(),
        key: "a".to_owned(),
    };
    let refused = books.billing.spend(wish).await.unwrap();
    assert!(
        matches!(refused, ledger::Spent::Insufficient { .. }),
        "{refused:?}"
    );

    let closed = event("charge.dispute.closed", &dispute(&order, 1, 500, outcome));
    books.deliver(&closed).await.unwrap();
    assert_eq!(books.has(customer).await, expected);
    assert_eq!(books.disputes(&order).await, [row]);
    assert_eq!(books.billing.attention().await.unwrap().disputes, []);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_was_spent_before_a_lost_dispute_can_be_written_off(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open_with(database, |settings| settings.spent = Spent::WriteOff).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    books.spend(customer, 30).await;
    let closed = event("charge.dispute.closed", &dispute(&order, 1, 500, "lost"));
    books.deliver(&closed).await.unwrap();
    assert_eq!(books.has(customer).await, has(0, 0, 0, &[]));
    assert_eq!(books.disputes(&order).await, [("lost", 0, 20, 0, 30)]);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn an_inquiry_freezes_and_gives_back_and_may_become_a_dispute(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    for (status, expected) in [
        ("warning_needs_response", has(0, 50, 0, &[])),
        ("warning_closed", has(50, 0, 0, &[50])),
        ("warning_under_review", has(50, 0, 0, &[50])),
        ("needs_response", has(0, 50, 0, &[])),
        ("warning_closed", has(0, 50, 0, &[])),
        ("prevented", has(50, 0, 0, &[50])),
    ] {
        let event = event("charge.dispute.updated", &dispute(&order, 1, 500, status));
        books.deliver(&event).await.unwrap();
        assert_eq!(books.has(customer).await, expected, "{status}");
        books.hold().await;
    }
    books.close().await;
}

/// Half of the payment is disputed: half of its credits stay the customer's.
#[rstest]
#[tokio::test]
async fn a_dispute_of_a_part_holds_a_part(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let created = event(
        "charge.dispute.created",
        &dispute(&order, 1, 250, "needs_response"),
    );
    books.deliver(&created).await.unwrap();
    assert_eq!(books.has(customer).await, has(25, 25, 0, &[25]));
    books.spend(customer, 25).await;
    // What is frozen for the dispute is not the refund's, as long as it lasts.
    let part = event("refund.created", &refund(&order, 1, 100, "succeeded"));
    books.deliver(&part).await.unwrap();
    assert_eq!(books.has(customer).await, has(0, 15, 0, &[]));
    books.hold().await;
    let closed = event("charge.dispute.closed", &dispute(&order, 1, 250, "lost"));
    books.deliver(&closed).await.unwrap();
    assert_eq!(books.has(customer).await, has(0, 0, 10, &[]));
    books.close().await;
}

/// Two final words contradict each other: whichever came last, the gateway knows which is true.
#[rstest]
#[case::the_bank_changed_its_mind("lost", "won", "won")]
#[case::the_second_event_is_older("won", "lost", "won")]
#[tokio::test]
async fn a_contradiction_is_asked_about(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] first: &str,
    #[case] second: &str,
    #[case] truth: &str,
) {
    let gateway = Gateway::start().await;
    let books = Books::open_with(database, |settings| {
        settings.stripe.api_base = gateway.url.clone();
    })
    .await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let now = dispute(&order, 1, 500, truth);
    gateway.answers(
        &format!("GET /v1/disputes/{}", now["id"].as_str().unwrap()),
        200,
        now,
    );
    for outcome in [first, second] {
        let closed = event("charge.dispute.closed", &dispute(&order, 1, 500, outcome));
        books.deliver(&closed).await.unwrap();
        books.quiet().await;
        books.hold().await;
    }
    assert_eq!(books.has(customer).await, has(50, 0, 0, &[50]));
    books.close().await;
}

/// The event of a decision is lost: a day later the gateway is asked.
#[rstest]
#[tokio::test]
async fn a_decision_is_asked_for(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let gateway = Gateway::start().await;
    let books = Books::open_with(database, |settings| {
        settings.stripe.api_base = gateway.url.clone();
    })
    .await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let created = event(
        "charge.dispute.created",
        &dispute(&order, 1, 500, "needs_response"),
    );
    books.deliver(&created).await.unwrap();
    let now = dispute(&order, 1, 500, "won");
    gateway.answers(
        &format!("GET /v1/disputes/{}", now["id"].as_str().unwrap()),
        200,
        now,
    );
    books.clock.advance(Duration::from_secs(25 * 3600));
    books.billing.sweep().await.unwrap();
    assert_eq!(books.has(customer).await, has(50, 0, 0, &[50]));
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_warning_of_fraud_is_shown_until_something_follows(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let warning = json!({
        "id": "issfr_1",
        "object": "radar.early_fraud_warning",
        "actionable": true,
        "charge": "ch_1",
        "created": 1_790_000_000,
        "fraud_type": "unauthorized_use_of_card",
        "payment_intent": crate::returns::payment_of(&order),
    });
    for _ in 0..2 {
        let event = event("radar.early_fraud_warning.created", &warning);
        books.deliver(&event).await.unwrap();
    }
    let warnings = books.billing.attention().await.unwrap().warnings;
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].kind, "unauthorized_use_of_card");
    assert_eq!(books.available(customer).await, 50);
    let gone = event("refund.created", &refund(&order, 1, 500, "succeeded"));
    books.deliver(&gone).await.unwrap();
    assert_eq!(books.billing.attention().await.unwrap().warnings, []);
    books.close().await;
}

/// What happens to a payment at its gateway, in the order in which it happens there.
fn stories(order: &Order) -> [Vec<Value>; 3] {
    let refund_event = |kind: &str, number, amount, status: &str| {
        event(
            &format!("refund.{kind}"),
            &refund(order, number, amount, status),
        )
    };
    let dispute_event = |kind: &str, number, amount, status: &str| {
        let object = dispute(order, number, amount, status);
        event(&format!("charge.dispute.{kind}"), &object)
    };
    [
        // Parts that do not divide evenly, one of which comes back, then a lost dispute.
        vec![
            refund_event("created", 1, 133, "pending"),
            refund_event("created", 2, 57, "succeeded"),
            refund_event("failed", 1, 133, "failed"),
            dispute_event("closed", 3, 443, "lost"),
        ],
        // A dispute of everything, though a part was refunded, is won; then the rest is refunded.
        vec![
            refund_event("created", 1, 166, "succeeded"),
            dispute_event("funds_withdrawn", 2, 500, "under_review"),
            dispute_event("closed", 2, 500, "won"),
            refund_event("created", 3, 334, "succeeded"),
        ],
        // An inquiry is answered by a refund; another dispute of the same money follows and is lost.
        vec![
            dispute_event("created", 1, 250, "warning_needs_response"),
            event("charge.refund.updated", &refund(order, 2, 250, "succeeded")),
            dispute_event("closed", 1, 250, "warning_closed"),
            dispute_event("closed", 4, 500, "lost"),
        ],
    ]
}

/// All that can be seen of it afterwards.
type Seen = (
    Has,
    Vec<(&'static str, i64, i64, i64)>,
    Vec<(&'static str, i64, i64, i64, i64)>,
);

async fn seen(books: &Books, customer: CustomerId, order: &Order) -> Seen {
    (
        books.has(customer).await,
        books.refunds(order).await,
        books.disputes(order).await,
    )
}

/// Buys, spends some, and hears of a story in this order.
async fn hear(books: &Books, email: &str, story: usize, order_of_events: &[usize]) -> Seen {
    let customer = books.customer(email).await;
    let order = books.buy(customer, "starter").await;
    books.spend(customer, 17).await;
    let events = &stories(&order)[story];
    for place in order_of_events {
        books.deliver(&events[*place]).await.unwrap();
        books.hold().await;
    }
    seen(books, customer, &order).await
}

#[rstest]
#[tokio::test]
async fn every_order_of_events_ends_in_the_same_books(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(0, 1, 2)] story: usize,
) {
    let books = Books::open(database).await;
    let as_it_happened = hear(&books, "first@shop.example", story, &[0, 1, 2, 3]).await;
    for (number, order_of_events) in permutations(4).into_iter().enumerate() {
        let email = format!("c{number}@shop.example");
        let end = hear(&books, &email, story, &order_of_events).await;
        assert_eq!(end, as_it_happened, "{order_of_events:?}");
    }
    books.close().await;
}

fn permutations(length: usize) -> Vec<Vec<usize>> {
    if length == 0 {
        return vec![Vec::new()];
    }
    let with_last = |shorter: Vec<usize>| {
        (0..length).map(move |place| {
            let mut longer = shorter.clone();
            longer.insert(place, length - 1);
            longer
        })
    };
    permutations(length - 1)
        .into_iter()
        .flat_map(with_last)
        .collect()
}

/// Something that is told of one of two payments.
#[derive(Clone, Debug)]
enum Told {
    Refund {
        number: i64,
        amount: i64,
        status: &'static str,
    },
    Dispute {
        number: i64,
        amount: i64,
        status: &'static str,
    },
    Buy,
}

/// Each refund and dispute has one amount and one last state; what is told may be any stage of it.
fn told() -> impl Strategy<Value = Vec<(usize, Told)>> {
    let refund = (0..2_usize, 1..4_i64, any::<bool>(), any::<bool>()).prop_map(
        |(of, number, fails, late)| {
            let last = if fails && number == 2 {
                "failed"
            } else {
                "succeeded"
            };
            let status = if late { last } else { "pending" };
            (
                of,
                Told::Refund {
                    number,
                    amount: 61 * number,
                    status,
                },
            )
        },
    );
    let dispute = (0..2_usize, 5..7_i64, any::<bool>()).prop_map(|(of, number, late)| {
        let last = if number == 5 { "lost" } else { "won" };
        let status = if late { last } else { "under_review" };
        (
            of,
            Told::Dispute {
                number,
                amount: 71 * number,
                status,
            },
        )
    });
    let all = prop_oneof![3 => refund, 2 => dispute, 1 => Just((0, Told::Buy))];
    prop::collection::vec(all, 1..14)
}

/// Whatever is told of two payments of a customer, twice over and in any order, with purchases in
/// between that pay debts, it ends in the same balance.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn any_history_can_be_heard_in_any_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let runtime = tokio::runtime::Handle::current();
    let histories = told().prop_flat_map(|told| {
        let twice = [told.clone(), told.clone()].concat();
        let once_bought: Vec<_> = twice
            .into_iter()
            .enumerate()
            .filter(|(place, (_, told_of))| *place < told.len() || !matches!(told_of, Told::Buy))
            .map(|(_, told_of)| told_of)
            .collect();
        (Just(told), Just(once_bought).prop_shuffle())
    });
    let (books, runs) = tokio::task::spawn_blocking(move || {
        let number = std::cell::Cell::new(0);
        let mut runner = TestRunner::new(ProptestConfig::with_cases(24));
        let runs = runner.run(&histories, |(in_order, shuffled)| {
            let mut ends = Vec::new();
            for history in [in_order, shuffled] {
                number.set(number.get() + 1);
                let email = format!("c{}@shop.example", number.get());
                ends.push(runtime.block_on(live_through(&books, &email, &history)));
            }
            prop_assert_eq!(&ends[0], &ends[1]);
            Ok(())
        });
        (books, runs)
    })
    .await
    .unwrap();
    runs.unwrap();
    books.close().await;
}

/// What is available less what is owed, what is frozen, and how many credits each refund and dispute
/// holds. Whether a purchase paid a debt or came before it differs, and makes no difference.
async fn live_through(
    books: &Books,
    email: &str,
    history: &[(usize, Told)],
) -> (Vec<i64>, Vec<i64>) {
    let customer = books.customer(email).await;
    let orders = [
        books.buy(customer, "starter").await,
        books.buy(customer, "starter").await,
    ];
    books.spend(customer, 73).await;
    for (of, told) in history {
        let order = &orders[*of];
        let told = match told {
            Told::Refund {
                number,
                amount,
                status,
            } => event("refund.updated", &refund(order, *number, *amount, status)),
            Told::Dispute {
                number,
                amount,
                status,
            } => event(
                "charge.dispute.updated",
                &dispute(order, *number, *amount, status),
            ),
            Told::Buy => {
                books.buy(customer, "starter").await;
                continue;
            }
        };
        books.deliver(&told).await.unwrap();
        books.hold().await;
    }
    let has = books.has(customer).await;
    let mut held = Vec::new();
    for order in &orders {
        for (_, taken, owed, written_off) in books.refunds(order).await {
            held.push(taken + owed + written_off);
        }
        for (_, frozen, taken, owed, written_off) in books.disputes(order).await {
            held.push(frozen + taken + owed + written_off);
        }
    }
    (vec![has.available - has.owed, has.frozen], held)
}

/// A charge that counts what failed since is older news; the gateway is asked, and nothing follows.
#[rstest]
#[tokio::test]
async fn an_old_sum_changes_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let gateway = Gateway::start().await;
    let books = Books::open_with(database, |settings| {
        settings.stripe.api_base = gateway.url.clone();
    })
    .await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let failed = refund(&order, 1, 500, "failed");
    gateway.answers("GET /v1/refunds", 200, json!({ "data": [failed] }));
    books
        .deliver(&event("refund.failed", &failed))
        .await
        .unwrap();
    let old = event("charge.refunded", &charge(&order, 500, None));
    books.deliver(&old).await.unwrap();
    books.quiet().await;
    assert_eq!(books.has(customer).await, has(50, 0, 0, &[50]));
    books.close().await;
}

/// Two servers hear everything at once, many times over: they take turns at the customer's books.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_hear_all_of_it_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let servers = [books.billing.clone(), books.another_server().await];
    for story in 0..3 {
        let customer = books.customer(&format!("c{story}@shop.example")).await;
        let order = books.buy(customer, "starter").await;
        books.spend(customer, 17).await;
        let deliveries = (0..12).flat_map(|round: usize| {
            let (server, books) = (&servers[round % 2], &books);
            let told = stories(&order)[story].clone();
            told.into_iter().map(move |event| async move {
                deliver(server, &books.clock, &event).await.unwrap();
            })
        });
        futures::future::join_all(deliveries).await;
        books.quiet().await;
        books.hold().await;
        let in_order = hear(
            &books,
            &format!("o{story}@shop.example"),
            story,
            &[0, 1, 2, 3],
        )
        .await;
        assert_eq!(seen(&books, customer, &order).await, in_order);
    }
    servers[1].stop().await;
    books.close().await;
}

/// The customer reads of a refund once, staff of an inquiry and of the dispute that it becomes.
#[rstest]
#[tokio::test]
async fn those_concerned_get_letters(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let post = MailServer::start(Mood::Takes).await;
    let books = Books::posting_to(database, &post.url).await;
    let staff = books
        .billing
        .add_staff("eve@shop.example", PASSWORD, Role::Owner);
    staff.await.unwrap();
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    for (kind, object) in [
        ("refund.created", refund(&order, 1, 200, "pending")),
        ("refund.updated", refund(&order, 1, 200, "succeeded")),
        ("charge.refund.updated", refund(&order, 1, 200, "succeeded")),
        (
            "charge.dispute.created",
            dispute(&order, 2, 300, "warning_needs_response"),
        ),
        (
            "charge.dispute.updated",
            dispute(&order, 2, 300, "needs_response"),
        ),
        (
            "charge.dispute.updated",
            dispute(&order, 2, 300, "under_review"),
        ),
        ("charge.dispute.closed", dispute(&order, 2, 300, "won")),
    ] {
        books.deliver(&event(kind, &object)).await.unwrap();
    }
    // Mails that are owed together leave in any order.
    let count = |mails: &[Taken], words: &str| {
        let such = mails.iter().filter(|mail| mail.text.contains(words));
        such.count()
    };
    // Beside the welcome and the confirmed order.
    let to_ann = post.mails_to("ann@shop.example", 3).await;
    assert_eq!(count(&to_ann, "Subject: Refund: Starter pack"), 1);
    let to_eve = post.mails_to("eve@shop.example", 2).await;
    for subject in [
        "A bank asks about a payment of $3.00",
        "A payment of $3.00 is disputed",
    ] {
        assert_eq!(count(&to_eve, &format!("Subject: {subject}")), 1);
    }
    books.quiet().await;
    assert_eq!(post.taken().len(), 5);
    books.close().await;
}
