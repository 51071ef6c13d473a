//! The web page: who gets it, for how long, and under which policy.

use bitgauge::http::Tokens;
use reqwest::header::ACCEPT;
use reqwest::{Method, Response, StatusCode};

use super::harness::{Access, Server};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

async fn get(server: &Server, path: &str, accept: &str) -> (StatusCode, Response) {
    let response = server.request(Method::GET, path).header(ACCEPT, accept).send().await.unwrap();
    (response.status(), response)
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_get_the_page_and_others_are_told_where_to_go() {
    let server = Server::idle().await;
    for path in ["/", "/jobs", "/jobs/some-job", "/jobs/some-job/trials", "/new", "/workers"] {
        let (status, response) = get(&server, path, BROWSER).await;
        assert_eq!(
            (status.as_u16(), header(&response, "content-type")),
            (200, "text/html; charset=utf-8"),
            "{path}"
        );
        assert_eq!(header(&response, "cache-control"), "no-cache");
        assert!(header(&response, "content-security-policy").starts_with("default-src 'self';"));
        assert!(response.text().await.unwrap().contains("<div id=\"page\">"));
    }
    let (status, response) = get(&server, "/", "*/*").await;
    assert_eq!((status.as_u16(), header(&response, "content-type")), (200, "text/plain; charset=utf-8"));
    assert!(response.text().await.unwrap().contains("/v1/jobs"));
    // nothing is shadowed, and what is not there is said in the client's own form
    let (status, response) = get(&server, "/v1/nothing", "*/*").await;
    assert_eq!((status.as_u16(), header(&response, "content-type")), (404, "application/problem+json"));
    let (status, response) = get(&server, "/nothing", BROWSER).await;
    assert_eq!((status.as_u16(), header(&response, "content-type")), (404, "text/html; charset=utf-8"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_named_by_their_digest_are_kept_for_ever() {
    let server = Server::idle().await;
    let (_, response) = get(&server, "/", BROWSER).await;
    let page = response.text().await.unwrap();
    for name in ["/app.js", "/app.css", "/icon.svg"] {
        let at = page.find(name).unwrap();
        let address = page[at..].split('"').next().unwrap();
        let (status, response) = get(&server, address, "*/*").await;
        assert_eq!(
            (status.as_u16(), header(&response, "cache-control")),
            (200, "public, max-age=31536000, immutable")
        );
        let tag = header(&response, "etag").to_owned();
        let (_, response) = get(&server, name, "*/*").await;
        assert_eq!(header(&response, "cache-control"), "no-cache", "{name}");
        let known = server.request(Method::GET, name).header("if-none-match", tag).send().await.unwrap();
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_asks_for_no_token_and_the_api_says_what_a_token_permits() {
    let (full, read) = ("0123456789abcdefghij", "9876543210abcdefghij");
    let tokens = Tokens::parse(&format!("ada full {full}\nnotebook read {read}\n")).unwrap();
    let server = Server::with(0, Access::new(tokens, &[])).await;
    for path in ["/", "/jobs", "/app.js", "/app.css", "/icon.svg"] {
        assert_eq!(get(&server, path, BROWSER).await.0, StatusCode::OK, "{path}");
    }
    assert_eq!(get(&server, "/nothing", BROWSER).await.0, StatusCode::UNAUTHORIZED);
    for (token, access) in [(full, "full"), (read, "read_only_token")] {
        let answer = server.send(server.request(Method::GET, "/v1/version").bearer_auth(token)).await;
        assert_eq!(answer.json()["access"], access);
    }
    server.stop().await;
}
