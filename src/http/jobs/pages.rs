//! The trials of a job from the store, page by page, for what is written row by row. The next page is
//! read and checked while the last one is written.

use std::io;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::super::Service;
use crate::job::JobId;
use crate::outcome::TrialSummary;
use crate::store::{Store, StoreError, TrialRow};

/// Trials of a page: some MB at most.
const PAGE: u32 = 500;

/// All trials of a job, of which three pages are held in memory at most: one is read, one waits, one is
/// written.
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

    /// Hands the rows to `write` as tables show them.
    ///
    /// # Errors
    /// When they cannot be read, or `write` fails.
    pub fn summaries(
        self,
        write: impl FnOnce(&mut dyn Iterator<Item = TrialSummary>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.each(TrialRow::summary, write)
    }

    fn each<T>(
        self,
        read: impl Fn(TrialRow) -> Result<T, StoreError>,
        write: impl FnOnce(&mut dyn Iterator<Item = T>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut pages = self.ahead();
        let mut failed = None;
        let mut page = Vec::new().into_iter();
        let mut rows = std::iter::from_fn(|| {
            if page.len() == 0 {
                let rows = pages.blocking_recv()?;
                page = rows.map_err(|error| failed = Some(error)).ok()?.into_iter();
            }
            read(page.next()?).map_err(|error| failed = Some(error)).ok()
        });
        let written = write(&mut rows.by_ref().fuse());
        // a table that ends where reading failed is no table
        failed.map_or(written, |error| Err(io::Error::other(error)))
    }

    /// Reads pages until there are no more, or nobody takes them.
    fn ahead(self) -> mpsc::Receiver<Result<Vec<TrialRow>, StoreError>> {
        let (sender, pages) = mpsc::channel(1);
        let Self { store, job, handle } = self;
        handle.spawn(async move {
            let mut next = Some(0);
            while let Some(first) = next {
                let rows = store.trials_from(job, first, PAGE).await;
                next = match &rows {
                    Ok(rows) if rows.len() == PAGE as usize => rows.last().map(|last| last.number + 1),
                    _ => None,
                };
                if sender.send(rows).await.is_err() {
                    break; // the client left
                }
            }
        });
        pages
    }
}
