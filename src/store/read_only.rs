//! A store that is only read: from a directory that this process changes in nothing, on a file system that
//! may refuse every write, while no other process has it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::broadcast;

use super::error::StoreError;
use super::file::{BUSY_TIMEOUT, FILE, LOCK, MIGRATIONS, check_version, reading_options};
use super::integrity::{Checked, Integrity};
use super::tally::Tally;
use super::writer::{Told, Writer};
use super::{Clock, Store, folder, lock, specs};

impl Store {
    /// Opens the database in `directory` to read it. Nothing can be written: whoever tries gets an error.
    ///
    /// # Errors
    /// When there is none, another process has it, it is of another version, or it was not closed in order
    /// and its log cannot be read from here.
    pub async fn open_read_only(directory: &Path, clock: Clock) -> Result<Self, StoreError> {
        let file = directory.join(FILE);
        let refused = |detail: &str| StoreError::Directory { path: directory.into(), detail: detail.into() };
        if !file.exists() {
            return Err(refused("holds no database"));
        }
        let lock = lock::FileLock::share(&directory.join(LOCK))?;
        let log = fs::metadata(directory.join(format!("{FILE}-wal"))).map_or(0, |log| log.len());
        // without a log the file is all there is, and as nobody writes it SQLite needs no file of its own
        // beside it
        let options = reading_options(&file).immutable(log == 0);
        let opened = async {
            let mut connection = options.connect().await?;
            sqlx::query("select count(*) from sqlite_schema").execute(&mut connection).await?;
            Ok(connection)
        };
        let mut connection = opened.await.map_err(|error: sqlx::Error| {
            match StoreError::opening(&file, &error) {
                StoreError::Directory { .. } if log > 0 => refused(
                    "its last server was killed, and the log beside the database cannot be read here; start it once where it can be written, or restore a backup",
                ),
                other => other,
            }
        })?;
        let version: String =
            sqlx::query_scalar("select sqlite_version()").fetch_one(&mut connection).await?;
        check_version(&version)?;
        let checked = Integrity::at_start(&mut connection, &file).await?;
        check_schema(&mut connection, &file).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(BUSY_TIMEOUT)
            .connect_with(options.clone())
            .await?;
        let (happened, _) = broadcast::channel(1024);
        let (tally, checkpoints) = (Tally::default(), folder::Folder::of(directory));
        let told =
            Told { happened: happened.clone(), tally: tally.clone(), checkpoints: checkpoints.clone() };
        let integrity = Integrity::default();
        if checked == Checked::InPart {
            integrity.behind(file.clone(), options.clone());
        }
        Ok(Self {
            // its connection refuses every write
            writer: Writer::start(connection, options, clock.clone(), 0, told),
            readers,
            clock,
            specs: specs::Specs::default(),
            integrity,
            checkpoints,
            file: file.into(),
            happened,
            tally,
            sqlite_version: version.into(),
            is_read_only: true,
            backing_up: Arc::default(),
            _lock: Arc::new(lock),
        })
    }

    /// Whether nothing can be written.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.is_read_only
    }
}

/// What another version wrote cannot be brought to this one's schema without writing.
async fn check_schema(connection: &mut SqliteConnection, file: &Path) -> Result<(), StoreError> {
    let refused = |detail: &str| StoreError::Migration { file: file.into(), detail: detail.to_owned() };
    let newest: Option<i64> = sqlx::query_scalar("select max(version) from _sqlx_migrations")
        .fetch_one(connection)
        .await
        .map_err(|_| refused("is no database of bitgauge"))?;
    let known = MIGRATIONS.iter().map(|migration| migration.version).max();
    match newest.cmp(&known) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(refused("was written by a newer version of bitgauge")),
        std::cmp::Ordering::Less => Err(refused(
            "was written by an earlier version of bitgauge: start it once without --read-only, which migrates it",
        )),
    }
}
