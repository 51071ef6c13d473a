//! `/v1/calibration`: the suite of known answers as jobs behind those of users, and its certificate.

use std::time::Duration;

use bitgauge::work::Completion;
use serde_json::{Value, json};

use super::harness::{Access, Server, small_job};

const RUN: &str = "/v1/calibration/run";

/// The newest calibration once it has this state.
async fn in_state(server: &Server, state: &str) -> Value {
    let mut happened = server.store.subscribe();
    let look = async {
        loop {
            let run = server.get(RUN).await.json();
            if run["state"] == state {
                return run;
            }
            // any hint, or a while without one
            let _ = tokio::time::timeout(Duration::from_millis(100), happened.recv()).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(20), look).await.expect("the calibration ends")
}

/// Ends all trials that wait as failed.
async fn fail_all(server: &Server) {
    while let Some(claimed) = server.store.claim("by hand", 60_000).await.unwrap() {
        let completion = Completion::Failed { detail: "by hand".to_owned() };
        server.store.complete(claimed.lease, completion).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_calibration_there_is_nothing_to_show() {
    let server = Server::idle().await;
    assert_eq!(server.get("/v1/calibration").await.problem(), "not-found");
    assert_eq!(server.get(RUN).await.problem(), "not-found");
    let cancelled = server.send(server.request(reqwest::Method::POST, "/v1/calibration/cancel")).await;
    assert_eq!(cancelled.problem(), "not-found");
    for (body, pointer) in
        [(json!([true]), ""), (json!({"quick": 1}), "/quick"), (json!({"slow": true}), "/slow")]
    {
        let answer = server.post("/v1/calibration", &body).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (422, "invalid-body".to_owned()));
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_calibration_runs_at_a_time_as_jobs_of_its_kind() {
    let server = Server::idle().await;
    let begun = server.post("/v1/calibration", &json!({"quick": true})).await;
    assert_eq!((begun.status.as_u16(), begun.header("location")), (202, RUN));
    let begun = begun.json();
    assert!(begun["quick"] == true && begun["state"] == "running" && begun["number"] == 1);
    let again = server.post("/v1/calibration", &json!({"quick": false})).await;
    assert_eq!((again.status.as_u16(), &again.json()["number"]), (200, &begun["number"]));

    server.submit(&small_job()).await;
    let count =
        async |query: &str| server.get(&format!("/v1/jobs?count=true&{query}")).await.json()["total"].clone();
    assert_eq!(count("kind=calibration").await, begun["jobs"]);
    assert_eq!(count("kind=experiment").await, 1);
    let listed = server.get("/v1/jobs?kind=calibration&limit=1").await.json();
    assert_eq!(listed["items"][0]["kind"], "calibration");
    assert_eq!(server.get("/v1/jobs?kind=other").await.problem(), "invalid-parameter");
    let deleted = server.delete("/v1/jobs?older_than=0s&kind=calibration&dry_run=true").await;
    assert_eq!(deleted.json()["jobs"], 0, "none has ended");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_of_users_go_first_and_a_calibration_goes_on_after_a_restart() {
    let server = Server::idle().await;
    let begun = server.post("/v1/calibration", &json!({"quick": true})).await.json();
    // accepted later, and with numbers beyond those of the suite's first trials
    let job = server.submit(&small_job()).await;
    let id = job.strip_prefix("/v1/jobs/").unwrap().to_owned();
    let mut claimed = Vec::new();
    for _ in 0..3 {
        claimed.push(server.store.claim("by hand", 60_000).await.unwrap().unwrap().lease.job.to_string());
    }
    assert_eq!(claimed.iter().filter(|job| **job == id).count(), 2, "both trials of the user's job");
    assert_ne!(claimed[2], id);

    let directory = server.stop().await;
    let server = Server::on(directory, 0, Access::default()).await;
    let run = server.get(RUN).await.json();
    assert_eq!(
        (&run["number"], &run["state"], &run["jobs"]),
        (&begun["number"], &json!("running"), &begun["jobs"])
    );
    let first = server.store.claim("by hand", 60_000).await.unwrap().unwrap();
    assert_eq!(first.lease.job.to_string(), id, "the user's trials, taken back, go first again");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calibration_is_cancelled_as_a_whole_or_with_one_of_its_jobs() {
    let server = Server::idle().await;
    let cancel = async || server.send(server.request(reqwest::Method::POST, "/v1/calibration/cancel")).await;
    server.post("/v1/calibration", &json!({"quick": true})).await;
    for _ in 0..2 {
        let cancelled = cancel().await.json();
        assert!(cancelled["state"] == "cancelled" && cancelled["jobs_ended"] == cancelled["jobs"]);
    }
    let again = server.send(server.request(reqwest::Method::POST, "/v1/calibration")).await;
    assert_eq!(again.status, 202, "without a body");
    assert!(again.json()["number"] == 2 && again.json()["quick"] == false);
    let one = server.get("/v1/jobs?kind=calibration&state=queued&limit=1").await.json()["items"][0].clone();
    server.post(one["links"]["cancel"].as_str().unwrap(), &json!({})).await;
    let cancelled = in_state(&server, "cancelled").await;
    assert_eq!(cancelled["jobs_ended"], cancelled["jobs"]);

    server.post("/v1/calibration", &json!({"quick": true})).await;
    let one = server.get("/v1/jobs?kind=calibration&state=queued&limit=1").await.json()["items"][0].clone();
    server.delete(&format!("{}?force=true", one["links"]["self"].as_str().unwrap())).await;
    in_state(&server, "cancelled").await;
    assert_eq!(server.get("/v1/calibration").await.problem(), "not-found", "none was issued");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_is_issued_when_all_jobs_have_ended() {
    let server = Server::idle().await;
    server.post("/v1/calibration", &json!({"quick": true})).await;
    let run = loop {
        fail_all(&server).await;
        let run = server.get(RUN).await.json();
        // a search may add a round before it fails
        if run["trials_ended"] == run["trials"] {
            break in_state(&server, "succeeded").await;
        }
    };
    let certificate = server.get("/v1/calibration").await.json();
    assert_eq!((&certificate["quick"], &certificate["met"]), (&json!(true), &json!(false)));
    assert_eq!(certificate["issued_at"], run["finished_at"]);
    let rows = certificate["rows"].as_array().unwrap();
    assert!(rows.len() >= 20 && rows.iter().all(|row| row["measured"].is_null() && row["met"] == false));
    let late = server.send(server.request(reqwest::Method::POST, "/v1/calibration/cancel")).await;
    assert_eq!(late.problem(), "already-ended");
    let directory = server.stop().await;
    let server = Server::on(directory, 0, Access::default()).await;
    assert_eq!(server.get("/v1/calibration").await.json(), certificate, "it outlives the process");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "half a minute of training on two cores; `just nightly` runs it"]
async fn the_quick_suite_meets_every_value_while_the_service_serves() {
    let server = Server::start().await;
    server.post("/v1/calibration", &json!({"quick": true})).await;
    server.run(&small_job()).await;
    assert_eq!(server.get(RUN).await.json()["state"], "running", "the small job was faster");
    in_state(&server, "succeeded").await;
    let certificate = server.get("/v1/calibration").await.json();
    assert_eq!(certificate["met"], true, "{certificate:#}");
    server.stop().await;
}
