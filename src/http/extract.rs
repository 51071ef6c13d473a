//! What handlers take from a request, with problems instead of axum's texts.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde::de::DeserializeOwned;

use super::Problem;
use crate::job::JobId;

/// The job named in the path.
pub struct JobPath(pub JobId);

impl<S: Send + Sync> FromRequestParts<S> for JobPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::parameter("id", "is not valid UTF-8"))?;
        Self::read(&text).map(Self)
    }
}

impl JobPath {
    /// A job id of a path.
    pub fn read(text: &str) -> Result<JobId, Problem> {
        text.parse().map_err(|_| Problem::not_found("no such job: a job id is a uuid of version 7"))
    }
}

/// The query string as a `T`; a parameter that `T` does not know is refused.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let joined = joined(&parts.uri);
        let uri = joined.as_ref().unwrap_or(&parts.uri);
        let query = axum::extract::Query::<T>::try_from_uri(uri).map_err(|rejection| {
            // the innermost error names the parameter or what it should have been
            let mut error: &dyn std::error::Error = &rejection;
            while let Some(source) = error.source() {
                error = source;
            }
            let text = error.to_string();
            let (name, detail) = text.split_once(": ").unwrap_or(("", &text));
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let (name, detail) = if is_name { (name, detail) } else { ("query", text.as_str()) };
            Problem::parameter(name, detail)
        })?;
        Ok(Self(query.0))
    }
}

/// Parameters that are lists, wherever they are known: values with commas between them. Clients that are
/// made from the description repeat the parameter instead.
const LISTS: [&str; 9] =
    ["state", "quantity", "source", "network", "regularizer", "optimizer", "job", "jobs", "columns"];

/// The same address with repeated lists as one; `None` where none is repeated.
fn joined(uri: &Uri) -> Option<Uri> {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    let mut is_repeated = false;
    for pair in uri.query()?.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match pairs.iter_mut().find(|(known, _)| *known == name && LISTS.contains(&name)) {
            Some((_, values)) => {
                is_repeated = true;
                values.push(',');
                values.push_str(value);
            }
            None => pairs.push((name, value.to_owned())),
        }
    }
    let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    is_repeated.then(|| format!("{}?{}", uri.path(), query.join("&")).parse().ok()).flatten()
}

/// No parameters.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}

/// The bytes of a body that says it is JSON.
pub struct JsonBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "send the header Content-Type: application/json (curl: --json @spec.json)",
            ));
        }
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| body_problem(&rejection))
    }
}

/// The bytes of a body that says it is JSON or a merge patch (RFC 7396).
pub struct PatchBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for PatchBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !says(request.headers(), &["application/merge-patch+json", "application/json"]) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "send the header Content-Type: application/merge-patch+json or application/json",
            ));
        }
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| body_problem(&rejection))
    }
}

/// The bytes of a body that may be left out: without a media type it must be empty.
pub struct OptionalBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for OptionalBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_empty = request.headers().get(CONTENT_LENGTH).is_none_or(|length| length == "0");
        if is_empty && !request.headers().contains_key(CONTENT_TYPE) {
            return Ok(Self(Bytes::new()));
        }
        let PatchBody(body) = PatchBody::from_request(request, state).await?;
        Ok(Self(body))
    }
}

fn body_problem(rejection: &BytesRejection) -> Problem {
    let mut error: &dyn std::error::Error = rejection;
    while let Some(source) = error.source() {
        if source.is::<tower_http::timeout::TimeoutError>() {
            return Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "request-timeout",
                "the body did not arrive in time",
            );
        }
        error = source;
    }
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE),
        _ => Problem::new(StatusCode::BAD_REQUEST, "invalid-body", "the body could not be read"),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    says(headers, &["application/json"])
}

/// Whether the body says it is of one of these media types.
fn says(headers: &HeaderMap, media_types: &[&str]) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    media_types.iter().any(|media_type| essence.eq_ignore_ascii_case(media_type))
}

/// How long to wait for a result: `Prefer: wait=N` (RFC 7240), at most a minute.
/// A preference that is not understood is ignored, as the RFC asks.
pub fn preferred_wait(headers: &HeaderMap) -> Option<Duration> {
    const LONGEST: u64 = 60;
    let preferences = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let seconds = preferences.flat_map(|value| value.split(',')).find_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        let is_wait = name.trim().eq_ignore_ascii_case("wait");
        is_wait.then(|| value.trim().trim_matches('"').parse::<u64>().ok()).flatten()
    })?;
    Some(Duration::from_secs(seconds.min(LONGEST)))
}

/// The key under which a request may be sent twice.
///
/// # Errors
/// When it is not 1 to 255 visible ASCII characters.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    let is_valid = (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if !is_valid || values.next().is_some() {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid-idempotency-key",
            "Idempotency-Key must be a single header of 1 to 255 visible ASCII characters",
        ));
    }
    Ok(Some(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        values.iter().map(|v| (name.parse().unwrap(), v.parse().unwrap())).collect()
    }

    #[test]
    fn preferences_are_read_as_the_rfc_says() {
        let wait = |values: &[&str]| preferred_wait(&headers("prefer", values)).map(|wait| wait.as_secs());
        assert_eq!(wait(&["wait=30"]), Some(30));
        assert_eq!(wait(&["respond-async, Wait = 5; x=1"]), Some(5));
        assert_eq!(wait(&["handling=lenient", "wait=\"7\""]), Some(7));
        assert_eq!(wait(&["wait=9999"]), Some(60));
        assert_eq!(
            (wait(&[]), wait(&["wait"]), wait(&["wait=-1"]), wait(&["wait=soon"])),
            (None, None, None, None)
        );
    }

    #[test]
    fn lists_may_be_repeated_and_nothing_else() {
        let of =
            |query: &str| joined(&format!("/v1/jobs?{query}").parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(
            of("state=queued&limit=2&state=running").as_deref(),
            Some("/v1/jobs?state=queued,running&limit=2")
        );
        assert_eq!(of("jobs=a%2Cb&jobs=c").as_deref(), Some("/v1/jobs?jobs=a%2Cb,c"));
        for plain in ["state=queued", "limit=1&limit=2", "state", ""] {
            assert_eq!(of(plain), None, "{plain}");
        }
    }

    #[test]
    fn keys_are_checked() {
        let key = |values: &[&str]| idempotency_key(&headers("idempotency-key", values));
        assert_eq!(key(&["a b-7"]).unwrap().as_deref(), Some("a b-7"));
        assert!(key(&[]).unwrap().is_none());
        assert!(
            key(&[""]).is_err() && key(&["a", "a"]).is_err() && key(&["x".repeat(256).as_str()]).is_err()
        );
    }

    #[test]
    fn media_types_may_have_parameters() {
        let json = |value: &str| is_json(&headers("content-type", &[value]));
        assert!(json("application/json") && json("Application/JSON; charset=utf-8"));
        assert!(
            !json("text/json") && !json("application/x-www-form-urlencoded") && !json("application/jsonx")
        );
        assert!(!is_json(&HeaderMap::new()));
    }
}
