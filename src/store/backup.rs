//! Backups: one file that holds everything as it was at one moment, made while the store is in use.
//! Copying the file of a running service is none: the newest commits lie in the log beside it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::error::StoreError;
use super::file::{FILE, LOCK, MIGRATIONS, reading_options};
use super::lock::FileLock;
use super::{integrity, lock};

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// Writes the database of a data directory into a new file, which is there as a whole or not at all. The
/// store may be in use, by this process or by another.
///
/// # Errors
/// When the file exists, the database cannot be read or is damaged, or nothing can be written.
pub async fn backup(directory: &Path, to: &Path) -> Result<Backup, StoreError> {
    let database = directory.join(FILE);
    if !database.exists() {
        return Err(refused(directory, "holds no database"));
    }
    if to.exists() {
        return Err(refused(to, "exists already"));
    }
    let mut connection =
        reading_options(&database).connect().await.map_err(|error| StoreError::opening(&database, &error))?;
    let backup = copy(&mut connection, to).await;
    connection.close().await?;
    backup
}

/// Copies what a connection sees into a new file.
pub(super) async fn copy(connection: &mut SqliteConnection, to: &Path) -> Result<Backup, StoreError> {
    let part = with_suffix(to, ".part");
    let failed = |error: io::Error| refused(&part, &error.to_string());
    // made beforehand, so that it is its owner's alone
    fs::remove_file(&part)
        .or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
        .map_err(failed)?;
    File::options().create_new(true).write(true).mode(0o600).open(&part).map_err(failed)?;
    let name = part.to_str().ok_or_else(|| refused(&part, "its name is not UTF-8"))?;
    sqlx::query("vacuum into ?").bind(name).execute(connection).await?;
    check(&part).await?;
    let file = File::open(&part).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    fs::rename(&part, to).map_err(failed)?;
    sync_folder(to).map_err(failed)?;
    Ok(Backup { file: to.to_path_buf(), bytes })
}

/// Puts a backup in the place of a directory's database. Without `replace` there may be none yet; with it
/// the one that is there is kept beside, under the name that is returned.
///
/// # Errors
/// When the backup is damaged or of a newer version, another process has the directory, or nothing can be
/// written. The directory is as it was then.
pub async fn restore(backup: &Path, directory: &Path, replace: bool) -> Result<Option<PathBuf>, StoreError> {
    check(backup).await?;
    lock::prepare_directory(directory)?;
    let _lock = FileLock::take(&directory.join(LOCK))?;
    let database = directory.join(FILE);
    let failed = |error: io::Error| refused(&database, &error.to_string());
    if database.exists() && !replace {
        return Err(refused(
            &database,
            "is there already; say --replace to put the backup in its place (it is kept beside)",
        ));
    }
    let part = with_suffix(&database, ".part");
    fs::copy(backup, &part).map_err(failed)?;
    fs::set_permissions(&part, std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(failed)?;
    File::open(&part).and_then(|file| file.sync_all()).map_err(failed)?;
    let kept = database.exists().then(|| unused(&database));
    if let Some(kept) = &kept {
        // the log belongs to the file: both go, or the old log would be read into the new file
        for suffix in ["-wal", "-shm"] {
            let log = with_suffix(&database, suffix);
            if log.exists() {
                fs::rename(&log, with_suffix(kept, suffix)).map_err(failed)?;
            }
        }
        fs::rename(&database, kept).map_err(failed)?;
    }
    fs::rename(&part, &database).map_err(failed)?;
    sync_folder(&database).map_err(failed)?;
    Ok(kept)
}

/// A database of an earlier version is copied before it is changed: there is no way back otherwise.
pub(super) async fn before_migrating(
    connection: &mut SqliteConnection,
    directory: &Path,
) -> Result<(), StoreError> {
    let is_new: bool =
        sqlx::query_scalar("select not exists (select 1 from sqlite_schema where name = '_sqlx_migrations')")
            .fetch_one(&mut *connection)
            .await?;
    if is_new {
        return Ok(());
    }
    let from: Option<i64> =
        sqlx::query_scalar("select max(version) from _sqlx_migrations").fetch_one(&mut *connection).await?;
    let to = MIGRATIONS.iter().map(|migration| migration.version).max();
    let (Some(from), Some(to)) = (from, to) else { return Ok(()) };
    let to_file = directory.join(format!("before-migration-{from}-to-{to}.sqlite"));
    if from >= to || to_file.exists() {
        return Ok(());
    }
    let made = copy(connection, &to_file).await?;
    tracing::info!(file = %made.file.display(), bytes = made.bytes, "copied before the database is migrated");
    Ok(())
}

/// A backup is whole and of a version that this program reads.
async fn check(file: &Path) -> Result<(), StoreError> {
    if !file.exists() {
        return Err(refused(file, "is not there"));
    }
    let opening = |error: sqlx::Error| StoreError::opening(file, &error);
    let mut connection = reading_options(file).immutable(true).connect().await.map_err(opening)?;
    integrity::whole(&mut connection, file).await?;
    let newest: Option<i64> = sqlx::query_scalar("select max(version) from _sqlx_migrations")
        .fetch_one(&mut connection)
        .await
        .map_err(|_| refused(file, "is no database of bitgauge"))?;
    connection.close().await?;
    let known = MIGRATIONS.iter().map(|migration| migration.version).max();
    if newest > known { Err(refused(file, "was written by a newer version of bitgauge")) } else { Ok(()) }
}

fn refused(path: &Path, detail: &str) -> StoreError {
    StoreError::Directory { path: path.to_path_buf(), detail: detail.to_owned() }
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A name beside a file that nothing has.
fn unused(file: &Path) -> PathBuf {
    let mut names = (1..).map(|number| with_suffix(file, &format!(".replaced-{number}")));
    names.find(|name| !name.exists()).expect("there is always another number")
}

fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
