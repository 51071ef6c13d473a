//! Messages of the stream: the next one, and whether this worker is to run what it asks for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt;

use super::answer::NoAnswer;
use super::letter::Letter;
use super::{NatsQueue, lock, unavailable};
use crate::nats::ask::{Release, Taken, bytes};
use crate::nats::subject;
use crate::work::{Assignment, Renewal, WorkError};

impl NatsQueue {
    /// The next message of the stream, if one is there or comes within this time; none where the stream cannot
    /// be read, which is told once.
    pub(super) async fn pull(&self, within: Option<Duration>) -> Option<Message> {
        match self.try_to_pull(within).await {
            Ok(message) => {
                self.0.is_troubled.store(false, Ordering::Relaxed);
                message
            }
            Err(error) => {
                if !self.0.is_troubled.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "no trials can be taken; trying again");
                }
                None
            }
        }
    }

    async fn try_to_pull(&self, within: Option<Duration>) -> Result<Option<Message>, WorkError> {
        let mut consumer = self.0.consumer.lock().await;
        if consumer.is_none() {
            let found =
                self.0.connection.jetstream.get_consumer_from_stream(subject::workers(), subject::TRIALS);
            *consumer = Some(found.await.map_err(unavailable)?);
        }
        let Some(own) = consumer.clone() else { return Ok(None) };
        drop(consumer);
        let messages = match within {
            None => own.fetch().max_messages(1).messages().await,
            Some(time) => own.batch().max_messages(1).expires(time).messages().await,
        };
        let next = match messages {
            Ok(mut messages) => messages.next().await.transpose().map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match next {
            Ok(message) => Ok(message),
            Err(error) => {
                // it may have been wiped: look for it again
                *self.0.consumer.lock().await = None;
                Err(WorkError::Unavailable(error))
            }
        }
    }

    /// What a message asks for, if this worker is to run it.
    pub(super) async fn consider(
        &self,
        message: Message,
        by: Duration,
        room: u64,
    ) -> Result<Option<Assignment>, WorkError> {
        let letter = Letter::of(&message);
        let (_, acker) = message.split();
        let (assignment, is_repeated) = match letter {
            Letter::Readable { assignment, is_repeated } => (*assignment, is_repeated),
            Letter::Unreadable { lease, why } => {
                tracing::error!(why, "a message was not understood");
                // one of the service tells that no worker of this version understands it
                lock(&self.0.standing).not_understood(why, lease.is_some());
                if let Some(lease) = lease {
                    let _: Result<bool, NoAnswer> = self.ask("release", &Release { lease }).await;
                }
                let _ = acker.ack_with(AckKind::Term).await;
                return Ok(None);
            }
        };
        let lease = assignment.lease;
        if assignment.trial.cost().bytes > room {
            let _: Result<bool, NoAnswer> = self.ask("release", &Release { lease }).await;
            let _ = acker.ack_with(AckKind::Term).await;
            return Ok(None);
        }
        // somebody took it before: it may have been given to a third one since
        if is_repeated && self.renewal(lease, by).await == Some(Renewal::Lost) {
            let _ = acker.ack_with(AckKind::Term).await;
            return Ok(None);
        }
        lock(&self.0.held).insert(lease, Arc::new(acker));
        let taken = Taken { worker: self.0.identity.worker.clone(), lease };
        let told = self.0.connection.client.publish(subject::ask("taken"), bytes(&taken).into()).await;
        told.map_err(unavailable)?;
        Ok(Some(assignment))
    }
}
