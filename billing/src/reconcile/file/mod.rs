//! A settlement file: CSV, read as a stream, so that its length does not matter. Which gateway wrote it
//! is told by its columns; whatever else wrote it says with a mapping what its columns mean.

mod layout;
mod read;
mod row;

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use futures::{Stream, StreamExt};
use sha2::{Digest, Sha256};

use super::{ReconcileError, Reconciliation, Stage, step::Step};
use crate::Billing;

use layout::Layout;
pub use layout::{Columns, Unit};
use read::Chunk;

/// How many chunks are looked up while others are written.
const AHEAD: usize = 2;

/// A file, and what is said about how to read it.
#[derive(Clone, Debug)]
pub struct Settlement {
    pub path: PathBuf,
    /// What its columns mean, where their names do not say it.
    pub columns: Columns,
    /// How its amounts are written, where that is not known by its columns: `19.00` or `1900`.
    pub unit: Option<Unit>,
}

/// Why a file cannot be read at all. What is wrong with single lines is kept with the run.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{0}: {1}")]
    Open(PathBuf, #[source] io::Error),
    #[error("{0}: {1}")]
    Csv(PathBuf, #[source] csv::Error),
    #[error("{0}: no column says {1}: name it with --columns {1}=NAME")]
    NoColumn(PathBuf, &'static str),
    #[error("{0}: there is no column '{1}'")]
    NoSuchColumn(PathBuf, String),
    #[error("{0} was changed while it was read")]
    Changed(PathBuf),
}

impl FileError {
    /// What is wrong, in words for whoever does not know where the file lies.
    pub fn without_path(&self) -> String {
        match self {
            Self::Open(_, error) => error.to_string(),
            Self::Csv(_, error) => error.to_string(),
            Self::NoColumn(_, field) => {
                format!("no column says {field}: name it with {field}=COLUMN")
            }
            Self::NoSuchColumn(_, name) => format!("there is no column '{name}'"),
            Self::Changed(_) => "it was changed while it was read".to_owned(),
        }
    }
}

/// What is known of a file before its lines are read.
pub(super) struct Looked {
    pub name: String,
    pub gateway: String,
    pub hash: String,
}

impl Settlement {
    /// Opens the file, looks at its columns, and reads it once for its hash.
    pub(super) async fn looked_at(&self) -> Result<Looked, ReconcileError> {
        let settlement = self.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let (_, layout) = settlement.open()?;
            let hash = hash(&settlement.path);
            let name = settlement.path.file_name().unwrap_or_default();
            Ok(Looked {
                name: name.to_string_lossy().into_owned(),
                gateway: layout.gateway.to_owned(),
                hash: hash.map_err(|error| FileError::Open(settlement.path.clone(), error))?,
            })
        });
        let looked = looked.await.map_err(|_| ReconcileError::Stopped)?;
        looked.map_err(ReconcileError::File)
    }

    fn open(&self) -> Result<(csv::Reader<File>, Layout), FileError> {
        let path = &self.path;
        let file = File::open(path).map_err(|error| FileError::Open(path.clone(), error))?;
        let mut reader = csv::Reader::from_reader(file);
        let header = reader
            .byte_headers()
            .map_err(|error| FileError::Csv(path.clone(), error))?
            .clone();
        let layout = Layout::of(path, &header, &self.columns, self.unit)?;
        Ok((reader, layout))
    }

    /// The lines from a place on.
    fn chunks(&self, cursor: &str) -> impl Stream<Item = Result<Chunk, FileError>> + use<> {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(AHEAD);
        let (settlement, cursor) = (self.clone(), cursor.to_owned());
        // It ends when nobody listens any more.
        tokio::task::spawn_blocking(move || read::read(&settlement, &cursor, &sender));
        futures::stream::poll_fn(move |context| receiver.poll_recv(context))
    }
}

impl Billing {
    /// Reads a file from where the run is: while lines are written, the next are looked up.
    pub(super) async fn read_file(
        &self,
        run: &Reconciliation,
        file: &Settlement,
        progress: &mut impl FnMut(&Reconciliation),
    ) -> Result<Reconciliation, ReconcileError> {
        let gateway = run.gateway.as_str();
        let paired = file.chunks(&run.cursor).map(|chunk| async move {
            let Chunk {
                lines,
                others,
                problems,
                next,
            } = chunk?;
            let pairs = self.paired(gateway, lines).await?;
            Ok::<_, ReconcileError>((pairs, others, problems, next))
        });
        let mut paired = std::pin::pin!(paired.buffered(AHEAD));
        let mut run = run.clone();
        while let Some(chunk) = paired.next().await {
            if self.is_stopping() {
                return Err(ReconcileError::Stopped);
            }
            let (pairs, others, problems, next) = chunk?;
            let compared = self.compared(&run, pairs);
            let step = Step {
                lines: compared.lines + others,
                problems,
                next: next.clone(),
                ..compared
            };
            run = self.take(&run, step).await?;
            progress(&run);
            // Its end, or somebody else has gone on with it.
            if run.stage != Stage::File || Some(&run.cursor) != next.as_ref() {
                return Ok(run);
            }
        }
        Err(FileError::Changed(file.path.clone()).into())
    }
}

fn hash(path: &Path) -> io::Result<String> {
    let (mut file, mut hasher) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hasher.finalize())),
            read => hasher.update(&buffer[..read]),
        }
    }
}
