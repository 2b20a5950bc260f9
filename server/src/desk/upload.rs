//! A settlement file comes in: written to disk piece by piece, compared, and deleted.

use std::path::{Path, PathBuf};

use app::FormState;
use axum::{
    extract::{Multipart, State as Reached, multipart::Field},
    response::Response,
};
use billing::reconcile::{ReconcileError, Settlement, Wish};
use http::{StatusCode, request::Parts};
use tokio::{fs, io::AsyncWriteExt};
use uuid::Uuid;

use super::{
    page_again,
    reconciliation::{Days, to_run},
    sentence,
    staff::Staff,
};
use crate::state::State;

/// The longest file.
pub const LIMIT: usize = 1024 * 1024 * 1024;
/// And what stands around it.
pub const BODY_LIMIT: usize = LIMIT + 64 * 1024;
/// A text field is cut here.
const TEXT_CHARS: usize = 2000;

/// What was sent, once the file is on the disk.
#[derive(Default)]
struct Sent {
    form: FormState,
    file: Option<Stored>,
}

/// A file on the disk, in a folder of its own. Both go when nobody needs it any more.
struct Stored(PathBuf);

impl Drop for Stored {
    fn drop(&mut self) {
        if let Some(folder) = self.0.parent()
            && let Err(error) = std::fs::remove_dir_all(folder)
        {
            tracing::warn!(%error, "an uploaded file cannot be deleted");
        }
    }
}

pub async fn upload(
    Reached(state): Reached<State>,
    staff: Staff,
    parts: Parts,
    body: Multipart,
) -> Response {
    let mut sent = Sent::default();
    let received = receive(&state.settlements, body, &mut sent).await;
    let form = match received.and_then(|()| wish(&sent, &staff.actor.name)) {
        Err(form) => form,
        Ok(wish) => {
            // From here on it is needed until it has been compared.
            let file = sent.file.take();
            let over = move || drop(file);
            match state
                .billing
                .start_reconciliation(wish, &staff.actor, over)
                .await
            {
                Ok(run) => return to_run(run.id, "started"),
                Err(ReconcileError::Other(error)) => return state.problem(error),
                Err(error @ ReconcileError::Period) => {
                    sent.form.clone().wrong("to", sentence(&error))
                }
                Err(ReconcileError::File(error)) => {
                    let form = sent.form.clone();
                    form.wrong("file", sentence(&error.without_path()))
                }
                Err(error) => sent.form.clone().wrong("file", sentence(&error)),
            }
        }
    };
    page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
}

/// Reads the form; the file goes to the disk.
async fn receive(folder: &Path, mut body: Multipart, sent: &mut Sent) -> Result<(), FormState> {
    loop {
        let field = body.next_field().await;
        let broken = |form: &FormState| {
            form.clone()
                .wrong("file", "The upload broke off. Please try again.")
        };
        let Some(field) = field.map_err(|_| broken(&sent.form))? else {
            return Ok(());
        };
        let name = field.name().unwrap_or_default().to_owned();
        if name != "file" {
            let text = field.text().await.map_err(|_| broken(&sent.form))?;
            let text = text.trim().chars().take(TEXT_CHARS).collect();
            sent.form.values.insert(name, text);
            continue;
        }
        let folder = folder.join(Uuid::now_v7().simple().to_string());
        let file = folder.join(harmless(field.file_name().unwrap_or_default()));
        sent.file = Some(Stored(file.clone()));
        if let Err(why) = store(field, &folder, &file).await {
            return Err(sent.form.clone().wrong("file", why));
        }
    }
}

/// Writes a file down as it comes.
async fn store(mut field: Field<'_>, folder: &Path, file: &Path) -> Result<(), &'static str> {
    let full = "It cannot be stored at the moment.";
    fs::create_dir_all(folder).await.map_err(|_| full)?;
    let mut written = fs::File::create(file).await.map_err(|_| full)?;
    let mut length = 0;
    while let Some(piece) = field
        .chunk()
        .await
        .map_err(|_| "The upload broke off, or is over 1 GiB.")?
    {
        length += piece.len();
        if length > LIMIT {
            return Err("It is over 1 GiB.");
        }
        written.write_all(&piece).await.map_err(|_| full)?;
    }
    written.flush().await.map_err(|_| full)?;
    match length {
        0 => Err("Please choose a file."),
        _ => Ok(()),
    }
}

fn wish(sent: &Sent, by: &str) -> Result<Wish, FormState> {
    let value = |name: &str| sent.form.values.get(name).map_or("", String::as_str);
    let wrong = |field: &str, why: String| sent.form.clone().wrong(field, why);
    let path = sent.file.as_ref().map(|file| file.0.clone());
    let path = path.ok_or_else(|| wrong("file", "Please choose a file.".to_owned()))?;
    let columns = match value("columns") {
        "" => Ok(Default::default()),
        columns => columns.parse(),
    };
    let columns = columns.map_err(|error| wrong("columns", sentence(&error)))?;
    let unit = match value("unit") {
        "" => None,
        unit => Some(
            unit.parse()
                .map_err(|error| wrong("unit", sentence(&error)))?,
        ),
    };
    let period = match (value("from"), value("to")) {
        ("", "") => None,
        (from, to) => Some(Days::period(from, to, sent.form.clone())?),
    };
    Ok(Wish {
        file: Some(Settlement {
            path,
            columns,
            unit,
        }),
        period,
        applies: false,
        by: by.to_owned(),
    })
}

/// A file's name of letters that mean nothing to a system.
fn harmless(name: &str) -> String {
    let kept = name.chars().rev().take(100);
    let kept: String = kept
        .map(|letter| match letter {
            letter if letter.is_alphanumeric() => letter,
            '.' | '-' | '_' => letter,
            _ => '_',
        })
        .collect();
    let name: String = kept.chars().rev().collect();
    match name.trim_matches('.') {
        "" => "settlement.csv".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_leads_nowhere() {
        assert_eq!(harmless("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(harmless("payouts 2026.csv"), "payouts_2026.csv");
        assert_eq!(harmless(".."), "settlement.csv");
        assert_eq!(harmless(""), "settlement.csv");
    }
}
