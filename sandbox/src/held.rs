//! Events that wait for another to go first.

use serde_json::Value;
use tokio::sync::oneshot;

use crate::faults::Scope;

#[derive(Debug, Default)]
pub struct Held(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    scope: Scope,
    event: String,
    go: oneshot::Sender<()>,
}

impl Held {
    /// The answer resolves when an event of the same scope has been sent.
    pub fn hold(&mut self, scope: Scope, event: &str) -> oneshot::Receiver<()> {
        self.0.retain(|waiting| !waiting.go.is_closed());
        let (go, gone) = oneshot::channel();
        self.0.push(Waiting {
            scope,
            event: event.to_owned(),
            go,
        });
        gone
    }

    /// Another event has been sent: whatever waited for it may go.
    pub fn release(&mut self, sent: &str, payment_intent: Option<&str>, metadata: &Value) {
        let (free, still): (Vec<_>, Vec<_>) = self.0.drain(..).partition(|waiting| {
            waiting.event != sent && waiting.scope.covers(payment_intent, metadata)
        });
        self.0 = still;
        for waiting in free {
            // The receiver is gone when the wait ran out first.
            let _ = waiting.go.send(());
        }
    }
}
