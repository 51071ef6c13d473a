//! The guards around every handler, outermost first.

mod framing;
mod headers;
mod host;
mod log;
mod problems;
mod read_only;
mod token;

use std::any::Any;

use axum::body::Body;
use axum::error_handling::HandleErrorLayer;
use axum::http::header::AUTHORIZATION;
use axum::http::{Request, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{BoxError, Router};
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::timeout::{RequestBodyDeadlineLayer, TimeoutLayer};
use tower_http::trace::TraceLayer;

use super::{Problem, Service, metrics, unread};
use headers::REQUEST_ID;

/// Puts the guards around the routes that work.
pub fn guarded(routes: Router, service: &Service) -> Router {
    let limits = &service.http;
    let stack = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(overloaded))
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::new(limits.requests))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limits.answer))
        .layer(RequestBodyDeadlineLayer::new(limits.body))
        .layer(RequestBodyLimitLayer::new(limits.body_bytes))
        .layer(CsrfLayer::new())
        .map_request(|request: Request<_>| request.map(Body::new))
        .layer(from_fn_with_state(service.access.clone(), token::check))
        .option_layer(service.store.is_read_only().then(|| from_fn(read_only::check)))
        .layer(from_fn_with_state(service.unread.clone(), unread::bounded));
    routes.layer(stack)
}

/// Puts the guards around what is no secret and costs nothing to make: it has limits of its own, and asks for no token.
pub fn open(routes: Router, service: &Service) -> Router {
    let stack = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(overloaded))
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::new(service.http.requests))
        .layer(from_fn_with_state(service.unread.clone(), unread::bounded));
    routes.layer(stack)
}

/// Puts those around all routes, probes included, that are limited by nothing.
pub fn outermost(routes: Router, service: &Service) -> Router {
    let stack = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION]))
        // what fails is logged where it fails
        .layer(TraceLayer::new_for_http().make_span_with(span).on_failure(()))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(from_fn(headers::secure))
        .layer(from_fn(problems::as_problems))
        // inside the layers above, so that this answer too has its id and headers
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(service.access.clone(), host::check))
        .layer(from_fn(framing::check));
    let logged = log::Logged { all: service.http.log_requests, slow: service.http.slow };
    // what a guard refuses counts too
    routes
        .layer(stack)
        .layer(from_fn_with_state(service.metrics.clone(), metrics::observe))
        .layer(from_fn_with_state(logged, log::observe))
}

fn span<B>(request: &Request<B>) -> tracing::Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    // the path alone: a query may hold what is not for the log
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
}

async fn overloaded(_: BoxError) -> Problem {
    Problem::overloaded("too many requests at the same time; try again")
}

#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(text, "a handler panicked");
    Problem::internal().into_response()
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::http::problem::PROBLEM_JSON;

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        async fn handler() -> &'static str {
            panic!("a secret of the server")
        }
        let routes = Router::new().route("/", get(handler)).layer(CatchPanicLayer::custom(panicked));
        let response = routes.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["content-type"], PROBLEM_JSON);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains("urn:bitgauge:problem:internal") && !text.contains("secret"), "{text}");
    }
}
