//! `GET /metrics`: counts and times of this server, in the text form of Prometheus. Labels take
//! few values: states, methods, statuses and the paths of the API's description.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use super::extract::{NoParameters, Query};
use super::{Problem, Service};
use crate::job::{JobState, TrialState};
use crate::science::trial::NUMERIC_PROFILE;
use crate::store::Counted;

/// Upper bounds of the classes of request times, in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0];

const REQUESTS: &str = "bitgauge_http_request_duration_seconds";

/// What one server recorded. Several servers of one process do not share it.
#[derive(Clone)]
pub struct Metrics(Arc<PrometheusRecorder>);

impl Metrics {
    /// Nothing recorded yet.
    #[must_use]
    pub fn new() -> Self {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).expect("there are bounds");
        let recorder = builder.build_recorder();
        metrics::with_local_recorder(&recorder, describe);
        Self(Arc::new(recorder))
    }
}

fn describe() {
    describe_histogram!(REQUESTS, "Time to the head of the answer, by method, path of the API and status");
    describe_counter!("bitgauge_jobs_accepted_total", "Jobs accepted since the server started");
    describe_counter!("bitgauge_jobs_ended_total", "Jobs ended since the server started, by state");
    describe_counter!("bitgauge_trials_ended_total", "Trials ended since the server started, by state");
    describe_counter!("bitgauge_leases_lost_total", "Leases that ran out or were taken back");
    describe_counter!("bitgauge_storage_errors_total", "Transactions that could not be committed");
    describe_counter!(
        "bitgauge_digest_alarms_total",
        "Trials that gave two digests, in the whole database: more than 0 means that determinism is broken"
    );
    describe_gauge!("bitgauge_jobs", "Jobs in the database, by state");
    describe_gauge!("bitgauge_trials_queued", "Trials that wait for a worker");
    describe_gauge!("bitgauge_trials_running", "Trials that a worker is running");
    describe_gauge!("bitgauge_workers", "Workers");
    describe_gauge!("bitgauge_event_streams", "Open streams of events");
    describe_gauge!("bitgauge_build_info", "1, with version and arithmetic as labels");
}

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
        gauge!("bitgauge_workers").set(number(i64::try_from((service.workers)().len()).unwrap_or(i64::MAX)));
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
