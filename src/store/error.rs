//! What can go wrong in the store. The text is for operators; clients see only
//! which kind it is.

use std::path::{Path, PathBuf};

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The idempotency key was used for another body.
    #[error("the idempotency key was used with a different body")]
    IdempotencyConflict,
    /// There is no such job.
    #[error("no such job")]
    NotFound,
    /// The cursor is not one that was handed out.
    #[error("the cursor does not belong to this list")]
    InvalidCursor,
    /// Another process holds the database's lock.
    #[error("the database is busy")]
    Busy,
    /// The disk is full or fails.
    #[error("the database cannot be written: {0}")]
    Unavailable(String),
    /// The file is damaged.
    #[error("{file} is damaged ({detail}); restore it from a backup (the file was not changed)")]
    Corrupt {
        /// Which file.
        file: PathBuf,
        /// What `SQLite` says.
        detail: String,
    },
    /// Another process has the file open.
    #[error("another process has {0} open; only one process at a time may use a data directory")]
    AlreadyOpen(PathBuf),
    /// The data directory cannot be used.
    #[error("data directory {path}: {detail}")]
    Directory {
        /// Which directory or file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// `SQLite` is older than the store can trust.
    #[error("SQLite {0} is too old: 3.51.3 or newer is needed")]
    TooOld(String),
    /// The file was written by a newer program, or a migration failed.
    #[error("{file}: {detail}")]
    Migration {
        /// Which file.
        file: PathBuf,
        /// Why.
        detail: String,
    },
    /// Another backup is being made.
    #[error("another backup is being made")]
    BackupRuns,
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
    /// Anything else: a fault of this program.
    #[error("internal: {0}")]
    Internal(String),
}

impl StoreError {
    pub(super) fn opening(file: &Path, error: &sqlx::Error) -> Self {
        match Self::from_sqlx(error) {
            Self::Corrupt { detail, .. } => Self::Corrupt { file: file.into(), detail },
            Self::Unavailable(detail) | Self::Internal(detail) => {
                Self::Directory { path: file.into(), detail }
            }
            other => other,
        }
    }

    pub(super) fn migrating(file: &Path, error: &MigrateError) -> Self {
        let detail = match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
                "was written by a newer version of bitgauge".to_owned()
            }
            other => other.to_string(),
        };
        Self::Migration { file: file.into(), detail }
    }

    /// Whether the same may succeed later.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable(_) | Self::Closed)
    }

    /// Whether the connection must be opened anew before it is used again.
    pub(super) fn spoils_connection(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Corrupt { .. } | Self::Internal(_))
    }

    fn from_sqlx(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) => Self::from_code(database.as_ref()),
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Closed,
            sqlx::Error::Io(io) => Self::Unavailable(io.to_string()),
            other => Self::Internal(other.to_string()),
        }
    }

    /// By `SQLite`'s primary result code (<https://sqlite.org/rescode.html>).
    fn from_code(error: &dyn DatabaseError) -> Self {
        let code = error.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(1) & 0xff;
        let text = error.message().to_owned();
        match code {
            5 | 6 => Self::Busy,
            8 | 10 | 13 | 14 => Self::Unavailable(text),
            11 | 26 => Self::Corrupt { file: PathBuf::new(), detail: text },
            _ => Self::Internal(text),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::from_sqlx(&error)
    }
}
