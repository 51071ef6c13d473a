//! What workers ask, and what they are told.

use std::sync::Arc;

use async_nats::{HeaderMap, Message};
use futures_util::StreamExt;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::desk::{Desk, lock};
use super::results::NO_INBOX;
use crate::nats::ask::{
    Answer, Ended, Fetch, LENGTH, PART, Part, Release, Renew, Sign, Taken, Welcome, Wish, bytes, read,
};
use crate::nats::subject;
use crate::work::{Renewal, WorkQueue};

/// Questions that are answered at the same time.
const TOGETHER: usize = 256;

/// An answer that a worker waits for.
struct Reply {
    headers: HeaderMap,
    payload: Vec<u8>,
}

impl Reply {
    fn of<T: Serialize>(answer: Result<T, String>) -> Self {
        let answer = answer.map_or_else(Answer::No, Answer::Yes);
        Self { headers: HeaderMap::new(), payload: bytes(&answer) }
    }
}

impl<Q: WorkQueue> Desk<Q> {
    pub(super) async fn answer_all(self) {
        let Ok(mut asked) = self.connection.client.subscribe(subject::ALL_ASKED).await else { return };
        let places = Arc::new(Semaphore::new(TOGETHER));
        while let Some(message) = asked.next().await {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let desk = self.clone();
            tokio::spawn(async move {
                desk.answer(message).await;
                drop(place);
            });
        }
    }

    async fn answer(&self, message: Message) {
        let answer = self.answer_to(&message).await;
        // who does not want to hear it, or is gone, is told nothing
        if message.reply.as_ref().is_some_and(|reply| !subject::is_inbox_of_a_worker(reply)) {
            self.garbled(&message.subject, NO_INBOX);
        } else if let (Some(to), Some(Reply { headers, payload })) = (message.reply, answer) {
            let _ = self.connection.client.publish_with_headers(to, headers, payload.into()).await;
        }
    }

    async fn answer_to(&self, message: &Message) -> Option<Reply> {
        let payload = &message.payload[..];
        Some(match subject::kind_of(&message.subject)? {
            "sign" => Reply::of(read(payload).map(|sign: Sign| self.hear(sign))),
            "wish" => match read::<Wish>(payload) {
                Ok(wish) => Reply::of(Ok(self.grant(wish).await)),
                Err(why) => self.not_understood(message, why),
            },
            "taken" => {
                if let Ok(Taken { lease, .. }) = read(payload) {
                    lock(&self.shared.flights).heard_of(lease);
                    self.shared.wake.notify_one();
                }
                return None;
            }
            "renew" => match read::<Renew>(payload) {
                Ok(renew) => self.renew(renew).await?,
                Err(why) => self.not_understood(message, why),
            },
            "release" => match read::<Release>(payload) {
                Ok(Release { lease }) => {
                    lock(&self.shared.flights).landed(lease);
                    self.queue.release(lease).await.ok()?;
                    lock(&self.shared.stock).unknown();
                    self.shared.wake.notify_one();
                    Reply::of(Ok(true))
                }
                Err(why) => self.not_understood(message, why),
            },
            "save" => Reply::of(self.save(message).await),
            "load" => match read::<Fetch>(payload) {
                Ok(fetch) => self.load(fetch).await,
                Err(why) => self.not_understood(message, why),
            },
            "large" => Reply::of(self.large_result(message).await),
            _ => Reply::of::<()>(Err("nothing is known of such a question".into())),
        })
    }

    fn not_understood(&self, message: &Message, why: String) -> Reply {
        self.garbled(&message.subject, &why);
        Reply::of::<()>(Err(why))
    }

    fn hear(&self, sign: Sign) -> Welcome {
        let mut flights = lock(&self.shared.flights);
        sign.running.iter().for_each(|task| flights.heard_of(task.lease));
        drop(flights);
        let slots = self.fleet.slots();
        let welcome = self.fleet.seen(sign);
        if self.fleet.slots() != slots {
            self.shared.wake.notify_one();
        }
        welcome
    }

    /// A queue that cannot answer now leaves the question open: the worker goes on.
    async fn renew(&self, renew: Renew) -> Option<Reply> {
        let renewal = self.queue.renew(renew.lease, renew.by).await.ok()?;
        let mut flights = lock(&self.shared.flights);
        match renewal {
            Renewal::Held | Renewal::Paused => flights.heard_of(renew.lease),
            Renewal::Lost => flights.landed(renew.lease),
        }
        Some(Reply::of(Ok(renewal)))
    }

    /// Takes a part of a checkpoint, and stores it once it is whole.
    async fn save(&self, message: &Message) -> Result<Option<()>, String> {
        let (part, whole) = self.part(message)?;
        let Some(state) = whole else { return Ok(None) };
        let saved = self.queue.save_checkpoint(part.lease, part.step, state).await;
        saved.map(Some).map_err(|error| error.to_string())
    }

    /// Takes a part of a result that no message holds, and stores it once it is whole.
    async fn large_result(&self, message: &Message) -> Result<Option<crate::work::Completed>, String> {
        let (part, whole) = self.part(message)?;
        let Some(bytes) = whole else { return Ok(None) };
        let ended: Ended = read(&bytes)?;
        if ended.lease != part.lease {
            return Err("a result of another trial".into());
        }
        self.store(ended).await.map(Some).map_err(|refusal| refusal.to_string())
    }

    fn part(&self, message: &Message) -> Result<(Part, Option<Vec<u8>>), String> {
        let header = message.headers.as_ref().and_then(|headers| headers.get(PART));
        let part: Part = read(header.ok_or("says not which part it is")?.as_str().as_bytes())?;
        Ok((part, self.shared.parts.add(part, &message.payload)?))
    }

    async fn load(&self, fetch: Fetch) -> Reply {
        if fetch.from == 0 {
            match self.queue.load_checkpoint(fetch.checkpoint).await {
                Ok(Some(state)) => self.shared.parts.hold(fetch.checkpoint, state),
                Ok(None) => return Reply::of(Ok(())),
                Err(error) => return Reply::of::<()>(Err(error.to_string())),
            }
        }
        let Some((payload, length)) = self.shared.parts.part(fetch.checkpoint, fetch.from) else {
            return Reply::of::<()>(Err("is not held any more".into()));
        };
        let mut headers = HeaderMap::new();
        headers.insert(LENGTH, length.to_string().as_str());
        Reply { headers, payload }
    }
}
