//! What is kept of evaluations: the newest, as long as all together are small enough, and those
//! that are computed now.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

use tokio::sync::watch;

use super::evaluated::{Evaluated, Outcome, Version};
use crate::job::JobId;

/// Memory of all that is kept, roughly.
const MOST_BYTES: usize = 256 << 20;

/// Jobs that are kept at most, however small: their specs count too.
const MOST_JOBS: usize = 64;

/// A computation that somebody waits for, as long as a token is held.
#[derive(Debug)]
pub(super) struct Underway {
    pub(super) version: Version,
    pub(super) wanted: Weak<()>,
    pub(super) outcome: watch::Receiver<Option<Outcome>>,
}

/// What is known and what is computed.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// One for each job, the least recently used first.
    known: VecDeque<(JobId, Version, Arc<Evaluated>)>,
    underway: BTreeMap<JobId, Underway>,
}

impl Cache {
    pub(super) fn get(&mut self, job: JobId, version: Version) -> Option<Arc<Evaluated>> {
        let i = self.known.iter().position(|(id, known, _)| *id == job && *known == version)?;
        let found = self.known.remove(i)?;
        let evaluated = Arc::clone(&found.2);
        self.known.push_back(found);
        Some(evaluated)
    }

    pub(super) fn underway(&self, job: JobId) -> Option<&Underway> {
        self.underway.get(&job)
    }

    pub(super) fn begin(&mut self, job: JobId, underway: Underway) {
        self.underway.insert(job, underway);
    }

    /// A computation is over; what it came to is kept in the place of what was known before.
    pub(super) fn end(&mut self, job: JobId, version: Version, evaluated: Option<&Arc<Evaluated>>) {
        self.underway.remove(&job);
        let Some(evaluated) = evaluated else { return };
        self.known.retain(|(id, _, _)| *id != job);
        self.known.push_back((job, version, Arc::clone(evaluated)));
        while self.known.len() > MOST_JOBS || (self.known.len() > 1 && self.bytes() > MOST_BYTES) {
            self.known.pop_front();
        }
    }

    /// What is kept of a job that was deleted.
    pub(super) fn forget(&mut self, job: JobId) {
        self.known.retain(|(id, _, _)| *id != job);
    }

    fn bytes(&self) -> usize {
        self.known.iter().map(|(_, _, evaluated)| evaluated.bytes()).sum()
    }
}
