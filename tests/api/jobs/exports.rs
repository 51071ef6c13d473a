//! Tables of jobs as files: every format, by suffix and by `Accept`, streamed, tagged, compressed.

use std::collections::BTreeSet;

use bitgauge::export::Format;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Server, long_job, small_job};

fn sweep() -> Value {
    let mut spec = small_job();
    spec["name"] = json!("tables");
    spec["seed"] = json!(7);
    spec["sweep"] = json!([
        {"path": "/dataset/samples", "values": [4, 8, 64]},
        {"path": "noise", "cases": [
            {"name": "none", "set": {}},
            {"name": "a|b & 50 %", "set": {"/regularizers": [{"kind": "weight_decay", "rate": 0.1}]}},
        ]},
    ]);
    spec["claims"] =
        json!([{"says": "all", "quantity": "memorized_bits", "relation": "at_least", "expected": 1}]);
    spec
}

async fn bytes(server: &Server, path: &str) -> Vec<u8> {
    let response = server.request(Method::GET, path).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.bytes().await.unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_there_in_every_format_with_its_origin() {
    let server = Server::start().await;
    let finished = server.run(&sweep()).await;
    let job = &finished["job"];
    let path = job["links"]["self"].as_str().unwrap();
    let version = server.get("/v1/version").await.json();
    for table in ["results", "trials", "capacities", "comparison", "verdicts", "regularization"] {
        for format in Format::ALL {
            let name = format!("{path}/{table}.{}", format.suffix());
            let answer = server.get(&name).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, format.media_type()));
            assert!(answer.header("content-disposition").contains(&format!("{table}.{}", format.suffix())));
            let again = server.request(Method::GET, &name).header("if-none-match", answer.header("etag"));
            assert_eq!(server.send(again).await.status, 304, "{name}");
        }
    }
    // the rows of CSV, NDJSON and Parquet are the same, and each says where it comes from
    let csv = server.get(&format!("{path}/results.csv")).await.text;
    let heads: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    assert_eq!(heads[..2], ["/dataset/samples", "noise"]);
    assert_eq!(heads[heads.len() - 5..], ["job", "seed", "spec_digest", "numeric_profile", "version"]);
    let ndjson = server.get(&format!("{path}/results.ndjson")).await.text;
    let rows: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((rows.len(), csv.lines().count()), (6, 7));
    for row in &rows {
        assert_eq!((&row["job"], &row["seed"]), (&job["id"], &json!(7)));
        assert_eq!(row["spec_digest"], job["stated"]["spec_digest"]);
        assert_eq!(
            (&row["numeric_profile"], &row["version"]),
            (&version["numeric_profile"], &version["version"])
        );
        let names: BTreeSet<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, heads.iter().copied().collect());
    }
    let result = &finished["results"][3];
    assert_eq!(rows[3]["memorized_bits_ci95_low"], result["measurements"]["memorized_bits"]["ci95_low"]);
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, &bytes(&server, &format!("{path}/results.parquet")).await).unwrap();
    let parquet = SerializedFileReader::new(file).unwrap();
    for (row, known) in parquet.get_row_iter(None).unwrap().zip(&rows) {
        let row = row.unwrap();
        let value = |name: &str| match row.get_column_iter().find(|(own, _)| *own == name).unwrap().1 {
            Field::Double(number) => json!(number),
            Field::Str(text) => json!(text),
            other => panic!("{name}: {other:?}"),
        };
        for name in ["memorized_bits", "memorized_bits_sd", "noise", "job"] {
            assert_eq!(value(name), known[name], "{name}");
        }
    }
    // a trial has the digest of its own report
    let trials = server.get(&format!("{path}/trials")).await.json();
    let lines = server.get(&format!("{path}/trials.ndjson")).await.text;
    for (line, trial) in lines.lines().zip(trials["items"].as_array().unwrap()) {
        let row: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&row["digest"], &row["trial"]), (&trial["digest"], &trial["trial"]));
        assert_eq!(row["memorized_bits"], trial["report"]["measurements"]["memorized_bits"]);
    }
    let tex = server.get(&format!("{path}/results.tex")).await.text;
    assert!(tex.contains("a\\textbar{}b \\& 50 \\%") && tex.contains("\\toprule"), "{tex}");
    let md = server.get(&format!("{path}/results.md")).await.text;
    assert!(md.contains("a\\|b &amp; 50 %") && md.contains("memorized bits"), "{md}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_chooses_the_form() {
    let server = Server::start().await;
    let finished = server.run(&sweep()).await;
    let path = finished["job"]["links"]["self"].as_str().unwrap();
    for table in ["results", "trials"] {
        let get = async |accept: &str| {
            let request = server.request(Method::GET, &format!("{path}/{table}")).header("accept", accept);
            server.send(request).await
        };
        let json = get("*/*").await;
        assert_eq!((json.header("content-type"), json.header("vary")), ("application/json", "accept"));
        let csv = get("application/json;q=0.1, text/csv").await;
        assert_eq!(csv.text, server.get(&format!("{path}/{table}.csv")).await.text);
        assert_ne!(csv.header("etag"), json.header("etag"));
        assert!(get("application/x-ndjson").await.text.starts_with('{'));
        assert_eq!(get("application/vnd.apache.parquet").await.text.get(..4), Some("PAR1"));
        let none = get("image/png").await;
        assert_eq!((none.status.as_u16(), none.problem().as_str()), (406, "not-acceptable"));
        assert!(none.text.contains("text/csv") && none.text.contains("application/json"), "{}", none.text);
    }
    let few = server.get(&format!("{path}/results.csv?columns=memorized_bits,/dataset/samples")).await.text;
    assert!(
        few.starts_with("memorized_bits,memorized_bits_sd,memorized_bits_ci95_low,memorized_bits_ci95_high,/dataset/samples,job,"),
        "{few}"
    );
    let faults = server.get(&format!("{path}/trials.csv?columns=trial,x,trial,y")).await;
    assert_eq!((faults.status.as_u16(), faults.json()["errors"].as_array().unwrap().len()), (400, 3));
    assert_eq!(server.get(&format!("{path}/results?columns=parameters")).await.status, 400);
    server.stop().await;
}

/// More trials than a page and more bytes than wait in the channel, of a job none of whose trials has
/// run.
#[tokio::test(flavor = "multi_thread")]
async fn many_trials_are_streamed_whole() {
    let server = Server::idle().await;
    let mut spec = small_job();
    spec["sweep"] = json!([{"path": "/training/steps", "values": (1..=2001).collect::<Vec<_>>()}]);
    let path = server.submit(&spec).await;
    let csv = server.get(&format!("{path}/trials.csv")).await;
    let rows: Vec<&str> = csv.text.lines().skip(1).collect();
    assert_eq!(rows.len(), 4002);
    for (i, row) in rows.iter().enumerate() {
        assert!(row.starts_with(&format!("{i},{},queued,", i / 2001)), "{row}");
    }
    assert!(csv.text.len() > 6 * 64 * 1024 && csv.header("content-length").is_empty());
    let list = server.get(&format!("{path}/trials")).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 4002);
    let text = server.get(&format!("{path}/trials.txt")).await.text;
    assert_eq!(text.lines().filter(|line| line.contains("queued")).count(), 4002);
    // who leaves in the middle keeps nothing busy
    for _ in 0..40 {
        let request = server.request(Method::GET, &format!("{path}/trials.ndjson"));
        let mut response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.chunk().await.unwrap().is_some());
    }
    assert_eq!(server.get(&format!("{path}/trials.csv")).await.text, csv.text);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_on_request_and_streams_of_events_never() {
    let server = Server::start().await;
    let finished = server.run(&sweep()).await;
    let path = finished["job"]["links"]["self"].as_str().unwrap();
    let get = async |part: &str| {
        let request = server.request(Method::GET, &format!("{path}{part}")).header("accept-encoding", "gzip");
        let response = request.send().await.unwrap();
        let headers = response.headers().clone();
        let header = |name: &str| {
            let values: Vec<&str> =
                headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
            values.join(", ")
        };
        (header("content-encoding"), header("etag"), header("vary"), response.bytes().await.unwrap())
    };
    for part in ["/results", "/results.csv", "/trials", "/trials.ndjson", "/analysis", "/figure.svg"] {
        let (encoding, tag, vary, body) = get(part).await;
        assert_eq!(encoding, "gzip", "{part}");
        assert!(body.starts_with(&[0x1f, 0x8b]) && vary.contains("accept-encoding"), "{part} {vary}");
        let plain = server.get(&format!("{path}{part}")).await;
        assert_eq!(tag, format!("W/{}", plain.header("etag")), "{part}");
        assert!(body.len() < plain.text.len(), "{part}");
        let again = server.request(Method::GET, &format!("{path}{part}")).header("if-none-match", tag);
        assert_eq!(server.send(again).await.status, 304, "{part}");
    }
    let (encoding, .., events) = get("/events").await;
    assert_eq!((encoding.as_str(), events.starts_with(b"id: 1")), ("", true), "{events:?}");
    // events of a job that runs arrive while it runs
    let long = server.submit(&long_job()).await;
    let request = server.request(Method::GET, &format!("{long}/events")).header("accept-encoding", "gzip");
    let mut response = request.send().await.unwrap();
    let first = response.chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("event: accepted"), "{first:?}");
    assert!(response.headers().get("content-encoding").is_none());
    server.post(&format!("{long}/cancel"), &json!({})).await;
    server.stop().await;
}
