//! What strangers send. Each target takes anything, finds nothing to break, and says yes to nothing
//! that is not genuine. They run for a moment with all tests, and as long as one likes with
//! `make fuzz T=SECONDS`; a failure prints the seed that repeats it (`BOLERO_RANDOM_SEED`).

mod spoil;

use std::fs;

use billing::{
    gateway::stripe::{
        event::{Envelope, meaning},
        signature::verify,
    },
    inbox::{Delivery, Refused},
    reconcile::{FileError, ReconcileError, Settlement, Wish},
};
use bolero::TypeGenerator;
use rstest::rstest;
use serde_json::{Value, json};
use spoil::{Odd, Spoil, feed, odd, spoiled};

use crate::{
    books::{Books, Database, SECRET, signature},
    fixtures,
};

const NOW: i64 = 1_790_000_000;

/// A genuine delivery, or one that was meddled with.
#[derive(Debug, TypeGenerator)]
struct Signed {
    /// Of a `t=`, beside now.
    late: i16,
    header: Vec<Spoil>,
    body: Vec<u8>,
    body_later: Vec<Spoil>,
}

#[test]
fn the_signature_header() {
    let secrets = [SECRET.to_owned()];
    feed(|signed: &Signed| {
        let time = NOW + i64::from(signed.late);
        let genuine = signature(SECRET, time, &signed.body);
        let header = spoiled(genuine.as_bytes(), &signed.header);
        let body = spoiled(&signed.body, &signed.body_later);
        let header = String::from_utf8_lossy(&header);
        let accepted = verify(&header, &body, &secrets, NOW).is_ok();
        if header == genuine && body == signed.body {
            assert_eq!(accepted, time.abs_diff(NOW) <= 300);
        }
        if accepted {
            // Whatever else it says, it holds the signature of this body at its time.
            let parts = || header.split(',').map(str::trim);
            let time = parts().find_map(|part| part.strip_prefix("t=")).unwrap();
            let genuine = signature(SECRET, time.parse().unwrap(), &body);
            let (_, genuine) = genuine.split_once(",").unwrap();
            assert!(parts().any(|part| part.eq_ignore_ascii_case(genuine)));
        }
    });
}

/// One of Stripe's events, with odd values in it, and then with odd bytes.
#[derive(Debug, TypeGenerator)]
struct Told {
    event: u16,
    odd: Vec<Odd>,
    spoils: Vec<Spoil>,
}

impl Told {
    fn body(&self, events: &[String]) -> Vec<u8> {
        let event = &events[usize::from(self.event) % events.len()];
        spoiled(odd(event, &self.odd).as_bytes(), &self.spoils)
    }
}

/// All that we have, of every version.
fn events() -> Vec<String> {
    let versions = fs::read_dir(fixtures::folder()).unwrap();
    let mut files: Vec<_> = versions
        .flat_map(|version| fs::read_dir(version.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let bodies = files.iter().map(|file| fs::read_to_string(file).unwrap());
    bodies.collect()
}

#[test]
fn the_event_decoder() {
    let events = events();
    feed(|told: &Told| {
        let body = told.body(&events);
        let Ok(body) = std::str::from_utf8(&body) else {
            return;
        };
        if let Ok(Envelope { kind, .. }) = serde_json::from_str(body) {
            let _ = meaning(&kind, body);
        }
    });
}

/// Signed, so that it gets in: what it says is taken or refused in order, and the books hold. Half of
/// them mean an order that is there.
#[rstest]
fn the_door(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let events = events();
    let books = runtime.block_on(Books::open(database));
    let (customer, order) = runtime.block_on(async {
        let customer = books.customer("ann@shop.example").await;
        (customer, books.order(customer, "starter").await)
    });
    let meant = |body: &str| {
        let mut event: Value = serde_json::from_str(body).unwrap();
        event["data"]["object"]["metadata"] = json!({ "transaction": order.transaction.id });
        event.to_string()
    };
    let events: Vec<String> = events
        .iter()
        .map(|body| meant(body))
        .chain(events.clone())
        .collect();
    feed(|told: &Told| {
        let body = told.body(&events);
        let header = signature(SECRET, books.clock.now().unix(), &body);
        let signatures = [header.as_bytes()];
        let delivery = Delivery {
            signatures: &signatures,
            user_agent: None,
            body: &body,
        };
        let answer = runtime.block_on(books.billing.receive(delivery));
        let is_in_order = matches!(
            answer,
            Ok(()) | Err(Refused::Body(_) | Refused::Livemode(_))
        );
        assert!(
            is_in_order,
            "{answer:?} to {}",
            String::from_utf8_lossy(&body)
        );
    });
    runtime.block_on(async {
        let granted = books.available(customer).await;
        assert!(matches!(granted, 0 | 50), "{granted}");
        books.close().await;
    });
}

/// Its lines are read or named as unreadable, and nothing is done because of them alone.
#[rstest]
fn a_settlement_file(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    const FILE: &[u8] = b"id,type,reference,payment,transaction,status,amount,currency,fee,payout,created
txn_1,payment,ch_1,pi_1,019f0000-0000-7000-8000-000000000000,succeeded,5.00,usd,0.45,po_1,2026-11-20T09:30:00Z
\"txn_2\",refund,re_2,pi_1,,succeeded,\"-5.00\",usd,0,po_1,2026-11-20 09:30:00
po_1,payout,po_1,,,paid,5.00,usd,0,,1795167000
";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let books = runtime.block_on(Books::open(database));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settlement.csv");
    feed(|spoils: &Vec<Spoil>| {
        fs::write(&path, spoiled(FILE, spoils)).unwrap();
        let settlement = Settlement {
            path: path.clone(),
            columns: Default::default(),
            unit: None,
        };
        let wish = Wish {
            file: Some(settlement),
            period: None,
            applies: false,
            by: "test".to_owned(),
        };
        let answer = runtime.block_on(books.billing.reconcile(wish, |_| ()));
        let is_in_order = match &answer {
            Ok(_) => true,
            Err(ReconcileError::File(error)) => !matches!(error, FileError::Open(..)),
            Err(_) => false,
        };
        assert!(is_in_order, "{answer:?}");
    });
    runtime.block_on(books.close());
}
