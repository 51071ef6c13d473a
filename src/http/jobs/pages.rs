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

    fn each<T: Send + 'static>(
        self,
        read: fn(TrialRow) -> Result<T, StoreError>,
        write: impl FnOnce(&mut dyn Iterator<Item = T>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut pages = self.ahead(read);
        let mut failed = None;
        let mut page = Vec::new().into_iter();
        let mut rows = std::iter::from_fn(|| {
            if page.len() == 0 {
                let rows = pages.blocking_recv()?;
                page = rows.map_err(|error| failed = Some(error)).ok()?.into_iter();
            }
            page.next()
        });
        let written = write(&mut rows.by_ref().fuse());
        // a table that ends where reading failed is no table
        failed.map_or(written, |error| Err(io::Error::other(error)))
    }

    /// Reads pages until there are no more, or nobody takes them.
    fn ahead<T: Send + 'static>(
        self,
        read: fn(TrialRow) -> Result<T, StoreError>,
    ) -> mpsc::Receiver<Result<Vec<T>, StoreError>> {
        let (sender, pages) = mpsc::channel(1);
        let Self { store, job, handle } = self;
        handle.spawn(async move {
            let mut next = Some(0);
            while let Some(first) = next {
                let page = match store.trials_from(job, first, PAGE, read).await {
                    Ok((rows, following)) => {
                        next = following;
                        Ok(rows)
                    }
                    Err(error) => {
                        next = None;
                        Err(error)
                    }
                };
                if sender.send(page).await.is_err() {
                    break; // the client left
                }
            }
        });
        pages
    }
}
