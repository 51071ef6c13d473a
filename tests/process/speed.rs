//! How fast the service answers and how little it needs. Timings depend on the
//! machine: `just nightly`, on an otherwise idle one.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::process::Process;

fn small_job() -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8},
        "network": {"kind": "linear"},
        "training": {"steps": 20},
        "seeds": 2,
    })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Resident memory of a process in KiB.
fn resident(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn times(count: usize, mut once: impl AsyncFnMut()) -> Duration {
    let mut times = Vec::new();
    for _ in 0..count {
        let begun = Instant::now();
        once().await;
        times.push(begun.elapsed());
    }
    median(times)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "timings: just nightly"]
async fn requests_take_milliseconds_and_an_idle_server_little_memory() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), 2);
    process.get("/readyz").await;
    let idle = resident(&process);
    assert!(process.terminate().success());

    let process = Process::start(directory.path(), 0);
    let spec = small_job();
    let post = times(300, async || drop(process.submit(&spec).await)).await;
    let mut large = small_job();
    large["seeds"] = json!(10_000);
    let mut path = String::new();
    let mut accepted = Duration::ZERO;
    for _ in 0..10 {
        let begun = Instant::now();
        path = process.submit(&large).await;
        accepted = accepted.max(begun.elapsed());
    }
    let list = times(300, async || drop(process.get("/v1/jobs").await)).await;
    let detail = times(300, async || drop(process.get(&path).await)).await;
    println!(
        "idle {} MB; POST {post:?}; 10,000 trials {accepted:?}; with 100,000 trials stored: list {list:?}, detail {detail:?}",
        idle / 1024
    );
    assert!(process.terminate().success());
    assert!(idle < 30 * 1024, "{idle} KiB");
    assert!(post < Duration::from_millis(10), "{post:?}");
    assert!(accepted < Duration::from_secs(1), "{accepted:?}");
    assert!(list < Duration::from_millis(10) && detail < Duration::from_millis(10), "{list:?} {detail:?}");
}
