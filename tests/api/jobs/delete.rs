//! `DELETE /v1/jobs/{id}` and `DELETE /v1/jobs`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Server, long_job, small_job};

fn tagged(tag: &str) -> Value {
    let mut spec = small_job();
    spec["tags"] = json!([tag]);
    spec
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_job_is_nowhere_and_what_it_ran_was_looked_at() {
    let server = Server::start().await;
    let mut spec = small_job();
    spec["claims"] = json!([{"says": "much is held", "quantity": "memorized_bits", "relation": "at_least", "expected": 1.0}]);
    let request = server.request(Method::POST, "/v1/jobs").json(&spec).header("prefer", "wait=60");
    let first = server.send(request.header("idempotency-key", "k")).await.json();
    let path = first["job"]["links"]["self"].as_str().unwrap().to_owned();
    // its evaluation was asked for, and may be kept
    assert_eq!(server.get(&format!("{path}/analysis")).await.status, 200);
    let answer = server.delete(&path).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    for part in ["", "/results", "/analysis", "/trials", "/trials/0", "/trials.csv", "/events", "/figure.svg"]
    {
        assert_eq!(server.get(&format!("{path}{part}")).await.status, 404, "{part}");
    }
    assert_eq!(server.delete(&path).await.status, 404);
    assert_eq!(server.get("/v1/jobs?count=true").await.json()["total"], 0);
    // the key of its request makes a new job, whose trials are known
    let again = server.request(Method::POST, "/v1/jobs").json(&spec).header("prefer", "wait=60");
    let again = server.send(again.header("idempotency-key", "k")).await.json();
    assert_ne!(again["job"]["id"], first["job"]["id"]);
    let stated = &again["job"]["stated"];
    assert_eq!(
        (&stated["trials_known_before"], &stated["claims_before_looking"]),
        (&json!(2), &json!(false))
    );
    // also once nothing is left of it in the database
    while server.store.sweep_deleted().await.unwrap() {}
    let third = server.run(&spec).await;
    assert_eq!(third["job"]["stated"]["trials_known_before"], 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_runs_is_deleted_by_force_alone() {
    let server = Server::start().await;
    let path = server.submit(&long_job()).await;
    let answer = server.delete(&path).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (409, "not-ended"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("force=true"));
    // a stream that is open ends
    let stream = server.client.get(format!("http://{}{path}/events", server.address)).send().await.unwrap();
    assert_eq!(server.delete(&format!("{path}?force=true")).await.status, 204);
    assert!(stream.text().await.is_ok());
    assert_eq!(server.get(&path).await.status, 404);
    // the workers are free again
    assert_eq!(server.run(&small_job()).await["job"]["state"], "succeeded");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_jobs_are_deleted_together_and_counted_before() {
    let server = Server::start().await;
    for tag in ["x", "y", "x"] {
        server.run(&tagged(tag)).await;
    }
    // so that the ends lie before now
    tokio::task::yield_now().await;
    let kept = server.submit(&long_job()).await;
    let jobs = async |query: &str| server.delete(&format!("/v1/jobs?{query}")).await.json();
    assert_eq!(jobs("older_than=1h").await, json!({"jobs": 0, "dry_run": false}));
    assert_eq!(jobs("older_than=0s&tag=x&dry_run=true").await, json!({"jobs": 2, "dry_run": true}));
    assert_eq!(server.get("/v1/jobs?count=true").await.json()["total"], 4);
    assert_eq!(jobs("older_than=0s&tag=x").await, json!({"jobs": 2, "dry_run": false}));
    assert_eq!(jobs("older_than=0s&state=failed,cancelled").await["jobs"], 0);
    assert_eq!(jobs("older_than=0s").await["jobs"], 1);
    assert_eq!(server.get("/v1/jobs?count=true").await.json()["total"], 1);
    assert_eq!(server.get(&kept).await.status, 200);
    for bad in ["", "older_than=30", "older_than=30d&state=old", "older_than=30d&age=1"] {
        let answer = server.delete(&format!("/v1/jobs?{bad}")).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (400, "invalid-parameter"), "{bad}");
    }
    // every fault at once
    let answer = server.delete("/v1/jobs?older_than=x&state=old").await;
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 2);
    server.stop().await;
}
