//! Results: each is acknowledged once it is stored.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_nats::jetstream::{AckKind, Message};
use futures_util::TryStreamExt;

use super::desk::{Desk, lock};
use crate::nats::ask::{ANSWER, Answer, Ended, bytes, read};
use crate::nats::subject;
use crate::outcome::Digest;
use crate::work::{Completed, Completion, WorkError, WorkQueue};

/// Results that are stored at the same time: the store writes them together.
const TOGETHER: usize = 64;
/// After a result that could not be stored, or a stream that is not there.
const PAUSE: Duration = Duration::from_secs(1);

/// Why nobody is answered.
pub(super) const NO_INBOX: &str = "wants its answer where no worker may await one";

/// Why a result is not stored.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// Not now.
    #[error("{0}")]
    Later(WorkError),
    /// Never: it is none.
    #[error("{0}")]
    NoResult(String),
}

impl<Q: WorkQueue> Desk<Q> {
    pub(super) async fn take_results(self) {
        loop {
            if let Err(error) = self.take_while_there_are().await {
                tracing::debug!(error, "the stream of results is not there");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn take_while_there_are(&self) -> Result<(), String> {
        let consumer = self.result_consumer().await?;
        let messages = consumer.messages().await.map_err(|error| error.to_string())?;
        let each = messages.map_err(|error| error.to_string());
        each.try_for_each_concurrent(TOGETHER, |message| async move {
            self.take(message).await;
            Ok(())
        })
        .await
    }

    async fn take(&self, message: Message) {
        let ended = read::<Ended>(&message.payload)
            .and_then(|ended| is_of(&ended, &message.subject).map(|()| ended))
            .map_err(Refusal::NoResult);
        let stored = match ended {
            Ok(ended) => self.store(ended).await,
            Err(refusal) => Err(refusal),
        };
        let kind = match &stored {
            Ok(_) => AckKind::Ack,
            Err(Refusal::Later(_)) => AckKind::Nak(Some(PAUSE)),
            Err(Refusal::NoResult(why)) => {
                self.garbled(&message.subject, why);
                AckKind::Term
            }
        };
        // where this is lost the result comes again, and changes nothing
        let _ = message.ack_with(kind).await;
        let inbox = message.headers.as_ref().and_then(|headers| headers.get(ANSWER));
        let answer = match stored {
            Ok(completed) => Answer::Yes(completed),
            Err(Refusal::NoResult(why)) => Answer::No(why),
            Err(Refusal::Later(_)) => return,
        };
        if inbox.is_some_and(|inbox| !subject::is_inbox_of_a_worker(inbox.as_str())) {
            self.garbled(&message.subject, NO_INBOX);
        } else if let Some(inbox) = inbox {
            let _ = self.connection.client.publish(inbox.as_str().to_owned(), bytes(&answer).into()).await;
        }
    }

    /// Stores a result.
    pub(super) async fn store(&self, ended: Ended) -> Result<Completed, Refusal> {
        let Ended { worker, lease, completion } = ended;
        is_whole(&completion).map_err(Refusal::NoResult)?;
        let completed = self.queue.complete_for(lease, completion, &worker).await.map_err(Refusal::Later)?;
        if completed == Completed::Differs {
            tracing::error!(worker, job = %lease.job, trial = lease.number, "a worker gave another result than others did");
            self.fleet.disagreed(&worker);
        }
        lock(&self.shared.flights).landed(lease);
        lock(&self.shared.pace).came(Instant::now());
        self.shared.results.fetch_add(1, Ordering::Relaxed);
        self.shared.wake.notify_one();
        Ok(completed)
    }

    /// Counts and logs a message that nobody can understand.
    pub(super) fn garbled(&self, subject: &str, why: &str) {
        self.shared.garbled.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(subject, why, "a message was not understood");
    }
}

fn is_of(ended: &Ended, subject: &str) -> Result<(), String> {
    let is_own = subject == subject::result(ended.lease);
    is_own.then_some(()).ok_or_else(|| "tells of another trial than its subject".into())
}

/// A report has the digest that it says, and could have been written by a trial.
fn is_whole(completion: &Completion) -> Result<(), String> {
    let Completion::Reported { state, report, digest, seconds } = completion else { return Ok(()) };
    if digest.as_ref().is_some_and(|digest| *digest != Digest::of(report.as_bytes())) {
        return Err("a report with another digest than its own".into());
    }
    let read: crate::science::trial::TrialReport =
        serde_json::from_str(report).map_err(|error| format!("no report: {error}"))?;
    let again = Completion::of(&read, *seconds);
    let is_same = matches!(&again, Completion::Reported { state: other, .. } if other == state);
    is_same.then_some(()).ok_or_else(|| "a report of another state than it says".into())
}
