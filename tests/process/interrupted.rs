//! What takes long ends within a second wherever it is: inside one step, or while it is measured.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::process::Process;

/// Jobs whose one trial is busy for much longer than a second without coming between two steps.
fn busy() -> Vec<(&'static str, Value)> {
    let with = |dataset: Value, network: Value, steps: u64, estimators: Value| {
        json!({
            "dataset": dataset, "network": network, "estimators": estimators,
            "training": {"steps": steps, "learning_rate": 1e-6}, "budget": {"trial_seconds": 86400}, "seeds": 1,
        })
    };
    let labels = |samples: u64| json!({"kind": "random_labels", "inputs": 64, "samples": samples});
    vec![
        (
            "a step",
            with(
                labels(100_000),
                json!({"kind": "mlp", "hidden": [1024, 1024]}),
                5,
                json!([{"kind": "memorized_bits"}]),
            ),
        ),
        (
            "bits of a layer with noise",
            json!({
                "dataset": {"kind": "gaussian_vectors", "variances": vec![1.0; 16], "samples": 4096},
                "network": {"kind": "vae", "hidden": [], "code": 48},
                "regularizers": [{"kind": "latent_noise", "rate_weight": 0.5}],
                "training": {"steps": 1, "batch_size": 64}, "estimators": [{"kind": "layer_information"}], "seeds": 1,
                "budget": {"trial_seconds": 86400},
            }),
        ),
        (
            "gradients of single samples",
            with(
                labels(20_000),
                json!({"kind": "mlp", "hidden": [512, 512]}),
                1,
                json!([{"kind": "gradient_quality"}]),
            ),
        ),
    ]
}

/// Waits until the worker runs something, and a while more.
async fn until_busy(process: &Process) {
    let begun = Instant::now();
    while process.json("/v1/workers").await["items"][0]["running"].as_array().unwrap().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(10), "nothing runs");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_trial_ends_within_a_second() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), 1);
    for (name, spec) in busy() {
        let job = process.submit(&spec).await;
        until_busy(&process).await;
        let state = process.json(&job).await["state"].as_str().unwrap().to_owned();
        assert_eq!(state, "running", "{name} is over too soon to be interrupted");
        let begun = Instant::now();
        process.post(&format!("{job}/cancel"), &json!({})).await;
        while !process.json("/v1/workers").await["items"][0]["running"].as_array().unwrap().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(1), "{name} goes on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(process.json(&job).await["state"], "cancelled");
    }
    assert!(process.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_inside_a_step_stops_within_seconds() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), 1);
    let job = process.submit(&busy().remove(0).1).await;
    until_busy(&process).await;
    let begun = Instant::now();
    assert!(process.terminate().success());
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    // the trial was given back
    let process = Process::start(directory.path(), 0);
    let job = process.json(&job).await;
    assert_eq!((&job["trials"]["queued"], &job["trials"]["total"]), (&json!(1), &json!(1)));
    assert!(process.terminate().success());
}
