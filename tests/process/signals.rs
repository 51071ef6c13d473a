//! Told to stop, a server stops soon and in order; a second one is refused.

use std::time::{Duration, Instant};

use super::process::{Process, bitgauge, long_job, sweep};

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_a_training_server_within_seconds_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), 2);
    let long = process.submit(&long_job()).await;
    let short = process.submit(&sweep()).await;
    // both workers are in the middle of a training
    loop {
        let job = process.json(&long).await;
        let running = job["running"].as_array().unwrap();
        if running.len() == 2 && running.iter().all(|trial| trial["step"].as_u64() > Some(0)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let begun = Instant::now();
    assert!(process.terminate().success());
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());

    let process = Process::start(directory.path(), 0);
    let job = process.json(&long).await;
    assert_eq!((job["state"].as_str(), job["trials"]["queued"].as_i64()), (Some("running"), Some(2)));
    assert_eq!(process.json(&short).await["trials"]["total"], 40);
    assert!(process.terminate().success());
    // the log was folded into the file
    let log = directory.path().join("bitgauge.sqlite-wal");
    assert!(!log.exists() || log.metadata().unwrap().len() == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), 0);
    let second = bitgauge()
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(directory.path())
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let text = String::from_utf8(second.stderr).unwrap();
    assert!(text.contains("another process has") && text.contains("only one process at a time"), "{text}");
    // the first is unharmed
    let path = process.submit(&sweep()).await;
    assert_eq!(process.json(&path).await["state"], "queued");
    process.kill();
    // a killed owner leaves no lock behind
    let process = Process::start(directory.path(), 0);
    assert_eq!(process.json(&path).await["state"], "queued");
    assert!(process.terminate().success());
}
