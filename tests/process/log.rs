//! The log of a server: a line a request where it is asked for, jobs, slow requests, and each fault once.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::process::{Process, small_job};

const TOKEN: &str = "a-token-of-enough-characters";

/// Lines of a log in JSON, from one target.
fn lines(log: &Path, target: &str) -> Vec<Value> {
    let text = fs::read_to_string(log).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).expect(line));
    lines.filter(|line: &Value| line["target"].as_str().unwrap().starts_with(target)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_has_one_line_that_tells_no_secret() {
    let directory = tempfile::tempdir().unwrap();
    let (file, log) = (directory.path().join("tokens"), directory.path().join("log"));
    fs::write(&file, format!("grace full {TOKEN}\n")).unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let arguments = [
        "--access-log",
        "--log-format",
        "json",
        "--slow-request-seconds",
        "0",
        "--token-file",
        file.to_str().unwrap(),
    ];
    let process = Process::start_logging(&directory.path().join("data"), 0, &arguments, &log);
    let client = reqwest::Client::new();
    let base = format!("http://{}", process.address());
    let answer =
        client.get(format!("{base}/v1/version?secret=of-a-query")).bearer_auth(TOKEN).send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let bytes = answer.bytes().await.unwrap().len();
    client.get(format!("{base}/v1/jobs")).send().await.unwrap();
    client.get(format!("{base}/no%0athing%1b[31m")).bearer_auth("wrong").send().await.unwrap();
    client.head(format!("{base}/livez")).send().await.unwrap();
    assert!(process.terminate().success());
    let found = lines(&log, "bitgauge::access");
    let fields: Vec<&Value> = found.iter().map(|line| &line["fields"]).collect();
    let statuses: Vec<u64> = fields.iter().map(|fields| fields["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [400, 401, 401, 200], "{found:#?}");
    let first = fields[0];
    for (name, value) in [
        ("method", json!("GET")),
        ("path", json!("/v1/version")),
        ("bytes", json!(bytes)),
        ("client", json!("127.0.0.1")),
        ("token", json!("grace")),
        ("id", json!(id)),
    ] {
        assert_eq!(first[name], value, "{name}");
    }
    assert!(first["milliseconds"].as_f64().unwrap() < 10_000.0);
    assert!(fields[1].get("token").is_none());
    assert_eq!(lines(&log, "bitgauge::slow").len(), 4, "nothing is faster than 0 s");
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains(TOKEN) && !text.contains("of-a-query") && !text.contains("wrong"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_job_is_named_when_it_is_accepted_and_when_it_ends() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let process = Process::start_logging(&directory.path().join("data"), 2, &["--log-format", "json"], &log);
    let mut spec = small_job();
    spec["name"] = json!("a \"name\" of many = signs");
    let path = process.submit(&spec).await;
    process.ended(&path).await;
    // it is written after the end was told
    let begun = Instant::now();
    let of_jobs = || -> Vec<Value> {
        lines(&log, "bitgauge::coordinator").into_iter().map(|line| line["fields"].clone()).collect()
    };
    while of_jobs().len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:#?}", of_jobs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(process.terminate().success());
    let found = of_jobs();
    assert_eq!(found.len(), 2, "{found:#?}");
    for (line, message) in found.iter().zip(["a job was accepted", "a job ended"]) {
        assert_eq!(
            (&line["message"], &line["trials"], &line["name"]),
            (&json!(message), &json!(2), &spec["name"])
        );
        assert!(path.ends_with(line["job"].as_str().unwrap()));
    }
    assert_eq!(found[1]["state"], "succeeded");
    assert!(found[1]["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0 && seconds < 120.0));
    assert!(lines(&log, "bitgauge::access").is_empty(), "it is off unless asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_lasts_is_told_when_it_begins_and_when_it_is_over() {
    let directory = tempfile::tempdir().unwrap();
    let (data, log) = (directory.path().join("data"), directory.path().join("log"));
    let process = Process::start_logging(&data, 1, &["--log-format", "json"], &log);
    let options = SqliteConnectOptions::new().filename(data.join("bitgauge.sqlite"));
    let mut other = options.connect().await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    tokio::time::sleep(Duration::from_secs(25)).await;
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let begun = Instant::now();
    let count =
        |message: &str| lines(&log, "bitgauge").iter().filter(|l| l["fields"]["message"] == message).count();
    while count("the store can be looked at again") == 0 || count("ready again") == 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", fs::read_to_string(&log).unwrap());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(process.terminate().success());
    for message in [
        "the store cannot be looked at; trying until it can",
        "the store can be looked at again",
        "ready again",
    ] {
        assert_eq!(count(message), 1, "{message}\n{}", fs::read_to_string(&log).unwrap());
    }
    // every look of every task failed for 25 s; who met it first told it
    let faults = lines(&log, "bitgauge").into_iter().filter(|line| line["level"] != "INFO");
    let faults: Vec<Value> = faults.collect();
    assert!(faults.len() <= 4, "{faults:#?}");
}
