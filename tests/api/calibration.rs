//! `GET /v1/calibration`.

use super::harness::Server;

#[tokio::test(flavor = "multi_thread")]
async fn without_a_calibration_there_is_no_certificate() {
    let server = Server::idle().await;
    let answer = server.get("/v1/calibration").await;
    assert_eq!(answer.status, 404);
    assert!(answer.problem().ends_with("not-found"));
    server.stop().await;
}
