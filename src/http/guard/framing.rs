//! Where a body ends must be said in one way only: two ways are read
//! differently by different servers on the path (request smuggling).

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::middleware::Next;
use axum::response::Response;

use super::super::Problem;

/// Refuses a request that has both a length and a transfer encoding.
pub async fn check(request: Request, next: Next) -> Result<Response, Problem> {
    let headers = request.headers();
    if headers.contains_key(CONTENT_LENGTH) && headers.contains_key(TRANSFER_ENCODING) {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "ambiguous-length",
            "Content-Length and Transfer-Encoding exclude each other",
        ));
    }
    Ok(next.run(request).await)
}
