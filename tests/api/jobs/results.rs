//! `GET /v1/jobs/{id}/results`, `/analysis` and `/trials`: what came out.

use serde_json::json;

use crate::across::eventually;
use crate::harness::{Server, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_from_post_to_capacity() {
    let server = Server::start().await;
    let mut spec = small_job();
    spec["name"] = json!("first light");
    spec["tags"] = json!(["demo"]);
    spec["sweep"] = json!([{"path": "/dataset/samples", "values": [4, 8, 64]}]);
    spec["training"] = json!({"steps": 300, "learning_rate": 0.05});
    spec["seeds"] = json!(4);
    let finished = server.run(&spec).await;
    assert_eq!(finished["job"]["state"], "succeeded");
    assert_eq!(finished["job"]["trials"]["succeeded"], 12);
    let capacity = &finished["analysis"]["capacity"][0];
    // four weights and a bias on eight labels at most: no more than there is
    let bits = capacity["capacity_bits"]["mean"].as_f64().unwrap();
    assert!(bits > 3.0 && bits < 12.0, "{bits}");
    assert_eq!(
        finished["job"]["headline"]["capacity"][0]["capacity_bits"],
        capacity["capacity_bits"]["mean"]
    );

    let path = finished["job"]["links"]["self"].as_str().unwrap();
    let results = server.get(&format!("{path}/results")).await.json();
    assert_eq!(results["items"], finished["results"]);
    assert_eq!(results["items"].as_array().unwrap().len(), 3);
    assert_eq!(results["next_cursor"], json!(null));
    // page by page the same
    let first = server.get(&format!("{path}/results?limit=2")).await.json();
    assert_eq!(first["items"].as_array().unwrap()[..], results["items"].as_array().unwrap()[..2]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = server.get(&format!("{path}/results?limit=2&cursor={cursor}")).await.json();
    assert_eq!(second["items"].as_array().unwrap()[..], results["items"].as_array().unwrap()[2..]);
    assert_eq!(second["next_cursor"], json!(null));
    let faults = server.get(&format!("{path}/results?limit=0&cursor=x")).await;
    assert_eq!((faults.status.as_u16(), faults.json()["errors"].as_array().unwrap().len()), (400, 2));
    assert_eq!(results["items"][1]["cell"], json!({"/dataset/samples": 8}));
    assert_eq!(server.get(&format!("{path}/analysis")).await.json(), finished["analysis"]);
    let mut without = finished["analysis"].clone();
    without["capacity"][0]["curve"] = json!([]);
    assert_eq!(server.get(&format!("{path}/analysis?curves=false")).await.json(), without);
    let trials = server.get(&format!("{path}/trials")).await.json();
    assert_eq!(trials["items"].as_array().unwrap().len(), 12);
    assert_eq!(trials["items"][5]["replicate"], 1);

    let csv = server.get(&format!("{path}/results.csv")).await;
    assert_eq!(csv.text.lines().count(), 4);
    assert!(csv.text.starts_with("/dataset/samples,parameters,dataset_bits"), "{}", csv.text);
    let again = server.get(&format!("{path}/results.csv")).await;
    assert_eq!(csv.text, again.text);
    let csv = server.get(&format!("{path}/trials.csv")).await;
    assert_eq!(csv.text.lines().count(), 13);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_stored_with_a_job_are_those_of_its_evaluation() {
    let server = Server::start().await;
    let mut spec = small_job();
    spec["sweep"] = json!([{"path": "/dataset/samples", "values": [4, 8, 16]}]);
    spec["claims"] = json!([{"says": "some is kept", "quantity": "memorized_bits", "relation": "at_least", "expected": 1}]);
    let finished = server.run(&spec).await;
    let path = finished["job"]["links"]["self"].as_str().unwrap().to_owned();
    let id = finished["job"]["id"].as_str().unwrap();
    eventually(&server, &format!("/v1/measurements?job={id}&quantity=memorized_bits"), 3).await;
    let (mut all, mut cursor) = (Vec::new(), "0".to_owned());
    loop {
        let page = server.get(&format!("{path}/results?limit=1&cursor={cursor}")).await.json();
        all.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert_eq!(json!(all), finished["results"]);
    assert_eq!(server.get(&format!("{path}/results?cursor=7")).await.json()["items"], json!([]));
    assert_eq!(server.get(&format!("{path}/analysis")).await.json(), finished["analysis"]);
    let mut without = finished["analysis"].clone();
    without["capacity"][0]["curve"] = json!([]);
    assert_eq!(server.get(&format!("{path}/analysis?curves=false")).await.json(), without);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_come_whole_or_in_pages() {
    let server = Server::start().await;
    let mut spec = small_job();
    spec["seeds"] = json!(5);
    let job = server.run(&spec).await["job"]["links"]["self"].as_str().unwrap().to_owned();
    let whole = server.get(&format!("{job}/trials")).await.json();
    assert!(whole.get("next_cursor").is_none());
    let (mut all, mut cursor) = (Vec::new(), "0".to_owned());
    loop {
        let page = server.get(&format!("{job}/trials?limit=2&cursor={cursor}")).await.json();
        all.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert_eq!(all, *whole["items"].as_array().unwrap());
    let wrong = server.get(&format!("{job}/trials?limit=0&cursor=x")).await.json();
    assert_eq!(wrong["errors"].as_array().unwrap().len(), 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn diverged_trials_are_results_of_their_own() {
    let server = Server::start().await;
    let mut spec = small_job();
    spec["training"] =
        json!({"optimizer": {"kind": "sgd", "momentum": 0.9}, "learning_rate": 1e6, "steps": 2000});
    spec["network"] = json!({"kind": "mlp", "hidden": [8], "activation": "relu"});
    spec["regularizers"] = json!([{"kind": "weight_decay", "rate": 100.0}]);
    let finished = server.run(&spec).await;
    assert_eq!(finished["results"][0]["trials"]["diverged"], 2);
    assert_eq!(finished["results"][0]["measurements"], json!({}));
    assert!(!finished.to_string().contains("NaN"));
    // nothing was measured: the job has an end of its own, wherever it is told
    let job = &finished["job"];
    assert_eq!(job["state"], "diverged", "{finished:#}");
    assert!(job["note"].as_str().unwrap().starts_with("every training diverged"));
    let listed = server.get("/v1/jobs?state=diverged").await.json();
    assert_eq!(listed["items"][0]["id"], job["id"]);
    let events = server.get(job["links"]["events"].as_str().unwrap()).await.text;
    let end = events.split("event: end").nth(1).unwrap();
    assert!(end.contains(r#""state":"diverged""#) && end.contains("every training diverged"), "{end}");
    // one cell that measures is a success, and says nothing
    spec["sweep"] = json!([{"path": "/training/learning_rate", "values": [0.001, 1e6]}]);
    let finished = server.run(&spec).await;
    assert_eq!(finished["job"]["state"], "succeeded");
    assert_eq!(finished["job"]["note"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_repeated_says_so() {
    let server = Server::start().await;
    let mut spec = small_job();
    spec["training"] =
        json!({"steps": 500, "optimizer": {"kind": "hogwild", "threads": 3}, "learning_rate": 0.01});
    let finished = server.run(&spec).await;
    assert_eq!(finished["job"]["state"], "succeeded");
    let notes = finished["analysis"]["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().unwrap().contains("cannot be repeated")), "{notes:?}");
    let path = finished["job"]["links"]["self"].as_str().unwrap();
    let trials = server.get(&format!("{path}/trials")).await.json();
    for trial in trials["items"].as_array().unwrap() {
        assert_eq!(trial["report"]["reproducible"], false);
        assert_eq!(trial["digest"], json!(null));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_capacity_is_not_positive_a_peak_has_no_ratio_to_it() {
    let server = Server::start().await;
    let mut job = small_job();
    job["sweep"] = json!([{"path": "/dataset/samples", "values": [4, 8, 16]}]);
    job["seeds"] = 8.into();
    // the answer is held against its schema
    let peaks = server.run(&job).await["analysis"]["peaks"].clone();
    let ratios = peaks.as_array().unwrap().iter().map(|peak| &peak["over_capacity"]);
    assert!(ratios.clone().count() > 0 && ratios.clone().all(serde_json::Value::is_null), "{peaks:#}");
    server.stop().await;
}
