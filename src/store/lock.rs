//! The data directory and the lock that keeps it to one process.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::StoreError;

/// A file lock, held for life and gone with the process however it ends.
#[derive(Debug)]
pub(super) struct FileLock {
    _file: File,
}

impl FileLock {
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let failed = |detail: String| StoreError::Directory { path: path.into(), detail };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(|error| failed(error.to_string()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(StoreError::AlreadyOpen(path.parent().unwrap_or(path).to_path_buf()))
            }
            Err(TryLockError::Error(error)) => Err(failed(error.to_string())),
        }
    }
}

/// Makes the file of the database if it is missing; its owner alone may read it, and the log that
/// `SQLite` writes beside it.
pub(super) fn keep_to_owner(file: &Path) -> Result<(), StoreError> {
    let failed =
        |error: std::io::Error| StoreError::Directory { path: file.into(), detail: error.to_string() };
    File::options().create(true).truncate(false).write(true).mode(0o600).open(file).map_err(failed)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).map_err(failed)
}

/// Makes the directory, readable by its owner only.
pub(super) fn prepare_directory(path: &Path) -> Result<(), StoreError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| StoreError::Directory { path: path.into(), detail: error.to_string() })
}
