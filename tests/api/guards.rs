//! What stands before the handlers: names, tokens, sizes, sites, time.

use std::time::{Duration, Instant};

use bitgauge::http::{Access, Tokens};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::harness::{Server, small_job};

/// Sends bytes as they are and reads the answer to its end.
async fn raw(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("an answer").unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_methods_and_media_types_are_problems() {
    let server = Server::idle().await;
    for path in ["/nothing", "/v1", "/v1/jobs/", "/v2/jobs", "/v1/jobs/x/y/z", "/%ff"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (404, "not-found"), "{path}");
    }
    for id in ["x", "0", "919108f7-52d1-4320-9bac-f847db4148a8", "0199b0a1-0000-7000-8000-000000000000"] {
        for part in [
            "",
            "/results",
            "/results.csv",
            "/trials",
            "/trials.csv",
            "/analysis",
            "/regularization.csv",
            "/events",
            "/figure.svg",
        ] {
            assert_eq!(server.get(&format!("/v1/jobs/{id}{part}")).await.status, 404, "{id}{part}");
        }
    }
    let answer = server.send(server.request(Method::PUT, "/v1/jobs")).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (405, "method-not-allowed"));
    let allowed: Vec<&str> = answer.header("allow").split(',').collect();
    assert!(allowed.contains(&"POST") && allowed.contains(&"GET"), "{allowed:?}");
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"] {
        let request = server.request(Method::POST, "/v1/jobs").header("content-type", media_type).body("{}");
        let answer = server.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (415, "unsupported-media-type"));
    }
    assert_eq!(server.get("/v1/version?verbose=1").await.status, 400);
    assert_eq!(server.post("/v1/jobs?dry_run=perhaps", &small_job()).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_id_and_careful_headers() {
    let server = Server::idle().await;
    for path in ["/livez", "/nothing", "/openapi.yaml", "/v1/schemas/job.json", "/v1/version"] {
        let answer = server.get(path).await;
        assert!(answer.header("content-security-policy").starts_with("default-src 'self'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
    }
    let head = server.send(server.request(Method::HEAD, "/readyz")).await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_names_of_the_host_are_misdirected() {
    let server = Server::with(0, Access::new(Tokens::default(), &["bits.example".to_owned()])).await;
    for (host, status) in [("localhost", 200), ("bits.example:80", 200), ("evil.example", 421), ("", 421)] {
        let answer =
            raw(&server, &format!("GET /livez HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{host}: {answer}");
    }
    let absolute = "GET http://evil.example/livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(raw(&server, absolute).await.starts_with("HTTP/1.1 421"));
    for missing in ["", "Host: localhost\r\nHost: localhost\r\n"] {
        let answer =
            raw(&server, &format!("GET /livez HTTP/1.1\r\n{missing}Connection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_two_lengths_makes_no_job() {
    let server = Server::idle().await;
    let body = small_job().to_string();
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let length = format!("Content-Length: {}\r\n", body.len());
    let encoding = "Transfer-Encoding: chunked\r\n".to_owned();
    for lengths in
        [[length.clone(), encoding.clone()].concat(), [encoding.clone(), length].concat(), encoding]
    {
        let request = format!(
            "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{lengths}\
             Connection: close\r\n\r\n{chunked}"
        );
        let answer = raw(&server, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("ambiguous-length"), "{answer}");
    }
    assert_eq!(server.get("/v1/jobs").await.json()["items"].as_array().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_beyond_the_limit_are_refused() {
    let server = Server::idle().await;
    let request = |length: usize| {
        let request = server.request(Method::POST, "/v1/jobs").header("content-type", "application/json");
        server.send(request.body(" ".repeat(length)))
    };
    let answer = request(256 * 1024 + 1).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (413, "payload-too-large"));
    assert_eq!(request(256 * 1024).await.problem(), "invalid-json");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_may_not_write() {
    let server = Server::idle().await;
    for (name, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "same-origin", 202),
        ("origin", "http://evil.example", 403),
        ("origin", "null", 403),
    ] {
        let request = server.request(Method::POST, "/v1/jobs").header(name, value).json(&small_job());
        let answer = server.send(request).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
    let own = format!("http://{}", server.address);
    let request = server.request(Method::POST, "/v1/jobs").header("origin", own).json(&small_job());
    assert_eq!(server.send(request).await.status, 202);
}

const FULL: &str = "a-token-that-permits-everything";
const READ: &str = "a-token-that-permits-to-read";

/// A server with a token of each kind.
async fn with_tokens() -> Server {
    let tokens = Tokens::parse(&format!("ada full {FULL}\ngrace read {READ}")).unwrap();
    Server::with(0, Access::new(tokens, &[])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_asked_of_everybody_but_probes() {
    let server = with_tokens().await;
    for path in ["/v1/jobs", "/v1/version", "/openapi.yaml", "/nothing"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "unauthorized"), "{path}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    assert_eq!(
        (server.get("/livez").await.status.as_u16(), server.get("/readyz").await.status.as_u16()),
        (200, 200)
    );
    for (value, status) in [
        (format!("Bearer {FULL}"), 200),
        (format!("bearer {FULL}"), 200),
        (format!("Bearer {READ}"), 200),
        ("Bearer wrong".to_owned(), 401),
        (format!("Basic {FULL}"), 401),
    ] {
        let request = server.request(Method::GET, "/v1/jobs").header("authorization", &value);
        assert_eq!(server.send(request).await.status, status, "{value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_reads_changes_nothing() {
    let server = with_tokens().await;
    let routes = bitgauge::http::documented_routes();
    let mut refused = 0;
    for (path, methods) in &routes {
        for method in methods.iter().filter(|method| **method != "get") {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = server.send(server.request(method, path).bearer_auth(READ)).await;
            assert_eq!(
                (answer.status.as_u16(), answer.problem().as_str()),
                (403, "read-only-token"),
                "{path}"
            );
            refused += 1;
        }
    }
    assert!(refused >= 10, "{refused}");
    let head = server.request(Method::HEAD, "/v1/jobs").bearer_auth(READ);
    assert_eq!(server.send(head).await.status, 200);
    let request = server.request(Method::POST, "/v1/jobs").bearer_auth(FULL).json(&small_job());
    assert_eq!(server.send(request).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_tokens_is_told_to_wait_and_locks_nobody_out() {
    let server = with_tokens().await;
    let guess =
        async |token: String| server.send(server.request(Method::GET, "/v1/jobs").bearer_auth(token)).await;
    for number in 0..10 {
        assert_eq!(guess(format!("guess-{number}")).await.status, 401);
    }
    let later = guess("guess-10".to_owned()).await;
    assert_eq!((later.status.as_u16(), later.problem().as_str()), (429, "too-many-attempts"));
    let wait: u64 = later.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(guess(FULL.to_owned()).await.status, 200);
    assert_eq!(server.get("/v1/jobs").await.status, 401, "no token is no guess");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sends_half_a_head_is_cut_off() {
    let server = Server::idle().await;
    let begun = Instant::now();
    let mut streams = Vec::new();
    for half in ["", "GET /livez HTTP/1.1\r\nHost: loc"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(half.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    for mut stream in streams {
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "the connection stays open");
    }
    assert!(begun.elapsed() > Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn open_connections_do_not_delay_the_stop() {
    let server = Server::idle().await;
    // an idle connection that was used, and one with half a body
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut half = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
    half.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let begun = Instant::now();
    server.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}
