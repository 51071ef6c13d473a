//! Questions to the service, and what is handed in there.

use std::fmt;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::message::PublishMessage;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::NatsQueue;
use super::answer::{NoAnswer, answer};
use crate::nats::ask::{ANSWER, PART as PART_OF, Part, Renew, bytes};
use crate::nats::parts::PART;
use crate::nats::subject;
use crate::work::{Completed, Lease, Renewal};

/// A message has room for so much beside its payload.
const HEADERS: usize = 4096;

impl NatsQueue {
    pub(super) async fn ask<T: Serialize, A: DeserializeOwned>(
        &self,
        kind: &str,
        question: &T,
    ) -> Result<A, NoAnswer> {
        let answered = self.0.connection.client.request(subject::ask(kind), bytes(question).into()).await;
        let message = answered.map_err(|error| NoAnswer::Away(error.to_string()))?;
        answer(&message.payload)
    }

    /// Prolongs a lease, if it holds; nothing where nobody answers.
    pub(super) async fn renewal(&self, lease: Lease, by: Duration) -> Option<Renewal> {
        let question = Renew { worker: self.0.identity.worker.clone(), lease, by };
        self.ask("renew", &question).await.ok()
    }

    /// Hands in a result: into the stream, or where no message is large enough in parts.
    pub(super) async fn hand_in(
        &self,
        lease: Lease,
        ended: &[u8],
        inbox: &str,
    ) -> Result<Option<Completed>, NoAnswer> {
        let client = &self.0.connection.client;
        if ended.len() + HEADERS > client.max_payload() {
            let answer = self.send_parts("large", lease, u64::MAX, ended).await?;
            return Ok(answer);
        }
        // a second try of this very message is dropped; another result of the trial never
        let message =
            PublishMessage::build().payload(ended.to_vec().into()).message_id(inbox).header(ANSWER, inbox);
        let away = |error: &dyn fmt::Display| NoAnswer::Away(error.to_string());
        let sent = self.0.connection.jetstream.send_publish(subject::result(lease), message).await;
        sent.map_err(|error| away(&error))?.await.map_err(|error| away(&error))?;
        Ok(None)
    }

    /// Sends bytes in parts, each once the one before was taken; the answer to the last one.
    pub(super) async fn send_parts<A: DeserializeOwned>(
        &self,
        kind: &str,
        lease: Lease,
        step: u64,
        all: &[u8],
    ) -> Result<Option<A>, NoAnswer> {
        let mut from = 0;
        loop {
            let end = (from + PART).min(all.len());
            let part = Part { lease, step, from, length: all.len() };
            let mut headers = HeaderMap::new();
            headers.insert(PART_OF, String::from_utf8_lossy(&bytes(&part)).as_ref());
            let sent = self.0.connection.client.request_with_headers(
                subject::ask(kind),
                headers,
                all[from..end].to_vec().into(),
            );
            let message = sent.await.map_err(|error| NoAnswer::Away(error.to_string()))?;
            let answered: Option<A> = answer(&message.payload)?;
            if end == all.len() {
                return Ok(answered);
            }
            from = end;
        }
    }
}
