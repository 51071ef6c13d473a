//! The queue of a service elsewhere, for the workers of this process.

mod answer;
mod letter;
mod pull;
mod questions;
mod signs;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_nats::Subscriber;
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::message::Acker;
use futures_util::StreamExt;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::ask::{Ended, Fetch, Granted, LENGTH, Release, Welcome, Wish, bytes, read};
use super::connection::{Connection, PATIENCE};
use super::subject;
use crate::work::{
    Assignment, CheckpointReference, Completed, Completion, Lease, Notice, Notices, Renewal, WorkError,
    WorkQueue,
};
use answer::{NoAnswer, answer};

/// A trial that was published for this worker comes within this time, if no other took it.
const UNDER_WAY: Duration = Duration::from_secs(2);
/// Messages that are looked at for one claim.
const MOST_LOOKS: usize = 8;
/// A worker that cannot read what the service sends takes nothing for so long: another one can.
const SUSPENDED: Duration = Duration::from_mins(1);
/// Between two tries to hand in a result.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// A worker that stops hands in its results within this time, or the trials run again.
const LAST_TRIES: Duration = Duration::from_secs(3);

/// Names a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Unique among all workers.
    pub worker: String,
}

/// The queue of a service elsewhere. Clones share it.
#[derive(Debug, Clone)]
pub struct NatsQueue(Arc<Shared>);

struct Shared {
    connection: Connection,
    identity: Identity,
    consumer: tokio::sync::Mutex<Option<PullConsumer>>,
    /// How messages are acknowledged whose trials run here.
    held: Mutex<HashMap<Lease, Arc<Acker>>>,
    notices: Sender<Notice>,
    standing: Mutex<Standing>,
    /// Whether the service answered last.
    is_answered: AtomicBool,
    is_closing: AtomicBool,
    /// Whether the stream could not be read last.
    is_troubled: AtomicBool,
    listener: Mutex<Option<JoinHandle<()>>>,
}

/// How a worker stands with the service.
#[derive(Debug, Default)]
struct Standing {
    welcome: Option<Welcome>,
    fault: Option<String>,
    suspended_until: Option<Instant>,
}

impl Standing {
    fn not_understood(&mut self, why: String, is_of_the_service: bool) {
        self.fault = Some(why);
        if is_of_the_service {
            self.suspended_until = Some(Instant::now() + SUSPENDED);
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl NatsQueue {
    /// The queue behind a connection. No trial is taken before [`Self::introduce`] was accepted.
    ///
    /// # Errors
    /// When the connection was closed.
    pub async fn open(connection: Connection, identity: Identity) -> Result<Self, WorkError> {
        let told = connection.client.subscribe(subject::NOTICE).await.map_err(unavailable)?;
        let shared = Arc::new(Shared {
            connection,
            identity,
            consumer: tokio::sync::Mutex::default(),
            held: Mutex::default(),
            notices: channel(1024).0,
            standing: Mutex::default(),
            is_answered: AtomicBool::new(false),
            is_closing: AtomicBool::new(false),
            is_troubled: AtomicBool::new(false),
            listener: Mutex::default(),
        });
        let listener = tokio::spawn(listen(told, shared.notices.clone()));
        *lock(&shared.listener) = Some(listener);
        Ok(Self(shared))
    }

    /// The last message that this worker could not read, and why.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        lock(&self.0.standing).fault.clone()
    }

    /// Results that cannot be handed in are given up soon from now on.
    pub fn close(&self) {
        self.0.is_closing.store(true, Ordering::Relaxed);
        if let Some(listener) = lock(&self.0.listener).take() {
            listener.abort();
        }
    }
}

fn unavailable(error: impl fmt::Display) -> WorkError {
    WorkError::Unavailable(error.to_string())
}

/// What is behind these locks is whole after every statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Passes on what the service tells all workers.
async fn listen(mut told: Subscriber, notices: Sender<Notice>) {
    while let Some(message) = told.next().await {
        if let Ok(notice) = read::<Notice>(&message.payload)
            && notice != Notice::Closed
        {
            let _ = notices.send(notice); // nobody may be listening
        }
    }
}

impl WorkQueue for NatsQueue {
    type Notices = NatsNotices;

    fn notices(&self) -> NatsNotices {
        NatsNotices(self.0.notices.subscribe())
    }

    async fn claim(&self, worker: &str, lease: Duration, room: u64) -> Result<Option<Assignment>, WorkError> {
        let may_take = {
            let standing = lock(&self.0.standing);
            standing.welcome == Some(Welcome::Accepted)
                && standing.suspended_until.is_none_or(|until| Instant::now() > until)
        };
        if !may_take || !self.0.connection.is_up() {
            return Ok(None);
        }
        for _ in 0..MOST_LOOKS {
            if let Some(message) = self.pull(None).await {
                if let Some(assignment) = self.consider(message, lease, room).await? {
                    return Ok(Some(assignment));
                }
                continue;
            }
            let wish = Wish { worker: worker.to_owned(), lease, room };
            // without the service there is what the stream holds and no more
            let Ok(Granted::Published) = self.ask("wish", &wish).await else { return Ok(None) };
            let Some(message) = self.pull(Some(UNDER_WAY)).await else { return Ok(None) };
            if let Some(assignment) = self.consider(message, lease, room).await? {
                return Ok(Some(assignment));
            }
        }
        Ok(None)
    }

    async fn renew(&self, lease: Lease, by: Duration) -> Result<Renewal, WorkError> {
        let acker = lock(&self.0.held).get(&lease).cloned();
        if let Some(acker) = acker {
            let _ = acker.ack_with(AckKind::Progress).await; // sent and forgotten by its nature
        }
        // while nobody answers the trial goes on: its result is taken if it is the first
        Ok(self.renewal(lease, by).await.unwrap_or(Renewal::Held))
    }

    async fn save_checkpoint(&self, lease: Lease, step: u64, state: Vec<u8>) -> Result<(), WorkError> {
        self.send_parts::<()>("save", lease, step, &state).await?;
        Ok(())
    }

    async fn load_checkpoint(&self, reference: CheckpointReference) -> Result<Option<Vec<u8>>, WorkError> {
        let mut whole = Vec::new();
        loop {
            let fetch = Fetch { checkpoint: reference, from: whole.len() };
            let asked = self.0.connection.client.request(subject::ask("load"), bytes(&fetch).into()).await;
            let message = asked.map_err(unavailable)?;
            let length = message.headers.as_ref().and_then(|headers| headers.get(LENGTH));
            let Some(length) = length.and_then(|length| length.as_str().parse::<usize>().ok()) else {
                answer::<()>(&message.payload)?;
                return Ok(None);
            };
            whole.extend_from_slice(&message.payload);
            if whole.len() >= length {
                return Ok(Some(whole));
            }
            if message.payload.is_empty() {
                return Ok(None);
            }
        }
    }

    async fn complete(&self, lease: Lease, completion: Completion) -> Result<Completed, WorkError> {
        let ended = bytes(&Ended { worker: self.0.identity.worker.clone(), lease, completion });
        let client = &self.0.connection.client;
        let inbox = client.new_inbox();
        let mut answers = client.subscribe(inbox.clone()).await.map_err(unavailable)?;
        let begun = Instant::now();
        let answered = loop {
            match self.hand_in(lease, &ended, &inbox).await {
                Ok(answered) => break answered,
                Err(NoAnswer::Refused(why)) => return Err(WorkError::Unavailable(why)),
                Err(NoAnswer::Away(why)) => {
                    if self.0.is_closing.load(Ordering::Relaxed) && begun.elapsed() > LAST_TRIES {
                        return Err(WorkError::Unavailable(why));
                    }
                    tokio::time::sleep(TRY_AGAIN).await;
                }
            }
        };
        // the result is in good hands: nobody needs the message any more
        let acker = lock(&self.0.held).remove(&lease);
        if let Some(acker) = acker {
            let _ = acker.ack().await;
        }
        if let Some(completed) = answered {
            return Ok(completed);
        }
        if !self.0.is_answered.load(Ordering::Relaxed) {
            return Err(WorkError::Unavailable("the result waits in the stream for the service".into()));
        }
        if let Ok(Some(message)) = tokio::time::timeout(PATIENCE, answers.next()).await {
            return answer(&message.payload).map_err(WorkError::from);
        }
        self.0.is_answered.store(false, Ordering::Relaxed);
        Err(WorkError::Unavailable("the result waits in the stream for the service".into()))
    }

    async fn release(&self, lease: Lease) -> Result<(), WorkError> {
        let released: Result<bool, NoAnswer> = self.ask("release", &Release { lease }).await;
        let acker = lock(&self.0.held).remove(&lease);
        if let Some(acker) = acker {
            // where the service did not hear of it, the message comes to another worker
            let kind = if released.is_ok() { AckKind::Term } else { AckKind::Nak(Some(TRY_AGAIN)) };
            let _ = acker.ack_with(kind).await;
        }
        released?;
        Ok(())
    }
}

/// What the service tells its workers.
#[derive(Debug)]
pub struct NatsNotices(Receiver<Notice>);

impl Notices for NatsNotices {
    async fn next(&mut self) -> Notice {
        match self.0.recv().await {
            Ok(notice) => notice,
            Err(RecvError::Lagged(_)) => Notice::Missed,
            Err(RecvError::Closed) => Notice::Closed,
        }
    }
}
