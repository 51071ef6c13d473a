//! Backups while the service works: writers are not kept waiting.

use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::json;

use super::process::Process;

/// A job of ten thousand trials that nobody runs.
fn wide_job() -> serde_json::Value {
    let steps: Vec<u32> = (1..=1000).collect();
    json!({
        "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8},
        "network": {"kind": "linear"},
        "sweep": [{"path": "/training/steps", "values": steps}],
        "seeds": 10,
    })
}

/// Renames a job again and again, and tells how long each time took.
async fn writes(url: String, until: Instant) -> Vec<Duration> {
    let client = Client::new();
    let mut took = Vec::new();
    while Instant::now() < until {
        let begun = Instant::now();
        let name = json!({"name": format!("name {}", took.len())});
        let answer = client.patch(&url).json(&name).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        took.push(begun.elapsed());
    }
    took
}

/// The 99th percentile of what four writers wait, for two seconds.
async fn p99(urls: &[String]) -> Duration {
    let until = Instant::now() + Duration::from_secs(2);
    let writers: Vec<_> = urls[..4].iter().map(|url| tokio::spawn(writes(url.clone(), until))).collect();
    let mut all = Vec::new();
    for writer in writers {
        all.extend(writer.await.unwrap());
    }
    all.sort_unstable();
    assert!(all.len() >= 100, "{} writes", all.len());
    all[all.len() * 99 / 100]
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_are_not_kept_waiting_by_backups() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), 0);
    let base = format!("http://{}", process.address());
    let mut urls = Vec::new();
    for _ in 0..20 {
        urls.push(format!("{base}{}", process.submit(&wide_job()).await));
    }
    let client = Client::new();
    let back_up = async || client.post(format!("{base}/v1/backup")).send().await.unwrap();
    // one at a time
    let (one, other) = tokio::join!(back_up(), back_up());
    let mut statuses = [one.status().as_u16(), other.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);

    // other work on this machine may come in between: one quiet round is enough
    let mut rounds = Vec::new();
    for _ in 0..4 {
        let alone = p99(&urls).await;
        let stop = Instant::now() + Duration::from_secs(2);
        let backups = async {
            let mut made = 0;
            while Instant::now() < stop {
                assert_eq!(back_up().await.status(), 201);
                made += 1;
            }
            made
        };
        let (beside, made) = tokio::join!(p99(&urls), backups);
        assert!(made > 0);
        eprintln!("p99 of writers {alone:?} alone, {beside:?} beside {made} backups");
        rounds.push((alone, beside));
        if beside <= alone + Duration::from_millis(200) {
            assert!(process.terminate().success());
            return;
        }
    }
    panic!("{rounds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_backup_is_begun_where_there_is_no_room_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let most = u64::MAX.to_string();
    let process = Process::start_with(directory.path(), 0, &["--min-free-bytes", &most]);
    let (status, problem) = process.post("/v1/backup", &json!({})).await;
    assert_eq!((status, &problem["type"]), (507, &json!("urn:bitgauge:problem:storage-full")));
    assert!(!directory.path().join("backups").exists());
    assert!(process.terminate().success());
}
