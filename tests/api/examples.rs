//! The examples of the description: every operation and every error has some, they are valid, and
//! the service answers the example requests as they say.

mod shown;

use std::collections::{BTreeMap, BTreeSet};

use bitgauge::http::openapi;
use reqwest::Method;
use serde_json::{Value, json};

use super::harness::{Access, DESCRIPTION, Server, resolve, validate};
use super::openapi::indented;
use shown::{Ids, same, shown};

/// Where the recorded examples begin in the description, and where they end.
const MARK: &str = "\n  examples:\n";
const END: &str = "  # generated from the types";

/// Media types whose bodies are no text, and have no example.
const BINARY: [&str; 4] =
    ["image/png", "application/pdf", "application/vnd.apache.parquet", "application/octet-stream"];

/// Operations that answer with a whole description, of which examples show what stands at the top.
const WHOLE: [&str; 2] = ["showDescriptionAsJson", "showJobSchema"];

/// One operation of the description.
struct Operation {
    id: &'static str,
    method: Method,
    path: &'static str,
    own: &'static Value,
}

fn operations() -> Vec<Operation> {
    let methods = [Method::GET, Method::POST, Method::PATCH, Method::DELETE];
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        for method in &methods {
            let own = &item[method.as_str().to_ascii_lowercase()];
            if let Some(id) = own["operationId"].as_str() {
                all.push(Operation { id, method: method.clone(), path, own });
            }
        }
    }
    // what changes nothing comes first
    all.sort_by_key(|operation| operation.method != Method::GET);
    all
}

/// The contents of an operation's responses that are no errors: status, media type, content.
fn contents(operation: &Operation) -> Vec<(&'static str, &'static str, &'static Value)> {
    let responses = operation.own["responses"].as_object().unwrap();
    let good = responses.iter().filter(|(status, _)| status.starts_with('2'));
    good.flat_map(|(status, response)| {
        let contents = resolve(response)["content"].as_object();
        contents.into_iter().flatten().map(move |(media, content)| (status.as_str(), media.as_str(), content))
    })
    .collect()
}

fn examples(content: &'static Value) -> impl Iterator<Item = &'static Value> {
    content["examples"].as_object().into_iter().flatten().map(|(_, example)| {
        // one that is yet to be recorded is nowhere
        let recorded = example["$ref"].as_str().and_then(|reference| DESCRIPTION.pointer(&reference[1..]));
        &recorded.unwrap_or(example)["value"]
    })
}

#[test]
fn every_operation_has_valid_examples() {
    for operation in operations() {
        let bodies = operation.own["requestBody"]["content"].as_object().into_iter().flatten();
        let sent = bodies.map(|(media, content)| ("request", media.as_str(), content));
        for (status, media, content) in sent.chain(contents(&operation)) {
            if BINARY.contains(&media) {
                continue;
            }
            let mut count = 0;
            for example in examples(content) {
                validate(&content["schema"], example);
                count += 1;
            }
            assert!(count > 0, "{} {status} {media} has no example", operation.id);
        }
    }
}

#[test]
fn every_error_has_valid_examples_of_its_status() {
    let mut kinds = BTreeSet::new();
    for operation in operations() {
        for (status, response) in operation.own["responses"].as_object().unwrap() {
            let content = &resolve(response)["content"]["application/problem+json"];
            if !content.is_object() {
                assert!(!status.starts_with(['4', '5']), "{} {status}", operation.id);
                continue;
            }
            let mut count = 0;
            for example in examples(content) {
                validate(&content["schema"], example);
                if status != "default" {
                    assert_eq!(example["status"].to_string(), *status, "{} {status}", operation.id);
                }
                kinds.insert(example["type"].as_str().unwrap());
                count += 1;
            }
            assert!(count > 0, "{} {status} has no example", operation.id);
        }
    }
    assert!(kinds.len() >= 25, "{kinds:?}");
}

#[test]
fn parameters_that_a_request_needs_have_examples() {
    for operation in operations() {
        let shared = DESCRIPTION["paths"][operation.path]["parameters"].as_array();
        let own = operation.own["parameters"].as_array();
        for parameter in shared.into_iter().chain(own).flatten().map(resolve) {
            if parameter["required"] == true {
                validate(&parameter["schema"], &parameter["example"]);
            }
            assert!(parameter["description"].is_string(), "{} {}", operation.id, parameter["name"]);
        }
    }
}

/// The jobs that the example requests are about.
struct Jobs {
    finished: String,
    other: String,
    verification: String,
}

/// A server without workers on a directory where the example job has run.
async fn prepared() -> (Server, Jobs) {
    let job = &DESCRIPTION["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"];
    let server = Server::start().await;
    let finished = server.run(&job["examples"]["quickstart"]["value"]).await["job"]["id"].clone();
    let finished = finished.as_str().unwrap().to_owned();
    let path = format!("/v1/jobs/{finished}");
    let clone = server.request(Method::POST, &format!("{path}/clone")).header("prefer", "wait=60");
    let other = server.send(clone.json(&json!({"training": {"learning_rate": 0.02}}))).await.json();
    let other = other["job"]["id"].as_str().unwrap().to_owned();
    server.evaluated().await;
    let server = Server::on(server.stop().await, 0, Access::default()).await;
    let verification = server.post(&format!("{path}/verify"), &json!({"sample": 1})).await.json();
    let verification = verification["id"].as_str().unwrap().to_owned();
    certify(&server).await;
    (server, Jobs { finished, other, verification })
}

/// Issues a certificate that is made up: what it takes to measure one is for another test.
async fn certify(server: &Server) {
    let number = server.post("/v1/calibration", &json!({"quick": true})).await.json()["number"].as_i64();
    let profile = server.get("/v1/version").await.json()["numeric_profile"].as_str().unwrap().to_owned();
    let row = json!({
        "case": "least squares in 20 dimensions", "quantity": "noise_bits", "unit": "bits", "relation": "equal",
        "expected": 14.427, "measured": 14.31, "standard_error": 0.47, "tolerance": 1.41, "met": true,
        "source": "d / 2 nats",
    });
    let certificate = json!({
        "version": "0.1.0", "numeric_profile": profile, "quick": true, "met": true, "seconds": 31.0, "rows": [row],
    });
    server.store.issue_certificate(number.unwrap(), profile, certificate.to_string()).await.unwrap();
    // its jobs would stand in every list
    server.delete("/v1/jobs?older_than=0s&kind=calibration").await;
    for job in server.get("/v1/jobs?kind=calibration&limit=200").await.json()["items"].as_array().unwrap() {
        server.delete(&format!("{}?force=true", job["links"]["self"].as_str().unwrap())).await;
    }
}

/// The path of an example request, and for some the query without which they make no sense.
async fn target(server: &Server, jobs: &Jobs, operation: &Operation) -> String {
    let queued = async || server.submit(&super::harness::small_job()).await;
    let job = match operation.id {
        "cancelJob" | "changeJob" | "pauseJob" | "resumeJob" => queued().await,
        "deleteJob" | "retryJob" => {
            let path = queued().await;
            server.post(&format!("{path}/cancel"), &json!({})).await;
            path
        }
        "showVerification" => format!("/v1/jobs/{}", jobs.verification),
        _ => format!("/v1/jobs/{}", jobs.finished),
    };
    let path = operation.path.replace("/v1/jobs/{id}", &job).replace("{number}", "0");
    let path = path.replace("{id}", "binary-units");
    if operation.id == "listBackups" {
        server.post("/v1/backup", &json!({})).await;
    }
    match operation.id {
        "deleteJobs" => format!("{path}?older_than=30d"),
        "compareJobs" => format!("{path}?jobs={},{}", jobs.finished, jobs.other),
        _ => path,
    }
}

/// What the service answers to the example request, in the form of an example.
async fn answered(
    server: &Server,
    operation: &Operation,
    path: &str,
    media: &str,
    ids: &mut Ids,
) -> (u16, Value) {
    let mut request = server.request(operation.method.clone(), path);
    if operation.id == "showResults" || operation.id == "listTrials" {
        request = request.header("accept", media);
    }
    if let Some((media, content)) =
        operation.own["requestBody"]["content"].as_object().and_then(|contents| contents.iter().next())
    {
        let body = examples(content).next().unwrap().to_string();
        request = request.header("content-type", media).body(body);
    }
    if operation.id == "streamAllEvents" {
        let mut response = request.header("last-event-id", "0").send().await.unwrap();
        let mut text = String::new();
        while text.lines().count() <= shown::LINES {
            text += std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap();
        }
        return (200, shown(&Value::String(text), ids));
    }
    let answer = server.send(request).await;
    let is_json = answer.header("content-type").contains("json") && !media.contains("ndjson");
    let mut body = if is_json { answer.json() } else { Value::String(answer.text.clone()) };
    if operation.id == "showMetrics" {
        let mut lines: Vec<&str> = answer.text.lines().filter(|line| line.starts_with("bitgauge_")).collect();
        lines.sort_unstable(); // they come in any order
        body = lines.join("\n").into();
    }
    if let (true, Some(fields)) = (WHOLE.contains(&operation.id), body.as_object_mut()) {
        fields.retain(|_, value| value.is_string());
    }
    (answer.status.as_u16(), shown(&body, ids))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_answers_example_requests_as_documented() {
    let (server, jobs) = prepared().await;
    let mut recorded = BTreeMap::new();
    let mut wrong = Vec::new();
    for operation in operations() {
        for (status, media, content) in contents(&operation) {
            if BINARY.contains(&media) {
                continue;
            }
            let mut path = target(&server, &jobs, &operation).await;
            // the other answers to a job are the plan of a dry run
            let is_submission = content["schema"]["anyOf"].is_array();
            if status == "200" && is_submission && operation.method == Method::POST {
                path += "?dry_run=true";
            }
            match (operation.id, status) {
                ("beginCalibration", "202") => {
                    server.send(server.request(Method::POST, "/v1/calibration/cancel")).await;
                }
                ("beginCalibration" | "cancelCalibration", _) => {
                    server.post("/v1/calibration", &json!({"quick": true})).await;
                }
                _ => {}
            }
            let mut ids = Ids::default();
            let (found, value) = answered(&server, &operation, &path, media, &mut ids).await;
            let place = format!("{} {status} {media}", operation.id);
            assert_eq!(found.to_string(), status, "{place}: {value}");
            let reference =
                content["examples"]["answer"]["$ref"].as_str().unwrap_or_else(|| panic!("{place}"));
            let documented = examples(content).next().unwrap_or(&Value::Null);
            if !same(documented, &value) {
                wrong.push(format!("{place}: documented {documented:#}\nanswered {value:#}"));
            }
            recorded.insert(reference.rsplit('/').next().unwrap(), json!({"value": value}));
        }
    }
    server.stop().await;
    if std::env::var_os("UPDATE").is_some() {
        return write(&recorded);
    }
    assert!(wrong.is_empty(), "run `just openapi` if this is meant:\n{}", wrong.join("\n"));
}

/// Puts the recorded examples in the place of those in the description.
fn write(recorded: &BTreeMap<&str, Value>) {
    let yaml = serde_yaml_ng::to_string(recorded).unwrap();
    let indented = indented(&yaml);
    let (before, rest) = openapi::DOCUMENT.split_once(MARK).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let document = format!("{before}{MARK}{indented}{END}{after}");
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.yaml"), document).unwrap();
}
