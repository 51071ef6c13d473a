//! Backups in a folder of the data directory: made one at a time while the store is in use, named by their
//! time, the newest kept.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Connection};

use super::file::{FILE, reading_options};
use super::{Store, StoreError, backup};

/// The folder of the backups, in the data directory.
const FOLDER: &str = "backups";
/// What the file of a backup begins and ends with; its time stands between.
const BEFORE: &str = "backup-";
const AFTER: &str = ".sqlite";
/// What the name of the file with a backup's digest ends with.
const DIGEST: &str = ".sha256";

/// A backup in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBackup {
    /// Name of the file.
    pub name: String,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file when it was written; `None` where the file that says so is gone.
    pub sha256: Option<String>,
    /// When it was made.
    pub created_ms: i64,
}

impl Store {
    /// Makes a backup, and removes the oldest beyond the newest `keep`.
    ///
    /// # Errors
    /// [`StoreError::BackupRuns`] while another is made, or when the database cannot be read or nothing can
    /// be written.
    pub async fn back_up(&self, keep: usize) -> Result<KeptBackup, StoreError> {
        let Ok(_one) = self.backing_up.try_lock() else { return Err(StoreError::BackupRuns) };
        let folder = self.backups_folder();
        let in_folder = folder.clone();
        blocking(move || prepare(&in_folder)).await?;
        let (to, created_ms) = unused(&folder, self.clock.now_ms());
        let options = reading_options(&self.file);
        let mut connection =
            options.connect().await.map_err(|error| StoreError::opening(&self.file, &error))?;
        let made = backup::copy(&mut connection, &to).await;
        connection.close().await?;
        let made = made?;
        blocking(move || {
            let sha256 = digest(&made.file)?;
            write_digest(&made.file, &sha256)?;
            for old in list(&folder)?.into_iter().skip(keep.max(1)) {
                remove(&folder, &old.name)?;
            }
            let name = name_of(&made.file);
            Ok(KeptBackup { name, bytes: made.bytes, sha256: Some(sha256), created_ms })
        })
        .await
    }

    /// The backups in the folder, the newest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn backups(&self) -> Result<Vec<KeptBackup>, StoreError> {
        let folder = self.backups_folder();
        blocking(move || list(&folder)).await
    }

    /// Bytes that a backup may need: those of the database and of its log.
    #[must_use]
    pub fn backup_bytes(&self) -> u64 {
        let bytes = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
        bytes(&self.file) + bytes(&backup::with_suffix(&self.file, "-wal"))
    }

    fn backups_folder(&self) -> PathBuf {
        self.file.with_file_name(FOLDER)
    }
}

/// Makes the folder, and removes what a process that was killed left unfinished.
fn prepare(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "part") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// A file that is not there yet, and its time: a clock may stand still or go back.
fn unused(folder: &Path, now_ms: i64) -> (PathBuf, i64) {
    let mut names = (now_ms..).map(|ms| (folder.join(name_at(ms)), ms));
    names.find(|(file, _)| !file.exists()).expect("there is always another millisecond")
}

fn name_at(ms: i64) -> String {
    let time = Timestamp::from_millisecond(ms).unwrap_or_default();
    format!("{BEFORE}{}{AFTER}", time.strftime("%Y%m%dT%H%M%S.%3fZ"))
}

/// The time in a name; `None` of a file that is no backup.
fn time_in(name: &str) -> Option<i64> {
    let time = name.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    let ms = time.parse::<Timestamp>().ok()?.as_millisecond();
    (name_at(ms) == name).then_some(ms)
}

fn list(folder: &Path) -> io::Result<Vec<KeptBackup>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Some(created_ms) = time_in(&name) else { continue };
        let digest = fs::read_to_string(folder.join(format!("{name}{DIGEST}"))).ok();
        let sha256 = digest.and_then(|text| Some(text.split_whitespace().next()?.to_owned()));
        found.push(KeptBackup { bytes: entry.metadata()?.len(), name, sha256, created_ms });
    }
    found.sort_by_key(|backup| std::cmp::Reverse(backup.created_ms));
    Ok(found)
}

fn remove(folder: &Path, name: &str) -> io::Result<()> {
    fs::remove_file(folder.join(name))?;
    match fs::remove_file(folder.join(format!("{name}{DIGEST}"))) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn digest(file: &Path) -> io::Result<String> {
    let mut file = File::open(file)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => hasher.update(&piece[..read]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// In the form that `sha256sum --check` reads.
fn write_digest(of: &Path, sha256: &str) -> io::Result<()> {
    let path = backup::with_suffix(of, DIGEST);
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    writeln!(file, "{sha256}  {}", name_of(of))?;
    file.sync_all()
}

fn name_of(file: &Path) -> String {
    file.file_name().and_then(|name| name.to_str()).unwrap_or(FILE).to_owned()
}

/// Files are written and read off the runtime.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    let unavailable = |error: &dyn std::fmt::Display| StoreError::Unavailable(format!("a backup: {error}"));
    done.map_err(|error| unavailable(&error))?.map_err(|error| unavailable(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_and_no_other_file_is_a_backup() {
        let name = name_at(1_767_225_600_042);
        assert_eq!(name, "backup-20260101T000000.042Z.sqlite");
        assert_eq!(time_in(&name), Some(1_767_225_600_042));
        for other in [
            "backup-.sqlite",
            "bitgauge.sqlite",
            "backup-20260101T000000.042Z.sqlite.part",
            "backup-x.sqlite",
        ] {
            assert_eq!(time_in(other), None, "{other}");
        }
    }

    #[test]
    fn a_clock_that_stands_still_gives_no_name_twice() {
        let folder = tempfile::tempdir().unwrap();
        let (first, ms) = unused(folder.path(), 1000);
        fs::write(&first, "").unwrap();
        assert_eq!((ms, unused(folder.path(), 1000).1), (1000, 1001));
    }
}
