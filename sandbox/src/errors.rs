//! Errors in the gateway's own words.
//!
//! Every refusal has the body `{"error": {"type", "code", "message", "param", …}}` that client
//! libraries decode, with the same type, code and HTTP status, because that is what they branch on.

use serde_json::{Map, Value, json};

/// One refusal. The fields are kept as the JSON that is sent.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub status: u16,
    /// Whether an idempotency key remembers this answer. Refusals before any work began are
    /// forgotten, so that a corrected request may use the same key.
    pub stored: bool,
    fields: Map<String, Value>,
}

pub type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    fn new(status: u16, kind: &str, message: impl Into<String>) -> Self {
        let mut fields = Map::new();
        fields.insert("type".into(), kind.into());
        fields.insert("message".into(), message.into().into());
        Self {
            status,
            stored: true,
            fields,
        }
    }

    /// The parameters cannot be understood; nothing was done.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self {
            stored: false,
            ..Self::new(400, "invalid_request_error", message)
        }
    }

    /// The parameters are fine, but the object is not in a state that allows it.
    pub fn state(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message).code(code)
    }

    pub fn missing_param(name: &str) -> Self {
        Self::invalid(format!("Missing required param: {name}."))
            .code("parameter_missing")
            .param(name)
    }

    pub fn unknown_param(name: &str) -> Self {
        Self::invalid(format!("Received unknown parameter: {name}"))
            .code("parameter_unknown")
            .param(name)
    }

    pub fn not_an_integer(name: &str, value: &str) -> Self {
        Self::invalid(format!("Invalid integer: {value}"))
            .code("parameter_invalid_integer")
            .param(name)
    }

    /// The object that the address names is not there.
    pub fn missing_object(kind: &str, id: &str) -> Self {
        let noun = match kind {
            "payment_method" => "PaymentMethod",
            "setup_intent" => "setupintent",
            other => other,
        };
        let mut error = Self::invalid(format!("No such {noun}: '{id}'"))
            .code("resource_missing")
            .param(match kind {
                "payment_intent" | "setup_intent" => "intent",
                "checkout.session" => "session",
                _ => "id",
            });
        error.status = 404;
        error
    }

    pub fn unknown_route(method: &str, path: &str) -> Self {
        let mut error = Self::invalid(format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or \
             we can help at https://support.stripe.com/."
        ));
        error.status = 404;
        error
    }

    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self {
            stored: false,
            ..Self::new(401, "invalid_request_error", message)
        }
    }

    pub fn too_large() -> Self {
        Self {
            stored: false,
            ..Self::new(413, "invalid_request_error", "Request body is too large.")
        }
    }

    pub fn card(code: &str, message: impl Into<String>) -> Self {
        Self::new(402, "card_error", message).code(code)
    }

    pub fn idempotency(message: impl Into<String>) -> Self {
        Self {
            stored: false,
            ..Self::new(400, "idempotency_error", message)
        }
    }

    pub fn key_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key (that \
             probably means you submitted twice, and the other request is still going through): \
             {key}. Please try again later."
        );
        let mut error = Self::invalid(message).code("idempotency_key_in_use");
        error.status = 409;
        error
    }

    pub fn rate_limited() -> Self {
        let mut error = Self::invalid(
            "Request rate limit exceeded. Learn more about rate limits at \
             https://stripe.com/docs/rate-limits.",
        )
        .code("rate_limit");
        error.status = 429;
        error
    }

    /// The gateway's own failure.
    pub fn internal(status: u16) -> Self {
        Self::new(
            status,
            "api_error",
            "Sorry! There was an error while talking to one of our backends. Support has been \
             notified.",
        )
    }

    pub fn code(self, code: &str) -> Self {
        let doc_url = format!(
            "https://stripe.com/docs/error-codes/{}",
            code.replace('_', "-")
        );
        self.with("code", code.into())
            .with("doc_url", doc_url.into())
    }

    pub fn param(self, name: &str) -> Self {
        self.with("param", name.into())
    }

    /// The same refusal when a parameter names the object: the address itself was right.
    pub fn for_param(mut self, name: &str) -> Self {
        self.status = 400;
        self.param(name)
    }

    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.into(), value);
        self
    }

    /// The same error for somebody who may see less of the intent in it.
    pub fn showing(mut self, seen: impl Fn(&Value) -> Value) -> Self {
        for name in ["payment_intent", "setup_intent"] {
            if let Some(intent) = self.fields.get_mut(name) {
                *intent = seen(intent);
            }
        }
        self
    }

    /// The error as `last_payment_error` keeps it.
    pub fn as_value(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    pub fn body(&self) -> Value {
        json!({ "error": self.fields })
    }
}
