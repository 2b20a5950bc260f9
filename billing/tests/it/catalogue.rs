//! What is on sale: of many who change it at once, each is told what became of it.

use billing::{
    catalog::{CatalogFile, Entry, Name, PackEntry},
    id::AuditId,
    money::Credits,
    staff::{
        audit_log::Actor,
        catalogue::{SellError, Wish},
    },
};
use rstest::rstest;

use crate::books::{Books, Database};

fn starter(price: i64) -> Wish {
    Wish::Change(Entry::Pack(PackEntry {
        key: "starter".to_owned(),
        name: "Starter".to_owned(),
        description: String::new(),
        price,
        credits: Credits(50),
    }))
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_publish_at_once_one_is_first(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    // SQLite has one server; its tasks still race.
    let second = match database {
        Database::Sqlite => books.billing.clone(),
        Database::Postgres => books.another_server().await,
    };
    let number = books.billing.catalog().number;
    let wishes = (0..16).map(|n| {
        let server = [&books.billing, &second][n % 2].clone();
        tokio::spawn(async move {
            let (key, by) = (AuditId::new(), Actor::command_line());
            let wish = starter(700 + i64::try_from(n).unwrap());
            server.fulfil(key, wish, number, "A race", &by).await
        })
    });
    let outcomes = futures::future::join_all(wishes).await;
    let (done, not): (Vec<_>, Vec<_>) = outcomes
        .into_iter()
        .map(Result::unwrap)
        .partition(Result::is_ok);
    assert_eq!((done.len(), not.len()), (1, 15), "{not:?}");
    for outcome in not {
        assert!(matches!(outcome, Err(SellError::Raced)), "{outcome:?}");
    }
    let first = done.into_iter().next().unwrap().unwrap();
    for server in [&books.billing, &second] {
        let on_sale = server.on_sale().await.unwrap();
        assert_eq!((on_sale.number, on_sale.at), (number + 1, first.at));
        assert_eq!(on_sale.pack("starter"), first.pack("starter"));
    }
    let versions = books
        .billing
        .versions(&Name::Offer("starter".to_owned()))
        .await;
    let versions = versions.unwrap();
    assert_eq!(versions.len(), 2);
    assert!(versions[0].is_on_sale && !versions[1].is_on_sale);
    if let Database::Postgres = database {
        second.stop().await;
    }
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_was_in_another_currency_is_not_put_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let billing = &books.billing;
    let by = Actor::command_line();
    let do_it = async |wish| {
        let number = billing.on_sale().await.unwrap().number;
        billing
            .fulfil(AuditId::new(), wish, number, "because", &by)
            .await
    };
    let yen = "currency = 'jpy'\n[[pack]]\nkey = 'starter'\nname = 'Starter'\nprice = 500\ncredits = 50\n";
    let yen = CatalogFile::parse(yen).unwrap();
    do_it(Wish::Import(Box::new(yen))).await.unwrap();
    let studio = Name::Offer("studio".to_owned());
    let refused = do_it(Wish::PutBack(studio)).await;
    assert!(
        matches!(refused, Err(SellError::OtherCurrency)),
        "{refused:?}"
    );
    let gift = Name::Coupon("WELCOME".to_owned());
    do_it(Wish::PutBack(gift)).await.unwrap();
    books.close().await;
}
