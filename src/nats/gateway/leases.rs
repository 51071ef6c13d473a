//! What the queue tells, passed on; and leases, kept while nobody else can.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::desk::{Desk, lock};
use crate::nats::ask::bytes;
use crate::nats::subject;
use crate::work::{Lease, Notice, Notices, Renewal, WorkQueue};

/// Leases of trials elsewhere are kept for so long while NATS cannot be reached.
const PATIENCE_WITHOUT_NATS: Duration = Duration::from_mins(10);

impl<Q: WorkQueue> Desk<Q> {
    /// Tells workers what the queue tells, and takes back what is not to run.
    pub(super) async fn pass_on(self, mut notices: Q::Notices) {
        loop {
            let notice = notices.next().await;
            match notice {
                Notice::Closed => return,
                Notice::Work | Notice::Missed => {
                    lock(&self.shared.stock).unknown();
                    self.shared.wake.notify_one();
                }
                Notice::Cancelled(_) | Notice::Paused(_) => {}
            }
            // a hint that cannot be told is lost: leases tell
            let _ = self.connection.client.publish(subject::NOTICE, bytes(&notice).into()).await;
            if let Notice::Cancelled(job) | Notice::Paused(job) = notice {
                self.withdraw(job).await;
            }
        }
    }

    /// Prolongs the leases of what is on its way, and of what runs while nobody can tell.
    pub(super) async fn keep_leases(self) {
        let mut beat = tokio::time::interval((self.options.lease / 3).max(Duration::from_millis(1)));
        let mut down_since = None;
        loop {
            beat.tick().await;
            if self.connection.is_up() {
                down_since = None;
            } else {
                down_since.get_or_insert_with(Instant::now);
            }
            let is_cut_off = down_since.is_some_and(|since| since.elapsed() < PATIENCE_WITHOUT_NATS);
            let forgotten = 2 * self.options.lease;
            let leases = lock(&self.shared.flights).unheard(is_cut_off, forgotten);
            let renewals = leases.into_iter().map(|lease| self.keep(lease));
            join_all(renewals).await;
        }
    }

    async fn keep(&self, lease: Lease) {
        match self.queue.renew(lease, self.options.lease).await {
            Ok(Renewal::Held) => {}
            Ok(Renewal::Paused) => self.take_back(lease).await,
            Ok(Renewal::Lost) => {
                lock(&self.shared.flights).landed(lease);
                self.purge(&subject::trial(lease.job, lease.number)).await;
            }
            Err(error) => tracing::debug!(%error, "a lease of the fleet could not be prolonged"),
        }
    }
}
