//! A mail server that can be told to misbehave. It speaks as much SMTP as a mail needs.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What it does with a mail that it was given whole.
#[derive(Clone, Copy, Debug)]
pub enum Mood {
    Takes,
    /// Not now: 451.
    Refuses,
    /// Takes it, and is gone before it says so.
    HangsUp,
    /// Takes it, and says nothing.
    Silent,
}

#[derive(Clone)]
pub struct MailServer {
    pub url: String,
    mood: Arc<Mutex<Mood>>,
    taken: Arc<Mutex<Vec<Taken>>>,
}

/// A mail as it came.
#[derive(Clone, Debug)]
pub struct Taken {
    pub to: String,
    pub message_id: String,
    pub text: String,
}

impl MailServer {
    pub async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("smtp://{}", listener.local_addr().unwrap()),
            mood: Arc::new(Mutex::new(mood)),
            taken: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        server
    }

    pub fn is_now(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Every mail that it was given whole, also those it refused.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// The mails to an address, once there are so many.
    pub async fn mails_to(&self, email: &str, count: usize) -> Vec<Taken> {
        let begun = std::time::Instant::now();
        loop {
            let mut taken = self.taken();
            taken.retain(|mail| mail.to == email);
            if taken.len() >= count {
                return taken;
            }
            assert!(begun.elapsed().as_secs() < 20, "only {taken:?}");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    async fn serve(self, stream: TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 test\r\n").await.unwrap();
        let mut to = String::new();
        while let Ok(Some(line)) = lines.next_line().await {
            let verb = line.split([' ', ':']).next().unwrap().to_uppercase();
            let answer = match verb.as_str() {
                "EHLO" => "250 test",
                "RCPT" => {
                    to = between(&line, "<", ">").to_owned();
                    "250 yes"
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await.unwrap();
                    let mut text = String::new();
                    while let Ok(Some(line)) = lines.next_line().await {
                        if line == "." {
                            break;
                        }
                        text += &line;
                        text += "\n";
                    }
                    self.taken.lock().unwrap().push(Taken {
                        to: to.clone(),
                        message_id: between(&text, "Message-ID: ", "\n").to_owned(),
                        text: unquoted(&text),
                    });
                    let mood = *self.mood.lock().unwrap();
                    match mood {
                        Mood::Takes => "250 taken",
                        Mood::Refuses => "451 not now",
                        Mood::HangsUp => return,
                        Mood::Silent => std::future::pending().await,
                    }
                }
                "QUIT" => "221 bye",
                _ => "250 yes",
            };
            let answered = write.write_all(format!("{answer}\r\n").as_bytes()).await;
            if answered.is_err() {
                return;
            }
        }
    }
}

/// Undoes quoted-printable, as far as tests look at the text.
pub fn unquoted(text: &str) -> String {
    text.replace("=\n", "").replace("=3D", "=")
}

pub fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).expect(before);
    rest.split_once(after).expect(after).0
}
