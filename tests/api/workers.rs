//! `GET /v1/workers`.

use serde_json::json;

use super::harness::{Server, long_job, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn workers_say_what_they_run() {
    let server = Server::start().await;
    server.run(&small_job()).await;
    let all = async || server.get("/v1/workers").await.json()["items"].as_array().unwrap().clone();
    let workers = all().await;
    let names: Vec<_> = workers.iter().map(|worker| worker["name"].clone()).collect();
    assert_eq!(names, ["local-0", "local-1"]);
    let done: u64 = workers.iter().map(|worker| worker["trials_last_hour"].as_u64().unwrap()).sum();
    assert_eq!(done, 2);
    assert_eq!((&workers[0]["place"], &workers[0]["slots"]), (&json!("local"), &json!(1)));
    // two trials, one for each
    let path = server.submit(&long_job()).await;
    let id = path.rsplit('/').next().unwrap();
    let running = loop {
        let running: Vec<_> =
            all().await.iter().flat_map(|worker| worker["running"].as_array().unwrap().clone()).collect();
        if running.len() == 2 && running.iter().all(|trial| trial["step"].as_u64() > Some(0)) {
            break running;
        }
        tokio::task::yield_now().await;
    };
    assert!(running.iter().all(|trial| trial["job"] == id && trial["steps"] == 1_000_000));
    assert_ne!(running[0]["trial"], running[1]["trial"]);
    server.stop().await;
}
