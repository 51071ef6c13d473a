//! Compression of answers for clients that ask for it. Streams of events are never compressed: an
//! encoder would keep an event back until more have come.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, ETAG};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::MethodRouter;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use super::Service;

/// The same handlers, whose answers are compressed with gzip where the client asks for it.
pub fn compressed(handlers: MethodRouter<Service>) -> MethodRouter<Service> {
    at(CompressionLevel::Fastest, handlers)
}

/// The same for what clients keep for long: smaller, at more work.
pub fn tightly_compressed(handlers: MethodRouter<Service>) -> MethodRouter<Service> {
    at(CompressionLevel::Best, handlers)
}

fn at(level: CompressionLevel, handlers: MethodRouter<Service>) -> MethodRouter<Service> {
    handlers.layer(CompressionLayer::new().quality(level)).layer(map_response(weakened))
}

/// A compressed answer has other bytes than a plain one with the same tag: its tag says so.
async fn weakened(mut response: Response) -> Response {
    let tag = response.headers().get(ETAG).filter(|_| response.headers().contains_key(CONTENT_ENCODING));
    let tag = tag.and_then(|tag| tag.to_str().ok()).filter(|tag| tag.starts_with('"'));
    if let Some(weak) = tag.and_then(|tag| HeaderValue::try_from(format!("W/{tag}")).ok()) {
        response.headers_mut().insert(ETAG, weak);
    }
    response
}
