//! The trials of a job from the store, page by page, for what is written row by row.

use std::io;

use tokio::runtime::Handle;

use super::super::Service;
use crate::job::JobId;
use crate::outcome::TrialOutcome;
use crate::store::{Store, StoreError, TrialRow};

/// Trials of a page: some MB at most.
const PAGE: u32 = 500;

/// All trials of a job, of which a page is held in memory.
pub struct Pages {
    store: Store,
    job: JobId,
    handle: Handle,
}

impl Pages {
    /// The trials of this job.
    pub fn of(service: &Service, job: JobId) -> Self {
        Self { store: service.store.clone(), job, handle: Handle::current() }
    }

    /// Hands the rows to `write`, on a thread that may wait.
    ///
    /// # Errors
    /// When they cannot be read, or `write` fails.
    pub fn rows(
        self,
        write: impl FnOnce(&mut dyn Iterator<Item = TrialRow>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.each(Ok, write)
    }

    /// Hands the rows to `write` as analyses see them.
    ///
    /// # Errors
    /// When they cannot be read, or `write` fails.
    pub fn outcomes(
        self,
        write: impl FnOnce(&mut dyn Iterator<Item = TrialOutcome>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.each(|row| row.outcome(), write)
    }

    fn each<T>(
        self,
        read: impl Fn(TrialRow) -> Result<T, StoreError>,
        write: impl FnOnce(&mut dyn Iterator<Item = T>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut failed = None;
        let (mut page, mut next) = (Vec::new().into_iter(), Some(0));
        let mut rows = std::iter::from_fn(|| {
            if page.len() == 0 {
                let first = next?;
                let rows = self.handle.block_on(self.store.trials_from(self.job, first, PAGE));
                let rows = rows.map_err(|error| failed = Some(error)).ok()?;
                next = rows.last().filter(|_| rows.len() == PAGE as usize).map(|last| last.number + 1);
                page = rows.into_iter();
            }
            read(page.next()?).map_err(|error| failed = Some(error)).ok()
        });
        let written = write(&mut rows.by_ref().fuse());
        drop(rows);
        // a table that ends where reading failed is no table
        failed.map_or(written, |error| Err(io::Error::other(error)))
    }
}
