//! The store: one `SQLite` file, the only module that knows SQL.
//!
//! One writer task owns the only writing connection and commits in groups; a
//! small read-only pool serves everything else. Specs and reports are stored as text and
//! read back as what they are; what follows from them is for others to know.

mod alarms;
mod certificates;
mod checkpoints;
mod claim;
mod clock;
mod deletion;
mod error;
mod evaluated;
mod events;
mod feed;
mod hint;
mod integrity;
mod jobs;
mod labels;
mod listing;
mod lock;
mod origin;
mod outcomes;
mod page;
mod queue;
mod results;
mod retry;
mod rows;
mod runs;
mod searches;
mod specs;
mod tally;
mod trials;
mod waiting;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::sync::broadcast;

pub use checkpoints::Checkpoint;
pub use claim::ClaimedTrial;
pub use clock::Clock;
pub use deletion::Deletion;
pub use error::StoreError;
pub use evaluated::{CapacityRow, CellRow, Kinds, MeasurementRow, NewEvaluation, VerdictRow};
pub use events::EventRow;
pub use feed::FeedRow;
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
pub use searches::NextRound;
pub use specs::UnreadableSpec;
pub use tally::Counted;
use tally::Tally;
use writer::Writer;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The oldest `SQLite` whose write-ahead log keeps its promise (3.51.3 mends a
/// reset of the log that could lose commits).
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// How long a statement waits for another process' lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A handle to the store; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    writer: Writer,
    readers: SqlitePool,
    clock: Clock,
    specs: specs::Specs,
    integrity: Integrity,
    file: Arc<Path>,
    happened: broadcast::Sender<Happened>,
    tally: Tally,
    sqlite_version: Arc<str>,
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
        let lock = lock::FileLock::take(&directory.join("bitgauge.lock"))?;
        let file = directory.join("bitgauge.sqlite");
        let options = writing_options(&file);
        let mut connection = options.connect().await.map_err(|error| StoreError::opening(&file, &error))?;
        let version: String =
            sqlx::query_scalar("select sqlite_version()").fetch_one(&mut connection).await?;
        check_version(&version)?;
        let checked = Integrity::at_start(&mut connection, &file).await?;
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
        let writer = Writer::start(connection, options, clock.clone(), happened.clone(), tally.clone());
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
            file: file.into(),
            happened,
            tally,
            sqlite_version: version.into(),
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
        self.writer.close().await
    }

    /// What happens from now on, told after it was committed.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Happened> {
        self.happened.subscribe()
    }

    /// Whether the database answers and no damage of it is known.
    ///
    /// # Errors
    /// When it does not, or when it is damaged.
    pub async fn ping(&self) -> Result<(), StoreError> {
        if let Some(detail) = self.integrity.damage() {
            return Err(StoreError::Corrupt { file: self.file.to_path_buf(), detail: detail.to_owned() });
        }
        sqlx::query("select 1").execute(&self.readers).await?;
        Ok(())
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

fn writing_options(file: &PathBuf) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("journal_size_limit", "67108864")
        .disable_statement_logging()
}

fn reading_options(file: &PathBuf) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

fn check_version(version: &str) -> Result<(), StoreError> {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let found = (next(), next(), next());
    if found < OLDEST_SQLITE { Err(StoreError::TooOld(version.to_owned())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(
            check_version("3.51.3").is_ok()
                && check_version("3.100.0").is_ok()
                && check_version("4.0").is_ok()
        );
        assert!(
            check_version("3.51.2").is_err() && check_version("3.9.9").is_err() && check_version("").is_err()
        );
    }
}
