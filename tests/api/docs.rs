//! `GET /docs` and the description in both forms.

use super::harness::{DESCRIPTION, Server};

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_served_in_both_forms_and_as_a_page() {
    let server = Server::idle().await;
    let json = server.get("/openapi.json").await;
    assert_eq!((json.status.as_u16(), &json.json()), (200, &*DESCRIPTION));
    let page = server.get("/docs").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    // what the page may do follows from a header, not from what it says
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    assert!(page.text.contains("id=\"createJob\"") && page.text.contains("id=\"schema-JobSpec\""));
    let style = server.get("/docs.css").await;
    assert_eq!((style.status.as_u16(), style.header("content-type")), (200, "text/css; charset=utf-8"));
    server.stop().await;
}
