//! A training that was interrupted goes on where it stood, and ends with the same
//! bytes.

use std::path::Path;
use std::time::Duration;

use bitgauge::job::JobId;
use bitgauge::store::{Clock, Store};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::process::{Process, long_job};

/// One trial of a few seconds, with everything random in it.
fn long_trial() -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 20, "samples": 1000},
        "network": {"kind": "mlp", "hidden": [32, 32]},
        "regularizers": [{"kind": "dropout", "rate": 0.1}, {"kind": "gradient_noise", "eta": 1e-6}],
        "training": {"steps": 25_000, "batch_size": 500},
        "seeds": 1,
    })
}

/// Steps that the checkpoint of a job's first trial spares, if there is one.
async fn saved_step(directory: &Path, path: &str, number: u32) -> Option<i64> {
    let store = Store::open(directory, Clock::system()).await.unwrap();
    let job: JobId = path.rsplit('/').next().unwrap().parse().unwrap();
    let saved = store.checkpoint(job, number).await.unwrap();
    store.close().await.unwrap();
    saved.map(|checkpoint| checkpoint.step)
}

/// Waits until a trial of the job has gone further than `step`.
async fn further_than(process: &Process, path: &str, step: u64) {
    let further = async {
        loop {
            let job = process.json(path).await;
            let running = job["running"].as_array().unwrap();
            if running.iter().any(|trial| trial["step"].as_u64() > Some(step)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), further).await.expect("training goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_trainings_go_on_and_end_with_the_same_bytes() {
    let undisturbed = tempfile::tempdir().unwrap();
    let process = Process::start(undisturbed.path(), 1);
    let path = process.submit(&long_trial()).await;
    process.ended(&path).await;
    let expected = process.table(&path, "trials").await;
    assert!(process.terminate().success());

    let directory = tempfile::tempdir().unwrap();
    let start = || Process::start_with(directory.path(), 1, &["--checkpoint-seconds", "1"]);
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut process = start();
    let path = process.submit(&long_trial()).await;
    let mut spared = 0i64;
    for _ in 0..2 {
        // at a random moment after a second of training
        let moment = Duration::from_millis(1100 + random.random_range(0..400));
        further_than(&process, &path, spared.unsigned_abs()).await;
        tokio::time::sleep(moment).await;
        process.kill();
        let saved = saved_step(directory.path(), &path, 0).await.expect("a checkpoint every second");
        assert!(saved > spared, "{saved} after {spared}");
        spared = saved;
        process = start();
    }
    process.ended(&path).await;
    assert_eq!(process.table(&path, "trials").await, expected);
    assert!(process.terminate().success());
    assert_eq!(saved_step(directory.path(), &path, 0).await, None, "what has ended needs no checkpoint");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_saves_what_it_trains() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start_with(directory.path(), 2, &["--checkpoint-seconds", "86400"]);
    let path = process.submit(&long_job()).await;
    further_than(&process, &path, 100).await;
    assert!(process.terminate().success());
    let saved = saved_step(directory.path(), &path, 0).await.expect("saved on the way out");
    assert!(saved > 0);

    let process = Process::start(directory.path(), 2);
    further_than(&process, &path, 0).await;
    let job = process.json(&path).await;
    let first = job["running"].as_array().unwrap().iter().find(|trial| trial["trial"] == 0).unwrap();
    assert!(first["step"].as_u64() >= Some(saved.unsigned_abs()), "{first} goes on from {saved}");
    process.kill();
}
