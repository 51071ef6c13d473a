//! Whether the file is whole, indexes included: a check at the start that is bounded in time, and where
//! that was not all, a whole one behind it while the store is in use.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use super::error::StoreError;

/// How long a start may wait for the check.
const AT_START: Duration = Duration::from_millis(500);

/// Steps of `SQLite`'s between two looks at the time.
const STEPS: i32 = 1000;

/// How far a check came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    /// Everything was looked at.
    Whole,
    /// There was no time to look at everything.
    InPart,
}

/// What is known of the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Integrity {
    damage: Arc<OnceLock<String>>,
    is_closing: Arc<AtomicBool>,
}

impl Integrity {
    /// Looks at the file as long as a start may wait.
    pub(super) async fn at_start(
        connection: &mut SqliteConnection,
        file: &Path,
    ) -> Result<Checked, StoreError> {
        let start = Instant::now();
        check(connection, file, move || start.elapsed() < AT_START).await
    }

    /// Looks at the whole file on a connection of its own.
    pub(super) fn behind(&self, file: PathBuf, options: SqliteConnectOptions) {
        let own = self.clone();
        tokio::spawn(async move {
            let is_closing = Arc::clone(&own.is_closing);
            let checked = match options.connect().await {
                Ok(mut connection) => {
                    check(&mut connection, &file, move || !is_closing.load(Ordering::Relaxed)).await
                }
                Err(error) => Err(StoreError::opening(&file, &error)),
            };
            match checked {
                Ok(Checked::Whole) => tracing::info!("the database is whole"),
                Ok(Checked::InPart) => {}
                Err(StoreError::Corrupt { detail, .. }) => own.found(&file, &detail),
                Err(error) => tracing::warn!(%error, "the database could not be checked"),
            }
        });
    }

    /// Ends a check that is under way.
    pub(super) fn close(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
    }

    /// Remembers damage that was found otherwise; what is known first stays.
    pub(super) fn found(&self, file: &Path, detail: &str) {
        if self.damage.set(detail.to_owned()).is_ok() {
            tracing::error!(file = %file.display(), detail, "the database is damaged; restore it from a backup");
        }
    }

    /// The damage that was found, if any.
    pub(super) fn damage(&self) -> Option<&str> {
        self.damage.get().map(String::as_str)
    }
}

/// Looks at the whole file, however long that takes.
///
/// # Errors
/// When it is damaged or cannot be read.
pub(super) async fn whole(connection: &mut SqliteConnection, file: &Path) -> Result<(), StoreError> {
    let verdict: Result<String, sqlx::Error> =
        sqlx::query_scalar("pragma integrity_check(1)").fetch_one(&mut *connection).await;
    match verdict {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(verdict) => Err(StoreError::Corrupt { file: file.into(), detail: verdict }),
        Err(error) => Err(StoreError::opening(file, &error)),
    }
}

async fn check(
    connection: &mut SqliteConnection,
    file: &Path,
    goes_on: impl FnMut() -> bool + Send + 'static,
) -> Result<Checked, StoreError> {
    /// `SQLite`'s result code of a statement that its progress handler ended.
    const INTERRUPTED: &str = "9";
    connection.lock_handle().await?.set_progress_handler(STEPS, goes_on);
    let verdict: Result<String, sqlx::Error> =
        sqlx::query_scalar("pragma integrity_check(1)").fetch_one(&mut *connection).await;
    connection.lock_handle().await?.remove_progress_handler();
    match verdict {
        Ok(verdict) if verdict == "ok" => Ok(Checked::Whole),
        Ok(verdict) => Err(StoreError::Corrupt { file: file.into(), detail: verdict }),
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(INTERRUPTED) => {
            Ok(Checked::InPart)
        }
        Err(error) => Err(StoreError::opening(file, &error)),
    }
}
