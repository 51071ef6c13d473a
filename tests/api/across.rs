//! Results across jobs, as they are stored when a job ends; and results that serve equal trials.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::harness::{Answer, Server, small_job};

/// The answer once so many items are there.
pub async fn eventually(server: &Server, path: &str, items: usize) -> Value {
    let look = async {
        loop {
            let answer = server.get(path).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let list = answer.json();
            if list["items"].as_array().unwrap().len() == items {
                return list;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), look).await.expect("the rows come")
}

fn swept(name: &str, seed: u64) -> Value {
    let mut spec = small_job();
    spec["name"] = json!(name);
    spec["tags"] = json!(["across", name]);
    spec["seed"] = json!(seed);
    spec["sweep"] = json!([
        {"path": "/dataset/samples", "values": [8, 12]},
        {"path": "/regularizers", "values": [[], [{"kind": "dropout", "rate": 0.2}]]},
    ]);
    spec["network"] = json!({"kind": "mlp", "hidden": [4]});
    spec
}

fn faults(answer: &Answer) -> Vec<String> {
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_measurements_are_those_of_the_results() {
    let server = Server::start().await;
    let finished = server.run(&swept("one", 1)).await;
    let id = finished["job"]["id"].as_str().unwrap();
    let path = format!("/v1/measurements?job={id}&quantity=memorized_bits");
    let stored = eventually(&server, &path, 4).await;
    let results = server.get(&format!("/v1/jobs/{id}/results")).await.json();
    for (item, result) in stored["items"].as_array().unwrap().iter().zip(results["items"].as_array().unwrap())
    {
        let measured = &result["measurements"]["memorized_bits"];
        for name in
            ["unit", "estimator", "bound", "n", "mean", "sd", "ci95_low", "ci95_high", "interval_method"]
        {
            assert_eq!(item[name], measured[name], "{name}");
        }
        for name in ["cell", "parameters", "dataset_bits"] {
            assert_eq!(item[name], result[name], "{name}");
        }
        assert_eq!(item["samples"], result["cell"]["/dataset/samples"]);
        assert_eq!((item["job"].as_str(), &item["seed"]), (Some(id), &json!(1)));
        assert_eq!(item["spec_digest"], finished["job"]["stated"]["spec_digest"]);
    }
    // every quantity of every cell is there
    let count: usize = results["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["measurements"].as_object().unwrap().len())
        .sum();
    let all = server.get(&format!("/v1/measurements?job={id}&limit=1000")).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), count);
    // and the capacity
    let analysis = server.get(&format!("/v1/jobs/{id}/analysis")).await.json();
    let capacities = server.get(&format!("/v1/capacities?job={id}&regularizer=none")).await.json();
    let capacity = &capacities["items"][0];
    assert_eq!(capacities["items"].as_array().unwrap().len(), 1);
    assert_eq!(capacity["capacity_bits"], analysis["capacity"][0]["capacity_bits"]["mean"]);
    assert_eq!(capacity["cell"], analysis["capacity"][0]["cell"]);
    assert_eq!(capacity["network"], "mlp");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_sorts_and_pages_find_each_result_once() {
    let server = Server::start().await;
    for (name, seed) in [("one", 1), ("two", 2), ("three", 3)] {
        server.run(&swept(name, seed)).await;
    }
    eventually(&server, "/v1/measurements?quantity=memorized_bits", 12).await;
    for sort in ["-job", "job", "mean", "-mean"] {
        let mut found: Vec<(Value, Value, f64)> = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/measurements?quantity=memorized_bits&sort={sort}&limit=5{cursor}");
            let page = server.get(&path).await.json();
            for item in page["items"].as_array().unwrap() {
                found.push((item["job"].clone(), item["cell"].clone(), item["mean"].as_f64().unwrap()));
            }
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found.len(), 12, "{sort}");
        for (i, one) in found.iter().enumerate() {
            assert!(
                !found[..i].iter().any(|other| (&other.0, &other.1) == (&one.0, &one.1)),
                "{sort}: twice"
            );
        }
        let key = |one: &(Value, Value, f64)| (one.0.as_str().unwrap().to_owned(), one.2);
        let is_sorted = found.windows(2).all(|pair| {
            let (a, b) = (key(&pair[0]), key(&pair[1]));
            match sort {
                "-job" => a.0 >= b.0,
                "job" => a.0 <= b.0,
                "mean" => a.1 <= b.1,
                _ => a.1 >= b.1,
            }
        });
        assert!(is_sorted, "{sort}: {found:?}");
    }
    let count = async |query: &str| {
        let path = format!("/v1/measurements?quantity=memorized_bits&{query}");
        server.get(&path).await.json()["items"].as_array().unwrap().len()
    };
    for (query, expected) in [
        ("tag=two", 4),
        ("tag=two,three", 8),
        ("name=THRE", 4),
        ("regularizer=dropout", 6),
        ("regularizer=none", 6),
        ("regularizer=none,dropout", 12),
        ("regularizer=l1", 0),
        ("network=mlp&source=random_labels&optimizer=adam", 12),
        ("network=linear", 0),
        ("n=2", 12),
        ("n=3", 0),
    ] {
        assert_eq!(count(query).await, expected, "{query}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_have_every_row_of_the_list() {
    let server = Server::start().await;
    server.run(&swept("one", u64::MAX)).await;
    let list = eventually(&server, "/v1/measurements?quantity=memorized_bits&sort=mean", 4).await;
    let text = server.get("/v1/measurements.ndjson?quantity=memorized_bits&sort=mean").await.text;
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 4);
    for (row, item) in rows.iter().zip(list["items"].as_array().unwrap()) {
        for name in [
            "job",
            "name",
            "spec_digest",
            "cell",
            "quantity",
            "unit",
            "n",
            "mean",
            "ci95_low",
            "interval_method",
        ] {
            assert_eq!(row[name], item[name], "{name}");
        }
        assert_eq!((&row["seed"], &item["seed"]), (&json!(u64::MAX.to_string()), &json!(u64::MAX)));
    }
    let csv = server.get("/v1/capacities.csv").await;
    assert_eq!(csv.text.lines().count(), 3, "{}", csv.text);
    assert_eq!(server.get("/v1/capacities.md").await.status, 200);
    assert_eq!(faults(&server.get("/v1/measurements.csv?limit=5&cursor=x").await), ["/limit", "/cursor"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_query_is_named_at_once() {
    let server = Server::idle().await;
    let answer = server
        .get("/v1/measurements?quantity=nonsense&source=sauce&regularizer=x&job=1&n=0&sort=up&limit=0&tuning=maybe")
        .await;
    assert_eq!(answer.status, 400);
    let expected = ["/quantity", "/regularizer", "/source", "/job", "/n", "/tuning", "/sort", "/limit"];
    let found = faults(&answer);
    assert!(expected.iter().all(|pointer| found.contains(&(*pointer).to_owned())), "{found:?}");
    // values of different quantities have no order
    assert_eq!(faults(&server.get("/v1/measurements?sort=mean").await), ["/sort"]);
    assert_eq!(faults(&server.get("/v1/capacities?quantity=memorized_bits").await), ["/quantity"]);
    assert_eq!(server.get("/v1/measurements?colour=red").await.status, 400);
    assert_eq!(server.get("/v1/measurements?cursor=00").await.status, 400);
    assert_eq!(server.get("/v1/capacities").await.json(), json!({"items": [], "next_cursor": null}));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_equal_trial_takes_the_stored_result_unless_the_spec_asks_for_training() {
    let server = Server::start().await;
    let trials = async |spec: &Value| {
        let id = server.run(spec).await["job"]["id"].as_str().unwrap().to_owned();
        let list = server.get(&format!("/v1/jobs/{id}/trials")).await.json();
        (id, list["items"].as_array().unwrap().clone())
    };
    let (first, trained) = trials(&small_job()).await;
    assert!(trained.iter().all(|trial| trial["reused_from"].is_null()));
    // one replicate more: two are known, one is trained
    let mut more = small_job();
    more["seeds"] = json!(3);
    let (_, found) = trials(&more).await;
    for (number, trial) in found.iter().enumerate().take(2) {
        assert_eq!(trial["reused_from"], json!(format!("{first}/{number}")));
        assert_eq!(trial["digest"], trained[number]["digest"]);
        assert_eq!(trial["report"], trained[number]["report"]);
    }
    assert!(found[2]["reused_from"].is_null());
    // asked to train, it does, and comes to the same
    let mut again = small_job();
    again["reuse"] = json!(false);
    let (_, trained_again) = trials(&again).await;
    for (a, b) in trained_again.iter().zip(&trained) {
        assert!(a["reused_from"].is_null());
        assert_eq!(a["digest"], b["digest"]);
    }
    // other estimators are another measurement
    let mut other = small_job();
    other["estimators"] = json!([{"kind": "memorized_bits"}]);
    assert!(trials(&other).await.1.iter().all(|trial| trial["reused_from"].is_null()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_across_jobs_have_a_tag_until_a_job_changes() {
    let server = Server::start().await;
    let job = server.run(&small_job()).await["job"]["id"].clone();
    let job = format!("/v1/jobs/{}", job.as_str().unwrap());
    for path in ["/v1/measurements.csv?quantity=memorized_bits", "/v1/capacities.parquet"] {
        // what is on its way would be another file
        server.evaluated().await;
        let tag = server.get(path).await.header("etag").to_owned();
        let again = |tag: String| server.request(Method::GET, path).header("if-none-match", tag);
        assert_eq!(server.send(again(tag.clone())).await.status, 304);
        assert_ne!(server.get(&path.replace("csv", "md").replace("parquet", "md")).await.header("etag"), tag);
        server.patch(&job, &json!({"tags": [path.len().to_string()]})).await;
        let renamed = server.send(again(tag)).await;
        assert_eq!(renamed.status, 200, "another tag of a job is another file");
        let tag = renamed.header("etag").to_owned();
        server.run(&small_job()).await;
        assert_eq!(server.send(again(tag)).await.status, 200);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_find_jobs_by_what_they_have_to_do_with_now() {
    let server = Server::start().await;
    let mut job = small_job();
    job["tags"] = json!(["first"]);
    let id = server.run(&job).await["job"]["id"].clone();
    job["regularizers"] = json!([{"kind": "dropout", "rate": 0.5}]);
    job["network"] = json!({"kind": "mlp", "hidden": [3]});
    job["seeds"] = 3.into();
    let other = server.run(&job).await["job"]["id"].clone();
    server.evaluated().await;
    let found = async |query: &str| -> Vec<Value> {
        let answer = server.get(&format!("/v1/measurements?quantity=memorized_bits&{query}")).await.json();
        answer["items"].as_array().unwrap().iter().map(|item| item["job"].clone()).collect()
    };
    for sort in ["-job", "-mean"] {
        let found = async |query: &str| found(&format!("sort={sort}&{query}")).await;
        assert_eq!(found("regularizer=dropout").await, std::slice::from_ref(&other));
        assert_eq!(found("regularizer=none").await, std::slice::from_ref(&id));
        assert_eq!(found("regularizer=none,dropout").await.len(), 2);
        assert_eq!(found("network=mlp&tag=first").await, std::slice::from_ref(&other));
        assert_eq!(found("n=3").await, std::slice::from_ref(&other));
        assert!(found("n=4").await.is_empty() && found("tag=second").await.is_empty());
    }
    server.patch(&format!("/v1/jobs/{}", id.as_str().unwrap()), &json!({"tags": ["second"]})).await;
    assert_eq!(found("tag=second").await, std::slice::from_ref(&id));
    assert_eq!(found("tag=first").await, std::slice::from_ref(&other));
    assert_eq!(server.get("/v1/jobs?tag=second&count=true").await.json()["total"], 1);
    server.stop().await;
}
