//! Settlement files: three shapes, broken lines, and what a file alone is not believed for.

use std::fmt::Write;

use billing::reconcile::{
    Class, FileError, FindingState, Problem, ReconcileError, Settlement, Stage, Wish,
};
use rstest::rstest;

use super::shop::Shop;
use crate::books::Database::{self, Postgres, Sqlite};

const HEADER: &str =
    "id,type,reference,payment,transaction,status,amount,currency,fee,payout,created\n";

#[rstest]
#[tokio::test]
async fn lines_that_cannot_be_read_are_named_and_stop_nothing(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (order, payment) = shop.bought("ann@shop.example", "starter").await;
    let id = order.transaction.id;
    let at = shop.books.clock.now();
    let file = format!(
        "{HEADER}\
         txn_1,payment,ch_1,{payment},{id},succeeded,5.00,usd,0.45,po_1,{at}\n\
         txn_2,payment,ch_2,pi_2,,succeeded,5.001,usd,0.45,po_1,{at}\n\
         txn_3,payment\n\
         txn_4,payment,ch_4,pi_4,,succeeded,5.00,dollars,0.45,po_1,{at}\n\
         txn_5,mystery,ch_5,pi_5,,succeeded,5.00,usd,0.45,po_1,{at}\n\
         txn_6,payment,ch_6,pi_6,,succeeded,5.00,usd,0.45,po_1,yesterday\n\
         txn_7,payment,,,,succeeded,5.00,usd,0.45,po_1,{at}\n\
         po_1,payout,po_1,,,paid,5.00,usd,0,,{at}\n\
         \"txn_8\",payment,ch_8,pi_8,,succeeded,\"5.00\",usd,0.45,po_1,{at}\n\
         txn_9,payment,ch_\09,pi_9,,succeeded,5.00,usd,0.45,po_1,{at}\n\
         txn_8,payment,ch_8,pi_8,,succeeded,5.00,usd,0.45,po_1,{at}\n\
         txn_1,payment,ch_1,{payment},{id},succeeded,5.00,usd,0.45,po_1,{at}\n"
    );
    let run = shop.reconcile_file(&file, None, true).await.unwrap();
    assert_eq!((run.lines, run.unreadable), (12, 7));
    let problems = shop
        .billing()
        .unreadable_lines(run.id, 0, 10)
        .await
        .unwrap();
    let said = |line, text: &str| Problem {
        line,
        text: text.to_owned(),
    };
    let expected = [
        said(3, "'5.001' is not an amount of usd"),
        said(4, "columns: 2 instead of 11"),
        said(
            5,
            "'dollars' is not a currency: three letters are expected, such as usd",
        ),
        said(6, "the type 'mystery' is not known"),
        said(7, "'yesterday' is not a time"),
        said(8, "reference is empty"),
        said(11, "it holds a character that is no text"),
    ];
    assert_eq!(problems, expected);
    let found = shop.found(&run, Class::PaymentWithoutOrder).await;
    assert_eq!(found.subject, "pi_8");
    let earned = shop.billing().earnings(id).await.unwrap();
    assert_eq!(
        (earned[0].fee.value, earned[0].payout.as_deref()),
        (45, Some("po_1"))
    );
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_file_alone_grants_nothing(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let (order, payment) = shop.checkout("ann@shop.example", "starter").await;
    let (id, at) = (order.transaction.id, shop.books.clock.now());
    let file = format!("{HEADER}txn_1,payment,ch_1,{payment},{id},succeeded,5.00,usd,0.45,,{at}\n");
    let run = shop.reconcile_file(&file, None, true).await.unwrap();
    let found = shop.found(&run, Class::PaidNotSettled).await;
    assert_eq!(found.state, FindingState::Open);
    let trouble = found.trouble.unwrap();
    assert_eq!(
        trouble,
        "the payment provider was asked, and it is created still"
    );
    assert_eq!(shop.has(order.customer).await, (0, 0));
    // Then it is paid, and the gateway says so when it is asked.
    shop.confirm(&payment).await;
    let run = shop.reconcile_file(&file, None, true).await.unwrap();
    assert_eq!(
        shop.found(&run, Class::PaidNotSettled).await.state,
        FindingState::Done
    );
    assert_eq!(shop.has(order.customer).await, (50, 0));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_file_that_says_that_it_failed_is_asked_about(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let rule = "[[reconciliation]]\nclass = 'settled_not_paid'\naction = 'reverse'\n";
    let shop = Shop::with_rules(database, rule).await;
    let (order, payment) = shop.bought("ann@shop.example", "starter").await;
    let (id, at) = (order.transaction.id, shop.books.clock.now());
    let file = format!("{HEADER}txn_1,payment,ch_1,{payment},{id},failed,5.00,usd,0,,{at}\n");
    let run = shop.reconcile_file(&file, None, true).await.unwrap();
    let found = shop.found(&run, Class::SettledNotPaid).await;
    assert_eq!(found.done.unwrap().outcome, "it is paid");
    assert_eq!(shop.has(order.customer).await, (50, 0));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_a_file_of_a_period_leaves_out_is_asked_about(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.bought("ann@shop.example", "starter").await;
    let bob = shop.books.customer("bob@shop.example").await;
    let ghost = shop.books.order(bob, "starter").await;
    shop.settled_by_mistake(&ghost, "pi_ghost").await;
    let run = shop.reconcile_file(HEADER, None, true).await.unwrap();
    assert_eq!(shop.met(&run).await, []);
    let run = shop
        .reconcile_file(HEADER, Some(shop.period()), true)
        .await
        .unwrap();
    let met = [(Class::OrderWithoutPayment, FindingState::Open, 1)];
    assert_eq!(shop.met(&run).await, met);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn reports_of_stripe_are_read(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let (ann, first) = shop.bought("ann@shop.example", "starter").await;
    let (bob, second) = shop.bought("bob@shop.example", "starter").await;
    let refund = shop
        .post("/v1/refunds", &[("payment_intent", &second)])
        .await;
    let refund = super::shop::text(&refund["id"]);
    let file = format!(
        "\u{feff}automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,description,customer_facing_amount,customer_facing_currency,charge_id,payment_intent_id,payment_metadata[transaction]\n\
         po_1,2026-11-20 00:00:00,txn_1,2026-11-18 10:00:00,eur,4.31,0.40,3.91,charge,ch_1,Starter,5.00,usd,ch_1,{first},{}\n\
         po_1,2026-11-20 00:00:00,txn_2,2026-11-18 10:00:01,usd,5.00,0.45,4.55,charge,ch_2,Starter,,,ch_2,{second},\n\
         po_1,2026-11-20 00:00:00,txn_3,2026-11-18 10:00:02,usd,-5.00,0.00,-5.00,refund,{refund},Refund,,,ch_2,{second},\n\
         po_1,2026-11-20 00:00:00,txn_4,2026-11-18 10:00:03,usd,-2.00,0.00,-2.00,fee,,Fee,,,,,\n",
        ann.transaction.id
    );
    let run = shop.reconcile_file(&file, None, true).await.unwrap();
    assert_eq!((run.lines, run.unreadable), (4, 0));
    assert_eq!(
        shop.met(&run).await,
        [(Class::RefundNotKnown, FindingState::Done, 1)]
    );
    let earned = shop.billing().earnings(ann.transaction.id).await.unwrap();
    assert_eq!(earned[0].amount, ann.transaction.amount);
    assert_eq!(
        (earned[0].fee.value, earned[0].fee.currency.as_str()),
        (40, "eur")
    );
    assert_eq!(earned[0].payout.as_deref(), Some("po_1"));
    assert_eq!(shop.has(bob.customer).await, (0, 0));

    // Another report names another fee.
    let other = file.replace(",0.40,", ",0.41,");
    let run = shop.reconcile_file(&other, None, true).await.unwrap();
    let found = shop.found(&run, Class::FeeDiffers).await;
    assert_eq!(found.detail, "the fee was €0.40 before, and is €0.41 now");
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn reports_of_razorpay_are_read(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let (order, _) = shop.bought("ann@shop.example", "starter").await;
    let header = "entity_id,type,debit,credit,amount,currency,fee,tax,created_at,settlement_id,payment_id,order_receipt\n";
    let file = format!(
        "{header}\
         pay_1,payment,0,488,500,usd,12,2,1763460000,setl_1,,{}\n\
         pay_2,payment,0,488,500,usd,12,2,1763460000,setl_1,,unknown\n\
         rfnd_1,refund,500,0,500,usd,0,0,1763460000,setl_1,pay_2,\n",
        order.transaction.id
    );
    let run = shop.reconcile_file(&file, None, true).await.unwrap();
    assert_eq!((run.gateway.as_str(), run.unreadable), ("razorpay", 0));
    // It was paid by another gateway already; and nobody here can ask this one.
    let twice = shop.found(&run, Class::DuplicatePayment).await;
    assert_eq!(
        (twice.subject.as_str(), twice.state),
        ("pay_1", FindingState::Open)
    );
    assert_eq!(
        twice.trouble.as_deref(),
        Some("razorpay cannot be asked; a person decides")
    );
    let unknown = shop.found(&run, Class::PaymentWithoutOrder).await;
    assert_eq!(unknown.subject, "pay_2");

    let dashboard = "transaction_entity,entity_id,amount,currency,fee (exclusive tax),tax,entity_created_at,settlement_id,order_receipt\n\
                     payment,pay_3,5.00,USD,0.10,0.02,18/11/2026 15:30:00,setl_2,\n";
    let run = shop.reconcile_file(dashboard, None, false).await.unwrap();
    let found = shop.found(&run, Class::PaymentWithoutOrder).await;
    assert_eq!(
        (found.subject.as_str(), found.amount.unwrap().value),
        ("pay_3", 500)
    );
    assert_eq!(found.happened_at.to_string(), "2026-11-18T10:00:00Z");
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn other_columns_are_mapped(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.csv");
    std::fs::write(&path, "Ref,Brutto,Ccy,Booked\npi_1,700,EUR,2026-11-18\n").unwrap();
    let settlement = |columns: &str| Settlement {
        path: path.clone(),
        columns: columns.parse().unwrap(),
        unit: Some("minor".parse().unwrap()),
    };
    let wish = |columns: &str| Wish {
        file: Some(settlement(columns)),
        period: None,
        applies: false,
        by: "test".to_owned(),
    };
    let refused = shop
        .billing()
        .reconcile(wish("reference=Ref"), |_| ())
        .await
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("no column says amount: name it with --columns amount=NAME"),
        "{refused}"
    );
    let refused = shop
        .billing()
        .reconcile(wish("amount=Netto"), |_| ())
        .await
        .unwrap_err();
    assert!(
        matches!(refused, ReconcileError::File(FileError::NoSuchColumn(..))),
        "{refused}"
    );
    let columns = "reference=Ref,amount=Brutto,currency=Ccy,created=Booked";
    let run = shop
        .billing()
        .reconcile(wish(columns), |_| ())
        .await
        .unwrap();
    let found = shop.found(&run, Class::PaymentWithoutOrder).await;
    assert_eq!(found.amount.unwrap().to_string(), "€7.00");
    assert!("amount".parse::<billing::reconcile::Columns>().is_err());
    shop.close().await;
}

/// The same line twice, and the same payment under two lines.
#[rstest]
#[tokio::test]
async fn what_stands_there_twice_is_there_once(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let (order, payment) = shop.bought("ann@shop.example", "starter").await;
    let (id, at) = (order.transaction.id, shop.books.clock.now());
    let ours = format!("txn_1,payment,ch_1,{payment},{id},paid,5.00,usd,0.45,po_1,{at}\n");
    let stray = format!("txn_2,payment,ch_2,pi_stray,,paid,5.00,usd,0.45,po_1,{at}\n");
    let other = stray.replace("txn_2", "txn_3");
    let file = format!("{HEADER}{ours}{ours}{stray}{stray}{other}");
    let run = shop.reconcile_file(&file, None, false).await.unwrap();
    assert_eq!((run.lines, run.unreadable), (5, 0));
    let met = [(Class::PaymentWithoutOrder, FindingState::Open, 1)];
    assert_eq!(shop.met(&run).await, met);
    assert_eq!(shop.billing().earnings(id).await.unwrap().len(), 1);
    shop.close().await;
}

/// Killed in the middle of a file, a run goes on with the line that comes next.
#[rstest]
#[tokio::test]
async fn a_file_goes_on_where_it_was_killed(#[values(Sqlite, Postgres)] database: Database) {
    const LINES: i64 = 5_000;
    let shop = Shop::open(database).await;
    let at = shop.books.clock.now();
    let mut file = HEADER.to_owned();
    for n in 1..=LINES {
        let amount = if n % 500 == 0 { "none" } else { "5.00" };
        writeln!(
            file,
            "txn_{n},payment,ch_{n},pi_{n},,paid,{amount},usd,0.45,,{at}"
        )
        .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.csv");
    std::fs::write(&path, &file).unwrap();
    shop.books
        .clock
        .advance(std::time::Duration::from_secs(3600));
    let wish = || Wish {
        file: Some(Settlement {
            path: path.clone(),
            columns: Default::default(),
            unit: None,
        }),
        period: None,
        applies: false,
        by: "test".to_owned(),
    };
    let server = shop.another_server().await;
    let stopping = server.clone();
    let stopped = server
        .reconcile(wish(), |run| {
            if run.lines > LINES / 3 {
                stopping.begin_stop();
            }
        })
        .await;
    assert!(
        matches!(stopped, Err(ReconcileError::Stopped)),
        "{stopped:?}"
    );
    server.stop().await;
    // Two go on with it at once.
    let other = shop.another_server().await;
    let (first, second) = tokio::join!(
        shop.billing().reconcile(wish(), |_| ()),
        other.reconcile(wish(), |_| ()),
    );
    // Whoever comes after the end begins anew; the lines are the same.
    for run in [first.unwrap(), second.unwrap()] {
        assert_eq!(run.stage, Stage::Finished);
        assert_eq!((run.lines, run.unreadable), (LINES, LINES / 500));
    }
    let class = Class::PaymentWithoutOrder;
    let found = shop
        .billing()
        .undecided_findings(class, None, LINES)
        .await
        .unwrap();
    assert_eq!(found.len() as i64, LINES - LINES / 500);
    let runs = shop.billing().reconciliations(None, 10).await.unwrap();
    let problems = shop
        .billing()
        .unreadable_lines(runs[0].id, 0, 100)
        .await
        .unwrap();
    let lines: Vec<i64> = problems.iter().map(|problem| problem.line).collect();
    let expected: Vec<i64> = (1..=LINES / 500).map(|n| n * 500 + 1).collect();
    assert_eq!(lines, expected);
    other.stop().await;
    shop.close().await;
}
