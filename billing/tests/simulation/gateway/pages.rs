//! The gateway's own pages, on which orders are paid.

use serde_json::{Value, json};

use super::{Asked, Gateway, Reply, is_waiting, number, refusal, text};

/// A page is open for no less than that, in seconds.
const SHORTEST: i64 = 30 * 60;

impl Gateway {
    pub(super) fn make_page(&mut self, asked: &Asked) -> Reply {
        let number = |name: &str| asked.field(name).parse::<i64>().unwrap();
        let expires_at = number("expires_at");
        if expires_at < self.now + SHORTEST {
            return Err(refusal("parameter_invalid_integer"));
        }
        let mut page = self.made(
            "cs",
            json!({
                "object": "checkout.session",
                "mode": "payment",
                "status": "open",
                "payment_status": "unpaid",
                "amount_total": number("line_items[0][price_data][unit_amount]"),
                "currency": asked.field("line_items[0][price_data][currency]"),
                "payment_intent": null,
                "client_reference_id": asked.field("client_reference_id"),
                "metadata": asked.metadata(),
                "expires_at": expires_at,
            }),
        );
        let id = text(&page, "id").to_owned();
        page["url"] = json!(format!("https://pages.example/{id}"));
        self.objects.insert(id, page.clone());
        Ok(page)
    }

    /// A page with its payment, as it is told to whoever asks.
    pub(super) fn full_page(&self, id: &str) -> Reply {
        let mut page = self.find(id)?;
        if let Value::String(payment) = &page["payment_intent"] {
            page["payment_intent"] = self.with_method(payment)?;
        }
        Ok(page)
    }

    /// Sees to it that nobody can pay there.
    pub(super) fn expire(&mut self, id: &str) -> Reply {
        match self.find(id)?["status"] == "open" {
            true => Ok(self.close_page(id)),
            false => Err(refusal("checkout_session_not_open")),
        }
    }

    fn close_page(&mut self, id: &str) -> Value {
        if let Value::String(payment) = self.objects[id]["payment_intent"].clone() {
            let canceled = json!({ "status": "canceled" });
            self.moves(&payment, "payment_intent.canceled", canceled);
        }
        let expired = json!({ "status": "expired", "url": null });
        self.moves(id, "checkout.session.expired", expired)
    }

    /// Closes those whose time is over.
    pub(super) fn close_old_pages(&mut self) {
        let open = self.all("checkout.session").filter(|page| is_open(page));
        let over = open.filter(|page| number(page, "expires_at") <= self.now);
        let over: Vec<String> = over.map(|page| text(page, "id").to_owned()).collect();
        for id in over {
            self.close_page(&id);
        }
    }

    /// The payment that somebody makes on a page, if that is one.
    pub fn payment_on(&mut self, id: &str) -> String {
        let page = self.objects[id].clone();
        if page["object"] != "checkout.session" {
            return id.to_owned();
        }
        if let Value::String(payment) = &page["payment_intent"] {
            return payment.clone();
        }
        let (amount, currency) = (number(&page, "amount_total"), text(&page, "currency"));
        let mut payment = super::payment(amount, currency, page["metadata"].clone());
        payment["page"] = json!(id);
        let payment = text(&self.made("pi", payment), "id").to_owned();
        let page = self.objects.get_mut(id).expect("it is there");
        page["payment_intent"] = json!(payment);
        payment
    }

    /// Whether something can happen to a payment, or on a page.
    pub fn is_at_hand(&self, id: &str) -> bool {
        let it = &self.objects[id];
        if let Value::String(page) = &it["page"]
            && it["status"] != "processing"
        {
            return is_waiting(it) && is_open(&self.objects[page]);
        }
        is_open(it) || is_waiting(it) || it["status"] == "processing"
    }

    /// The payment on a page has moved.
    pub(super) fn page_follows(&mut self, id: &str, outcome: &str) {
        let is_paid = outcome == "succeeded";
        let event = match (text(&self.objects[id], "status"), outcome) {
            ("open", "succeeded" | "processing") => "checkout.session.completed",
            ("complete", "succeeded") => "checkout.session.async_payment_succeeded",
            ("complete", "payment_failed") => "checkout.session.async_payment_failed",
            _ => return,
        };
        let payment_status = if is_paid { "paid" } else { "unpaid" };
        let change = json!({
            "status": "complete",
            "url": null,
            "payment_status": payment_status,
        });
        self.moves(id, event, change);
    }
}

fn is_open(page: &Value) -> bool {
    page["status"] == "open"
}
