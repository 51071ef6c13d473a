//! `POST /v1/jobs`: accepted, planned, sent twice, waited for.

use bitgauge::outcome::Digest;
use bitgauge::spec::ValidJobSpec;
use bitgauge::spec::admission::Limits;
use bitgauge::store::NewJob;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Server, long_job, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn accepted_means_stored_and_survives_a_restart() {
    let server = Server::idle().await;
    let path = server.submit(&small_job()).await;
    let directory = server.stop().await;
    let server = Server::on(directory, 2, bitgauge::http::Access::default()).await;
    let events = server.get(&format!("{path}/events")).await;
    assert!(events.text.contains("event: end"), "{}", events.text);
    assert_eq!(server.get(&path).await.json()["state"], "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_plans_and_stores_nothing() {
    let server = Server::idle().await;
    let answer = server.post("/v1/jobs?dry_run=true", &small_job()).await;
    assert_eq!(answer.status, 200);
    let plan = answer.json();
    assert_eq!((&plan["trials"], &plan["parameters"]["max"]), (&json!(2), &json!(5)));
    assert_eq!(plan["dataset_bits"]["max"], json!(8.0));
    assert_eq!(server.get("/v1/jobs").await.json()["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_key_may_be_sent_twice() {
    let server = Server::idle().await;
    let send = |body: Value| {
        let request = server.request(Method::POST, "/v1/jobs").header("idempotency-key", "k-1").json(&body);
        server.send(request)
    };
    let first = send(small_job()).await;
    let second = send(small_job()).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (202, 200));
    assert_eq!(first.json()["id"], second.json()["id"]);
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), ("", "true"));
    let mut other = small_job();
    other["seed"] = json!(1);
    let conflict = send(other).await;
    assert_eq!((conflict.status.as_u16(), conflict.problem().as_str()), (422, "idempotency-conflict"));
    assert_eq!(server.get("/v1/jobs").await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_too_short_gets_the_job_as_it_stands() {
    let server = Server::start().await;
    let request = server.request(Method::POST, "/v1/jobs").header("prefer", "wait=1").json(&long_job());
    let answer = server.send(request).await;
    assert_eq!((answer.status.as_u16(), answer.header("preference-applied")), (202, "wait=1"));
    assert_eq!(answer.json()["state"], "running");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_trials_are_accepted_at_once() {
    let server = Server::idle().await;
    let mut spec = small_job();
    spec["seeds"] = json!(10_000);
    let path = server.submit(&spec).await;
    let job = server.get(&path).await.json();
    assert_eq!(job["trials"]["queued"], 10_000);
    spec["seeds"] = json!(10);
    let values: Vec<u64> = (1..=1000).collect();
    spec["sweep"] = json!([{"path": "/dataset/samples", "values": values}]);
    server.submit(&spec).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_cannot_be_in_time_is_refused_and_one_that_is_late_fails_with_a_reason() {
    let server = Server::start().await;
    let mut spec = long_job();
    spec["training"]["steps"] = json!(1000);
    spec["budget"] = json!({"trial_seconds": 0.01});
    spec["dataset"]["samples"] = json!(4000);
    let answer = server.post("/v1/jobs", &spec).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("/budget/trial_seconds"), "{}", answer.text);
    // admitted with a long budget, and stored with one that the clock will pass
    let late = json!({
        "dataset": {"kind": "random_labels", "inputs": 8, "samples": 100_000},
        "network": {"kind": "linear"},
        "training": {"steps": 1, "batch_size": 8},
        "estimators": [{"kind": "memorized_bits"}],
        "budget": {"trial_seconds": 601},
        "seeds": 2,
    });
    let spec = ValidJobSpec::of_document(late, &Limits::default()).unwrap();
    let mut new = NewJob::of(&spec, server.store.clock().now_ms(), None);
    new.spec_json = new.spec_json.replace("601", "0.001");
    new.spec_digest = Digest::of(new.spec_json.as_bytes());
    let path = format!("/v1/jobs/{}", new.id);
    let id = new.id;
    server.store.create_job(new).await.unwrap();
    server.store.ended(id).await.unwrap();
    let job = server.get(&path).await.json();
    assert_eq!((&job["state"], &job["trials"]["failed"]), (&json!("failed"), &json!(2)), "{job}");
    let trials = server.get(&format!("{path}/trials")).await.json();
    assert_eq!(trials["items"][0]["detail"], "took longer than budget.trial_seconds");
    server.stop().await;
}
