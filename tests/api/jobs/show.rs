//! `GET /v1/jobs/{id}`.

use reqwest::Method;

use crate::harness::{Server, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_job_already_is_not_sent_it_again() {
    let server = Server::idle().await;
    let path = server.submit(&small_job()).await;
    let first = server.get(&path).await;
    assert_eq!(first.json()["spec"], small_job());
    let tag = first.header("etag").to_owned();
    let again = server.send(server.request(Method::GET, &path).header("if-none-match", &tag)).await;
    assert_eq!((again.status.as_u16(), again.header("etag")), (304, tag.as_str()));
    server.send(server.request(Method::POST, &format!("{path}/cancel"))).await;
    let changed = server.send(server.request(Method::GET, &path).header("if-none-match", &tag)).await;
    assert_eq!(changed.status, 200);
}
