//! The stream of events.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Server, long_job, small_job};

/// Event names with their numbers.
fn parsed(text: &str) -> Vec<(String, Option<i64>)> {
    let field = |block: &str, name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name).map(|value| value.trim().to_owned()))
    };
    let blocks = text.split("\n\n").filter(|block| block.contains("event:"));
    blocks
        .map(|block| (field(block, "event:").unwrap(), field(block, "id:").map(|id| id.parse().unwrap())))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_everything_once_and_ends() {
    let server = Server::start().await;
    let path = server.submit(&small_job()).await;
    let answer = server.get(&format!("{path}/events")).await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let stored: Vec<(String, Option<i64>)> =
        parsed(&answer.text).into_iter().filter(|(_, number)| number.is_some()).collect();
    let names: Vec<&str> = stored.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["accepted", "started", "trial", "trial", "end"]);
    let numbers: Vec<i64> = stored.iter().map(|(_, number)| number.unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    // a client that was away since number 3
    let events = format!("{path}/events");
    let rest = server.send(server.request(Method::GET, &events).header("last-event-id", "3")).await;
    let names: Vec<String> = parsed(&rest.text).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["trial", "end"]);
    let nothing = server.send(server.request(Method::GET, &events).header("last-event-id", "5")).await;
    assert_eq!(nothing.status, 204);
    // or that wants the last ones alone
    let last = server.get(&format!("{events}?tail=2")).await;
    assert_eq!(
        parsed(&last.text).into_iter().map(|(_, number)| number).collect::<Vec<_>>(),
        [Some(4), Some(5)]
    );
    assert_eq!(server.get(&format!("{events}?tail=0")).await.status, 204);
    let bad = server.send(server.request(Method::GET, &events).header("last-event-id", "x")).await;
    assert_eq!(bad.status, 400);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn running_trials_show_progress_and_a_stop_ends_the_stream() {
    let server = Server::start().await;
    let path = server.submit(&long_job()).await;
    let response = server.request(Method::GET, &format!("{path}/events")).send().await.unwrap();
    let mut stream = response.bytes_stream();
    let mut text = String::new();
    let mut told = false;
    let read = async {
        while let Some(chunk) = stream.next().await {
            text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
            if text.contains("event: progress") && !told {
                told = true;
                server.tell_to_stop();
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("the stream ends by itself");
    assert_eq!(parsed(&text).last().unwrap().0, "shutdown");
    let directory = server.stop().await;
    // what ran goes back into the queue
    let server = Server::on(directory, 0, bitgauge::http::Access::default()).await;
    let job = server.get(&path).await.json();
    assert_eq!((&job["trials"]["queued"], &job["trials"]["running"]), (&json!(2), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_ends_its_streams() {
    let server = Server::start().await;
    let path = server.submit(&long_job()).await;
    let events = server.request(Method::GET, &format!("{path}/events")).send();
    let response = events.await.unwrap();
    server.send(server.request(Method::POST, &format!("{path}/cancel"))).await;
    let text = tokio::time::timeout(Duration::from_secs(20), response.text()).await.unwrap().unwrap();
    let names: Vec<String> = parsed(&text).into_iter().map(|(name, _)| name).collect();
    assert_eq!(&names[names.len() - 2..], ["cancelled", "end"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_past_is_told_to_its_end() {
    let server = Server::start().await;
    let mut spec = small_job();
    spec["seeds"] = json!(450);
    let finished = server.run(&spec).await;
    let events = format!("/v1/jobs/{}/events", finished["job"]["id"].as_str().unwrap());
    let answer = tokio::time::timeout(Duration::from_secs(20), server.get(&events));
    let told = parsed(&answer.await.expect("the stream ends by itself").text);
    let numbers: Vec<i64> = told.iter().filter_map(|(_, number)| *number).collect();
    let last = *numbers.last().unwrap();
    assert!(last > 450 && numbers.iter().copied().eq(1..=last), "{numbers:?}");
    assert_eq!(told.last().unwrap().0, "end");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_has_not_happened_was_not_the_last() {
    let server = Server::start().await;
    let path = server.submit(&long_job()).await;
    let events = format!("{path}/events");
    let answer = server.send(server.request(Method::GET, &events).header("last-event-id", "999")).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (400, "invalid-last-event-id"));
    server.stop().await;
}
