//! Publishing: for whoever asks, and ahead of who asks as fast as results come.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_nats::jetstream::message::PublishMessage;
use futures_util::future::join_all;

use super::desk::{CLAIMED_FOR, Desk, lock};
use crate::job::JobId;
use crate::nats::ask::{Granted, LEASE, Wish, bytes};
use crate::nats::subject;
use crate::work::{Assignment, Completion, Lease, WorkQueue};

/// Claims at the same time: the store writes them together.
const TOGETHER: usize = 64;
/// The window is looked at this often, also where nothing happened.
const LOOK: Duration = Duration::from_millis(500);
/// A message has room for so much beside its payload.
const HEADERS: usize = 4096;

impl<Q: WorkQueue> Desk<Q> {
    /// Publishes a trial for a worker that found none.
    pub(super) async fn grant(&self, wish: Wish) -> Granted {
        match self.claim_and_publish(wish.lease, wish.room).await {
            Some(_) => Granted::Published,
            None => Granted::Nothing,
        }
    }

    /// Keeps so many trials in the stream as workers will take within moments.
    pub(super) async fn keep_window(self) {
        loop {
            let _ = tokio::time::timeout(LOOK, self.shared.wake.notified()).await; // looked at anyhow
            while self.fill().await {}
        }
    }

    /// Publishes some trials; whether there may be more to publish.
    async fn fill(&self) -> bool {
        let now = Instant::now();
        let Some(room) = self.fleet.room_everywhere().filter(|_| self.connection.is_up()) else {
            return false;
        };
        if lock(&self.shared.stock).is_closed() {
            return false;
        }
        let most = self.options.window * self.fleet.slots();
        let wanted = lock(&self.shared.pace).lately(now).min(most);
        let missing = wanted.saturating_sub(lock(&self.shared.flights).count().0).min(TOGETHER);
        let claims = (0..missing).map(|_| self.claim_and_publish(self.options.lease, room));
        let published = join_all(claims).await;
        if published.iter().flatten().any(|is_behind| *is_behind) {
            lock(&self.shared.stock).close();
        }
        missing > 0 && published.iter().all(Option::is_some)
    }

    /// Claims a trial and publishes it; whether a larger one was passed over. Nothing where none was published.
    async fn claim_and_publish(&self, lease: Duration, room: u64) -> Option<bool> {
        if lock(&self.shared.stock).is_empty(room, self.options.look_again) {
            return None;
        }
        match self.queue.claim(CLAIMED_FOR, lease, room).await {
            Ok(Some(assignment)) => {
                let is_behind = assignment.passed_over.is_some();
                self.publish(assignment).await.then_some(is_behind)
            }
            Ok(None) => {
                lock(&self.shared.stock).nothing_within(room);
                None
            }
            Err(error) => {
                tracing::warn!(%error, "no trial could be claimed for the fleet");
                None
            }
        }
    }

    /// Publishes a claimed trial, or gives it back.
    async fn publish(&self, assignment: Assignment) -> bool {
        let Assignment { lease, .. } = assignment;
        let at = subject::trial(lease.job, lease.number);
        let is_again = lease.epoch > 1 || lock(&self.shared.flights).has(lease);
        if is_again {
            // whoever still finds the earlier message would run it for nothing
            self.purge(&at).await;
        }
        let payload = bytes(&assignment);
        if payload.len() + HEADERS > self.connection.client.max_payload() {
            let detail = "its spec is larger than a message of NATS may be".to_owned();
            self.log_failure(self.queue.complete(lease, Completion::Failed { detail }).await);
            return false;
        }
        let message = PublishMessage::build()
            .payload(payload.into())
            .message_id(format!("{}:{}:{}", lease.job, lease.number, lease.epoch))
            .header(LEASE, String::from_utf8_lossy(&bytes(&lease)).as_ref());
        // before it is there, so that whoever takes it at once is heard of
        lock(&self.shared.flights).publish(lease);
        let sent = match self.connection.jetstream.send_publish(at, message).await {
            Ok(acknowledged) => acknowledged.await.map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            tracing::warn!(%error, "a trial could not be published");
            lock(&self.shared.flights).landed(lease);
            self.log_failure(self.queue.release(lease).await);
            return false;
        }
        self.shared.published.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Takes back what no worker took of a job.
    pub(super) async fn withdraw(&self, job: JobId) {
        let waiting = lock(&self.shared.flights).waiting_of(job);
        self.purge(&subject::trials_of(job)).await;
        for lease in waiting {
            lock(&self.shared.flights).landed(lease);
            self.log_failure(self.queue.release(lease).await);
        }
    }

    /// Takes one trial back.
    pub(super) async fn take_back(&self, lease: Lease) {
        self.purge(&subject::trial(lease.job, lease.number)).await;
        lock(&self.shared.flights).landed(lease);
        self.log_failure(self.queue.release(lease).await);
    }

    /// Removes messages; those that cannot be removed are of leases that are lost.
    pub(super) async fn purge(&self, subject: &str) {
        let Ok(stream) = self.connection.jetstream.get_stream_no_info(subject::TRIALS).await else { return };
        if let Err(error) = stream.purge().filter(subject).await {
            tracing::debug!(%error, subject, "messages could not be removed");
        }
    }

    fn log_failure<T>(&self, outcome: Result<T, crate::work::WorkError>) {
        lock(&self.shared.stock).unknown();
        if let Err(error) = outcome {
            tracing::warn!(%error, "a trial could not be given back");
        }
    }
}
