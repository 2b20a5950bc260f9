use crate::shop::Shop;
use crate::support::{data, id};

#[tokio::test]
async fn products_have_prices_that_never_change() {
    let shop = Shop::open("2043-01-01T00:00:00Z").await;
    let fields = [
        ("name", "Team"),
        ("metadata[plan]", "team"),
        ("default_price_data[currency]", "USD"),
        ("default_price_data[unit_amount]", "4900"),
        ("default_price_data[recurring][interval]", "year"),
    ];
    let product = shop.made("/v1/products", &fields).await;
    let price = product["default_price"].as_str().unwrap();
    let path = format!("/v1/prices/{price}");
    let found = shop.get(&path).await;
    assert_eq!(found["currency"], "usd");
    assert_eq!(found["recurring"]["interval"], "year");
    assert_eq!(found["product"], product["id"]);
    let refused = shop.running.post(&path, &[("unit_amount", "1")]).await;
    assert_eq!(refused.body["error"]["code"], "parameter_unknown");
    let off = shop
        .made(&path, &[("active", "false"), ("nickname", "old")])
        .await;
    assert_eq!(
        (off["active"].clone(), off["nickname"].clone()),
        (false.into(), "old".into())
    );
    let sold = [
        ("customer", shop.customer.as_str()),
        ("items[0][price]", price),
    ];
    assert_eq!(
        shop.running.post("/v1/subscriptions", &sold).await.status,
        400
    );
    let path = format!("/v1/products/{}", id(&product));
    let renamed = shop
        .made(&path, &[("name", "Crew"), ("metadata[plan]", "")])
        .await;
    assert_eq!(renamed["name"], "Crew");
    assert_eq!(renamed["metadata"], serde_json::json!({}));
    assert_eq!(data(&shop.get("/v1/products?active=true").await).len(), 2);
}

#[tokio::test]
async fn a_lookup_key_leads_to_one_price() {
    let shop = Shop::open("2043-01-01T00:00:00Z").await;
    let key = ("lookup_key", "pro_monthly");
    let fields = [
        ("product", shop.product.as_str()),
        ("currency", "usd"),
        ("unit_amount", "2100"),
        ("recurring[interval]", "month"),
        key,
    ];
    let first = format!("/v1/prices/{}", shop.price);
    shop.made(&first, &[key]).await;
    let taken = shop.running.post("/v1/prices", &fields).await;
    assert_eq!(taken.body["error"]["param"], "lookup_key");
    let moved = [&fields[..], &[("transfer_lookup_key", "true")]].concat();
    let second = shop.made("/v1/prices", &moved).await;
    let found = shop.get("/v1/prices?lookup_keys[]=pro_monthly").await;
    assert_eq!(data(&found).len(), 1);
    assert_eq!(data(&found)[0]["id"], second["id"]);
    assert!(shop.get(&first).await["lookup_key"].is_null());
}

#[tokio::test]
async fn odd_prices_are_refused() {
    let shop = Shop::open("2043-01-01T00:00:00Z").await;
    let product = ("product", shop.product.as_str());
    let usd = ("currency", "usd");
    let amount = ("unit_amount", "100");
    for (fields, param) in [
        (vec![usd, amount], "product"),
        (vec![product, amount], "currency"),
        (vec![product, usd], "unit_amount"),
        (vec![product, usd, ("unit_amount", "-1")], "unit_amount"),
        (
            vec![product, usd, amount, ("recurring[interval]", "eon")],
            "recurring[interval]",
        ),
        (
            vec![
                product,
                usd,
                amount,
                ("recurring[interval]", "year"),
                ("recurring[interval_count]", "4"),
            ],
            "recurring[interval_count]",
        ),
        (vec![("product", "prod_x"), usd, amount], "product"),
        (
            vec![product, usd, amount, ("tiers[0][up_to]", "5")],
            "tiers",
        ),
    ] {
        let refused = shop.running.post("/v1/prices", &fields).await;
        assert_eq!(refused.status, 400, "{param}");
        assert_eq!(refused.body["error"]["param"], param);
    }
}
