//! How mails leave.

use std::path::PathBuf;

use anyhow::{Context, bail};
use billing::mail::{self, Post, Relay};

use super::Settings;

/// Who mails are from that reach nobody.
const NOBODY: &str = "Tender <tender@localhost>";

impl Settings {
    /// Where mails lie as files, when no mail server takes them.
    pub fn mail_folder(&self) -> Option<PathBuf> {
        self.smtp_url.is_none().then(|| self.folder())
    }

    fn folder(&self) -> PathBuf {
        self.data_folder().join("mail")
    }

    /// How mails leave.
    ///
    /// # Errors
    /// Names the setting that is wrong or missing, and never shows the address of the mail server,
    /// in which a password stands: that is why clap does not read it.
    pub(super) fn mail(&self) -> anyhow::Result<mail::Settings> {
        let (post, from) = match (&self.smtp_url, &self.mail_from) {
            (Some(url), Some(from)) => {
                let relay: Relay = url.parse().context("SMTP_URL")?;
                (Post::Relay(relay), from.clone())
            }
            (Some(_), None) => {
                bail!("TENDER_MAIL_FROM is missing: SMTP_URL is set, and a mail needs a sender")
            }
            (None, from) => {
                let from = from.clone().map_or_else(|| NOBODY.parse(), Ok)?;
                (Post::Folder(self.folder()), from)
            }
        };
        Ok(mail::Settings {
            post,
            from,
            site: self.public_url(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::parsed, *};

    #[test]
    fn a_mail_server_needs_a_sender_and_its_password_is_not_told() {
        let refusal = |flags: &[&str]| format!("{:#}", parsed(flags).unwrap().mail().unwrap_err());
        let url = "smtps://ann:secret@mail.example";
        let alone = refusal(&["--smtp-url", url]);
        assert!(alone.contains("TENDER_MAIL_FROM"), "{alone}");
        let from = ["--mail-from", "Shop <mail@shop.example>"];
        for wrong in [
            "ann:secret@mail.example",
            "smtp://ann:secret@mail.example",
            "",
        ] {
            let line = refusal(&[&["--smtp-url", wrong][..], &from].concat());
            assert!(line.contains("SMTP_URL") && !line.contains('\n'), "{line}");
            assert!(!line.contains("secret"), "{line}");
        }
        let settings = parsed(&[&["--smtp-url", url][..], &from].concat()).unwrap();
        assert!(matches!(settings.mail().unwrap().post, Post::Relay(_)));
        assert_eq!(settings.mail_folder(), None);
        let files = parsed(&[]).unwrap();
        assert_eq!(files.mail_folder(), Some(".data/mail".into()));
        assert!(matches!(files.mail().unwrap().post, Post::Folder(_)));
    }
}
