//! Somebody whom events are sent to, who looks at every signature and can be told to misbehave.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use billing::secret::Secret;
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::{
    io::BufReader,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::request::{Request, respond};

pub struct Receiver {
    pub url: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

struct State {
    status: u16,
    received: Vec<Request>,
}

impl Receiver {
    /// Answers everything with this status; with none of the hundreds, it does not answer at all.
    pub async fn start(status: u16) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), status).await
    }

    pub async fn start_at(address: SocketAddr, status: u16) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            status,
            received: Vec::new(),
        }));
        let serving = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, serving.clone()));
            }
        });
        Self { url, state, task }
    }

    pub fn answers(&self, status: u16) {
        self.state.lock().unwrap().status = status;
    }

    pub fn received(&self) -> Vec<Request> {
        self.state.lock().unwrap().received.clone()
    }

    /// What it received, once there is so much.
    pub async fn wait_for(&self, count: usize) -> Vec<Request> {
        let begun = std::time::Instant::now();
        loop {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            assert!(begun.elapsed().as_secs() < 20, "only {received:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(stream: TcpStream, state: Arc<Mutex<State>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let request = Request::read(&mut stream).await?;
    let status = {
        let mut state = state.lock().unwrap();
        state.received.push(request);
        state.status
    };
    match status {
        0 => std::future::pending().await,
        // Whoever follows comes back here, and is seen.
        300..400 => respond(&mut stream, status, &[("location", "/elsewhere")], "").await,
        _ => respond(&mut stream, status, &[], "").await,
    }
}

/// The body of a request that was signed with this secret: its id and what it says.
pub fn verified(request: &Request, secret: &Secret) -> (String, Value) {
    assert_eq!(request.line, "POST /hooks");
    assert_eq!(request.header("content-type"), "application/json");
    let webhook = Webhook::new(secret.as_str()).unwrap();
    let genuine = webhook.verify(request.body.as_bytes(), &request.headers);
    genuine.unwrap_or_else(|error| panic!("{error}: {request:?}"));
    let id = request.header("webhook-id").to_owned();
    (id, serde_json::from_str(&request.body).unwrap())
}
