//! The local engine: threads of this process, one trial each at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle as Task;

use super::progress::Live;
use super::worker::Worker;
use super::{Runner, plan};
use crate::store::{Store, StoreError};

/// How the engine runs.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Trials at the same time.
    pub workers: usize,
    /// How long a claim holds without a sign of life.
    pub lease: Duration,
    /// Time between two checkpoints of a running trial.
    pub checkpoint: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { workers, lease: Duration::from_secs(30), checkpoint: Duration::from_secs(10) }
    }
}

/// Threads that claim, run and complete trials until they are stopped.
#[derive(Debug)]
pub struct LocalEngine {
    live: Live,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
    supervisor: Task<()>,
}

impl LocalEngine {
    /// Takes back what the last process left running and starts the threads.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn start(store: Store, runner: Arc<dyn Runner>, options: Options) -> Result<Self, StoreError> {
        let recovered = store.recover().await?;
        if recovered > 0 {
            tracing::info!(trials = recovered, "taken back from the last process");
        }
        for job in store.jobs_between_rounds().await? {
            let planner = Arc::clone(&runner);
            let planned = tokio::task::spawn_blocking(move || plan(&*planner, job)).await;
            if let Ok((known, round)) = planned {
                store.add_round(job, known, round).await?;
            }
        }
        for job in store.jobs_without_headline().await? {
            if let Some(headline) = runner_headline(&runner, job).await {
                store.set_headline(job, headline).await?;
            }
        }
        let live = Live::default();
        let (stop, stopping) = watch::channel(false);
        let work = Arc::new(Notify::new());
        let lease_ms = i64::try_from(options.lease.as_millis()).unwrap_or(i64::MAX);
        let threads = (0..options.workers)
            .map(|number| {
                let worker = Worker {
                    name: format!("local-{number}"),
                    store: store.clone(),
                    runner: Arc::clone(&runner),
                    live: live.clone(),
                    work: Arc::clone(&work),
                    stopping: stopping.clone(),
                    lease_ms,
                    checkpoint: options.checkpoint,
                    runtime: Handle::current(),
                };
                std::thread::Builder::new()
                    .name(worker.name.clone())
                    .spawn(move || worker.run())
                    .map_err(|error| StoreError::Internal(format!("no thread for a worker: {error}")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let supervisor = tokio::spawn(supervise(store, live.clone(), work, lease_ms));
        Ok(Self { live, stop, threads, supervisor })
    }

    /// Progress of what runs.
    #[must_use]
    pub fn live(&self) -> Live {
        self.live.clone()
    }

    /// Stops between two steps, gives the trials back and waits for the threads.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for running in self.live.all() {
            running.stop.store(true, Ordering::Relaxed);
        }
        let threads = self.threads;
        let joined = tokio::task::spawn_blocking(move || {
            threads.into_iter().for_each(|thread| drop(thread.join()));
        });
        let _ = joined.await;
        self.supervisor.abort();
    }
}

async fn runner_headline(runner: &Arc<dyn Runner>, job: crate::job::JobId) -> Option<String> {
    let runner = Arc::clone(runner);
    tokio::task::spawn_blocking(move || runner.headline(job)).await.ok().flatten()
}

/// Wakes workers when work arrives, stops cancelled trials, prolongs leases.
async fn supervise(store: Store, live: Live, work: Arc<Notify>, lease_ms: i64) {
    let mut happened = store.subscribe();
    let third = Duration::from_millis(u64::try_from(lease_ms / 3).unwrap_or(1).max(1));
    let mut beat = tokio::time::interval(third);
    loop {
        tokio::select! {
            event = happened.recv() => match event {
                Ok(event) if event.queued => work.notify_waiters(),
                Ok(event) if event.cancelled => live.stop_job(event.job),
                Ok(_) => {}
                // too many at once: leases tell which trials were cancelled
                Err(RecvError::Lagged(_)) => {
                    work.notify_waiters();
                    prolong(&store, &live, lease_ms).await;
                }
                Err(RecvError::Closed) => return,
            },
            _ = beat.tick() => prolong(&store, &live, lease_ms).await,
        }
    }
}

/// A sign of life for every running trial; one that lost its lease is stopped.
async fn prolong(store: &Store, live: &Live, lease_ms: i64) {
    for running in live.all() {
        match store.heartbeat(running.lease, lease_ms).await {
            Ok(true) => {}
            // it may also just have ended, which stopping does not hurt
            Ok(false) => running.stop.store(true, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "no sign of life could be written"),
        }
    }
}
