//! `GET /metrics`: counts and times of this server, in the text form of Prometheus. Labels take
//! few values: states, methods, statuses and the paths of the API's description.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, gauge, histogram};

use super::extract::{NoParameters, Query};
use super::recorder::{Metrics, REQUESTS};
use super::{Problem, Service};
use crate::api::WorkerPlace;
use crate::job::{JobState, TrialState};
use crate::science::trial::NUMERIC_PROFILE;
use crate::store::Counted;

/// The text.
pub async fn show(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let by_state = service.store.jobs_by_state().await?;
    let (queued, running) = service.store.open_trials().await?;
    let alarms = service.store.digest_alarms().await?;
    let counted = service.store.counted();
    let count = |counted_as: Counted| counted.get(&counted_as).copied().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let number = |count: i64| count as f64;
    let record = || {
        counter!("bitgauge_jobs_accepted_total").absolute(count(Counted::JobAccepted));
        for state in JobState::ALL {
            let jobs = by_state.iter().find(|(name, _)| name == state.as_str()).map_or(0, |(_, jobs)| *jobs);
            gauge!("bitgauge_jobs", "state" => state.as_str()).set(number(jobs));
            if state.is_terminal() {
                counter!("bitgauge_jobs_ended_total", "state" => state.as_str())
                    .absolute(count(Counted::JobEnded(state)));
            }
        }
        // trials that are cancelled end with their job, without an event of their own
        for state in [TrialState::Succeeded, TrialState::Diverged, TrialState::Failed] {
            counter!("bitgauge_trials_ended_total", "state" => state.as_str())
                .absolute(count(Counted::TrialEnded(state)));
        }
        counter!("bitgauge_leases_lost_total").absolute(count(Counted::LeaseLost));
        counter!("bitgauge_storage_errors_total").absolute(count(Counted::StorageError));
        counter!("bitgauge_digest_alarms_total").absolute(u64::try_from(alarms).unwrap_or_default());
        gauge!("bitgauge_trials_queued").set(number(queued));
        gauge!("bitgauge_trials_running").set(number(running));
        let workers = (service.workers)();
        for place in [WorkerPlace::Local, WorkerPlace::Remote] {
            let there = workers.iter().filter(|worker| worker.place == place && worker.refused.is_none());
            let slots: i64 = there.map(|worker| i64::from(worker.slots)).sum();
            let place = if place == WorkerPlace::Local { "local" } else { "remote" };
            gauge!("bitgauge_worker_slots", "place" => place).set(number(slots));
        }
        gauge!("bitgauge_workers").set(number(i64::try_from(workers.len()).unwrap_or(i64::MAX)));
        let memory = (service.memory)();
        let bytes = |bytes: u64| number(i64::try_from(bytes).unwrap_or(i64::MAX));
        gauge!("bitgauge_memory_budget_bytes").set(bytes(memory.budget_bytes));
        gauge!("bitgauge_memory_reserved_bytes").set(bytes(memory.reserved_bytes));
        gauge!("bitgauge_trials_waiting_for_memory").set(f64::from(memory.waiting_trials));
        if let Some(nats) = (service.nats)() {
            let count = |count: u64| number(i64::try_from(count).unwrap_or(i64::MAX));
            gauge!("bitgauge_nats_connected").set(f64::from(u8::from(nats.connected)));
            gauge!("bitgauge_nats_trials", "at" => "stream").set(count(nats.published_trials));
            gauge!("bitgauge_nats_trials", "at" => "workers").set(count(nats.taken_trials));
            counter!("bitgauge_nats_results_total").absolute(nats.results_total);
            counter!("bitgauge_nats_garbled_total").absolute(nats.garbled_total);
        }
        gauge!("bitgauge_event_streams")
            .set(number(i64::try_from(service.open_streams()).unwrap_or(i64::MAX)));
        let labels = [("version", env!("CARGO_PKG_VERSION")), ("numeric_profile", NUMERIC_PROFILE)];
        gauge!("bitgauge_build_info", &labels).set(1.0);
    };
    metrics::with_local_recorder(&*service.metrics.0, record);
    let text = service.metrics.0.handle().render();
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// Records how long each answer takes.
pub async fn observe(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let path = path.unwrap_or_else(|| "none".to_owned());
    // a method may be any word
    let known = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"];
    let method = known.into_iter().find(|known| request.method().as_str() == *known).unwrap_or("other");
    let response = next.run(request).await;
    let labels =
        [("method", method.to_owned()), ("path", path), ("status", response.status().as_str().to_owned())];
    metrics::with_local_recorder(&*metrics.0, || {
        histogram!(REQUESTS, &labels).record(start.elapsed().as_secs_f64());
    });
    response
}
