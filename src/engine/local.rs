//! The local engine: threads of this process, one trial each at a time.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle as Task;

use super::Runner;
use super::memory::Memory;
use super::progress::{Live, Running};
use super::roster::Roster;
use super::worker::Worker;
use crate::work::{Notice, Notices, Renewal, WorkQueue};

/// How long a stop waits for trials to come between two steps.
const GENTLY: Duration = Duration::from_millis(600);
/// Time between two looks for trials that are late.
const LOOK_FOR_LATE: Duration = Duration::from_millis(500);

/// How the engine runs.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Trials at the same time.
    pub workers: usize,
    /// How long a claim holds without a sign of life.
    pub lease: Duration,
    /// Time between two checkpoints of a running trial.
    pub checkpoint: Duration,
    /// Bytes that all running trials may hold together.
    pub memory: u64,
    /// Whether a trial that was running when its process ended, and again, runs in a process of its own:
    /// this very program, which must know `run-alone`.
    pub isolate: bool,
}

impl Default for Options {
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            workers,
            lease: Duration::from_secs(30),
            checkpoint: Duration::from_secs(10),
            memory: 4 << 30,
            isolate: false,
        }
    }
}

/// Threads that claim, run and complete trials until they are stopped.
#[derive(Debug)]
pub struct LocalEngine {
    live: Live,
    roster: Roster,
    memory: Memory,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
    supervisor: Task<()>,
}

impl LocalEngine {
    /// Starts the threads on this queue, to be called inside the runtime.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start<Q: WorkQueue>(queue: Q, runner: Arc<dyn Runner>, options: Options) -> io::Result<Self> {
        let (live, roster, memory) = (Live::default(), Roster::default(), Memory::new(options.memory));
        let (stop, stopping) = watch::channel(false);
        let work = Arc::new(Notify::new());
        let start = |number| {
            let worker = Worker {
                name: format!("local-{number}"),
                queue: queue.clone(),
                runner: Arc::clone(&runner),
                live: live.clone(),
                roster: roster.clone(),
                memory: memory.clone(),
                work: Arc::clone(&work),
                stopping: stopping.clone(),
                lease: options.lease,
                checkpoint: options.checkpoint,
                isolate: options.isolate,
                runtime: Handle::current(),
            };
            roster.seen(&worker.name);
            std::thread::Builder::new().name(worker.name.clone()).spawn(move || worker.run_for_good())
        };
        let threads = (0..options.workers).map(start).collect::<io::Result<Vec<_>>>()?;
        let supervisor = tokio::spawn(supervise(queue.clone(), live.clone(), work, options.lease));
        Ok(Self { live, roster, memory, stop, threads, supervisor })
    }

    /// Progress of what runs.
    #[must_use]
    pub fn live(&self) -> Live {
        self.live.clone()
    }

    /// Who works here.
    #[must_use]
    pub fn roster(&self) -> Roster {
        self.roster.clone()
    }

    /// What running trials have reserved.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.memory.clone()
    }

    /// Stops between two steps, or where that takes long anywhere, gives the trials back and waits
    /// for the threads.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for running in self.live.all() {
            running.stop.store(true, Ordering::Relaxed);
        }
        let threads = self.threads;
        let mut joined = tokio::task::spawn_blocking(move || {
            threads.into_iter().for_each(|thread| drop(thread.join()));
        });
        // who is not between two steps by then ends where it is, and begins again at its checkpoint
        if tokio::time::timeout(GENTLY, &mut joined).await.is_err() {
            self.live.all().iter().for_each(|running| running.end_at_once());
            let _ = joined.await;
        }
        self.supervisor.abort();
    }
}

/// Wakes workers when work arrives, stops cancelled trials, prolongs leases.
async fn supervise<Q: WorkQueue>(queue: Q, live: Live, work: Arc<Notify>, lease: Duration) {
    let mut notices = queue.notices();
    let mut beat = tokio::time::interval((lease / 3).max(Duration::from_millis(1)));
    let mut look = tokio::time::interval(LOOK_FOR_LATE);
    loop {
        tokio::select! {
            notice = notices.next() => match notice {
                Notice::Work => work.notify_waiters(),
                Notice::Cancelled(job) => live.stop_job(job),
                Notice::Paused(job) => live.pause_job(job),
                // leases tell which trials were cancelled
                Notice::Missed => {
                    work.notify_waiters();
                    prolong(&queue, &live, lease).await;
                }
                Notice::Closed => return,
            },
            _ = beat.tick() => prolong(&queue, &live, lease).await,
            // between two steps a trial looks itself
            _ = look.tick() => {
                let is_due = |running: &&Arc<Running>| running.is_late() || running.is_slow_to_stop();
                live.all().iter().filter(is_due).for_each(|running| running.end_at_once());
            }
        }
    }
}

/// A sign of life for every running trial, all at once, so that a slow one keeps none waiting;
/// a trial that lost its lease is stopped.
async fn prolong<Q: WorkQueue>(queue: &Q, live: &Live, lease: Duration) {
    let signs = live.all().into_iter().map(|running| async move {
        match queue.renew(running.lease, lease).await {
            Ok(Renewal::Held) => {}
            Ok(Renewal::Paused) => running.pause(),
            // it may also just have ended, which stopping does not hurt
            Ok(Renewal::Lost) => running.end_at_once(),
            Err(error) => tracing::warn!(%error, "no sign of life could be written"),
        }
    });
    join_all(signs).await;
}
