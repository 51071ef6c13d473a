//! That the store cannot be looked at is told once, by the first task that meets it, and once more when all
//! of them can look again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::store::StoreError;

/// Tasks in trouble. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Tasks>>);

#[derive(Debug, Default)]
struct Tasks {
    failing: usize,
    since: Option<Instant>,
}

/// The trouble of one task.
#[derive(Debug)]
pub(super) struct OfTask {
    all: Trouble,
    is_failing: bool,
}

impl Trouble {
    /// That of one more task.
    pub(super) fn of_task(&self) -> OfTask {
        OfTask { all: self.clone(), is_failing: false }
    }

    /// Both fields are set together under the lock, so a panic elsewhere cannot have broken it.
    fn lock(&self) -> MutexGuard<'_, Tasks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OfTask {
    /// The task could not look.
    pub(super) fn begins(&mut self, why: &StoreError) {
        if self.is_failing {
            return;
        }
        self.is_failing = true;
        let mut tasks = self.all.lock();
        tasks.failing += 1;
        if tasks.failing == 1 {
            tasks.since = Some(Instant::now());
            tracing::warn!(%why, "the store cannot be looked at; trying until it can");
        }
    }

    /// The task could look.
    pub(super) fn ends(&mut self) {
        if !self.is_failing {
            return;
        }
        self.is_failing = false;
        let mut tasks = self.all.lock();
        tasks.failing -= 1;
        if tasks.failing == 0 {
            let seconds = tasks.since.take().map(|since| since.elapsed().as_secs());
            tracing::info!(seconds, "the store can be looked at again");
        }
    }
}
