//! The data directory and the lock that keeps it to one process.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::StoreError;

/// A file lock, held for life and gone with the process however it ends.
#[derive(Debug)]
pub(super) struct FileLock {
    /// None where there is no file, and none can be made.
    _file: Option<File>,
}

impl FileLock {
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let file = made(path).map_err(|error| unwritable(path, &error))?;
        Self::locked(path, file.try_lock(), Some(file))
    }

    /// A lock that several readers may have and no writer beside them.
    pub(super) fn share(path: &Path) -> Result<Self, StoreError> {
        let file = match made(path).or_else(|_| File::open(path)) {
            Ok(file) => file,
            // nobody can make one here, so nobody writes
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self { _file: None }),
            Err(error) => return Err(unwritable(path, &error)),
        };
        Self::locked(path, file.try_lock_shared(), Some(file))
    }

    fn locked(path: &Path, tried: Result<(), TryLockError>, file: Option<File>) -> Result<Self, StoreError> {
        match tried {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(StoreError::AlreadyOpen(path.parent().unwrap_or(path).to_path_buf()))
            }
            Err(TryLockError::Error(error)) => Err(unwritable(path, &error)),
        }
    }
}

/// The file of a lock, made if it is missing.
fn made(path: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).mode(0o600).open(path)
}

/// What the system refuses to write, with the way out where there is one.
fn unwritable(path: &Path, error: &io::Error) -> StoreError {
    let detail = match error.kind() {
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            format!("{error}; `bitgauge serve --read-only` shows what is stored without writing")
        }
        _ => error.to_string(),
    };
    StoreError::Directory { path: path.into(), detail }
}

/// Refuses a directory in which nothing can be written, before anything is tried.
pub(super) fn check_writable(directory: &Path) -> Result<(), StoreError> {
    rustix::fs::access(directory, rustix::fs::Access::WRITE_OK)
        .map_err(|error| unwritable(directory, &error.into()))
}

/// Makes the file of the database if it is missing; its owner alone may read it, and the log that
/// `SQLite` writes beside it.
pub(super) fn keep_to_owner(file: &Path) -> Result<(), StoreError> {
    let failed = |error: io::Error| unwritable(file, &error);
    File::options().create(true).truncate(false).write(true).mode(0o600).open(file).map_err(failed)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).map_err(failed)
}

/// Makes the directory, readable by its owner only.
pub(super) fn prepare_directory(path: &Path) -> Result<(), StoreError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| unwritable(path, &error))
}
