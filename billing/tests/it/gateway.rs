//! A gateway that answers what a test tells it to, and remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

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
    let (mut line, mut key, mut length) = (String::new(), String::new(), 0);
    stream.read_line(&mut line).await.ok()?;
    let request = line.rsplit_once(' ')?.0.to_owned();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.ok()?;
        let Some((name, value)) = header.trim().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "idempotency-key" => key = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let (status, answer) = {
        let mut state = state.lock().unwrap();
        let body = String::from_utf8(body).ok()?;
        let path = request.split('?').next()?.to_owned();
        state.asked.push((path.clone(), key, body));
        let known = state.answers.get(&path).cloned();
        known.unwrap_or((404, json!({ "error": { "message": "No such thing." } })))
    };
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status} .\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(answer.as_bytes()).await.ok()
}
