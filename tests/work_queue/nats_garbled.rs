//! Messages that nobody meant, made from real ones by small changes, sent to a real gateway and a real worker's end:
//! no panic, no trial that is lost, and both go on.
//!
//! For `BITGAUGE_FUZZ_SECONDS` (15 by default, 900 nightly) from the seed `BITGAUGE_FUZZ_SEED` (0).

#[path = "../fuzz/mutation.rs"]
mod mutation;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use bitgauge::nats::NatsQueue;
use bitgauge::work::{CheckpointReference, Completed, Completion, Lease, WorkQueue};
use futures_util::StreamExt;
use mutation::Mutator;

use super::contract::Bench;
use super::nats::{OverNats, sign};
use super::{job, reported};

const LEASE: Duration = Duration::from_mins(10);
/// Messages on their way before the server must have seen them all.
const TOGETHER: u64 = 100;
/// The process may hold so much more at its peak than before.
const MOST_BYTES: u64 = 1 << 30;

/// A message as it was heard.
#[derive(Debug, Clone)]
struct Heard {
    subject: String,
    headers: Option<HeaderMap>,
    payload: Vec<u8>,
}

/// The next trial: it comes, if not at once.
async fn claimed(queue: &NatsQueue) -> Lease {
    loop {
        if let Some(claimed) = queue.claim("worker", LEASE, u64::MAX).await.unwrap() {
            return claimed.lease;
        }
    }
}

/// Everything that both ends say while trials are claimed, renewed, saved, loaded, given back and completed.
async fn real_messages(bench: &OverNats<0>) -> Vec<Heard> {
    let mut all = bench.hand().subscribe("bitgauge.>").await.unwrap();
    bench.hand().flush().await.unwrap();
    bench.add(1, &job(3), 3).await;
    let queue = bench.queue();
    queue.introduce(&sign("worker", 4)).await.unwrap();
    for number in 0..3 {
        let lease = claimed(&queue).await;
        queue.renew(lease, LEASE).await.unwrap();
        queue.save_checkpoint(lease, 7, vec![1; 1000]).await.unwrap();
        let reference = CheckpointReference { job: lease.job, number: lease.number, step: 7 };
        assert_eq!(queue.load_checkpoint(reference).await.unwrap(), Some(vec![1; 1000]));
        if number == 0 {
            queue.release(lease).await.unwrap();
        } else {
            queue.complete(lease, reported(1.0)).await.unwrap();
        }
    }
    let large = Completion::Failed { detail: "x".repeat(2 << 20) };
    let lease = claimed(&queue).await;
    queue.complete(lease, large).await.unwrap();
    bench.hand().publish("bitgauge.notice", "\"work\"".into()).await.unwrap();
    bench.hand().publish("bitgauge.end", "".into()).await.unwrap();
    let mut heard = Vec::new();
    while let Some(message) = all.next().await.filter(|message| &*message.subject != "bitgauge.end") {
        let mut payload = message.payload.to_vec();
        payload.truncate(64 << 10);
        heard.push(Heard { subject: message.subject.to_string(), headers: message.headers, payload });
    }
    heard
}

fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    1024 * line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or_default()
}

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a whole number"))
}

/// Where the gateway or the queue panicked from now on. Numbers that no spec admits may end the estimate of a trial's cost,
/// and the worker catches that.
fn panics() -> Arc<Mutex<Vec<String>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (before, into) = (std::panic::take_hook(), Arc::clone(&seen));
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // other tests panic beside this one, and mean to
        if ["src/nats", "src/work", "src/store", "src/job"].iter().any(|room| place.starts_with(room)) {
            into.lock().unwrap().push(panic.to_string());
        }
        if !place.starts_with("src/science") && !place.starts_with("src/spec") {
            before(panic);
        }
    }));
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_harms_the_service_or_a_worker() {
    let bench = OverNats::<0>::new().await;
    let heard = real_messages(&bench).await;
    let kinds: std::collections::BTreeSet<&str> =
        heard.iter().filter_map(|one| one.subject.split('.').nth(1)).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["ask", "notice", "result", "trial"]);
    let (panics, held) = (panics(), peak_bytes());
    let payloads: Vec<Vec<u8>> = heard.iter().map(|one| one.payload.clone()).collect();
    let mut mutator = Mutator::new(variable("BITGAUGE_FUZZ_SEED", 0), &payloads);
    let end = Instant::now() + Duration::from_secs(variable("BITGAUGE_FUZZ_SECONDS", 15));
    let (mut count, mut taken) = (0, 0);
    while Instant::now() < end {
        let one = &heard[mutator.below(heard.len())];
        // most often of the kind that the subject tells
        let of = if count % 8 == 0 { &payloads[..] } else { std::slice::from_ref(&one.payload) };
        let payload = mutator.next(of);
        let inbox = bench.hand().new_inbox().replace("_INBOX", "_INBOX_WORKER");
        let mut headers = HeaderMap::new();
        // a worker that cannot read what the service signed with a lease leaves it to others for a minute
        let told = one.headers.iter().filter(|_| !one.subject.starts_with("bitgauge.trial"));
        for (name, values) in told.flat_map(HeaderMap::iter) {
            // the stream would take it for the real one, come twice
            if name.to_string() == "Nats-Msg-Id" {
                continue;
            }
            for value in values {
                let text = mutator.next(&[value.as_str().as_bytes().to_vec()]);
                let text = String::from_utf8_lossy(&text).replace(['\r', '\n'], " ");
                headers.append(name.clone(), if count % 2 == 0 { value.as_str() } else { &*text });
            }
        }
        let subject = one.subject.clone();
        let told = bench.hand().publish_with_reply_and_headers(subject, inbox, headers, payload.into());
        told.await.unwrap();
        count += 1;
        if count % TOGETHER == 0 {
            bench.hand().flush().await.unwrap();
            // what it takes from the stream, and whether the gateway still answers
            for _ in 0..3 {
                if let Some(claimed) = bench.queue().claim("worker", LEASE, 1 << 30).await.unwrap() {
                    taken += 1;
                    let _ = bench.queue().release(claimed.lease).await; // it may be of a job that never was
                }
            }
        }
    }
    let garbled = bench.counts().garbled;
    assert!(
        count > 1000 && garbled > 100 && taken > 0,
        "{count} messages, {garbled} not understood, {taken} taken"
    );
    println!("messages: {count}, of {} real ones; {taken} trials were taken", heard.len());
    let (last, mut left) = (bench.add(2, &job(2), 2).await, 2);
    let another = bench.another("another").await;
    let deadline = Instant::now() + Duration::from_mins(1);
    while left > 0 {
        assert!(Instant::now() < deadline, "the service goes on no longer");
        let _ = another.introduce(&sign("another", 4)).await; // while it answers what came before
        let Some(claimed) = another.claim("another", LEASE, 1 << 30).await.unwrap() else { continue };
        let completed = another.complete(claimed.lease, reported(1.0)).await;
        left -= u32::from(claimed.lease.job == last && completed == Ok(Completed::Stored));
    }
    drop(std::panic::take_hook());
    let panics = std::mem::take(&mut *panics.lock().unwrap());
    assert!(panics.is_empty(), "{panics:?}");
    let more = peak_bytes() - held;
    assert!(more < MOST_BYTES, "{more} bytes more");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_go_to_inboxes_of_workers_and_nowhere_else() {
    let bench = OverNats::<0>::new().await;
    let hand = bench.hand();
    let mut elsewhere = hand.subscribe("elsewhere.>").await.unwrap();
    let mut inbox = hand.subscribe("_INBOX_WORKER.own").await.unwrap();
    for place in ["elsewhere.a", "_INBOX_WORKER.own"] {
        for kind in ["sign", "wish", "renew", "release", "save", "load", "large", "unknown"] {
            hand.publish_with_reply(format!("bitgauge.ask.{kind}"), place, "{".into()).await.unwrap();
        }
        let headers = HeaderMap::from_iter([("Bitgauge-Answer".parse().unwrap(), place.parse().unwrap())]);
        hand.publish_with_headers("bitgauge.result.x.1", headers, "{".into()).await.unwrap();
    }
    // eight questions and a result
    for _ in 0..9 {
        let answer =
            tokio::time::timeout(Duration::from_mins(1), inbox.next()).await.expect("answered").unwrap();
        assert!(answer.payload.starts_with(b"{\"no\""), "{:?}", answer.payload);
    }
    // nine for their inbox, four questions and a result for their words, twice
    while bench.counts().garbled < 9 + 2 * 5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    hand.publish("elsewhere.end", "".into()).await.unwrap();
    assert_eq!(&*elsewhere.next().await.unwrap().subject, "elsewhere.end", "nothing came before");
}
