//! Cards that customers keep, and what banks are asked about them beside for money.

use serde_json::{Value, json};

use super::{Asked, Gateway, Reply, is_waiting, refusal};

/// So few cards are there in the world that one is used again and again.
const CARDS: u64 = 3;

impl Gateway {
    /// A bank is to be asked about a card.
    pub(super) fn make_setup(&mut self, asked: &Asked) -> Value {
        self.made(
            "seti",
            json!({
                "object": "setup_intent",
                "status": "requires_payment_method",
                "customer": asked.field("customer"),
                "last_setup_error": null,
                "payment_method": null,
                "livemode": false,
                "metadata": asked.metadata(),
            }),
        )
    }

    pub(super) fn cancel_setup(&mut self, id: &str) -> Reply {
        if !is_waiting(&self.find(id)?) {
            return Err(refusal("setup_intent_unexpected_state"));
        }
        Ok(self.moves(id, "setup_intent.canceled", json!({ "status": "canceled" })))
    }

    /// A payment or a question with the card in it, as it is told to whoever asks.
    pub(super) fn with_method(&self, id: &str) -> Reply {
        let mut payment = self.find(id)?;
        if let Value::String(method) = &payment["payment_method"] {
            payment["payment_method"] = self.find(method)?;
        }
        if payment["is_set_aside"] == true {
            payment["latest_charge"] = json!({
                "id": "ch_1",
                "created": payment["created"],
                "status": "succeeded",
                "captured": false,
            });
        }
        Ok(payment)
    }

    pub(super) fn detach(&mut self, id: &str) -> Reply {
        if self.find(id)?["customer"].is_null() {
            return Err(refusal("payment_method_not_attached"));
        }
        Ok(self.moves(id, "payment_method.detached", json!({ "customer": null })))
    }

    /// A bank says what it thinks of a card, which is kept if it is good.
    pub(super) fn asked_bank(&mut self, id: &str, outcome: &str) {
        let (event, change) = match outcome {
            "succeeded" => {
                let method = self.keep_card(id);
                (
                    "setup_intent.succeeded",
                    json!({ "status": "succeeded", "payment_method": method }),
                )
            }
            "payment_failed" => {
                let error = json!({ "code": "card_declined", "message": "No." });
                let change =
                    json!({ "status": "requires_payment_method", "last_setup_error": error });
                ("setup_intent.setup_failed", change)
            }
            _ => (
                "setup_intent.requires_action",
                json!({ "status": "requires_action" }),
            ),
        };
        self.moves(id, event, change);
    }

    /// An amount is set aside on a card, which is kept.
    pub(super) fn set_aside(&mut self, id: &str) {
        let method = self.keep_card(id);
        let change = json!({
            "status": "requires_capture",
            "payment_method": method,
            "latest_charge": "ch_1",
            "is_set_aside": true,
            "last_payment_error": null,
        });
        self.moves(id, "payment_intent.amount_capturable_updated", change);
    }

    /// What a payment is made with: a card that its customer keeps, one that is kept from now on, or one
    /// that nobody keeps.
    pub(super) fn choose_card(&mut self, payment: &str) {
        let kept = self.kept_card(payment);
        let (method, is_kept) = match (self.dice(payment) / CARDS % 4, kept) {
            (0, _) => (self.keep_card(payment), json!("off_session")),
            (1 | 2, Some(kept)) => (kept, Value::Null),
            _ => return,
        };
        let object = self.objects.get_mut(payment).expect("it is there");
        object["payment_method"] = method;
        object["setup_future_usage"] = is_kept;
    }

    /// A card that the customer of a payment keeps.
    fn kept_card(&self, payment: &str) -> Option<Value> {
        let customer = &self.objects[payment]["customer"];
        let mut cards = self.all("payment_method");
        let kept = cards.find(|it| it["customer"] == *customer);
        kept.map(|it| it["id"].clone())
    }

    /// Another copy of one of the few cards comes to the customer of a payment.
    fn keep_card(&mut self, payment: &str) -> Value {
        let number = self.dice(payment) % CARDS;
        let method = self.made(
            "pm",
            json!({
                "object": "payment_method",
                "customer": self.objects[payment]["customer"],
                "owner": self.objects[payment]["metadata"]["customer"],
                "card": {
                    "brand": "visa",
                    "last4": format!("{number:04}"),
                    "exp_month": 12,
                    "exp_year": 2099,
                    "fingerprint": format!("fp_{}_{number}", self.seed),
                },
            }),
        );
        self.tell("payment_method.attached", &method);
        method["id"].clone()
    }
}
