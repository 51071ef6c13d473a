//! The store: one `SQLite` file, the only module that knows SQL.
//!
//! One writer task owns the only writing connection and commits in groups; a
//! small read-only pool serves everything else. Specs and reports are stored as text and
//! read back as what they are; what follows from them is for others to know.

mod alarms;
mod backup;
mod backups;
mod calibrations;
mod certificates;
mod checkpoints;
mod claim;
mod clock;
mod deletion;
mod error;
mod evaluated;
mod events;
mod facets;
mod feed;
mod file;
mod folder;
mod hint;
mod integrity;
mod jobs;
mod labels;
mod listing;
mod lock;
mod origin;
mod outcomes;
mod page;
mod pause;
mod queue;
mod read_only;
mod results;
mod retry;
mod rows;
mod runs;
mod scrub;
mod seals;
mod searches;
mod specs;
mod tally;
mod trials;
mod turns;
mod waiting;
mod writer;

use std::path::Path;
use std::sync::Arc;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use tokio::sync::broadcast;

pub use backup::{Backup, backup, restore};
pub use backups::KeptBackup;
pub use calibrations::{Begun, CalibrationRow, NewCalibration};
pub use checkpoints::Checkpoint;
pub use claim::ClaimedTrial;
pub use clock::Clock;
pub use deletion::Deletion;
pub use error::StoreError;
pub use evaluated::{
    CapacityRow, CellRow, DocumentPart, DocumentRow, Kinds, MeasurementRow, NewEvaluation, StoredResults,
    VerdictRow,
};
pub use events::EventRow;
pub use feed::FeedRow;
use file::{BUSY_TIMEOUT, FILE, LOCK, MIGRATIONS, check_version, reading_options, writing_options};
pub use hint::{Happened, Hint};
use integrity::{Checked, Integrity};
pub use jobs::{Created, Idempotency, NewJob};
pub use labels::Labels;
pub use listing::{JobFilter, JobSort};
pub use origin::{Derived, Takes, TrialDigest, Verified};
pub use outcomes::TrialRow;
pub use page::{Page, PageRequest};
pub use queue::StoreQueue;
pub use results::{Origin, ResultFilter, ResultSort, StoredCapacity, StoredMeasurement};
pub use retry::Retried;
pub use rows::{Counts, JobRow};
pub use runs::KnownRun;
pub use scrub::{Scrubbed, scrub};
pub use searches::NextRound;
pub use specs::UnreadableSpec;
pub use tally::Counted;
use tally::Tally;
use writer::Writer;

/// A handle to the store; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    writer: Writer,
    readers: SqlitePool,
    clock: Clock,
    specs: specs::Specs,
    integrity: Integrity,
    checkpoints: folder::Folder,
    file: Arc<Path>,
    happened: broadcast::Sender<Happened>,
    tally: Tally,
    sqlite_version: Arc<str>,
    is_read_only: bool,
    /// Held while a backup is made.
    backing_up: Arc<tokio::sync::Mutex<()>>,
    _lock: Arc<lock::FileLock>,
}

impl Store {
    /// Opens or makes the database in `directory`, for this process alone.
    ///
    /// # Errors
    /// When another process has it, `SQLite` is too old, the file is damaged or
    /// newer than this program, or the directory cannot be used.
    pub async fn open(directory: &Path, clock: Clock) -> Result<Self, StoreError> {
        lock::prepare_directory(directory)?;
        lock::check_writable(directory)?;
        let lock = lock::FileLock::take(&directory.join(LOCK))?;
        let file = directory.join(FILE);
        lock::keep_to_owner(&file)?;
        let options = writing_options(&file);
        let mut connection = options.connect().await.map_err(|error| StoreError::opening(&file, &error))?;
        let version: String =
            sqlx::query_scalar("select sqlite_version()").fetch_one(&mut connection).await?;
        check_version(&version)?;
        let checked = Integrity::at_start(&mut connection, &file).await?;
        backup::before_migrating(&mut connection, directory).await?;
        MIGRATIONS.run(&mut connection).await.map_err(|error| StoreError::migrating(&file, &error))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(BUSY_TIMEOUT)
            .connect_with(reading_options(&file))
            .await?;
        let (happened, _) = broadcast::channel(1024);
        let tally = Tally::default();
        let checkpoints = folder::Folder::prepare(directory)?;
        let told = writer::Told {
            happened: happened.clone(),
            tally: tally.clone(),
            checkpoints: checkpoints.clone(),
        };
        let ran_ms = sqlx::query_scalar("select ms from running_time").fetch_one(&mut connection).await?;
        let writer = Writer::start(connection, options, clock.clone(), ran_ms, told);
        let (specs, integrity) = (specs::Specs::default(), Integrity::default());
        if checked == Checked::InPart {
            integrity.behind(file.clone(), reading_options(&file));
        }
        Ok(Self {
            writer,
            readers,
            clock,
            specs,
            integrity,
            checkpoints,
            file: file.into(),
            happened,
            tally,
            sqlite_version: version.into(),
            is_read_only: false,
            backing_up: Arc::default(),
            _lock: Arc::new(lock),
        })
    }

    /// Waits for writes under way, folds the log into the file and closes it.
    ///
    /// # Errors
    /// When the last writes or the checkpoint fail.
    pub async fn close(self) -> Result<(), StoreError> {
        self.integrity.close();
        self.readers.close().await;
        // where nothing was written there is no log to fold
        if self.is_read_only { Ok(()) } else { self.writer.close().await }
    }

    /// What happens from now on, told after it was committed.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Happened> {
        self.happened.subscribe()
    }

    /// Whether the database can be read and, unless it is only read, written, and no damage of it is known. Waits for the
    /// writer, for as long as that takes.
    ///
    /// # Errors
    /// When it cannot, or when it is damaged.
    pub async fn ping(&self) -> Result<(), StoreError> {
        if let Some(detail) = self.integrity.damage() {
            return Err(StoreError::Corrupt { file: self.file.to_path_buf(), detail: detail.to_owned() });
        }
        sqlx::query("select count(*) from sqlite_schema").execute(&self.readers).await?;
        if self.is_read_only {
            return Ok(());
        }
        self.writer.run(|_| Box::pin(async { Ok(()) })).await
    }

    /// What is stored is not what was written: told to whoever asks whether the server is ready.
    pub(crate) fn damaged(&self, detail: String) -> StoreError {
        self.integrity.found(&self.file, &detail);
        StoreError::Corrupt { file: self.file.to_path_buf(), detail }
    }

    /// Bytes that are free where the data are, for this user; nothing where the system does not say.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        let directory = self.file.parent()?;
        let found = rustix::fs::statvfs(directory).ok()?;
        Some(found.f_bavail.saturating_mul(found.f_frsize))
    }

    /// What was counted since this process opened the store.
    #[must_use]
    pub fn counted(&self) -> std::collections::BTreeMap<Counted, u64> {
        self.tally.counts()
    }

    /// Version of the `SQLite` library.
    #[must_use]
    pub fn sqlite_version(&self) -> &str {
        &self.sqlite_version
    }

    /// The clock that stamps what is written.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
