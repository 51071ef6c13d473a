//! kill -9 at random moments: what was acknowledged is there afterwards, runs
//! to its end, and has the results of a run that nobody disturbed.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::process::{Process, sweep};

const KILLS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_lose_no_job_and_change_no_result() {
    let undisturbed = tempfile::tempdir().unwrap();
    let process = Process::start(undisturbed.path(), 2);
    let path = process.submit(&sweep()).await;
    process.ended(&path).await;
    let expected = process.table(&path, "trials").await;
    let expected_results = process.table(&path, "results").await;
    assert_eq!(expected.lines().count(), 41);
    assert!(process.terminate().success());

    let directory = tempfile::tempdir().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(20);
    let mut acknowledged = Vec::new();
    for _ in 0..KILLS {
        let process = Process::start(directory.path(), 2);
        let path = process.submit(&sweep()).await;
        acknowledged.push(path);
        // the moment is what this test draws at random; nothing waits for it
        let moment = Duration::from_millis(random.random_range(0..150));
        let unanswered = tokio::time::timeout(moment, async {
            loop {
                acknowledged.extend(process.try_submit(&sweep()).await);
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
        });
        assert!(unanswered.await.is_err());
        process.kill();
    }
    let process = Process::start(directory.path(), 2);
    for path in &acknowledged {
        process.ended(path).await;
        assert_eq!(process.table(path, "trials").await, expected);
        assert_eq!(process.table(path, "results").await, expected_results);
        let events = process.get(&format!("{path}/events")).await;
        for kind in ["accepted", "end"] {
            assert_eq!(events.matches(&format!("event: {kind}\n")).count(), 1, "{kind}");
        }
        assert_eq!(events.matches("event: trial\n").count(), 40, "no result twice");
    }
    assert!(process.terminate().success());
    let store =
        bitgauge::store::Store::open(directory.path(), bitgauge::store::Clock::system()).await.unwrap();
    assert_eq!(store.digest_alarms().await.unwrap(), 0);
}
