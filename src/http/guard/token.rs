//! The bearer token (RFC 6750), where the server asks for one.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;

use super::super::{Access, Problem};

/// Lets a request pass that has the token.
pub async fn check(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let offered = request.headers().get(AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.as_bytes().split_at_checked(7)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
    });
    let admitted = !access.needs_token() || offered.is_some_and(|token| access.admits(token));
    if admitted {
        return Ok(next.run(request).await);
    }
    Err(Problem::unauthorized())
}
