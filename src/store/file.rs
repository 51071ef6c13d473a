//! The file of the database: its name, how it is opened, and what `SQLite` must be for that.

use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::error::StoreError;

/// The steps from an empty file to today's schema.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!();

/// The oldest `SQLite` whose write-ahead log keeps its promise (3.51.3 mends a
/// reset of the log that could lose commits).
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// The file of the database, in the data directory.
pub(super) const FILE: &str = "bitgauge.sqlite";
/// The file that keeps the directory to one process.
pub(super) const LOCK: &str = "bitgauge.lock";

/// How long a statement waits for another process' lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Rows that a reading connection fetches ahead of who takes them.
const ROWS_IN_HAND: usize = 512;

/// A connection that writes, with every commit on the disk when it returns.
pub(super) fn writing_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        // of a new file; an older one keeps its free pages and uses them again
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("journal_size_limit", "67108864")
        .disable_statement_logging()
}

/// A connection that reads, also beside a process that writes.
pub(super) fn reading_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        // an export hands rows over by the hundred: each handing over wakes a thread
        .row_buffer_size(ROWS_IN_HAND)
        .disable_statement_logging()
}

/// Refuses a `SQLite` that is too old to trust.
pub(super) fn check_version(version: &str) -> Result<(), StoreError> {
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
