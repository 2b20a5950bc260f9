//! What lies between us and the gateway: requests wait here until the schedule lets them through, and
//! each has a fate of its own.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use billing::gateway::{GatewayError, stripe::Wire};
use futures::FutureExt;
use reqwest::Response;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::gateway::{Answer, Asked, Gateway};

/// A request on its way.
pub struct Call {
    /// Which of our servers asks.
    pub server: usize,
    pub asked: Asked,
    /// What the gateway answered already, while we have not heard of it.
    pub answered: Option<Answer>,
    back: oneshot::Sender<Result<Response, GatewayError>>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answered,
    /// It never arrives.
    Lost,
    /// It is done, and nobody hears of it.
    AnswerLost,
    /// 500, and nothing was done.
    Fails,
    /// 500 under this key for ever, and nothing was done.
    FailsForGood,
    /// 429
    Busy,
    /// It is done, and the answer cannot be read.
    Garbled,
}

impl Fate {
    /// The same for the same question of the same schedule, however its servers take turns.
    pub fn of(seed: u64, gist: &str, times: usize) -> Self {
        match dice(seed, gist, times) % 32 {
            0 => Self::Lost,
            1 => Self::AnswerLost,
            2 => Self::Fails,
            3 => Self::FailsForGood,
            4 => Self::Busy,
            5 => Self::Garbled,
            _ => Self::Answered,
        }
    }
}

/// Whether the gateway does it as soon as it is asked, long before the answer arrives.
pub fn is_early(seed: u64, gist: &str, times: usize) -> bool {
    dice(seed, gist, times) & 32 > 0
}

fn dice(seed: u64, gist: &str, times: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, gist, times).hash(&mut hasher);
    hasher.finish()
}

/// The wire of a server, whose requests come out at the other end of `calls`.
pub fn wire(server: usize, calls: mpsc::UnboundedSender<Call>) -> Wire {
    Arc::new(move |request: reqwest::Request| {
        let (back, answer) = oneshot::channel();
        let call = Call {
            server,
            asked: Asked::of(&request),
            answered: None,
            back,
        };
        let sent = calls.send(call);
        async move {
            let cut = || GatewayError::Unreachable("the wire is cut".to_owned());
            sent.map_err(|_| cut())?;
            answer.await.map_err(|_| cut())?
        }
        .boxed()
    })
}

impl Call {
    /// Ends it. Answers whether it is asked again after a pause, as far as that can be known.
    pub fn meets(self, fate: Fate, gateway: &mut Gateway) -> bool {
        let Self {
            asked,
            answered,
            back,
            ..
        } = self;
        let mut done = || answered.clone().unwrap_or_else(|| gateway.does(&asked));
        let unreachable = |why: &str| Err(GatewayError::Unreachable(why.to_owned()));
        let answer = match fate {
            Fate::Answered => Ok(done()),
            Fate::Lost if answered.is_none() => unreachable("the request was lost"),
            Fate::Lost | Fate::AnswerLost => {
                done();
                unreachable("the answer was lost")
            }
            Fate::Garbled => {
                let body = json!("<html>");
                Ok(Answer {
                    status: 200,
                    body,
                    ..done()
                })
            }
            Fate::Fails => Ok(trouble(500)),
            Fate::Busy => Ok(trouble(429)),
            Fate::FailsForGood => Ok(gateway.breaks(&asked)),
        };
        let pauses = matches!(&answer, Ok(answer) if answer.status == 429 || answer.status >= 500);
        // Whoever asked may be dead by now.
        let _ = back.send(answer.map(response));
        pauses
    }
}

fn trouble(status: u16) -> Answer {
    Answer {
        status,
        body: json!({ "error": { "message": "Not now." } }),
        is_replayed: false,
    }
}

fn response(answer: Answer) -> Response {
    let mut response = http::Response::builder().status(answer.status);
    if answer.is_replayed {
        response = response.header("idempotent-replayed", "true");
    }
    let body = match answer.body {
        Value::String(text) => text,
        body => body.to_string(),
    };
    response.body(body).unwrap().into()
}
