//! How mails leave: through a mail server, or as files when there is none.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use reqwest::Url;

use crate::id::MailId;

/// A mail server that does not answer a command within this is given up on.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
pub enum Post {
    Relay(Relay),
    /// Each mail is a file `ID.eml` in this folder.
    Folder(PathBuf),
}

/// The mail server that takes our mails.
#[derive(Clone, Debug)]
pub struct Relay(AsyncSmtpTransport<Tokio1Executor>);

/// Says nothing of the address, because a password stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARelay {
    #[error("expected smtps://USER:PASSWORD@HOST, or smtp://HOST?tls=required for STARTTLS")]
    Address,
    #[error("the password would travel in the clear: use smtps://, or add ?tls=required")]
    InTheClear,
}

impl FromStr for Relay {
    type Err = NotARelay;

    fn from_str(address: &str) -> Result<Self, NotARelay> {
        let url: Url = address.parse().map_err(|_| NotARelay::Address)?;
        let encrypted = url.scheme() == "smtps" || url.query_pairs().any(|it| it.0 == "tls");
        let nearby = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.password().is_some() && !encrypted && !nearby {
            return Err(NotARelay::InTheClear);
        }
        let relay = AsyncSmtpTransport::<Tokio1Executor>::from_url(address);
        let relay = relay.map_err(|_| NotARelay::Address)?;
        Ok(Self(relay.timeout(Some(PATIENCE)).build()))
    }
}

impl Post {
    /// Hands a mail over. `Ok` means that somebody else answers for it now.
    ///
    /// # Errors
    /// Says why not, for staff. Whatever it is, it may pass: a server that refuses a mail for good
    /// may mean the recipient, or us.
    pub(super) async fn take(&self, id: MailId, message: &Message) -> Result<(), String> {
        match self {
            Self::Relay(Relay(relay)) => {
                let taken = relay
                    .send_raw(message.envelope(), &message.formatted())
                    .await;
                taken.map(drop).map_err(|error| error.to_string())
            }
            Self::Folder(folder) => {
                let written = write(folder, id, message.formatted()).await;
                written.map_err(|error| format!("{}: {error}", folder.display()))
            }
        }
    }

    pub(super) async fn check(&self) -> Result<(), String> {
        match self {
            Self::Relay(Relay(relay)) => match relay.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err("the mail server does not answer".to_owned()),
                Err(error) => Err(error.to_string()),
            },
            Self::Folder(folder) => tokio::fs::create_dir_all(folder)
                .await
                .map_err(|error| format!("{}: {error}", folder.display())),
        }
    }
}

/// Whoever reads the folder finds whole mails only; one that is written again replaces itself.
async fn write(folder: &Path, id: MailId, mail: Vec<u8>) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let (half, whole) = (
        folder.join(format!(".{id}")),
        folder.join(format!("{id}.eml")),
    );
    tokio::fs::write(&half, mail).await?;
    tokio::fs::rename(half, whole).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> Option<NotARelay> {
        address.parse::<Relay>().err()
    }

    #[test]
    fn a_mail_server_is_named_by_its_address() {
        for good in [
            "smtps://ann:secret@mail.example",
            "smtp://ann:secret@mail.example?tls=required",
            "smtp://ann:secret@127.0.0.1:2525",
            "smtp://mail.example",
        ] {
            assert_eq!(refused(good), None, "{good}");
        }
        for bad in [
            "",
            "mail.example",
            "https://mail.example",
            "smtp:",
            "smtp://h?tls=maybe",
        ] {
            assert_eq!(refused(bad), Some(NotARelay::Address), "{bad}");
        }
        let clear = "smtp://ann:secret@mail.example";
        assert_eq!(refused(clear), Some(NotARelay::InTheClear));
    }

    #[test]
    fn its_password_is_never_shown() {
        let relay: Relay = "smtps://ann:secret@mail.example".parse().unwrap();
        assert!(!format!("{relay:?}").contains("secret"));
    }
}
