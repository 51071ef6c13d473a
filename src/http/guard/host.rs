//! The name under which the server was asked must be its own.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::Response;

use super::super::{Access, Problem};

/// Lets a request pass that names this server, once.
pub async fn check(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-host", "send one Host header"));
    };
    // an absolute request target overrides the header (RFC 9112, section 3.2.2)
    let named = request.uri().authority().map(axum::http::uri::Authority::as_str);
    let names = [named, Some(host.to_str().unwrap_or_default())];
    if names.into_iter().flatten().all(|name| access.answers_to(name)) {
        return Ok(next.run(request).await);
    }
    let detail = "the Host header does not name this server; start it with --allowed-host to allow the name";
    Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "misdirected-request", detail))
}
