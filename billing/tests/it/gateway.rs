//! A gateway that answers what a test tells it to, and remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::{
    io::BufReader,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::request::{Request, respond};

pub struct Gateway {
    pub url: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    answers: HashMap<String, (u16, Value)>,
    /// Method and path, key, body.
    asked: Vec<(String, String, String)>,
}

impl Gateway {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let task = tokio::spawn({
            let state = state.clone();
            async move {
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(answer(stream, state.clone()));
                }
            }
        });
        Self { url, state, task }
    }

    /// From now on `request`, such as `GET /v1/refunds/re_1`, is answered so.
    pub fn answers(&self, request: &str, status: u16, body: Value) {
        let mut state = self.state.lock().unwrap();
        state.answers.insert(request.to_owned(), (status, body));
    }

    /// The keys and bodies of all such requests.
    pub fn asked(&self, request: &str) -> Vec<(String, String)> {
        let state = self.state.lock().unwrap();
        let asked = state.asked.iter().filter(|(line, ..)| line == request);
        asked
            .map(|(_, key, body)| (key.clone(), body.clone()))
            .collect()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(stream: TcpStream, state: Arc<Mutex<State>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let request = Request::read(&mut stream).await?;
    let key = request.header("idempotency-key").to_owned();
    let (status, answer) = {
        let mut state = state.lock().unwrap();
        let path = request.line.split('?').next()?.to_owned();
        state.asked.push((path.clone(), key, request.body));
        let known = state.answers.get(&path).cloned();
        known.unwrap_or((404, json!({ "error": { "message": "No such thing." } })))
    };
    let json = [("content-type", "application/json")];
    respond(&mut stream, status, &json, &answer.to_string()).await
}
