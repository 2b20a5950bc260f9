//! Asks Stripe. Every request that makes something carries an idempotency key, so a lost answer is
//! asked for again and nothing happens twice.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use reqwest::{Request, RequestBuilder, StatusCode, header::RETRY_AFTER};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    API_VERSION, Settings, checkout_session,
    payment_intent::{self, PaymentIntent, TRANSACTION, WAY},
    setup_intent::{self, SetupIntent},
};
use crate::{
    gateway::{GatewayError, Meaning, Payment},
    http,
    id::OrderId,
    metrics::METRICS,
    money::Money,
    transaction::{Transaction, Way},
};

/// How often a request is repeated when the answer says that it may work later.
const RETRIES: usize = 2;
/// The pause before the first repetition.
const PAUSE: Duration = Duration::from_millis(250);
/// A longer `Retry-After` is left to whoever asks again later.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5);
/// How many keys one request may use up while the gateway is broken.
pub(super) const KEYS: usize = 100;

/// A client of Stripe's API. Cheap to clone.
#[derive(Clone)]
pub struct Stripe {
    http: reqwest::Client,
    settings: Settings,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorObject,
}

#[derive(Deserialize)]
struct ErrorObject {
    code: Option<String>,
    message: Option<String>,
}

/// A failure, and when it is worth trying again.
struct Attempt {
    error: GatewayError,
    retry_after: Option<Duration>,
    /// This failure is the answer to that key from now on.
    is_kept: bool,
}

impl Stripe {
    /// # Errors
    /// When the system gives no way to make TLS connections.
    pub fn new(settings: Settings) -> Result<Self, GatewayError> {
        Ok(Self {
            http: http::client()?,
            settings,
        })
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Makes the payment of a transaction. The key is that of the transaction and its way, so asking
    /// again gives the same payment for as long as Stripe remembers, which is longer than an order
    /// lives.
    pub async fn create_payment(
        &self,
        transaction: &Transaction,
        order: OrderId,
        customer: &str,
        description: &str,
    ) -> Result<Payment, GatewayError> {
        let of_transaction = format!("metadata[{TRANSACTION}]");
        let of_way = format!("metadata[{WAY}]");
        let mut form = vec![
            ("customer", customer.to_owned()),
            ("amount", transaction.amount.value.to_string()),
            ("currency", transaction.amount.currency.as_str().to_owned()),
            ("automatic_payment_methods[enabled]", "true".to_owned()),
            ("description", description.to_owned()),
            (of_transaction.as_str(), transaction.id.to_string()),
            ("metadata[order]", order.to_string()),
            ("metadata[customer]", transaction.customer.to_string()),
        ];
        if transaction.way > Way::default() {
            form.push((of_way.as_str(), transaction.way.0.to_string()));
        }
        let key = payment_intent::key(transaction.id, transaction.way);
        self.make::<PaymentIntent>("/v1/payment_intents", &key, &form)
            .await
            .map(Payment::from)
    }

    /// Makes something once: asking again under the same key gives the same thing for as long as
    /// Stripe remembers, a day at least. Stripe remembers its own failures too: after one, the next
    /// key is tried. Should that failure have made something after all, nobody can use it, because
    /// nobody knows its id.
    pub(super) async fn make<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        form: &[(&str, String)],
    ) -> Result<T, GatewayError> {
        self.make_within(KEYS, path, key, form).await
    }

    /// Like `make`, but uses up no more than so many keys.
    pub(super) async fn make_within<T: DeserializeOwned>(
        &self,
        keys: usize,
        path: &str,
        key: &str,
        form: &[(&str, String)],
    ) -> Result<T, GatewayError> {
        let (mut number, mut retries) = (1, RETRIES);
        while number <= keys {
            let request = self
                .request(reqwest::Method::POST, path)
                .header("Idempotency-Key", format!("{key}:{number}"))
                .form(form);
            match self.once(request).await {
                Ok(made) => return Ok(made),
                Err(failed) if failed.is_kept => number += 1,
                Err(Attempt {
                    retry_after: Some(pause),
                    ..
                }) if retries > 0 => {
                    retries -= 1;
                    tokio::time::sleep(pause.max(PAUSE)).await;
                }
                Err(failed) => return Err(failed.error),
            }
        }
        let message = "it remembers too many failures of one request";
        Err(GatewayError::Unreachable(message.to_owned()))
    }

    /// Makes a payment ask for another amount. Refused once it is on its way. Asking twice is the
    /// same as asking once, so it needs no key.
    pub async fn set_amount(
        &self,
        reference: &str,
        amount: Money,
    ) -> Result<Payment, GatewayError> {
        let path = format!("/v1/payment_intents/{reference}");
        let request = self
            .request(reqwest::Method::POST, &path)
            .form(&[("amount", amount.value)]);
        self.send::<PaymentIntent>(request).await.map(Payment::from)
    }

    /// The payment as it is now. A plan's payments are known by their invoices, one on a page of the
    /// gateway by that page until somebody pays.
    pub async fn payment(&self, reference: &str) -> Result<Payment, GatewayError> {
        if is_invoice(reference) {
            return self.invoice(reference).await;
        }
        if reference.starts_with(checkout_session::PREFIX) {
            return Ok(self.page(reference).await?.payment);
        }
        if reference.starts_with(setup_intent::PREFIX) {
            let path = format!("/v1/setup_intents/{reference}?expand[]=payment_method");
            let request = self.request(reqwest::Method::GET, &path);
            return self.send::<SetupIntent>(request).await.map(Payment::from);
        }
        let path = format!(
            "/v1/payment_intents/{reference}?expand[]=payment_method&expand[]=latest_charge"
        );
        let request = self.request(reqwest::Method::GET, &path);
        self.send::<PaymentIntent>(request).await.map(Payment::from)
    }

    /// What an event was about, as it is now.
    pub async fn as_it_is_now(&self, meaning: Meaning) -> Result<Meaning, GatewayError> {
        Ok(match meaning {
            Meaning::Payment(payment) => {
                Meaning::Payment(Box::new(self.payment(&payment.reference).await?))
            }
            Meaning::Standing(standing) => Meaning::Standing(self.plan(&standing.reference).await?),
            Meaning::Method(method) => Meaning::Method(self.method(&method.reference).await?),
            Meaning::Refund(refund) => Meaning::Refund(self.refund(&refund.reference).await?),
            Meaning::Refunds(charge) => Meaning::Refunds(self.refunds_of(&charge.payment).await?),
            Meaning::Dispute(dispute) => Meaning::Dispute(self.dispute(&dispute.reference).await?),
            Meaning::FraudWarning(_) | Meaning::Upcoming(_) | Meaning::Ignored(_) => meaning,
        })
    }

    /// Cancels a payment that nobody made, so that nobody can. Refused when it has succeeded or is
    /// canceled already, so it needs no key, under which a failure would be remembered.
    pub async fn cancel_payment(&self, reference: &str) -> Result<Payment, GatewayError> {
        if is_invoice(reference) {
            return self.void_invoice(reference).await;
        }
        let is_setup = reference.starts_with(setup_intent::PREFIX);
        let kind = if is_setup {
            "setup_intents"
        } else {
            "payment_intents"
        };
        let mut form = vec![
            ("cancellation_reason", "abandoned"),
            ("expand[]", "payment_method"),
        ];
        if !is_setup {
            // A bank may have set it aside by now: then the card was good.
            form.push(("expand[]", "latest_charge"));
        }
        let path = format!("/v1/{kind}/{reference}/cancel");
        let request = self.request(reqwest::Method::POST, &path).form(&form);
        match is_setup {
            true => self.send::<SetupIntent>(request).await.map(Payment::from),
            false => self.send::<PaymentIntent>(request).await.map(Payment::from),
        }
    }

    /// Whether the key is accepted.
    pub async fn check(&self) -> Result<(), GatewayError> {
        let request = self.request(reqwest::Method::GET, "/v1/payment_intents?limit=1");
        self.send::<serde::de::IgnoredAny>(request).await.map(drop)
    }

    pub(super) fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.settings.api_base))
            .bearer_auth(&self.settings.secret_key)
            .header("Stripe-Version", API_VERSION)
    }

    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, GatewayError> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(PAUSE)
            .with_max_times(RETRIES)
            .with_jitter();
        let attempt = || async {
            match request.try_clone() {
                Some(request) => self.once(request).await,
                // Only streamed bodies cannot be cloned, and we send none.
                None => {
                    Err(GatewayError::Unreachable("the request cannot be repeated".into()).into())
                }
            }
        };
        attempt
            .retry(backoff)
            .when(|attempt| attempt.retry_after.is_some())
            .adjust(|attempt, pause| {
                pause.map(|pause| attempt.retry_after.unwrap_or(pause).max(pause))
            })
            .await
            .map_err(|attempt| attempt.error)
    }

    /// Sends a request once, and measures it by what it is about.
    async fn once<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Attempt> {
        let request = request.build().map_err(unreachable)?;
        let resource = request
            .url()
            .path_segments()
            .and_then(|mut path| path.nth(1));
        let resource = resource.unwrap_or_default().to_owned();
        let begun = Instant::now();
        let answer = self.answered(request).await;
        let result = match &answer {
            Ok(_) => "ok",
            Err(Attempt { error, .. }) => error.word(),
        };
        let labels = [("resource", resource), ("result", result.to_owned())];
        let took = begun.elapsed().as_secs_f64();
        METRICS.gateway.get_or_create(&labels).observe(took);
        answer
    }

    async fn answered<T: DeserializeOwned>(&self, request: Request) -> Result<T, Attempt> {
        kill_point!("gateway-called");
        let answer = match &self.settings.wire {
            Some(wire) => wire(request).await.map_err(Attempt::from),
            None => self.http.execute(request).await.map_err(|error| Attempt {
                retry_after: (!error.is_timeout()).then_some(Duration::ZERO),
                ..unreachable(error)
            }),
        };
        kill_point!("gateway-answered");
        read(answer?).await
    }
}

/// Whether this is the id of an invoice, by which the payments of plans are known.
pub(crate) fn is_invoice(reference: &str) -> bool {
    reference.starts_with("in_")
}

impl From<GatewayError> for Attempt {
    fn from(error: GatewayError) -> Self {
        Self {
            error,
            retry_after: None,
            is_kept: false,
        }
    }
}

fn unreachable(error: reqwest::Error) -> Attempt {
    GatewayError::Unreachable(error.without_url().to_string()).into()
}

/// Reads what Stripe answered, and whether it is worth asking again.
async fn read<T: DeserializeOwned>(answer: reqwest::Response) -> Result<T, Attempt> {
    let status = answer.status();
    let is_replayed = answer.headers().contains_key("idempotent-replayed");
    let asked_to_wait = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map_or(Duration::ZERO, Duration::from_secs);
    let body = answer.bytes().await.map_err(unreachable)?;
    if status.is_success() {
        return serde_json::from_slice(&body)
            .map_err(|error| GatewayError::Unreadable(error.to_string()).into());
    }
    let (code, message) = match serde_json::from_slice::<ErrorBody>(&body) {
        Ok(ErrorBody { error }) => (error.code, error.message),
        Err(_) => (None, None),
    };
    let (code, message) = (code.unwrap_or_default(), message.unwrap_or_default());
    // Two requests with one key at once, or too many: the answer may be another in a moment.
    let later = status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT);
    if later {
        let is_kept = is_replayed && status.is_server_error();
        let may_repeat = !is_kept && asked_to_wait <= MAX_RETRY_AFTER;
        let message = format!("{status} {message}");
        return Err(Attempt {
            error: match asked_to_wait > MAX_RETRY_AFTER {
                true => GatewayError::NotNow {
                    message,
                    pause: asked_to_wait,
                },
                false => GatewayError::Unreachable(message),
            },
            retry_after: may_repeat.then_some(asked_to_wait),
            is_kept,
        });
    }
    Err(GatewayError::Refused {
        status: status.as_u16(),
        code,
        message,
    }
    .into())
}
