//! The composition root: store, engine, evaluator, coordinator and HTTP put together. The only
//! place that knows them all.

mod calibrate;
pub mod memory;
mod monitor;
mod workers;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::monitor::{Monitor, Wanted};
use crate::coordinator::Coordinator;
pub use crate::engine::Options;
pub use crate::engine::alone::run as run_alone;
use crate::engine::{LocalEngine, Trainer, speed};
use crate::evaluator::Evaluator;
use crate::http::{self, Access, HttpLimits, Service, Watched};
use crate::job::JobId;
use crate::science::trial::work::Speed;
use crate::spec::ValidJobSpec;
use crate::spec::admission::{Limits, Machine};
use crate::store::{Clock, Created, NewJob, Store, StoreQueue};

/// How a server answers.
#[derive(Debug, Default)]
pub struct Serving {
    /// Who may ask.
    pub access: Access,
    /// What is borne at the same time.
    pub http: HttpLimits,
    /// How large a job may be. Memory is that of the engine.
    pub admission: Limits,
}

/// A store with all that works on it.
pub struct App {
    /// The store.
    pub store: Store,
    /// Who runs trials.
    pub engine: LocalEngine,
    /// Who evaluates jobs.
    pub evaluator: Evaluator,
    /// None where nothing may be written.
    coordinator: Option<Coordinator>,
    workers: usize,
    speed: Arc<OnceLock<Speed>>,
}

impl App {
    /// Opens the data directory, takes back what the last process left running and starts the
    /// workers.
    ///
    /// # Errors
    /// When the directory cannot be used or belongs to another process.
    pub async fn start(data_dir: &Path, options: Options) -> anyhow::Result<Self> {
        Self::on(Store::open(data_dir, Clock::system()).await?, options).await
    }

    /// Starts the workers on an open store.
    ///
    /// # Errors
    /// When the store cannot be written or the system gives no threads.
    pub async fn on(store: Store, options: Options) -> anyhow::Result<Self> {
        let recovered = store.recover().await?;
        if recovered > 0 {
            tracing::info!(trials = recovered, "taken back from the last process");
        }
        store.look_through_at_start().await;
        let after = store.last_event_number().await?;
        let evaluator = Evaluator::new(store.clone());
        let queue = StoreQueue::new(store.clone());
        let engine =
            LocalEngine::start(queue, Arc::new(Trainer), options).context("no thread for a worker")?;
        let coordinator = Some(Coordinator::start(store.clone(), evaluator.clone(), after));
        Ok(Self { store, engine, evaluator, coordinator, workers: options.workers, speed: Arc::default() })
    }

    /// Opens the data directory to show what it holds: nobody works on it.
    ///
    /// # Errors
    /// When it holds no database of this version, or belongs to another process.
    pub async fn read_only(data_dir: &Path, options: Options) -> anyhow::Result<Self> {
        let store = Store::open_read_only(data_dir, Clock::system()).await?;
        let options = Options { workers: 0, ..options };
        let evaluator = Evaluator::new(store.clone());
        let engine = LocalEngine::start(StoreQueue::new(store.clone()), Arc::new(Trainer), options)?;
        Ok(Self { store, engine, evaluator, coordinator: None, workers: 0, speed: Arc::default() })
    }

    /// What is admitted here: no trial that needs more memory than all workers have together.
    #[must_use]
    pub fn limits(&self) -> Limits {
        memory::limits(self.engine.memory().budget())
    }

    /// Measures in the background how fast this machine is: estimates of time are rough until then.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn measure_speed(&self) -> std::io::Result<()> {
        let (speed, workers) = (Arc::clone(&self.speed), self.workers);
        let measure = move || {
            let measured = speed.get_or_init(|| speed::measure(workers));
            tracing::debug!(?measured, "speed against the reference machine");
        };
        std::thread::Builder::new().name("speed".to_owned()).spawn(measure).map(drop)
    }

    /// Stores a job.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn submit(&self, spec: &ValidJobSpec) -> anyhow::Result<JobId> {
        let new = NewJob::of(spec, self.store.clock().now_ms(), None);
        let (Created::New(row) | Created::Replayed(row)) = self.store.create_job(new).await?;
        Ok(row.id)
    }

    /// Serves HTTP until `stopping` turns true, then stops in order: no new
    /// connection, open ones drained, trials given back, log folded into the file.
    ///
    /// # Errors
    /// When the store cannot be closed properly.
    pub async fn serve(
        self,
        listener: TcpListener,
        serving: Serving,
        stopping: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let Serving { access, http, admission } = serving;
        // who writes nothing needs no room
        let free_bytes = if self.store.is_read_only() { 0 } else { http.free_bytes };
        let wanted = Wanted { workers: self.engine.roster().all().len(), free_bytes };
        let monitor = Monitor::start(self.store.clone(), self.engine.roster(), wanted).await;
        let (live, roster, clock) = (self.engine.live(), self.engine.roster(), self.store.clock().clone());
        let of_workers = live.clone();
        let progress = move |job| workers::running(&live, job);
        let workers = move || workers::local(&roster, &of_workers, &clock);
        let limits = Limits { trial_bytes: self.limits().trial_bytes, ..admission };
        let (memory, speed, count) = (self.engine.memory(), Arc::clone(&self.speed), self.workers);
        let reserved = memory.clone();
        let machine =
            move || Machine { workers: count, memory: memory.budget(), speed: speed.get().copied() };
        let watched = Watched {
            readiness: Arc::new(monitor.readiness()),
            progress: Arc::new(progress),
            workers: Arc::new(workers),
            memory: Arc::new(move || workers::memory(&reserved)),
            machine: Arc::new(machine),
        };
        let (store, evaluator) = (self.store.clone(), self.evaluator.clone());
        let service = Service::new(store, evaluator, (limits, http), watched, access, stopping.clone());
        http::listen::serve(listener, http::routers(service), http, stopping).await;
        drop(monitor);
        self.stop().await
    }

    /// Stops the workers and closes the store.
    ///
    /// # Errors
    /// When the store cannot be closed properly.
    pub async fn stop(self) -> anyhow::Result<()> {
        let store = self.store.clone();
        self.halt().await;
        store.close().await.context("closing the store")
    }

    /// Stops the workers and leaves the store open for whoever shares it.
    pub async fn halt(self) {
        self.engine.stop().await;
        if let Some(coordinator) = self.coordinator {
            coordinator.stop().await;
        }
    }
}
