//! What one server records of itself: names, units and help of every metric.

use std::sync::Arc;

use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

/// Upper bounds of the classes of request times, in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0];

/// Times of requests.
pub(super) const REQUESTS: &str = "bitgauge_http_request_duration_seconds";

/// What one server recorded. Several servers of one process do not share it.
#[derive(Clone)]
pub struct Metrics(pub(super) Arc<PrometheusRecorder>);

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
    describe_gauge!("bitgauge_workers", "Workers, here and elsewhere");
    describe_gauge!(
        "bitgauge_worker_slots",
        "Trials that workers run at the same time, by place: local or remote"
    );
    describe_gauge!("bitgauge_nats_connected", "1 where NATS can be reached; none of these without --nats");
    describe_gauge!(
        "bitgauge_nats_trials",
        "Trials with remote workers, by where: published in the stream, or taken by workers"
    );
    describe_counter!("bitgauge_nats_results_total", "Results that remote workers handed in");
    describe_counter!("bitgauge_nats_garbled_total", "Messages that could not be understood");
    describe_gauge!("bitgauge_memory_budget_bytes", "Memory that all running trials may hold together");
    describe_gauge!("bitgauge_memory_reserved_bytes", "Memory that running trials have reserved");
    describe_gauge!("bitgauge_trials_waiting_for_memory", "Claimed trials that wait for memory");
    describe_gauge!("bitgauge_event_streams", "Open streams of events");
    describe_gauge!("bitgauge_build_info", "1, with version and arithmetic as labels");
}
