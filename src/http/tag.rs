//! Entity tags: an answer for those who ask again and have it already.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::outcome::Digest;

/// The body with its tag, or the tag alone when the client has this version.
pub fn tagged(
    headers: &HeaderMap,
    media_type: &'static str,
    body: impl AsRef<[u8]> + Send + 'static,
) -> Response {
    let tag = tag_of(body.as_ref());
    if matches(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    let body = Body::from(Bytes::from_owner(body));
    ([(ETAG, tag), (CONTENT_TYPE, media_type.to_owned())], body).into_response()
}

fn tag_of(body: &[u8]) -> String {
    format!("\"{}\"", &Digest::of(body).as_str()[..32])
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
        let tag = tag_of(body);
        self.0.iter().any(|expected| *expected == tag || expected == "*")
    }
}

/// Whether the client has this version (RFC 9110, section 13.1.2).
fn matches(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}
