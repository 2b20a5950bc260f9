//! As much HTTP as the servers need that tests put up.

use reqwest::header::{HeaderMap, HeaderName};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method and path.
    pub line: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Request {
    pub async fn read(stream: &mut BufReader<TcpStream>) -> Option<Self> {
        let (mut line, mut headers) = (String::new(), HeaderMap::new());
        stream.read_line(&mut line).await.ok()?;
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).await.ok()?;
            let Some((name, value)) = header.trim().split_once(':') else {
                break;
            };
            let name: HeaderName = name.parse().ok()?;
            headers.insert(name, value.trim().parse().ok()?);
        }
        let length = headers.get("content-length");
        let length = length.map_or(Some(0), |length| length.to_str().ok()?.parse().ok())?;
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        Some(Self {
            line: line.rsplit_once(' ')?.0.to_owned(),
            headers,
            body: String::from_utf8(body).ok()?,
        })
    }

    /// A header's value; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

pub async fn respond(
    stream: &mut BufReader<TcpStream>,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<()> {
    let mut answer = format!("HTTP/1.1 {status} .\r\nconnection: close\r\n");
    for (name, value) in headers {
        answer += &format!("{name}: {value}\r\n");
    }
    answer += &format!("content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).await.ok()
}
