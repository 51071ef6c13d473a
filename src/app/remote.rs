//! A worker elsewhere: the engine of this program on the queue of a service, over NATS.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::Options;
use crate::engine::{LocalEngine, Trainer};
use crate::nats::{Connection, Endpoint, Identity, LANGUAGE, NatsQueue, Role, Sign, Task};
use crate::science::kernel::isa::Isa;
use crate::science::trial::NUMERIC_PROFILE;

/// The last sign of life may take so long.
const FAREWELL: Duration = Duration::from_secs(1);

/// Works for the service behind NATS until it is told to stop; then gives back what it runs.
///
/// # Errors
/// When the options are wrong or the system gives no threads.
pub async fn work(
    nats: &Endpoint,
    identity: Identity,
    host: String,
    options: Options,
    told_to_stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let connection = Connection::open(nats, &identity.worker, Role::Worker).await?;
    let queue = NatsQueue::open(connection.clone(), identity.clone()).await?;
    let engine =
        LocalEngine::start(queue.clone(), Arc::new(Trainer), options).context("no thread for a worker")?;
    let (live, roster, of_queue) = (engine.live(), engine.roster(), queue.clone());
    let sign = move |leaves| {
        let slots = roster.all();
        let running = slots.iter().filter_map(|slot| slot.running);
        let task = |lease: crate::work::Lease| {
            let found = live.of_job(lease.job).into_iter().find(|running| running.trial == lease.number);
            let (step, steps) = found.map_or((0, 0), |running| (running.done, running.of));
            Task { lease, step, steps }
        };
        Sign {
            worker: identity.worker.clone(),
            host: host.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            language: LANGUAGE,
            numeric_profile: NUMERIC_PROFILE.to_owned(),
            instruction_set: Isa::detect().name().to_owned(),
            slots: u32::try_from(options.workers).unwrap_or(u32::MAX),
            memory: options.memory,
            running: running.map(task).collect(),
            ended_last_hour: slots.iter().map(|slot| slot.ended_last_hour).sum(),
            observed_seconds: slots.iter().map(|slot| slot.observed.as_secs_f64()).fold(0.0, f64::max),
            fault: of_queue.fault(),
            leaves,
        }
    };
    let farewell = sign.clone();
    tokio::select! {
        () = queue.give_signs(move || sign(false)) => {}
        () = told_to_stop => {}
    }
    queue.close();
    engine.stop().await;
    // nobody may be there to hear it
    let _ = tokio::time::timeout(FAREWELL, queue.introduce(&farewell(true))).await;
    connection.close().await;
    Ok(())
}
