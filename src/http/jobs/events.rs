//! `GET /v1/jobs/{id}/events`: what happens to a job, as server-sent events.
//!
//! Stored events come from the database, so a client that was away misses none
//! (`Last-Event-ID`); progress in between is live and has no number.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Interval, MissedTickBehavior};

use super::super::extract::{JobPath, Query};
use super::super::{Problem, Service};
use super::find;
use super::view::{progress, timestamp};
use crate::job::JobId;
use crate::job::event::END;
use crate::store::{EventRow, Happened, StoreError};

/// Rows read at once.
const PAGE: u32 = 200;
const PROGRESS_EVERY: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Parameters of the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Stored events that come first, at most; all unless stated.
    tail: Option<u32>,
}

/// Streams events until the job's end, the server's stop or the client's leave.
pub async fn events(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(Parameters { tail }): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = last_event_id(&headers)?;
    let row = find(&service, id).await?;
    let after = match tail {
        Some(tail) if after == 0 => (service.store.last_event(id).await? - i64::from(tail)).max(0),
        _ => after,
    };
    let permit = std::sync::Arc::clone(&service.streams)
        .try_acquire_owned()
        .map_err(|_| Problem::overloaded("too many streams are open; try again"))?;
    let happened = service.store.subscribe();
    let first = service.store.events_after(id, after, PAGE).await?;
    if first.is_empty() && row.state.is_terminal() {
        // tells an EventSource that it need not come back
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if first.is_empty() && after > 0 && service.store.events_after(id, after - 1, 1).await?.is_empty() {
        return Err(invalid_last_event_id("Last-Event-ID is beyond the events of this job"));
    }
    let mut tick = tokio::time::interval(PROGRESS_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let feed = Feed {
        stopping: service.stopping.clone(),
        service,
        id,
        after,
        has_more: is_full(&first),
        waiting: first.into(),
        happened,
        tick,
        ended: false,
        _permit: permit,
    };
    let stream = stream::unfold(feed, |mut feed| async move {
        let event = feed.next().await?;
        Some((Ok::<_, Infallible>(event), feed))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// The number after which a client asks for events; 0 unless stated.
pub fn last_event_id(headers: &HeaderMap) -> Result<i64, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(0) };
    let number = value.to_str().ok().and_then(|text| text.parse().ok()).filter(|number| *number >= 0);
    number.ok_or_else(|| invalid_last_event_id("Last-Event-ID is not the number of an event"))
}

/// The number is none of these events.
pub fn invalid_last_event_id(detail: &'static str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid-last-event-id", detail)
}

fn is_full(page: &[EventRow]) -> bool {
    page.len() == PAGE as usize
}

/// One client's stream.
struct Feed {
    service: Service,
    id: JobId,
    /// Number of the last stored event that was sent.
    after: i64,
    waiting: VecDeque<EventRow>,
    /// Whether more events may be stored than were read: of these, no hint comes.
    has_more: bool,
    happened: Receiver<Happened>,
    stopping: watch::Receiver<bool>,
    tick: Interval,
    ended: bool,
    _permit: OwnedSemaphorePermit,
}

/// Why a stream woke up.
enum Woken {
    Stored,
    Tick,
    Stop,
}

impl Feed {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                self.after = row.sequence;
                // a job that was retried goes on after its end
                self.ended = row.kind == END && self.waiting.is_empty() && !self.has_more;
                return Some(event(&row));
            }
            if self.ended {
                return None;
            }
            let woken = if self.has_more { Woken::Stored } else { self.woken().await };
            match woken {
                Woken::Stored => {
                    // also after a lag: the database has what the channel dropped
                    match self.service.store.events_after(self.id, self.after, PAGE).await {
                        Ok(rows) => {
                            if rows.is_empty() && self.is_deleted().await {
                                return None;
                            }
                            self.has_more = is_full(&rows);
                            self.waiting = rows.into();
                        }
                        Err(error) => return self.fail(&error),
                    }
                }
                Woken::Tick => match self.progress().await {
                    Ok(Some(event)) => return Some(event),
                    Ok(None) => {}
                    Err(error) => return self.fail(&error),
                },
                Woken::Stop => {
                    self.ended = true;
                    return Some(Event::default().event("shutdown").data("{}"));
                }
            }
        }
    }

    async fn woken(&mut self) -> Woken {
        loop {
            tokio::select! {
                biased;
                _ = self.stopping.wait_for(|stop| *stop) => return Woken::Stop,
                happened = self.happened.recv() => match happened {
                    Ok(event) if event.job == self.id && event.sequence > self.after => return Woken::Stored,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return Woken::Stored,
                    Err(RecvError::Closed) => return Woken::Stop,
                },
                _ = self.tick.tick() => return Woken::Tick,
            }
        }
    }

    /// Whether the job is gone: no event follows.
    async fn is_deleted(&self) -> bool {
        matches!(self.service.store.job(self.id).await, Ok(None))
    }

    /// How far the job is; nothing while it waits.
    async fn progress(&self) -> Result<Option<Event>, StoreError> {
        let running = (self.service.progress)(self.id);
        if running.is_empty() {
            return Ok(None);
        }
        let Some(row) = self.service.store.job(self.id).await? else { return Ok(None) };
        let progress = progress(&row, &running, self.service.store.clock().now_ms());
        let data = json!({
            "fraction": progress.fraction, "eta_seconds": progress.eta_seconds, "running": running,
        });
        Ok(Some(Event::default().event("progress").data(data.to_string())))
    }

    /// The client comes back with the last number it saw.
    fn fail(&mut self, error: &StoreError) -> Option<Event> {
        tracing::error!(%error, job = %self.id, "a stream ends");
        self.ended = true;
        None
    }
}

fn event(row: &EventRow) -> Event {
    let data = serde_json::from_str(&row.data).unwrap_or(serde_json::Value::Null);
    let data = json!({"at": timestamp(row.at_ms), "details": data});
    Event::default().id(row.sequence.to_string()).event(&row.kind).data(data.to_string())
}
