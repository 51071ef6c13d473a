//! What one request may cost a server: moments and little memory, whatever was sent or stored.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::process::Process;

/// A thousand sizes times ten rates of dropout.
fn large_sweep() -> Value {
    let sizes: Vec<u64> = (1..=1000).collect();
    let rates: Vec<Value> = (0..10)
        .map(|i| match i {
            0 => json!([]),
            i => json!([{"kind": "dropout", "rate": f64::from(i) / 20.0}]),
        })
        .collect();
    json!({
        "dataset": {"kind": "random_labels", "inputs": 4},
        "network": {"kind": "mlp", "hidden": [4]},
        "training": {"steps": 20},
        "sweep": [{"path": "/dataset/samples", "values": sizes}, {"path": "/regularizers", "values": rates}],
        "seeds": 1,
    })
}

/// So many claims that compare each size with another.
fn claims(count: u32) -> Value {
    let claim = |i| {
        json!({"says": format!("claim {i}"), "quantity": "memorized_bits", "minus": {"/dataset/samples": 1 + i},
               "relation": "at_least", "expected": 0})
    };
    (0..count).map(claim).collect()
}

async fn plan(server: &Process, spec: &Value) -> (u16, Value, Duration) {
    let start = Instant::now();
    let (status, answer) = server.post("/v1/jobs?dry_run=true", spec).await;
    (status, answer, start.elapsed())
}

/// A loaded machine may be slow, but what took a minute may never take seconds again.
const SOON: Duration = Duration::from_millis(1500);

#[tokio::test(flavor = "multi_thread")]
async fn a_large_sweep_is_planned_or_refused_at_once_and_in_little_memory() {
    let directory = tempfile::tempdir().unwrap();
    let server = Process::start(directory.path(), 0);
    let before = server.peak_bytes();
    let (status, answer, took) = plan(&server, &large_sweep()).await;
    assert_eq!((status, &answer["cells"]), (200, &json!(10_000)));
    assert!(took < SOON, "{took:?}");
    // 64 claims in each of 10,000 cells
    let mut many = large_sweep();
    many["claims"] = claims(64);
    let (status, answer, took) = plan(&server, &many).await;
    assert_eq!(status, 422, "{answer}");
    assert_eq!(answer["errors"][0]["pointer"], "/claims");
    assert!(answer["errors"][0]["detail"].as_str().unwrap().starts_with("640000 verdicts"), "{answer}");
    assert!(took < SOON, "{took:?}");
    // as many as are allowed
    many["claims"] = claims(10);
    let (status, _, took) = plan(&server, &many).await;
    assert!(status == 200 && took < SOON, "{status} {took:?}");
    // claims that name what no cell has, in a body of two hundred kilobytes
    let nowhere: serde_json::Map<String, Value> = (0..240).map(|i| (format!("/no/{i}"), json!(i))).collect();
    let claim =
        json!({"says": "s", "quantity": "memorized_bits", "at": nowhere, "relation": "equal", "expected": 0});
    many["claims"] = vec![claim; 64].into();
    let (status, answer, took) = plan(&server, &many).await;
    assert_eq!((status, answer["errors"].as_array().unwrap().len()), (422, 64));
    assert_eq!(answer["errors"][0]["pointer"], "/claims/0/at");
    assert!(took < SOON, "{took:?}");
    // many faults in many cells
    many["claims"] = json!([]);
    many["network"]["hidden"] = json!([0]);
    many["sweep"][0]["values"] = (0..1000).map(|i| json!(-i)).collect();
    let (status, answer, took) = plan(&server, &many).await;
    assert!(status == 422 && took < SOON, "{status} {took:?}");
    let pointers: Vec<&str> =
        answer["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert!(
        pointers.contains(&"/network/hidden/0") && pointers.contains(&"/sweep/0/values/7"),
        "{pointers:?}"
    );
    let grown = server.peak_bytes() - before;
    assert!(grown < 100 << 20, "{} MB", grown >> 20);
    server.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_again_is_not_computed_again() {
    let directory = tempfile::tempdir().unwrap();
    let server = Process::start(directory.path(), 2);
    let sizes: Vec<u64> = (1..=200).collect();
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 4},
        "network": {"kind": "linear"},
        "training": {"steps": 5},
        "sweep": [{"path": "/dataset/samples", "values": sizes}],
        "claims": claims(64),
        "seeds": 4,
    });
    let path = server.submit(&spec).await;
    server.ended(&path).await;
    let analysis = format!("{path}/analysis");
    let first = server.get(&analysis).await;
    let start = Instant::now();
    let again = server.get(&analysis).await;
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert!(first == again);
    let verdicts = serde_json::from_str::<Value>(&first).unwrap()["verdicts"].as_array().unwrap().len();
    assert_eq!(verdicts, 64 * 200);
    server.kill();
}

/// Cancelled jobs leave much to catch up with; the server answers first.
async fn ready_after(jobs: u32) {
    let directory = tempfile::tempdir().unwrap();
    let server = Process::start(directory.path(), 0);
    for _ in 0..jobs {
        let path = server.submit(&large_sweep()).await;
        let (status, _) = server.post(&format!("{path}/cancel"), &json!(null)).await;
        assert_eq!(status, 200);
    }
    server.kill();
    let start = Instant::now();
    let server = Process::start(directory.path(), 0);
    server.get("/readyz").await;
    let took = start.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    let list = server.json("/v1/jobs?limit=200").await;
    assert_eq!(list["items"].as_array().unwrap().len(), jobs as usize);
    server.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_ready_before_it_has_caught_up() {
    ready_after(4).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a minute: just nightly"]
async fn a_server_with_a_million_cancelled_trials_is_ready_before_it_has_caught_up() {
    ready_after(100).await;
}
