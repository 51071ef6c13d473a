//! The folder of checkpoints: files that are there as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::StoreError;
use crate::work::Lease;

/// Its name in the data directory.
const FOLDER: &str = "checkpoints";

/// The start of the names of files that were saved under a lease; the step follows.
fn prefix(lease: Lease) -> String {
    format!("{}.{}.{}.", lease.job, lease.number, lease.epoch)
}

/// The step of a file that was saved under this lease.
pub(super) fn step_of(name: &str, lease: Lease) -> Option<i64> {
    name.strip_prefix(&prefix(lease))?.parse().ok()
}

/// The folder of the files. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
    /// Files that were begun.
    begun: Arc<AtomicU64>,
}

impl Folder {
    /// The folder in a data directory, made if it is missing.
    pub(super) fn prepare(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(FOLDER);
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| StoreError::Directory { path: path.clone(), detail: error.to_string() })?;
        Ok(Self { path, begun: Arc::default() })
    }

    /// The same folder, to read what is there.
    pub(super) fn of(directory: &Path) -> Self {
        Self { path: directory.join(FOLDER), begun: Arc::default() }
    }

    /// Writes a file that is there as a whole or not at all; gives its name.
    pub(super) fn write(&self, lease: Lease, step: i64, state: &[u8]) -> io::Result<String> {
        let name = format!("{}{step}", prefix(lease));
        // one moment may be saved twice at the same time, by a message that came twice: each writes a file of its own
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let part = self.path.join(format!("{name}.{number}.part"));
        let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&part)?;
        file.write_all(state)?;
        file.sync_data()?;
        fs::rename(&part, self.path.join(&name))?;
        File::open(&self.path)?.sync_all()?;
        Ok(name)
    }

    /// The bytes of a file.
    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path.join(name))
    }

    /// Removes files; one that is gone already is no fault.
    pub(super) fn remove(&self, names: &[String]) {
        for name in names {
            match fs::remove_file(self.path.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%error, name, "a checkpoint could not be removed");
                }
                _ => {}
            }
        }
    }

    /// Removes what no row names: files of a process that was killed between two writes.
    pub(super) fn keep_only(&self, named: &[String]) -> io::Result<()> {
        let files = fs::read_dir(&self.path)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        self.remove(&files.filter(|file| !named.contains(file)).collect::<Vec<_>>());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_that_is_saved_twice_at_once_is_saved() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(directory.path()).unwrap();
        let job = "01890000-0000-7000-8000-000000000000".parse().unwrap();
        let lease = Lease { job, number: 1, epoch: 2 };
        let state = vec![7; 100_000];
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for step in 0..25 {
                        let name = folder.write(lease, step, &state).unwrap();
                        assert_eq!(folder.read(&name).unwrap(), state);
                        assert_eq!(step_of(&name, lease), Some(step));
                    }
                });
            }
        });
        let files: Vec<_> =
            fs::read_dir(&folder.path).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files.len(), 25, "{files:?}");
    }
}
