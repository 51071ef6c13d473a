//! `POST /v1/jobs/{id}/retry`.

use std::time::Duration;

use bitgauge::job::JobId;
use bitgauge::work::{Completion, Lease};
use reqwest::Method;
use serde_json::json;

use crate::harness::{Access, Server, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn only_what_failed_runs_again() {
    // trials are completed by hand: the first succeeds, the second fails
    let idle = Server::idle().await;
    let path = idle.submit(&small_job()).await;
    let id: JobId = path.rsplit('/').next().unwrap().parse().unwrap();
    let claim = async || idle.store.claim("hand", 60_000).await.unwrap().unwrap().lease;
    let (first, second): (Lease, Lease) = (claim().await, claim().await);
    let report = json!({
        "state": "succeeded", "numeric_profile": "by hand", "reproducible": true, "parameters": 5,
        "dataset_bits": 8.0, "steps": 20, "ended_when_held": false, "measurements": {"memorized_bits": 3.0},
    });
    let digest = bitgauge::outcome::Digest::of(report.to_string().as_bytes());
    let completion = Completion::Reported {
        state: bitgauge::job::TrialState::Succeeded,
        report: report.to_string(),
        digest: Some(digest.clone()),
        seconds: 0.1,
    };
    let retry = format!("{path}/retry");
    let refused = idle.send(idle.request(Method::POST, &retry)).await;
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (409, "not-ended"));
    idle.store.complete(first, completion).await.unwrap();
    idle.store.complete(second, Completion::Failed { detail: "no luck".into() }).await.unwrap();
    assert_eq!(idle.get(&path).await.json()["state"], "failed");
    let before = idle.get(&format!("{path}/results")).await.json();
    assert_eq!(before["items"][0]["trials"]["failed"], 1);
    let answer = idle.send(idle.request(Method::POST, &retry)).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let job = answer.json();
    assert_eq!((&job["state"], &job["trials"]["queued"]), (&json!("running"), &json!(1)));
    assert_eq!((&job["trials"]["succeeded"], &job["finished_at"]), (&json!(1), &json!(null)));
    let trial = idle.get(&format!("{path}/trials/1")).await.json();
    assert_eq!((&trial["state"], &trial["attempts"]), (&json!("queued"), &json!(0)));
    // workers run what is left
    let directory = idle.stop().await;
    let server = Server::on(directory, 2, Access::default()).await;
    let row = tokio::time::timeout(Duration::from_mins(1), server.store.ended(id)).await.unwrap().unwrap();
    assert_eq!(row.state.as_str(), "succeeded");
    let kept = server.get(&format!("{path}/trials/0")).await.json();
    assert_eq!(kept["digest"], digest.as_str());
    assert_eq!(server.get(&format!("{path}/trials/1")).await.json()["attempts"], 1);
    let results = server.get(&format!("{path}/results")).await.json();
    assert_eq!(results["items"][0]["trials"]["succeeded"], 2);
    // the events go on after the first end
    let events = server.get(&format!("{path}/events")).await.text;
    let kinds: Vec<&str> = events.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(kinds, ["accepted", "started", "trial", "trial", "end", "retried", "trial", "end"]);
    let nothing = server.send(server.request(Method::POST, &retry)).await;
    assert_eq!((nothing.status.as_u16(), nothing.problem().as_str()), (409, "nothing-to-retry"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_search_goes_on() {
    let idle = Server::idle().await;
    let path = idle
        .submit(&json!({
            "dataset": {"kind": "random_labels", "inputs": 6}, "network": {"kind": "linear"},
            "training": {"steps": 60}, "search": {"kind": "capacity", "tolerance": 0.2, "work": 60},
        }))
        .await;
    idle.send(idle.request(Method::POST, &format!("{path}/cancel"))).await;
    let answer = idle.send(idle.request(Method::POST, &format!("{path}/retry"))).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["state"]), (202, &json!("queued")));
    let id: JobId = path.rsplit('/').next().unwrap().parse().unwrap();
    let server = Server::on(idle.stop().await, 2, Access::default()).await;
    let row = tokio::time::timeout(Duration::from_mins(1), server.store.ended(id)).await.unwrap().unwrap();
    assert_eq!(row.state.as_str(), "succeeded");
    server.stop().await;
}
