//! What the handlers share: the store, what is admitted, who runs what.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::Access;
use super::recorder::Metrics;
use crate::api::{MemoryView, RunningTrial, WorkerView};
use crate::evaluator::Evaluator;
use crate::job::JobId;
use crate::spec::admission::{Limits, Machine};
use crate::store::Store;

/// Streams of events open at the same time.
const MOST_STREAMS: usize = 1000;
/// Exports written at the same time: each has a thread.
const MOST_EXPORTS: usize = 32;

/// Tells how far the running trials of a job are.
pub type ProgressOf = Arc<dyn Fn(JobId) -> Vec<RunningTrial> + Send + Sync>;

/// Tells who works for the server.
pub type Workers = Arc<dyn Fn() -> Vec<WorkerView> + Send + Sync>;

/// Tells what running trials have reserved.
pub type MemoryOf = Arc<dyn Fn() -> MemoryView + Send + Sync>;

/// Tells who would run a job, and how fast.
pub type MachineOf = Arc<dyn Fn() -> Machine + Send + Sync>;

/// What can be seen of those who run trials.
#[derive(Clone)]
pub struct Watched {
    /// How far the running trials of a job are.
    pub progress: ProgressOf,
    /// Who works.
    pub workers: Workers,
    /// What running trials have reserved.
    pub memory: MemoryOf,
    /// Who would run a job.
    pub machine: MachineOf,
}

/// The state of every handler; clones share it.
#[derive(Clone)]
pub struct Service {
    pub(super) store: Store,
    pub(super) evaluator: Evaluator,
    pub(super) limits: Limits,
    pub(super) progress: ProgressOf,
    pub(super) workers: Workers,
    pub(super) memory: MemoryOf,
    pub(super) machine: MachineOf,
    pub(super) metrics: Metrics,
    pub(super) access: Arc<Access>,
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) streams: Arc<Semaphore>,
    pub(super) exports: Arc<Semaphore>,
}

impl Service {
    /// A service on this store; `stopping` ends its open streams.
    #[must_use]
    pub fn new(
        store: Store,
        evaluator: Evaluator,
        limits: Limits,
        watched: Watched,
        access: Access,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let streams = Arc::new(Semaphore::new(MOST_STREAMS));
        let exports = Arc::new(Semaphore::new(MOST_EXPORTS));
        let Watched { progress, workers, memory, machine } = watched;
        let (access, metrics) = (Arc::new(access), Metrics::new());
        Self {
            store,
            evaluator,
            limits,
            progress,
            workers,
            memory,
            machine,
            metrics,
            access,
            stopping,
            streams,
            exports,
        }
    }

    /// Streams of events that are open.
    pub(super) fn open_streams(&self) -> usize {
        MOST_STREAMS - self.streams.available_permits()
    }
}
