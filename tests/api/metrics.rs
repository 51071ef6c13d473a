//! `GET /metrics`.

use serde_json::json;

use super::harness::{Server, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_counted_under_few_labels() {
    let server = Server::start().await;
    server.run(&small_job()).await;
    server.get("/v1/jobs/x").await;
    server.get("/nothing/here").await;
    let answer = server.get("/metrics").await;
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let has = |line: &str| assert!(answer.text.lines().any(|found| found == line), "{line}\n{}", answer.text);
    has("bitgauge_jobs_accepted_total 1");
    has("bitgauge_jobs_ended_total{state=\"succeeded\"} 1");
    has("bitgauge_jobs_ended_total{state=\"failed\"} 0");
    has("bitgauge_trials_ended_total{state=\"succeeded\"} 2");
    has("bitgauge_jobs{state=\"succeeded\"} 1");
    has("bitgauge_trials_queued 0");
    has("bitgauge_digest_alarms_total 0");
    has("bitgauge_workers 2");
    has("bitgauge_http_request_duration_seconds_count{method=\"POST\",path=\"/v1/jobs\",status=\"200\"} 1");
    // the path of the API, not the one that was asked for
    has(
        "bitgauge_http_request_duration_seconds_count{method=\"GET\",path=\"/v1/jobs/{id}\",status=\"404\"} 1",
    );
    has("bitgauge_http_request_duration_seconds_count{method=\"GET\",path=\"none\",status=\"404\"} 1");
    // every name has a help text
    for line in answer.text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        assert!(answer.text.contains(&format!("# HELP {name} ")), "{name}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_and_lost_leases_are_seen() {
    let server = Server::idle().await;
    let mut spec = small_job();
    spec["seeds"] = json!(7);
    server.submit(&spec).await;
    server.store.claim("hand", 60_000).await.unwrap().unwrap();
    server.store.claim("hand", 60_000).await.unwrap().unwrap();
    server.store.recover().await.unwrap();
    server.store.claim("hand", 60_000).await.unwrap().unwrap();
    let text = server.get("/metrics").await.text;
    for line in [
        "bitgauge_trials_queued 6",
        "bitgauge_trials_running 1",
        "bitgauge_leases_lost_total 2",
        "bitgauge_workers 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    server.stop().await;
}
