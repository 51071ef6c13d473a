//! `GET /v1/events`.

use std::time::Duration;

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
