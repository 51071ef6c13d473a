//! A trial that ends its process is found out: after a few deaths it runs in a process of its own, and
//! what ends that ends nothing else.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::process::{Process, bitgauge, long_job, sweep};

/// One trial that needs more memory than the process can get, whatever the server thinks it has.
fn poison() -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 1024, "samples": 1_000_000},
        "network": {"kind": "linear"},
        "training": {"steps": 1},
        "budget": {"trial_seconds": 86400},
        "seeds": 1,
    })
}

/// A server with little address space that believes to have much memory.
fn server(directory: &std::path::Path) -> Process {
    let serve = bitgauge();
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -v 3000000; exec \"$0\" \"$@\""]).arg(serve.get_program());
    limited.args(["serve", "--listen", "127.0.0.1:0", "--workers", "1", "--memory", "64GiB", "--data-dir"]);
    limited.arg(directory).stdout(Stdio::piped()).stderr(Stdio::null());
    limited.env_remove("BITGAUGE_TOKEN");
    Process::of(limited.spawn().unwrap())
}

/// Waits until the process ends by itself.
fn dies(mut process: Process) -> bool {
    let begun = Instant::now();
    loop {
        if process.child.try_wait().unwrap().is_some() {
            return true;
        }
        if begun.elapsed() > Duration::from_secs(30) {
            process.kill();
            return false;
        }
        std::thread::yield_now();
    }
}

/// The processes that a process has started.
fn children(process: &Process) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{}/task", process.child.id())).unwrap();
    // a thread may have ended meanwhile
    let of_thread = |thread: std::fs::DirEntry| std::fs::read_to_string(thread.path().join("children")).ok();
    let lists: Vec<String> = threads.filter_map(|thread| of_thread(thread.ok()?)).collect();
    lists.iter().flat_map(|list| list.split_whitespace()).map(|id| id.parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_ends_its_process_does_so_twice_and_is_given_up() {
    let directory = tempfile::tempdir().unwrap();
    let process = server(directory.path());
    let other = process.submit(&sweep()).await;
    // the process may end before it has answered
    process.try_submit(&poison()).await;
    assert!(dies(process), "the trial cannot be run");
    assert!(dies(server(directory.path())), "nor can it again");
    let process = server(directory.path());
    let begun = Instant::now();
    let newest = process.json("/v1/jobs?limit=1").await;
    let path = newest["items"][0]["links"]["self"].as_str().unwrap().to_owned();
    process.ended(&path).await;
    assert!(begun.elapsed() > Duration::from_secs(5), "it waits 1 s and 4 s between its attempts");
    let job = process.json(&path).await;
    assert_eq!(job["state"], "failed");
    let trial = process.json(&format!("{path}/trials/0")).await;
    let detail = trial["detail"].as_str().unwrap();
    assert!(
        detail.contains("ended the process that ran it 3 times") && detail.contains("signal 6"),
        "{detail}"
    );
    process.ended(&other).await;
    assert_eq!(process.json(&other).await["state"], "succeeded", "the others go on");
    assert!(process.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_from_outside_do_not_count_and_a_trial_alone_can_be_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let mut process = Process::start(directory.path(), 1);
    let path = process.submit(&long_job()).await;
    // many more than a trial may cause
    for _ in 0..5 {
        until(&process, &path, |job| !job["running"].as_array().unwrap().is_empty()).await;
        process.kill();
        process = Process::start(directory.path(), 1);
    }
    let is_training = |job: &Value| job["running"][0]["step"].as_u64() > Some(0);
    until(&process, &path, is_training).await;
    let alone = children(&process);
    assert_eq!(alone.len(), 1, "it runs in a process of its own");
    process.post(&format!("{path}/pause"), &json!({})).await;
    until(&process, &path, |job| job["trials"]["queued"] == 2).await;
    assert!(children(&process).is_empty());
    process.post(&format!("{path}/resume"), &json!({})).await;
    let job = until(&process, &path, is_training).await;
    assert!(job["running"][0]["step"].as_u64() > Some(0));
    // it dies with its server, whoever kills that
    let alone = children(&process)[0];
    process.kill();
    let begun = Instant::now();
    while is_alive(alone) {
        assert!(begun.elapsed() < Duration::from_secs(5), "an orphan goes on");
        std::thread::yield_now();
    }
    let process = Process::start(directory.path(), 1);
    until(&process, &path, is_training).await;
    process.post(&format!("{path}/cancel"), &json!({})).await;
    let begun = Instant::now();
    while !children(&process).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(1), "a cancelled trial goes on");
    }
    assert!(process.terminate().success());
}

fn is_alive(id: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // one that nobody has waited for yet is dead too
    !state.is_empty() && !state.contains(") Z ")
}

/// The job, once it is as asked for.
async fn until(process: &Process, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let look = async {
        loop {
            let job = process.json(path).await;
            if is_so(&job) {
                return job;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), look).await.expect("it comes to that")
}
