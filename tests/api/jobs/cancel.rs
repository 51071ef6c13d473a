//! `POST /v1/jobs/{id}/cancel`.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Server, long_job, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_stops_a_job_once() {
    let server = Server::start().await;
    let path = server.submit(&long_job()).await;
    let cancel = format!("{path}/cancel");
    let answer = server.send(server.request(Method::POST, &cancel)).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["state"]), (200, &json!("cancelled")));
    assert_eq!(answer.json()["trials"]["cancelled"], 2);
    assert_eq!(server.send(server.request(Method::POST, &cancel)).await.status, 200);
    // the workers are free again: another job runs to its end
    let finished = server.run(&small_job()).await;
    assert_eq!(finished["job"]["state"], "succeeded");
    let cancel = format!("{}/cancel", finished["job"]["links"]["self"].as_str().unwrap());
    let answer = server.send(server.request(Method::POST, &cancel)).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (409, "already-ended"));
    server.stop().await;
}
