//! Where a body ends must be said in one way only: two ways are read
//! differently by different servers on the path (request smuggling).
//!
//! The HTTP library drops `Content-Length` beside `Transfer-Encoding` before
//! anybody can see it, so a request with both cannot be told from a chunked
//! one; both are refused. A spec is small: its length is known.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::TRANSFER_ENCODING;
use axum::middleware::Next;
use axum::response::Response;

use super::super::Problem;

/// Refuses a request whose body has no plain length.
pub async fn check(request: Request, next: Next) -> Result<Response, Problem> {
    if request.headers().contains_key(TRANSFER_ENCODING) {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "ambiguous-length",
            "send the body with Content-Length and without Transfer-Encoding",
        ));
    }
    Ok(next.run(request).await)
}
