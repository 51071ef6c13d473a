//! A server that only reads refuses what would change something.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::super::Problem;

/// Lets a request pass that reads.
pub async fn check(request: Request, next: Next) -> Result<Response, Problem> {
    if [Method::GET, Method::HEAD].contains(request.method()) {
        return Ok(next.run(request).await);
    }
    let detail = "this server was started with --read-only: it shows what is stored and changes nothing";
    Err(Problem::new(StatusCode::FORBIDDEN, "read-only", detail))
}
