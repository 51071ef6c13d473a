//! `GET /v1/events`: what happens to any job, as server-sent events in one order.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::extract::{NoParameters, Query};
use super::jobs::events::{invalid_last_event_id, last_event_id};
use super::jobs::view::timestamp;
use super::{Problem, Service};
use crate::store::{FeedRow, Happened};

/// Rows read at once.
const PAGE: u32 = 200;
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Streams events of all jobs: those after `Last-Event-ID`, else those from now on.
pub async fn events(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let permit = Arc::clone(&service.streams)
        .try_acquire_owned()
        .map_err(|_| Problem::overloaded("too many streams are open; try again"))?;
    // before looking, so that nothing in between is missed
    let happened = service.store.subscribe();
    let last = service.store.last_event_number().await?;
    let after = if headers.contains_key("last-event-id") { last_event_id(&headers)? } else { last };
    if after > last {
        return Err(invalid_last_event_id("Last-Event-ID is beyond the events of this server"));
    }
    let feed = Feed {
        stopping: service.stopping.clone(),
        service,
        after,
        waiting: VecDeque::new(),
        // those that are stored already
        has_more: after < last,
        happened,
        has_ended: false,
        _permit: permit,
    };
    let stream = stream::unfold(feed, |mut feed| async move {
        let event = feed.next().await?;
        Some((Ok::<_, Infallible>(event), feed))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// One client's stream.
struct Feed {
    service: Service,
    /// Number of the last event that was sent.
    after: i64,
    waiting: VecDeque<FeedRow>,
    /// Whether more events may be stored than were read.
    has_more: bool,
    happened: Receiver<Happened>,
    stopping: watch::Receiver<bool>,
    has_ended: bool,
    _permit: OwnedSemaphorePermit,
}

impl Feed {
    /// The next event; `None` once the stream is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                self.after = row.number;
                return Some(event(&row));
            }
            if self.has_ended {
                return None;
            }
            if !self.has_more && !self.woken().await {
                self.has_ended = true;
                return Some(Event::default().event("shutdown").data("{}"));
            }
            match self.service.store.feed_after(self.after, PAGE).await {
                Ok(rows) => {
                    self.has_more = rows.len() == PAGE as usize;
                    self.waiting = rows.into();
                }
                Err(error) => {
                    // the client comes back with the last number it saw
                    tracing::error!(%error, "a stream of all jobs ends");
                    return None;
                }
            }
        }
    }

    /// Waits for an event; `false` when the server stops.
    async fn woken(&mut self) -> bool {
        tokio::select! {
            biased;
            _ = self.stopping.wait_for(|stop| *stop) => false,
            happened = self.happened.recv() => match happened {
                // after a lag the database has what the channel dropped
                Ok(_) | Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => false,
            },
        }
    }
}

fn event(row: &FeedRow) -> Event {
    let details: Value = serde_json::from_str(&row.data).unwrap_or(Value::Null);
    let data = json!({"job": row.job, "at": timestamp(row.at_ms), "details": details});
    Event::default().id(row.number.to_string()).event(&row.kind).data(data.to_string())
}
