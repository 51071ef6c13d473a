//! Answers that wait to be read hold memory: all of them together are bounded.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Problem;

/// Room is counted in pieces of so many bytes; smaller answers take none.
const PIECE: u64 = 64 << 10;

/// The room for answers that are made and not yet read.
#[derive(Debug, Clone)]
pub struct Room {
    pieces: Arc<Semaphore>,
    all: u32,
}

impl Room {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> Self {
        let all = u32::try_from(bytes as u64 / PIECE).unwrap_or(u32::MAX).max(1);
        Self { pieces: Arc::new(Semaphore::new(all as usize)), all }
    }
}

/// Turns away a request whose answer has no room. What is streamed piece by piece holds
/// little, and is not counted.
pub async fn bounded(State(room): State<Room>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let pieces = response.body().size_hint().exact().unwrap_or(0) / PIECE;
    if pieces == 0 {
        return response;
    }
    // one that is larger than all the room may have it alone
    let pieces = u32::try_from(pieces).unwrap_or(u32::MAX).min(room.all);
    match room.pieces.try_acquire_many_owned(pieces) {
        Ok(permit) => response.map(|body| Body::new(Held { body, _permit: permit })),
        Err(_) => Problem::overloaded("too many large answers wait to be read; try again").into_response(),
    }
}

/// A body that keeps its room until it is written or dropped.
struct Held {
    body: Body,
    _permit: OwnedSemaphorePermit,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
