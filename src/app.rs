//! The composition root: store, engine, evaluator, coordinator and HTTP put together. The only
//! place that knows them all.

mod calibrate;
pub mod memory;
mod monitor;
pub mod remote;
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
use crate::nats::{self, Connection, Endpoint, Gateway, Role};
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
    /// None where nobody works elsewhere.
    gateway: Option<Gateway>,
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

    /// The same, with workers elsewhere beside those of this process.
    ///
    /// # Errors
    /// As [`App::start`], and when the options of NATS are wrong.
    pub async fn with_workers_elsewhere(
        data_dir: &Path,
        options: Options,
        nats: &Endpoint,
    ) -> anyhow::Result<Self> {
        let connection = Connection::open(nats, "bitgauge", Role::Service).await?;
        let store = Store::open(data_dir, Clock::system()).await?;
        Self::beside(store, options, Some(connection)).await
    }

    /// Starts the workers on an open store.
    ///
    /// # Errors
    /// When the store cannot be written or the system gives no threads.
    pub async fn on(store: Store, options: Options) -> anyhow::Result<Self> {
        Self::beside(store, options, None).await
    }

    async fn beside(store: Store, options: Options, nats: Option<Connection>) -> anyhow::Result<Self> {
        let gates = nats::Options { lease: options.lease, ..nats::Options::default() };
        let elsewhere = nats.is_some().then_some(nats::CLAIMED_FOR);
        let lease_ms = i64::try_from(gates.lease.as_millis()).unwrap_or(i64::MAX);
        let (recovered, in_flight) = store.recover_beside(elsewhere, lease_ms).await?;
        if recovered > 0 {
            tracing::info!(trials = recovered, "taken back from the last process");
        }
        store.look_through_at_start().await;
        let after = store.last_event_number().await?;
        let evaluator = Evaluator::new(store.clone());
        let queue = StoreQueue::new(store.clone());
        let engine = LocalEngine::start(queue.clone(), Arc::new(Trainer), options)
            .context("no thread for a worker")?;
        let coordinator = Some(Coordinator::start(store.clone(), evaluator.clone(), after));
        let gateway = nats.map(|connection| Gateway::start(queue, connection, &in_flight, gates));
        let speed = Arc::default();
        Ok(Self { store, engine, evaluator, coordinator, gateway, workers: options.workers, speed })
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
        let (coordinator, gateway, speed) = (None, None, Arc::default());
        Ok(Self { store, engine, evaluator, coordinator, gateway, workers: 0, speed })
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
        let watch = self.gateway.as_ref().map(Gateway::watch);
        let (counts, elsewhere, fleet) = (watch.clone(), watch.clone(), watch);
        let progress = move |job| {
            let elsewhere = elsewhere.iter().flat_map(|watch| workers::running_elsewhere(watch.fleet(), job));
            workers::running(&live, job).into_iter().chain(elsewhere).collect()
        };
        let slots_of = fleet.clone();
        let workers = move || {
            let local = workers::local(&roster, &of_workers, &clock);
            let remote = fleet.iter().flat_map(|watch| workers::remote(watch.fleet(), &clock));
            local.into_iter().chain(remote).collect()
        };
        let limits = Limits { trial_bytes: self.limits().trial_bytes, ..admission };
        let (memory, speed, count) = (self.engine.memory(), Arc::clone(&self.speed), self.workers);
        let reserved = memory.clone();
        let machine = move || {
            let elsewhere = slots_of.as_ref().map_or(0, |watch| watch.fleet().slots());
            Machine { workers: count + elsewhere, memory: memory.budget(), speed: speed.get().copied() }
        };
        let watched = Watched {
            readiness: Arc::new(monitor.readiness()),
            progress: Arc::new(progress),
            workers: Arc::new(workers),
            memory: Arc::new(move || workers::memory(&reserved)),
            nats: Arc::new(move || counts.as_ref().map(|watch| workers::nats(watch.counts()))),
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
        if let Some(gateway) = self.gateway {
            gateway.stop().await;
        }
        if let Some(coordinator) = self.coordinator {
            coordinator.stop().await;
        }
    }
}
