//! One line for each request, where it is asked for, and a warning for each slow one. Never a query: it may
//! hold what is not for the log.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

use super::super::caller::Caller;
use super::super::extract::preferred_wait;
use super::headers::REQUEST_ID;

/// Characters of a path, a method or an id that are logged.
const LONGEST: usize = 200;

/// What is logged of requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Logged {
    /// Whether each has a line.
    pub(super) all: bool,
    /// The head of an answer that takes longer is slow.
    pub(super) slow: Duration,
}

/// Logs a request when its answer was sent, or its client has left.
pub(super) async fn observe(State(logged): State<Logged>, mut request: Request, next: Next) -> Response {
    let caller = Caller::of(request.extensions());
    // the guards inside write the token's name into this one
    request.extensions_mut().insert(Arc::clone(&caller));
    let waits = preferred_wait(request.headers()).is_some();
    let mut line = Line {
        is_wanted: logged.all,
        begun: Instant::now(),
        method: shortened(request.method().as_str()),
        path: shortened(request.uri().path()),
        status: None,
        id: None,
        bytes: 0,
        caller,
    };
    let response = next.run(request).await;
    line.status = Some(response.status().as_u16());
    line.id = id(response.headers());
    if line.begun.elapsed() > logged.slow && !waits {
        line.warn();
    }
    if !line.is_wanted {
        return response;
    }
    response.map(|body| Body::new(Counted { body, line }))
}

/// What is said of a request; said when it is dropped.
struct Line {
    is_wanted: bool,
    begun: Instant,
    method: String,
    path: String,
    /// None: the client left before there was an answer.
    status: Option<u16>,
    id: Option<String>,
    bytes: u64,
    caller: Arc<Caller>,
}

impl Line {
    fn milliseconds(&self) -> f64 {
        (self.begun.elapsed().as_secs_f64() * 1e4).round() / 10.0
    }

    fn client(&self) -> Option<String> {
        self.caller.address.map(|address| address.to_string())
    }

    fn token(&self) -> Option<&str> {
        self.caller.token.get().map(|name| &**name)
    }

    fn warn(&self) {
        tracing::warn!(
            target: "bitgauge::slow",
            method = self.method,
            path = self.path,
            status = self.status,
            milliseconds = self.milliseconds(),
            client = self.client(),
            token = self.token(),
            id = self.id,
            "a slow request"
        );
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.is_wanted {
            tracing::info!(
                target: "bitgauge::access",
                method = self.method,
                path = self.path,
                status = self.status,
                bytes = self.bytes,
                milliseconds = self.milliseconds(),
                client = self.client(),
                token = self.token(),
                id = self.id,
                "request"
            );
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

fn id(headers: &HeaderMap) -> Option<String> {
    headers.get(REQUEST_ID)?.to_str().ok().map(shortened)
}

/// A body whose bytes are counted as they are sent.
struct Counted {
    body: Body,
    line: Line,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.line.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
