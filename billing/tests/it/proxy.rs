//! A wire to the database that can be cut.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

#[derive(Clone, PartialEq, Eq)]
enum Wire {
    Whole,
    /// On the connection that writes this text, the answer to the commit is lost; then everything.
    CutAtCommitOf(String),
    Cut,
}

/// Between a server and PostgreSQL.
pub struct Proxy {
    /// The database's address through the proxy.
    pub url: String,
    wire: Arc<watch::Sender<Wire>>,
}

impl Proxy {
    pub async fn in_front_of(url: &str) -> Self {
        let rest = url.split_once('@').unwrap().1;
        let target = rest.split_once('/').unwrap().0.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().to_string();
        let wire = Arc::new(watch::Sender::new(Wire::Whole));
        let proxy = Self {
            url: url.replacen(&target, &own, 1),
            wire: wire.clone(),
        };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target.clone(), wire.clone()));
            }
        });
        proxy
    }

    /// Ends all connections and lets none through.
    pub fn cut(&self) {
        self.wire.send_replace(Wire::Cut);
    }

    /// Loses the answer to the commit that writes this text. Others commit at the same time: the
    /// text says whose answer is meant.
    pub fn cut_at_commit_of(&self, text: &str) {
        self.wire.send_replace(Wire::CutAtCommitOf(text.to_owned()));
    }

    pub async fn is_cut(&self) {
        let mut seen = self.wire.subscribe();
        seen.wait_for(|wire| *wire == Wire::Cut).await.unwrap();
    }

    pub fn mend(&self) {
        self.wire.send_replace(Wire::Whole);
    }
}

async fn carry(mut client: TcpStream, target: String, wire: Arc<watch::Sender<Wire>>) {
    let mut seen = wire.subscribe();
    if *wire.borrow() == Wire::Cut {
        return;
    }
    let mut server = TcpStream::connect(target).await.unwrap();
    let (mut asked, mut answered) = (vec![0; 65536], vec![0; 65536]);
    let mut written = false;
    loop {
        let carried = tokio::select! {
            read = client.read(&mut asked) => {
                if let Wire::CutAtCommitOf(text) = &*wire.borrow() {
                    written |= contains(&asked, &read, text.as_bytes());
                }
                forward(read, &asked, &mut server).await
            }
            read = server.read(&mut answered) => {
                if written && contains(&answered, &read, b"COMMIT\0") {
                    wire.send_replace(Wire::Cut);
                    return;
                }
                forward(read, &answered, &mut client).await
            }
            () = until_cut(&mut seen) => None,
        };
        if carried.is_none() {
            return;
        }
    }
}

async fn until_cut(wire: &mut watch::Receiver<Wire>) {
    // The sender lives as long as the proxy does.
    let _ = wire.wait_for(|wire| *wire == Wire::Cut).await;
}

fn contains(buffer: &[u8], read: &std::io::Result<usize>, text: &[u8]) -> bool {
    let part = &buffer[..*read.as_ref().unwrap_or(&0)];
    part.windows(text.len()).any(|window| window == text)
}

/// Passes on what was read; nothing when either side has gone.
async fn forward(read: std::io::Result<usize>, from: &[u8], to: &mut TcpStream) -> Option<()> {
    match read {
        Ok(0) | Err(_) => None,
        Ok(n) => to.write_all(&from[..n]).await.ok(),
    }
}
