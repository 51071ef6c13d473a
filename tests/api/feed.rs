//! `GET /v1/events`.

use std::time::Duration;

use bitgauge::work::Completion;
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::Value;

use super::harness::{Server, small_job};

/// Events as kind, number and data.
fn events(text: &str) -> Vec<(String, i64, Value)> {
    let blocks = text.split("\n\n").filter(|block| block.contains("id: "));
    let field = |block: &str, name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
    };
    let event = |block: &str| {
        let data = serde_json::from_str(&field(block, "data:")).unwrap();
        (field(block, "event:"), field(block, "id:").parse().unwrap(), data)
    };
    blocks.map(event).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_all_jobs_come_in_one_order_and_can_be_resumed() {
    let server = Server::start().await;
    let first = server.run(&small_job()).await["job"]["id"].clone();
    let stream =
        |after: String| server.request(Method::GET, "/v1/events").header("last-event-id", after).send();
    let mut live = stream("0".into()).await.unwrap().bytes_stream();
    let second = server.run(&small_job()).await["job"]["id"].clone();
    let mut text = String::new();
    let mut read_until = async |text: &mut String, wanted: &dyn Fn(&str) -> bool| {
        while !wanted(text) {
            let chunk = tokio::time::timeout(Duration::from_secs(20), live.next()).await.unwrap().unwrap();
            text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    };
    read_until(&mut text, &|text| text.matches("event: end").count() == 2).await;
    assert_eq!(server.delete(&format!("/v1/jobs/{}", first.as_str().unwrap())).await.status, 204);
    read_until(&mut text, &|text| text.contains("event: deleted") && text.ends_with("\n\n")).await;
    let seen = events(&text);
    assert!(seen.windows(2).all(|pair| pair[0].1 < pair[1].1), "{seen:?}");
    let kinds = |job: &Value| -> Vec<&str> {
        seen.iter().filter(|event| event.2["job"] == *job).map(|event| event.0.as_str()).collect()
    };
    assert_eq!(kinds(&second), ["accepted", "started", "trial", "trial", "end"]);
    assert_eq!(kinds(&first), ["accepted", "started", "trial", "trial", "end", "deleted"]);
    // who comes back gets what it has not seen; of the deleted job its deletion alone is left
    let resumed = stream(seen[2].1.to_string()).await.unwrap();
    let mut rest = String::new();
    let mut resumed = resumed.bytes_stream();
    while !rest.contains("event: deleted") {
        let chunk = tokio::time::timeout(Duration::from_secs(20), resumed.next()).await.unwrap().unwrap();
        rest.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
    }
    let expected: Vec<_> = seen[5..].iter().map(|event| event.1).collect();
    assert_eq!(events(&rest).iter().map(|event| event.1).collect::<Vec<_>>(), expected, "{rest}");
    // the stop of the server ends it
    server.tell_to_stop();
    while let Some(chunk) = resumed.next().await {
        rest.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
    }
    assert!(rest.contains("event: shutdown"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_never_given_is_refused() {
    let server = Server::idle().await;
    for bad in ["x", "-1", "999"] {
        let answer =
            server.send(server.request(Method::GET, "/v1/events").header("last-event-id", bad)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (400, "invalid-last-event-id"),
            "{bad}"
        );
    }
    server.stop().await;
}

/// Reads a stream until it has seen so many numbered events, then drops the connection.
async fn numbers(server: &Server, path: &str, after: i64, most: usize) -> Vec<i64> {
    let request = server.request(Method::GET, path).header("last-event-id", after.to_string());
    let mut stream = request.send().await.unwrap().bytes_stream();
    let (mut text, mut seen) = (String::new(), Vec::new());
    while seen.len() < most {
        let chunk = tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("more events");
        let Some(chunk) = chunk else { break };
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        // an event that was cut off is none
        let whole = text.rfind("\n\n").map_or(0, |end| end + 2);
        seen.extend(events(&text[..whole]).into_iter().map(|event| event.1));
        text.drain(..whole);
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_cut_off_ten_times_sees_each_of_5000_events_once() {
    let server = Server::idle().await;
    let mut job = small_job();
    job["seeds"] = 4997.into();
    let path = server.submit(&job).await;
    while let Some(claimed) = server.store.claim("by hand", 60_000).await.unwrap() {
        let completion = Completion::Failed { detail: "by hand".to_owned() };
        server.store.complete(claimed.lease, completion).await.unwrap();
    }
    for path in [format!("{path}/events"), "/v1/events".to_owned()] {
        let mut seen: Vec<i64> = Vec::new();
        for cut in 1..=10 {
            // wherever in the stream the connection ends
            let most = 40 * cut * cut;
            let read = numbers(&server, &path, seen.last().copied().unwrap_or(0), most.min(450)).await;
            seen.extend(read);
        }
        assert!(seen.len() < 5000, "all cuts were before the end");
        let rest = numbers(&server, &path, seen.last().copied().unwrap(), 5000 - seen.len()).await;
        seen.extend(rest);
        assert_eq!(seen, (1..=5000).collect::<Vec<i64>>(), "{path}");
    }
    server.stop().await;
}
