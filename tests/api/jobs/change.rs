//! `PATCH /v1/jobs/{id}`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Server, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn name_tags_and_notes_change_and_the_spec_does_not() {
    let server = Server::idle().await;
    let mut spec = small_job();
    spec["name"] = json!("before");
    spec["tags"] = json!(["old"]);
    let path = server.submit(&spec).await;
    let shown = server.get(&path).await.json();
    assert_eq!(shown["notes"], "");
    let answer = server.patch(&path, &json!({"name": "after", "notes": "first line\nsecond"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let job = answer.json();
    assert_eq!((&job["name"], &job["tags"]), (&json!("after"), &json!(["old"])));
    assert_eq!((&job["notes"], &job["spec"]), (&json!("first line\nsecond"), &shown["spec"]));
    let list = server.get("/v1/jobs?name=aft").await.json();
    assert_eq!(list["items"][0]["name"], "after");
    let request = server.request(Method::PATCH, &path).header("content-type", "application/merge-patch+json");
    let answer = server.send(request.body(r#"{"tags": ["a", "b"], "notes": null}"#)).await.json();
    assert_eq!(
        (&answer["tags"], &answer["notes"], &answer["name"]),
        (&json!(["a", "b"]), &json!(""), &json!("after"))
    );
    assert_eq!(server.get("/v1/jobs?tag=old").await.json()["items"], json!([]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_was_not_seen_is_refused() {
    let server = Server::idle().await;
    let path = server.submit(&small_job()).await;
    let seen = server.get(&path).await.header("etag").to_owned();
    let change = |tag: &str, name: &str| {
        server.request(Method::PATCH, &path).header("if-match", tag).json(&json!({"name": name}))
    };
    let answer = server.send(change(&seen, "one")).await;
    assert_eq!(answer.status, 200);
    // the new tag is that of the new representation
    assert_eq!(server.get(&path).await.header("etag"), answer.header("etag"));
    let refused = server.send(change(&seen, "two")).await;
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (412, "precondition-failed"));
    assert_eq!(server.send(change("*", "three")).await.status, 200);
    assert_eq!(server.get(&path).await.json()["name"], "three");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_change_is_told() {
    let server = Server::idle().await;
    let path = server.submit(&small_job()).await;
    let answer =
        server.patch(&path, &json!({"name": "x".repeat(201), "tags": ["", 7], "spec": {}, "notes": 1})).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (422, "invalid-body"));
    let faults = answer.json()["errors"].as_array().unwrap().clone();
    let mut pointers: Vec<&str> = faults.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/name", "/notes", "/spec", "/tags"]);
    assert_eq!(server.patch(&path, &Value::Array(vec![])).await.status, 422);
    let request = server.request(Method::PATCH, &path).header("content-type", "text/plain").body("{}");
    assert_eq!(server.send(request).await.status, 415);
    let request = server.request(Method::PATCH, &path).header("content-type", "application/json").body("{");
    assert_eq!(server.send(request).await.problem(), "invalid-json");
    server.stop().await;
}
