//! Entity tags: an answer for those who ask again and have it already.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{Problem, Service};
use crate::outcome::Digest;
use crate::store::JobRow;

/// What identifies one version of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(String);

impl Tag {
    /// The tag of a body that is at hand.
    #[must_use]
    pub fn of_body(body: &[u8]) -> Self {
        Self(format!("\"{}\"", &Digest::of(body).as_str()[..32]))
    }

    /// The tag of an answer that follows from a job and from `what` was asked of it, without making the
    /// answer: everything that is stored of the job and that can change, and the version of this
    /// program.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of_job(service: &Service, row: &JobRow, what: &str) -> Result<Self, Problem> {
        let last = service.store.last_event(row.id).await?;
        let program = env!("CARGO_PKG_VERSION");
        let JobRow { id, name, tags, state, counts, finished_ms, spec_digest, .. } = row;
        let all = format!(
            "{program} {id} {name:?} {tags:?} {state} {counts:?} {finished_ms:?} {spec_digest:?} {last} {what}"
        );
        Ok(Self::of_body(all.as_bytes()))
    }

    /// The tag of an answer that follows from all jobs and their stored results: the store counts
    /// whatever changes one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of_all_jobs(service: &Service, what: &str) -> Result<Self, Problem> {
        let last = service.store.last_event_number().await?;
        let program = env!("CARGO_PKG_VERSION");
        Ok(Self::of_body(format!("{program} {last} {what}").as_bytes()))
    }

    /// Whether the client has this version (RFC 9110, section 13.1.2).
    #[must_use]
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .map(|known| known.trim().trim_start_matches("W/"))
            .any(|known| known == self.0)
    }

    /// The answer to a client that has this version.
    #[must_use]
    pub fn not_modified(self) -> Response {
        (StatusCode::NOT_MODIFIED, [(ETAG, self.0)]).into_response()
    }

    /// The answer with this tag; to a client that has any version (`If-None-Match: *`), which is told
    /// so only of what can be answered, the tag alone.
    #[must_use]
    pub fn on(self, headers: &HeaderMap, mut response: Response) -> Response {
        if headers.get_all(IF_NONE_MATCH).iter().any(|value| value == "*") {
            return self.not_modified();
        }
        let value = HeaderValue::try_from(self.0).expect("a tag is hexadecimal digits in quotes");
        response.headers_mut().insert(ETAG, value);
        response
    }
}

/// The body with its tag, or the tag alone when the client has this version.
pub fn tagged(
    headers: &HeaderMap,
    media_type: &'static str,
    body: impl AsRef<[u8]> + Send + 'static,
) -> Response {
    let tag = Tag::of_body(body.as_ref());
    if tag.is_known(headers) {
        return tag.not_modified();
    }
    let body = Body::from(Bytes::from_owner(body));
    tag.on(headers, ([(CONTENT_TYPE, media_type)], body).into_response())
}

/// The versions that a client means to change (RFC 9110, section 13.1.1).
pub struct Expected(Vec<String>);

impl Expected {
    /// What the header `If-Match` says, if it is there.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(IF_MATCH).iter().map(|value| value.to_str().unwrap_or_default());
        let tags: Vec<String> =
            values.flat_map(|value| value.split(',')).map(|tag| tag.trim().to_owned()).collect();
        (!tags.is_empty()).then_some(Self(tags))
    }

    /// Whether this version is one of them. Weak tags never match.
    pub fn admits(&self, body: &[u8]) -> bool {
        let tag = Tag::of_body(body);
        self.0.iter().any(|expected| *expected == tag.0 || expected == "*")
    }
}
