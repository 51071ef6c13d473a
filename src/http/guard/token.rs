//! The bearer token (RFC 6750), where the server asks for one.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::super::access::{Admission, TokenKind};
use super::super::caller::Caller;
use super::super::{Access, Problem};

/// Lets a request pass that has a token which permits it.
pub async fn check(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let offered = request.headers().get(AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.as_bytes().split_at_checked(7)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
    });
    let caller = Caller::of(request.extensions());
    match access.admit(offered, caller.address, Instant::now()) {
        Admission::Open => {}
        Admission::Known(holder) => {
            let _ = (caller.token.set(holder.name), caller.kind.set(holder.kind)); // once a request
            let reads = [Method::GET, Method::HEAD].contains(request.method());
            if holder.kind == TokenKind::Read && !reads {
                let detail = "this token may only read (GET, HEAD); use one of the kind full";
                return Err(Problem::new(StatusCode::FORBIDDEN, "read-only-token", detail));
            }
        }
        Admission::Refused => return Err(Problem::unauthorized()),
        Admission::Later(wait) => return Err(Problem::too_many_attempts(wait)),
    }
    Ok(next.run(request).await)
}
