//! `POST /v1/jobs/{id}/clone` and `/extend`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Server, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_has_the_changed_spec_and_names_its_origin() {
    let server = Server::idle().await;
    let mut spec = small_job();
    spec["name"] = json!("first");
    let path = server.submit(&spec).await;
    let id = server.get(&path).await.json()["id"].clone();
    server.patch(&path, &json!({"name": "renamed", "tags": ["t"]})).await;
    let clone = format!("{path}/clone");
    let answer =
        server.post(&clone, &json!({"seeds": 3, "training": {"steps": null, "learning_rate": 0.5}})).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let job = server.get(answer.header("location")).await.json();
    assert_eq!((&job["name"], &job["tags"]), (&json!("renamed"), &json!(["t"])));
    assert_eq!(job["origin"], json!({"id": id, "relation": "clone"}));
    assert_eq!(
        (&job["spec"]["seeds"], &job["spec"]["training"]),
        (&json!(3), &json!({"learning_rate": 0.5}))
    );
    // without a body nothing changes
    let answer = server.send(server.request(Method::POST, &clone)).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["trials"]["total"]), (202, &json!(2)));
    // it is checked as any spec is, and planned only if that was asked for
    let answer = server.post(&clone, &json!({"seeds": 0, "network": {"kind": "none"}})).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (422, "invalid-spec"));
    assert_eq!(server.post(&clone, &json!([])).await.problem(), "invalid-body");
    let plan = server.post(&format!("{clone}?dry_run=true"), &json!({"seeds": 5})).await;
    assert_eq!((plan.status.as_u16(), &plan.json()["trials"]), (200, &json!(5)));
    // the same request twice is one job
    let request =
        || server.request(Method::POST, &clone).header("idempotency-key", "k").json(&json!({"seed": 9}));
    let (first, second) = (server.send(request()).await, server.send(request()).await);
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (202, 200));
    assert_eq!(first.json()["id"], second.json()["id"]);
    assert_eq!(server.post("/v1/jobs/x/clone", &json!({})).await.status, 404);
    server.stop().await;
}

fn claiming() -> Value {
    let mut spec = small_job();
    spec["sweep"] = json!([{"path": "/dataset/samples", "values": [8, 16]}]);
    spec["claims"] = json!([{"says": "much is held", "quantity": "memorized_bits", "relation": "at_least", "expected": 1.0}]);
    spec
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_trains_only_what_is_new_and_stays_marked() {
    let server = Server::start().await;
    let first = server.run(&claiming()).await;
    let path = first["job"]["links"]["self"].as_str().unwrap();
    let trials = server.get(&format!("{path}/trials")).await.json()["items"].clone();
    let extend = format!("{path}/extend");
    let request = server.request(Method::POST, &extend).json(&json!({"more": 3})).header("prefer", "wait=60");
    let answer = server.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let job = answer.json()["job"].clone();
    assert_eq!(job["origin"], json!({"id": first["job"]["id"], "relation": "extension"}));
    assert_eq!(job["trials"]["succeeded"], 10);
    assert_eq!(job["stated"]["trials_known_before"], 4);
    assert_eq!(job["stated"]["claims_before_looking"], false);
    let path = job["links"]["self"].as_str().unwrap();
    let extended = server.get(&format!("{path}/trials")).await.json()["items"].clone();
    for (old, new) in trials.as_array().unwrap().iter().zip(extended.as_array().unwrap()) {
        // its very seconds: it was not trained again
        assert_eq!(old, new);
    }
    let events = server.get(&format!("{path}/events")).await.text;
    let kinds: Vec<&str> = events.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "trial").count(), 6);
    assert_eq!((kinds[0], kinds[1], kinds.last()), ("accepted", "started", Some(&"end")));
    // the same numbers as of a job that was run at once
    let mut whole = claiming();
    whole["seeds"] = json!(5);
    let whole = server.run(&whole).await;
    assert_eq!(whole["results"], answer.json()["results"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_must_extend() {
    let server = Server::start().await;
    let first = server.run(&small_job()).await;
    let extend = format!("{}/extend", first["job"]["links"]["self"].as_str().unwrap());
    for (body, pointer) in [
        (json!({}), ""),
        (json!({"seeds": 3, "more": 1}), ""),
        (json!({"seeds": 2}), "/seeds"),
        (json!({"more": 0}), "/more"),
        (json!({"more": 10_000}), "/more"),
        (json!({"more": "x"}), "/more"),
    ] {
        let answer = server.post(&extend, &body).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    let plan = server.post(&format!("{extend}?dry_run=true"), &json!({"seeds": 4})).await;
    assert_eq!(plan.status, 200);
    let directory = server.stop().await;
    let idle = Server::on(directory, 0, crate::harness::Access::default()).await;
    let waiting = idle.submit(&small_job()).await;
    let answer = idle.post(&format!("{waiting}/extend"), &json!({"more": 1})).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (409, "not-ended"));
    idle.stop().await;
}
