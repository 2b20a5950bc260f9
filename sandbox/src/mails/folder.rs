//! The folder of `.eml` files.
//!
//! A name is looked up among the names that the folder lists, so no name leads out of it.

use std::fs::{self, DirEntry, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use jiff::Timestamp;
use mail_parser::{Address, Message, MessageParser};

/// The list shows so many; older ones are still found by name.
const SHOWN: usize = 200;
/// Bytes that are read of a mail at most.
const LARGEST: u64 = 4 * 1024 * 1024;

#[derive(Debug)]
pub struct Mail {
    /// The file's name without its ending.
    pub name: String,
    pub subject: String,
    pub from: String,
    pub to: String,
    pub at: Timestamp,
    pub text: Option<String>,
    pub html: Option<String>,
}

/// A folder that is not there yet holds no mails.
pub fn newest(folder: &Path) -> io::Result<Vec<Mail>> {
    let mut files: Vec<(SystemTime, DirEntry)> = files(folder)?
        .into_iter()
        .filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file)))
        .collect();
    files.sort_by_key(|(at, file)| (*at, file.file_name()));
    // A mail that is deleted meanwhile is no error.
    let mails = files.iter().rev().take(SHOWN);
    Ok(mails.filter_map(|(_, file)| read(file).ok()).collect())
}

pub fn find(folder: &Path, name: &str) -> io::Result<Option<Mail>> {
    let files = files(folder)?;
    let file = files
        .iter()
        .find(|file| name_of(file).as_deref() == Some(name));
    file.map(read).transpose()
}

/// Plain files whose name is text and ends with `.eml`; links lead elsewhere and do not count.
fn files(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() && name_of(&entry).is_some() {
            files.push(entry);
        }
    }
    Ok(files)
}

fn name_of(file: &DirEntry) -> Option<String> {
    let name = file.file_name().into_string().ok()?;
    name.strip_suffix(".eml").map(str::to_owned)
}

fn read(file: &DirEntry) -> io::Result<Mail> {
    let mut bytes = Vec::new();
    File::open(file.path())?
        .take(LARGEST)
        .read_to_end(&mut bytes)?;
    let written = file.metadata()?.modified()?;
    let written = Timestamp::try_from(written).unwrap_or_default();
    let name = name_of(file).unwrap_or_default();
    Ok(match MessageParser::default().parse(&bytes) {
        Some(message) => parsed(name, &message, written),
        // Not a mail, but perhaps something that a person can read.
        None => Mail {
            name,
            subject: String::new(),
            from: String::new(),
            to: String::new(),
            at: written,
            text: Some(String::from_utf8_lossy(&bytes).into_owned()),
            html: None,
        },
    })
}

fn parsed(name: String, message: &Message<'_>, written: Timestamp) -> Mail {
    let sent = message.date().map(mail_parser::DateTime::to_timestamp);
    let sent = sent.and_then(|seconds| Timestamp::from_second(seconds).ok());
    // What is missing is not made out of the other part, as the parser would.
    let part = |ids: &[u32], html: bool| {
        let part = message.part(*ids.first()?)?;
        (part.is_text_html() == html).then(|| part.text_contents().map(str::to_owned))?
    };
    Mail {
        name,
        subject: message.subject().unwrap_or_default().to_owned(),
        from: addresses(message.from()),
        to: addresses(message.to()),
        at: sent.unwrap_or(written),
        text: part(&message.text_body, false),
        html: part(&message.html_body, true),
    }
}

/// `Ada <ada@example.com>, bob@example.com`.
fn addresses(header: Option<&Address<'_>>) -> String {
    let all = header.into_iter().flat_map(|header| header.iter());
    let written: Vec<String> = all
        .map(|one| match (one.name(), one.address()) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (name, address) => address.or(name).unwrap_or_default().to_owned(),
        })
        .collect();
    written.join(", ")
}
