//! What the handlers share: the store, what is admitted, who runs what.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::recorder::Metrics;
use super::unread::Room;
use super::{Access, HttpLimits};
use crate::api::{MemoryView, NatsView, RunningTrial, WorkerView};
use crate::evaluator::Evaluator;
use crate::job::JobId;
use crate::spec::admission::{Limits, Machine};
use crate::store::Store;

/// Tells how far the running trials of a job are.
pub type ProgressOf = Arc<dyn Fn(JobId) -> Vec<RunningTrial> + Send + Sync>;

/// Tells who works for the server.
pub type Workers = Arc<dyn Fn() -> Vec<WorkerView> + Send + Sync>;

/// Tells what running trials have reserved.
pub type MemoryOf = Arc<dyn Fn() -> MemoryView + Send + Sync>;

/// Tells what goes over NATS; nothing where that is not used.
pub type NatsOf = Arc<dyn Fn() -> Option<NatsView> + Send + Sync>;

/// Tells who would run a job, and how fast.
pub type MachineOf = Arc<dyn Fn() -> Machine + Send + Sync>;

/// Tells why the server is not ready for work; nothing where it is.
pub type Readiness = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// What can be seen of those who run trials, and of the server's own state.
#[derive(Clone)]
pub struct Watched {
    /// Why the server is not ready.
    pub readiness: Readiness,
    /// How far the running trials of a job are.
    pub progress: ProgressOf,
    /// Who works.
    pub workers: Workers,
    /// What running trials have reserved.
    pub memory: MemoryOf,
    /// What goes over NATS.
    pub nats: NatsOf,
    /// Who would run a job.
    pub machine: MachineOf,
}

/// The state of every handler; clones share it.
#[derive(Clone)]
pub struct Service {
    pub(super) store: Store,
    pub(super) evaluator: Evaluator,
    pub(super) limits: Limits,
    pub(super) http: HttpLimits,
    pub(super) readiness: Readiness,
    pub(super) progress: ProgressOf,
    pub(super) workers: Workers,
    pub(super) memory: MemoryOf,
    pub(super) nats: NatsOf,
    pub(super) machine: MachineOf,
    pub(super) metrics: Metrics,
    pub(super) access: Arc<Access>,
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) streams: Arc<Semaphore>,
    pub(super) exports: Arc<Semaphore>,
    pub(super) waiters: Arc<Semaphore>,
    pub(super) unread: Room,
}

impl Service {
    /// A service on this store; `stopping` ends its open streams.
    #[must_use]
    pub fn new(
        store: Store,
        evaluator: Evaluator,
        (limits, http): (Limits, HttpLimits),
        watched: Watched,
        access: Access,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        let Watched { readiness, progress, workers, memory, nats, machine } = watched;
        Self {
            store,
            evaluator,
            limits,
            http,
            readiness,
            progress,
            workers,
            metrics: Metrics::new(),
            access: Arc::new(access),
            stopping,
            streams: semaphore(http.streams),
            exports: semaphore(http.exports),
            waiters: semaphore(http.waiters),
            unread: Room::new(http.unread_bytes),
            memory,
            nats,
            machine,
        }
    }

    /// Streams of events that are open.
    pub(super) fn open_streams(&self) -> usize {
        self.http.streams - self.streams.available_permits()
    }
}
