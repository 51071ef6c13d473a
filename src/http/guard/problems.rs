//! Errors of axum and of other guards become problem documents too.

use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::super::Problem;
use super::super::problem::PROBLEM_JSON;

/// Replaces the body of every error that is not a problem yet; its other
/// headers (`Allow`, `Retry-After`) stay.
pub async fn as_problems(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let media_type = response.headers().get(CONTENT_TYPE).map_or(&[][..], |value| value.as_bytes());
    // the page says in words that there is nothing
    let is_said = media_type == PROBLEM_JSON.as_bytes() || media_type.starts_with(b"text/html");
    if !is_error || is_said {
        return response;
    }
    let mut problem = Problem::of_status(status).into_response();
    for (name, value) in response.headers() {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            problem.headers_mut().insert(name.clone(), value.clone());
        }
    }
    problem
}
