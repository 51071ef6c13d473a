//! What trials are estimated to need, against what they take: memory above that of the idle server,
//! and time of the processor. All of them by `just nightly`, with the table of
//! docs/findings/reliability.md; a few in every run.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::process::Process;

/// A spec for every network, source and estimator, named after what is large in it.
fn specs() -> BTreeMap<String, Value> {
    serde_json::from_str(include_str!("admission.json")).unwrap()
}

/// Some that are soon done.
const QUICK: [&str; 6] = [
    "autoencoder_strings",
    "landscape",
    "layer_information_partition",
    "linear_many_samples",
    "mlp_early_stopping",
    "parity_features",
];

/// Memory may be estimated at so many times what was taken.
const MEMORY: std::ops::RangeInclusive<f64> = 0.8..=1.5;
/// The same of time.
const TIME: std::ops::RangeInclusive<f64> = 0.5..=2.0;
/// Below so many bytes and seconds the constant part of an estimate outweighs the rest.
const SMALL: (f64, f64) = (8e6, 0.05);

struct Measured {
    estimated_bytes: f64,
    bytes: f64,
    estimated_seconds: f64,
    seconds: f64,
}

fn status(process: &Process, name: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", process.child.id())).unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0
}

/// Seconds of all threads, in user mode and in the kernel.
fn processor_seconds(process: &Process) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", process.child.id())).unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    // fields 14 and 15, counted from 1 with the two before the bracket; hundredths of a second
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// The plan once the machine's speed is known.
async fn plan(process: &Process, spec: &Value) -> Value {
    let start = Instant::now();
    loop {
        let (status, plan) = process.post("/v1/jobs?dry_run=true", spec).await;
        assert_eq!(status, 200, "{plan}");
        if plan["estimated_on"] == "this_machine" {
            return plan;
        }
        assert!(start.elapsed() < Duration::from_mins(1), "the speed is never measured");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn measure(spec: &Value) -> Measured {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), 1);
    let plan = plan(&process, spec).await;
    let small = json!({"dataset": {"kind": "random_labels", "inputs": 2, "samples": 4},
                       "network": {"kind": "linear"}, "training": {"steps": 1}, "seeds": 1});
    let path = process.submit(&small).await;
    process.ended(&path).await;
    // the peak is that of what follows
    std::fs::write(format!("/proc/{}/clear_refs", process.child.id()), "5").unwrap();
    let (idle, before) = (status(&process, "VmRSS:"), processor_seconds(&process));
    let path = process.submit(spec).await;
    process.ended(&path).await;
    let job = process.json(&path).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let measured = Measured {
        estimated_bytes: plan["estimated_bytes"].as_f64().unwrap(),
        bytes: status(&process, "VmHWM:") - idle,
        estimated_seconds: plan["estimated_trial_seconds"].as_f64().unwrap(),
        seconds: processor_seconds(&process) - before,
    };
    assert!(process.terminate().success());
    measured
}

impl Measured {
    fn memory_ratio(&self) -> f64 {
        self.estimated_bytes / self.bytes
    }

    fn time_ratio(&self) -> f64 {
        self.estimated_seconds / self.seconds
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn some_trials_take_the_memory_that_was_estimated() {
    let specs = specs();
    for name in QUICK {
        let measured = measure(&specs[name]).await;
        let ratio = measured.memory_ratio();
        assert!(MEMORY.contains(&ratio), "{name}: {ratio:.2} of {:.0} bytes", measured.bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes of training, and timings: just nightly, on an otherwise idle machine"]
async fn trials_take_the_memory_and_the_time_that_were_estimated() {
    let mut outside = Vec::new();
    println!("| spec | memory, MB | estimated | ratio | time, s | estimated | ratio |");
    println!("|---|---|---|---|---|---|---|");
    for (name, spec) in specs() {
        let measured = measure(&spec).await;
        let (memory, time) = (measured.memory_ratio(), measured.time_ratio());
        println!(
            "| {name} | {:.1} | {:.1} | {memory:.2} | {:.2} | {:.2} | {time:.2} |",
            measured.bytes / 1e6,
            measured.estimated_bytes / 1e6,
            measured.seconds,
            measured.estimated_seconds,
        );
        if measured.bytes > SMALL.0 && !MEMORY.contains(&memory) {
            outside.push(format!("{name}: memory {memory:.2}"));
        }
        if measured.seconds > SMALL.1 && !TIME.contains(&time) {
            outside.push(format!("{name}: time {time:.2}"));
        }
    }
    assert!(outside.is_empty(), "{outside:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stated_memory_limits_what_is_admitted() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start_with(directory.path(), 1, &["--memory", "64MiB"]);
    let mut spec = json!({"dataset": {"kind": "random_labels", "inputs": 100, "samples": 1_000_000},
                          "network": {"kind": "linear"}, "training": {"steps": 1}, "seeds": 1});
    let (status, fault) = process.post("/v1/jobs", &spec).await;
    let detail = fault["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert_eq!(status, 422, "{fault}");
    assert!(detail.contains("at most 67108864 are allowed"), "{detail}");
    spec["dataset"]["samples"] = json!(1000);
    let path = process.submit(&spec).await;
    process.ended(&path).await;
    assert_eq!(process.json(&path).await["state"], "succeeded");
    let workers = process.json("/v1/workers").await;
    assert_eq!(workers["memory"]["budget_bytes"], 67_108_864, "{workers}");
    assert_eq!(workers["memory"]["waiting_trials"], 0, "{workers}");
    let metrics = process.get("/metrics").await;
    assert!(metrics.contains("bitgauge_memory_budget_bytes 67108864"), "{metrics}");
    assert!(process.terminate().success());
}
