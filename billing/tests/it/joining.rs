//! Two servers at once: a customer who was named becomes one with an account, once, and whatever else
//! happens at that moment is in the books.

use billing::{
    Billing,
    customer::{Naming, NamingError},
    id::CustomerId,
    ledger::{Gift, Spend, Spent},
};
use futures::future::join_all;
use rstest::rstest;

use crate::books::{Books, Database, credits};

const ANN: &str = "ann@shop.example";

fn naming(key: &str, email: Option<&str>) -> Naming {
    Naming {
        external_id: "user-7".to_owned(),
        email: email.map(str::to_owned),
        key: key.to_owned(),
    }
}

async fn give(billing: &Billing, customer: CustomerId, key: usize) {
    let gift = Gift {
        customer,
        amount: credits(2),
        note: "Two".to_owned(),
        starts_at: None,
        expires_at: None,
        priority: 0,
        key: key.to_string(),
    };
    billing.give(gift).await.unwrap();
}

/// Whether there was enough.
async fn spend(billing: &Billing, customer: CustomerId, key: usize) -> bool {
    let spend = Spend {
        customer,
        amount: credits(1),
        note: "One".to_owned(),
        key: key.to_string(),
    };
    matches!(billing.spend(spend).await.unwrap(), Spent::Done(_))
}

#[rstest]
#[tokio::test]
async fn two_servers_join_a_customer_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(false, true)] has_bought: bool,
) {
    let books = Books::open(database).await;
    let account = books.customer(ANN).await;
    books.execute("update people set verified_at = 1").await;
    if has_bought {
        books.buy(account, "starter").await;
    }
    let named = books.billing.name_customer(naming("first", None)).await;
    let named = named.unwrap().id;
    give(&books.billing, named, 1000).await;
    let servers = [books.billing.clone(), books.another_server().await];

    let names = join_all((0..8).map(|n| {
        let key = n.to_string();
        let server = &servers[n % 2];
        async move { server.name_customer(naming(&key, Some(ANN))).await }
    }));
    let gifts = join_all((0..16).map(|n| give(&servers[n % 2], named, n)));
    let spends = join_all((0..16).map(|n| spend(&servers[n % 2], named, n)));
    let pack = books.billing.catalog().pack("starter").unwrap().clone();
    let order = servers[1].place_order(account, &pack, None);
    let (names, _, spent, _) = tokio::join!(names, gifts, spends, order);

    let one = if has_bought { account } else { named };
    for name in names {
        let name = name.unwrap();
        assert_eq!((name.named, name.person.is_some()), (named, true));
    }
    let customer = books.billing.customer_by_external_id("user-7").await;
    let customer = customer.unwrap().unwrap();
    // An order that came first makes the account one with a history.
    assert!(customer.id == one || customer.id == account);
    let spent = spent.into_iter().filter(|enough| *enough).count();
    let left = 34 + 50 * i64::from(has_bought) - i64::try_from(spent).unwrap();
    assert_eq!(books.available(customer.id).await, left);
    // Repeated under the same keys, by the same name: nothing happens.
    for key in 0..16 {
        give(&servers[key % 2], named, key).await;
    }
    assert_eq!(books.available(customer.id).await, left);
    servers[1].stop().await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn two_persons_are_never_one_customer(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer(ANN).await;
    let bob = books.customer("bob@shop.example").await;
    books.execute("update people set verified_at = 1").await;
    let named = books.billing.name_customer(naming("1", Some(ANN))).await;
    assert_eq!(named.unwrap().id, ann);
    let again = naming("2", Some("bob@shop.example"));
    let refused = books.billing.name_customer(again).await;
    assert!(matches!(refused, Err(NamingError::AnotherPerson)));
    let other = Naming {
        external_id: "user-8".to_owned(),
        ..naming("3", Some(ANN))
    };
    let refused = books.billing.name_customer(other).await;
    assert!(matches!(refused, Err(NamingError::AnotherName(name)) if name == "user-7"));
    assert_ne!(ann, bob);
    books.close().await;
}
