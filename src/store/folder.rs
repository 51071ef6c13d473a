//! The folder of checkpoints: files that are there as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::work::Lease;

/// Its name in the data directory.
const FOLDER: &str = "checkpoints";

/// The folder of the files. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder in a data directory, made if it is missing.
    pub(super) fn prepare(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(FOLDER);
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| StoreError::Directory { path: path.clone(), detail: error.to_string() })?;
        Ok(Self(path))
    }

    /// The same folder, to read what is there.
    pub(super) fn of(directory: &Path) -> Self {
        Self(directory.join(FOLDER))
    }

    /// Writes a file that is there as a whole or not at all; gives its name.
    pub(super) fn write(&self, lease: Lease, step: i64, state: &[u8]) -> io::Result<String> {
        let name = format!("{}.{}.{}.{step}", lease.job, lease.number, lease.epoch);
        let part = self.0.join(format!("{name}.part"));
        let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&part)?;
        file.write_all(state)?;
        file.sync_data()?;
        fs::rename(&part, self.0.join(&name))?;
        File::open(&self.0)?.sync_all()?;
        Ok(name)
    }

    /// The bytes of a file.
    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(name))
    }

    /// Removes files; one that is gone already is no fault.
    pub(super) fn remove(&self, names: &[String]) {
        for name in names {
            match fs::remove_file(self.0.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%error, name, "a checkpoint could not be removed");
                }
                _ => {}
            }
        }
    }

    /// Removes what no row names: files of a process that was killed between two writes.
    pub(super) fn keep_only(&self, named: &[String]) -> io::Result<()> {
        let files = fs::read_dir(&self.0)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        self.remove(&files.filter(|file| !named.contains(file)).collect::<Vec<_>>());
        Ok(())
    }
}
