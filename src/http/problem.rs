//! Problems: every error a client sees, as a document of RFC 9457.

use std::borrow::Cow;
use std::time::Duration;

use crate::api::ProblemDocument;
use crate::evaluator::EvaluationError;
use crate::spec::{Fault, Rejection};
use crate::store::{StoreError, UnreadableSpec};
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// Media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An error on its way to a client.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    kind: Cow<'static, str>,
    detail: String,
    errors: Vec<Fault>,
    headers: HeaderMap,
}

impl Problem {
    /// A problem of this kind; the detail is for people and never shows inner text.
    pub fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            kind: kind.into(),
            detail: detail.into(),
            errors: Vec::new(),
            headers: HeaderMap::new(),
        }
    }

    /// A problem that follows from the status alone.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("error");
        let kind = reason.to_ascii_lowercase().replace(' ', "-");
        Self {
            status,
            kind: kind.into(),
            detail: detail_of(status).to_owned(),
            errors: Vec::new(),
            headers: HeaderMap::new(),
        }
    }

    /// With every fault of the request.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<Fault>) -> Self {
        self.errors = errors;
        self
    }

    /// With a header of the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// One parameter of the query or path is not valid.
    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        Self::parameters(vec![Fault::new(format!("/{name}"), detail)])
    }

    /// Parameters of the query are not valid: each fault has its parameter's name after `/`.
    #[must_use]
    pub fn parameters(faults: Vec<Fault>) -> Self {
        let detail = if faults.len() == 1 {
            "a parameter of the request is not valid"
        } else {
            "parameters of the request are not valid"
        };
        Self::new(StatusCode::BAD_REQUEST, "invalid-parameter", detail).with_errors(faults)
    }

    /// The body is no JSON document.
    #[must_use]
    pub fn invalid_json(fault: Fault) -> Self {
        Self::from(Rejection::Syntax(fault))
    }

    /// The body is JSON, but not what is asked for.
    #[must_use]
    pub fn invalid_body(faults: Vec<Fault>) -> Self {
        let detail = "the body is not valid; errors lists every fault";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-body", detail).with_errors(faults)
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found(detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    /// The server cannot take more now.
    #[must_use]
    pub fn overloaded(detail: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail).with_header(RETRY_AFTER, "1")
    }

    /// There is too little room where the data are.
    #[must_use]
    pub fn storage_full(free: u64, wanted: u64) -> Self {
        let detail = format!(
            "{free} bytes are free where the data are, at least {wanted} must be; delete jobs or make room"
        );
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "storage-full", &detail)
    }

    /// The server cannot do its work, for these reasons.
    #[must_use]
    pub fn not_ready(reasons: &[String]) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", reasons.join("; "))
            .with_header(RETRY_AFTER, "5")
    }

    /// The token is missing or wrong.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "send the header Authorization: Bearer TOKEN")
            .with_header(WWW_AUTHENTICATE, "Bearer realm=\"bitgauge\"")
    }

    /// Too many wrong tokens came from the client's address: it is to wait for so long.
    #[must_use]
    pub fn too_many_attempts(wait: Duration) -> Self {
        let detail = "too many wrong tokens came from this address; a right one is served at any time";
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", detail)
            .with_header(WWW_AUTHENTICATE, "Bearer realm=\"bitgauge\"");
        problem.headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        problem
    }

    /// A fault of this program: the log says more than the client learns.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "internal error of the server; its log has the details",
        )
    }
}

fn detail_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "there is no such path; GET /openapi.yaml lists all paths",
        StatusCode::METHOD_NOT_ALLOWED => "the Allow header lists the methods of this path",
        StatusCode::PAYLOAD_TOO_LARGE => {
            "the body is larger than this server takes: 256 KiB, unless --max-body-bytes states otherwise"
        }
        StatusCode::REQUEST_TIMEOUT => "the request took too long",
        StatusCode::FORBIDDEN => "requests from another site are refused",
        StatusCode::URI_TOO_LONG => "the URI of the request is too long",
        status if status.is_server_error() => "internal error of the server; its log has the details",
        _ => "the request is not valid",
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = ProblemDocument {
            kind: format!("urn:bitgauge:problem:{}", self.kind),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            errors: self.errors,
        };
        let body = serde_json::to_vec(&document).expect("a document of strings is valid JSON");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        response
    }
}

impl From<EvaluationError> for Problem {
    fn from(error: EvaluationError) -> Self {
        match error {
            EvaluationError::NotFound | EvaluationError::Unreadable(UnreadableSpec::Deleted) => {
                Self::not_found("no such job")
            }
            EvaluationError::Store(error) => Self::of_store(&error),
            EvaluationError::Unreadable(_) | EvaluationError::Panicked | EvaluationError::GivenUp => {
                tracing::error!(%error, "a job could not be evaluated");
                Self::internal()
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::of_store(&error)
    }
}

impl Problem {
    fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::not_found("no such job"),
            StoreError::InvalidCursor => {
                Self::parameter("cursor", "is not a cursor of this list in this sort order")
            }
            StoreError::IdempotencyConflict => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-conflict",
                "this Idempotency-Key was used before with a different body",
            ),
            StoreError::BackupRuns => Self::new(
                StatusCode::CONFLICT,
                "backup-runs",
                "another backup is being made; GET /v1/backups lists it when it is whole",
            ),
            StoreError::Busy => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "storage-busy", "the database is busy; try again")
                    .with_header(RETRY_AFTER, "1")
            }
            StoreError::Unavailable(_) | StoreError::Closed => {
                tracing::error!(%error, "the store is unavailable");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "storage-unavailable",
                    "the database is unavailable; nothing was stored",
                )
                .with_header(RETRY_AFTER, "10")
            }
            StoreError::Corrupt { .. } => {
                tracing::error!(%error, "the database is damaged");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "storage-corrupt",
                    "the database is damaged and must be restored from a backup",
                )
            }
            error => {
                tracing::error!(%error, "a fault of the store");
                Self::internal()
            }
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let errors = rejection.faults().to_vec();
        match rejection {
            Rejection::Syntax(_) => {
                Self::new(StatusCode::BAD_REQUEST, "invalid-json", "the body is not a valid JSON document")
            }
            Rejection::Invalid(_) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-spec",
                "the job spec is not valid; errors lists every fault",
            ),
        }
        .with_errors(errors)
    }
}
