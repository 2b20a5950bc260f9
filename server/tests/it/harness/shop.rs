//! A whole shop: the real server in this process, on a database and in front of a gateway.

use std::time::{Duration, Instant};

use billing::{clock::Time, people::Role, staff::audit_log::Actor};
use http::HeaderMap;
use reqwest::Method;
use serde_json::Value;
use server::{Server, command_line::Cli, settings::Settings};

use super::{
    Browser, Database, Gateway, MailServer, Mood, PASSWORD, PATIENCE, Page, SECRET, TestDatabase,
    between, eventually, signed,
};

pub struct Shop {
    pub server: Server,
    pub gateway: Gateway,
    pub database: TestDatabase,
    pub mail: MailServer,
}

impl Shop {
    pub async fn open(database: Database) -> Self {
        Self::open_with(database, &[]).await
    }

    /// Opens with these settings on top of the usual ones.
    pub async fn open_with(database: Database, more: &[(&str, &str)]) -> Self {
        let database = TestDatabase::fresh(database).await;
        Self::open_on(database, Gateway::start().await, more).await
    }

    pub async fn open_on(database: TestDatabase, gateway: Gateway, more: &[(&str, &str)]) -> Self {
        let mail = MailServer::start(Mood::Takes).await;
        let mut usual = settings(&database, &gateway);
        usual.extend([
            ("SMTP_URL".to_owned(), mail.url.clone()),
            (
                "TENDER_MAIL_FROM".to_owned(),
                "Shop <mail@shop.example>".to_owned(),
            ),
        ]);
        let server = Server::start(parsed(&usual, more)).await.unwrap();
        let shop = Self {
            server,
            gateway,
            database,
            mail,
        };
        shop.gateway.send_webhooks_to(&shop.site()).await;
        shop
    }

    /// Where the server listens; the public address may be another.
    pub fn site(&self) -> String {
        format!("http://{}", self.server.addr())
    }

    pub fn visitor(&self) -> Browser {
        Browser::new(self.gateway.http.clone(), &self.site())
    }

    /// Somebody who has just signed up, and got the letter that says so.
    pub async fn customer(&self, email: &str) -> Browser {
        let browser = self.visitor();
        browser.sign_up(email).await;
        self.mail.mails_to(email, 1).await;
        browser
    }

    /// A member of staff who is signed in, with a second factor: `ROLE@shop.example`.
    pub async fn staff(&self, role: Role) -> Browser {
        let staff = self.staff_by_password(role).await;
        staff.set_up_app(self.of_devices()).await;
        staff
    }

    /// What the clocks of people's devices say.
    pub fn of_devices(&self) -> Time {
        self.server.billing().clock().of_devices()
    }

    /// A member of staff who has given no second factor: `ROLE@shop.example`.
    pub async fn staff_by_password(&self, role: Role) -> Browser {
        let email = format!("{role}@shop.example");
        let billing = self.server.billing();
        let by = Actor::command_line();
        billing.add_staff(&email, PASSWORD, role, by).await.unwrap();
        let staff = self.visitor();
        let typed = [("email", email.as_str()), ("password", PASSWORD)];
        staff.post("/sign-in", &typed).await.leads_to("/admin");
        staff
    }

    /// Somebody follows the link in their welcome.
    pub async fn verify_address(&self, email: &str) {
        let mails = self.mail.mails_to(email, 1).await;
        let secret = between(&mails[0].text, "/confirm/", "\n").unwrap().trim();
        let confirmed = self
            .visitor()
            .post(&format!("/confirm/{secret}"), &[])
            .await;
        confirmed.is(303);
    }

    /// Stops the server and starts another one on the same database.
    pub async fn restart(self) -> Self {
        self.server.stop().await;
        Self::open_on(self.database, self.gateway, &[]).await
    }

    /// Sends a body to the webhook door.
    pub async fn deliver(&self, body: impl Into<Vec<u8>>, headers: HeaderMap) -> Page {
        let visitor = self.visitor();
        let request = visitor.request(Method::POST, "/webhooks/stripe");
        visitor
            .send(request.headers(headers).body(body.into()))
            .await
    }

    /// Sends an event as the gateway would.
    pub async fn deliver_event(&self, event: &Value) -> Page {
        let body = event.to_string();
        let mut headers = HeaderMap::new();
        headers.insert("stripe-signature", signed(body.as_bytes()).parse().unwrap());
        self.deliver(body, headers).await
    }

    /// Time passes, here and at the gateway. What happens there meanwhile comes as webhooks.
    pub async fn advance(&self, by: Duration) {
        self.server.billing().clock().advance(by);
        self.gateway.advance(by).await;
    }

    /// Comes back once every event is dealt with.
    pub async fn quiet(&self) {
        let billing = self.server.billing();
        eventually("the inbox is empty", || async {
            billing.inbox_depth().await.unwrap() == 0
        })
        .await;
    }

    /// Every test ends here: nothing is left to do, the laws hold, and all of it stops.
    pub async fn close(self) {
        self.close_with(0).await;
    }

    /// Ends with so many events that could not be dealt with.
    pub async fn close_with(self, unfinished: i64) {
        let billing = self.server.billing().clone();
        self.gateway.stop().await;
        eventually("the inbox holds what it should", || async {
            billing.inbox_depth().await.unwrap() == unfinished
        })
        .await;
        assert_eq!(billing.verify(|_| ()).await.unwrap(), []);
        let begun = Instant::now();
        tokio::time::timeout(PATIENCE, self.server.stop())
            .await
            .expect("the server never stops");
        assert!(
            begun.elapsed().as_secs() < 8,
            "work was left over: the server had to cut it off"
        );
    }
}

/// The settings of a shop by their names, for this process and for another.
pub fn settings(database: &TestDatabase, gateway: &Gateway) -> Vec<(String, String)> {
    let site_root = database.folder().join("site").display().to_string();
    [
        ("DATABASE_URL", database.url.clone()),
        ("TENDER_ADDR", "127.0.0.1:0".to_owned()),
        ("TENDER_SITE_ROOT", site_root),
        ("STRIPE_SECRET_KEY", sandbox::SECRET_KEY.to_owned()),
        (
            "STRIPE_PUBLISHABLE_KEY",
            sandbox::PUBLISHABLE_KEY.to_owned(),
        ),
        (
            "STRIPE_WEBHOOK_SECRETS",
            format!("{},{SECRET}", gateway.secret),
        ),
        ("STRIPE_API_BASE", gateway.url()),
        (
            "STRIPE_JS_URL",
            format!("{}/clover/stripe.js", gateway.url()),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Reads settings as the command line does, so that defaults and checks are those of the command.
fn parsed(usual: &[(String, String)], more: &[(&str, &str)]) -> Settings {
    let more = more.iter().map(|(name, value)| (*name, *value));
    let all = usual
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| more.clone().all(|(other, _)| other != *name))
        .chain(more.clone());
    let flags = all.map(|(name, value)| {
        let name = name.strip_prefix("TENDER_").unwrap_or(name);
        format!("--{}={value}", name.to_lowercase().replace('_', "-"))
    });
    let arguments = ["tender".to_owned()]
        .into_iter()
        .chain(flags)
        .chain(["serve".to_owned()]);
    Cli::read(arguments).unwrap().settings
}
