//! `POST /v1/jobs/{id}/pause` and `/resume`, and priorities.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Server, long_job, small_job};

async fn post(server: &Server, path: &str, action: &str) -> Value {
    let answer = server.send(server.request(Method::POST, &format!("{path}/{action}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// The job, once it is as asked for.
async fn once(server: &Server, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let look = async {
        loop {
            let job = server.get(path).await.json();
            if is_so(&job) {
                return job;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), look).await.expect("it comes to that")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_job_frees_the_workers_and_goes_on_where_it_was() {
    let server = Server::start().await;
    let path = server.submit(&long_job()).await;
    let is_training = |job: &Value| {
        let running = job["running"].as_array().unwrap();
        running.len() == 2 && running.iter().all(|trial| trial["step"].as_u64().unwrap() > 0)
    };
    once(&server, &path, is_training).await;
    let paused = post(&server, &path, "pause").await;
    assert!(paused["paused_at"].is_string() && paused["state"] == "running", "{paused}");
    // both come back, and another job has the workers
    let waiting = once(&server, &path, |job| job["trials"]["queued"] == 2).await;
    assert_eq!(waiting["paused_at"], paused["paused_at"]);
    assert_eq!(post(&server, &path, "pause").await["paused_at"], paused["paused_at"], "twice is once");
    let other = server.run(&small_job()).await;
    assert_eq!(other["job"]["state"], "succeeded");
    assert_eq!(server.get(&path).await.json()["trials"]["queued"], 2);
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let saved = server.store.checkpoint(id, 0).await.unwrap().expect("what was trained was saved");
    assert!(saved.step > 0);
    let resumed = post(&server, &path, "resume").await;
    assert!(resumed["paused_at"].is_null());
    let going = once(&server, &path, is_training).await;
    let step = going["running"][0]["step"].as_i64().unwrap();
    assert!(step >= saved.step, "{step} steps after {}", saved.step);
    let events = server.store.events_after(id, 0, 100).await.unwrap();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["accepted", "started", "paused", "resumed"]);
    // paused or not, a job can be cancelled, and is not paused any more
    post(&server, &path, "pause").await;
    let cancelled = post(&server, &path, "cancel").await;
    assert!(cancelled["state"] == "cancelled" && cancelled["paused_at"].is_null());
    for action in ["pause", "resume"] {
        let answer = server.send(server.request(Method::POST, &format!("{path}/{action}"))).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (409, "already-ended"));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_highest_priority_comes_first_and_can_be_changed() {
    let server = Server::idle().await;
    let submit = async |query: &str| {
        let answer = server.post(&format!("/v1/jobs{query}"), &small_job()).await;
        assert_eq!(answer.status, 202);
        answer.json()
    };
    let background = submit("?priority=background").await;
    let (normal, high) = (submit("").await, submit("?priority=high").await);
    let words: Vec<&Value> = [&background, &normal, &high].map(|job| &job["priority"]).into();
    assert_eq!(words, ["background", "normal", "high"]);
    let next =
        async || server.store.claim("w", 60_000).await.unwrap().map(|claim| claim.lease.job.to_string());
    assert_eq!(next().await, high["id"].as_str().map(str::to_owned));
    let itself = background["links"]["self"].as_str().unwrap();
    let changed = server.patch(itself, &json!({"priority": "high"})).await;
    assert_eq!(changed.json()["priority"], "high");
    // two of the same priority take turns; the normal one waits for both
    let mut order = Vec::new();
    for _ in 0..5 {
        order.push(next().await.unwrap());
    }
    let of_normal = order.iter().position(|id| normal["id"] == **id);
    assert_eq!(of_normal, Some(3), "{order:?}");
    let refused = server.post("/v1/jobs?priority=urgent", &small_job()).await;
    assert_eq!(refused.status, 400);
    let refused = server.patch(itself, &json!({"priority": 1, "spec": {}})).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["errors"].as_array().unwrap().len(), 2);
    assert_eq!(server.patch(itself, &json!({"priority": null})).await.json()["priority"], "normal");
    server.stop().await;
}
