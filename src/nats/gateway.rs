//! The gateway: beside a service, it publishes trials of a work queue and takes their results. What it claims it
//! claims as one worker; who of the fleet runs it is between the fleet and NATS.

mod answers;
mod desk;
mod flights;
mod leases;
mod pace;
mod results;
mod stock;
mod streams;
mod window;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinHandle;

use super::connection::Connection;
use super::fleet::Fleet;
use crate::work::{Lease, WorkQueue};
pub use desk::{CLAIMED_FOR, Options};
use desk::{Desk, Shared, lock};

/// What a gateway has in hand and has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Whether NATS can be reached.
    pub is_up: bool,
    /// Version of the NATS server.
    pub server_version: Option<String>,
    /// Trials that are published and that no worker took yet.
    pub in_stream: usize,
    /// Trials that workers of the fleet have.
    pub at_workers: usize,
    /// Trials that were published since the start.
    pub published: u64,
    /// Results that were taken since the start.
    pub results: u64,
    /// Messages that nobody could understand since the start.
    pub garbled: u64,
}

/// A gateway at work; it ends with [`Gateway::stop`].
#[derive(Debug)]
pub struct Gateway {
    watch: Watch,
    tasks: Vec<JoinHandle<()>>,
}

/// Looks at a gateway. Clones share it.
#[derive(Debug, Clone)]
pub struct Watch {
    connection: Connection,
    fleet: Fleet,
    shared: Arc<Shared>,
}

impl Gateway {
    /// Begins to publish trials of this queue and to take results; to be called inside the runtime. `in_flight`
    /// are the leases that an earlier gateway of the queue left.
    #[must_use]
    pub fn start<Q: WorkQueue>(
        queue: Q,
        connection: Connection,
        in_flight: &[Lease],
        options: Options,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        in_flight.iter().for_each(|lease| lock(&shared.flights).publish(*lease));
        let fleet = Fleet::default();
        let watch =
            Watch { connection: connection.clone(), fleet: fleet.clone(), shared: Arc::clone(&shared) };
        // listened to from here on, so that nothing is missed before the task runs
        let notices = queue.notices();
        let desk = Desk { queue, connection, fleet, shared, options };
        let tasks = vec![
            tokio::spawn(desk.clone().answer_all()),
            tokio::spawn(desk.clone().take_results()),
            tokio::spawn(desk.clone().pass_on(notices)),
            tokio::spawn(desk.clone().keep_window()),
            tokio::spawn(desk.clone().keep_leases()),
            tokio::spawn(desk.reconcile_again_and_again()),
        ];
        Self { watch, tasks }
    }

    /// Looks at it, also while it works.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// Stops. What is published stays: the fleet goes on with it, and results wait in their stream.
    pub async fn stop(mut self) {
        for task in &self.tasks {
            task.abort();
        }
        for task in std::mem::take(&mut self.tasks) {
            let _ = task.await; // it was aborted
        }
        self.watch.connection.close().await;
    }
}

impl Drop for Gateway {
    /// Nothing goes on that nobody can stop any more.
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Watch {
    /// The workers elsewhere.
    #[must_use]
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// What it has in hand and has done.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let (in_stream, at_workers) = lock(&self.shared.flights).count();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            is_up: self.connection.is_up(),
            server_version: self.connection.server_version(),
            in_stream,
            at_workers,
            published: count(&self.shared.published),
            results: count(&self.shared.results),
            garbled: count(&self.shared.garbled),
        }
    }
}
