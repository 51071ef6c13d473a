//! Jobs from POST to results.

use reqwest::Method;
use serde_json::{Value, json};

use super::harness::{Server, long_job, pairs, small_job};

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
    assert_eq!(results["items"][1]["cell"], json!({"/dataset/samples": 8}));
    assert_eq!(server.get(&format!("{path}/analysis")).await.json(), finished["analysis"]);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_beyond_its_budget_fails_with_a_reason() {
    let server = Server::start().await;
    let mut spec = long_job();
    // admitted by the estimate for few steps, late by the clock
    spec["training"]["steps"] = json!(1000);
    spec["budget"] = json!({"trial_seconds": 0.01});
    spec["dataset"]["samples"] = json!(4000);
    let answer = server.post("/v1/jobs", &spec).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("/budget/trial_seconds"), "{}", answer.text);
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
    assert_eq!(finished["job"]["state"], "succeeded", "{finished:#}");
    assert_eq!(finished["results"][0]["trials"]["diverged"], 2);
    assert_eq!(finished["results"][0]["measurements"], json!({}));
    assert!(!finished.to_string().contains("NaN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_sorted_and_paged() {
    let server = Server::idle().await;
    for (name, tag) in [("beta", "x"), ("alpha", "y"), ("gamma 100%", "x"), ("delta", "z")] {
        let mut spec = small_job();
        spec["name"] = json!(name);
        spec["tags"] = json!([tag]);
        server.submit(&spec).await;
    }
    let names = |list: &Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap().to_owned()).collect()
    };
    let list = async |query: &[(&'static str, &'static str)]| {
        let answer = server.send(server.request(Method::GET, "/v1/jobs").query(&pairs(query))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    assert_eq!(names(&list(&[]).await), ["delta", "gamma 100%", "alpha", "beta"]);
    assert_eq!(names(&list(&[("sort", "created")]).await), ["beta", "alpha", "gamma 100%", "delta"]);
    assert_eq!(names(&list(&[("tag", "x"), ("sort", "name")]).await), ["beta", "gamma 100%"]);
    assert_eq!(names(&list(&[("name", "0%")]).await), ["gamma 100%"]);
    assert_eq!(names(&list(&[("state", "running")]).await), Vec::<String>::new());
    // every job once, whatever the page size
    for sort in ["-created", "created", "name"] {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("sort", sort.to_owned()), ("limit", "3".to_owned())];
            query.extend(cursor.map(|cursor| ("cursor", cursor)));
            let page = server.send(server.request(Method::GET, "/v1/jobs").query(&query)).await.json();
            all.extend(names(&page));
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(all, names(&list(&[("sort", sort)]).await), "{sort}");
    }
    for (name, value) in [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "x"),
        ("sort", "up"),
        ("state", "done"),
        ("cursor", "zz"),
        ("page", "2"),
    ] {
        let answer = server.send(server.request(Method::GET, "/v1/jobs").query(&[(name, value)])).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (400, "invalid-parameter"),
            "{name}={value}"
        );
        assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_job_already_is_not_sent_it_again() {
    let server = Server::idle().await;
    let path = server.submit(&small_job()).await;
    let first = server.get(&path).await;
    assert_eq!(first.json()["spec"], small_job());
    let tag = first.header("etag").to_owned();
    let again = server.send(server.request(Method::GET, &path).header("if-none-match", &tag)).await;
    assert_eq!((again.status.as_u16(), again.header("etag")), (304, tag.as_str()));
    server.send(server.request(Method::POST, &format!("{path}/cancel"))).await;
    let changed = server.send(server.request(Method::GET, &path).header("if-none-match", &tag)).await;
    assert_eq!(changed.status, 200);
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
async fn without_a_calibration_there_is_no_certificate() {
    let server = Server::idle().await;
    let answer = server.get("/v1/calibration").await;
    assert_eq!(answer.status, 404);
    assert!(answer.problem().ends_with("not-found"));
    server.stop().await;
}
