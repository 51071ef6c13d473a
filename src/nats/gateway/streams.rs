//! The streams, and whether what they hold is what is on its way.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{self, RetentionPolicy, StorageType};
use futures_util::TryStreamExt;

use super::desk::{Desk, lock};
use crate::job::JobId;
use crate::nats::subject;
use crate::work::WorkQueue;

/// Results that are not acknowledged within this time come again.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// Times that a message is delivered. How often a trial is tried is counted where it is stored.
const MOST_DELIVERIES: i64 = 5;
/// A message that was published just now may not be seen yet.
const JUST_NOW: Duration = Duration::from_secs(5);
/// A message that nobody took for so long is taken back: what is published is the work of seconds.
const TOO_LONG: Duration = Duration::from_mins(2);
/// Between two looks at whether the connection is back.
const LOOK: Duration = Duration::from_millis(500);

impl<Q: WorkQueue> Desk<Q> {
    pub(super) async fn reconcile_again_and_again(self) {
        let (mut was_up, mut last) = (false, None::<Instant>);
        let mut is_told = false;
        loop {
            let is_up = self.connection.is_up();
            let is_due = last.is_none_or(|at| at.elapsed() > self.options.reconcile);
            if is_up && (!was_up || is_due) {
                last = Some(Instant::now());
                match self.reconcile().await {
                    Ok(()) => is_told = false,
                    Err(error) if !is_told => {
                        is_told = true;
                        tracing::warn!(error, "the streams of NATS cannot be used; trying again");
                    }
                    Err(_) => {}
                }
                if is_told {
                    last = None;
                }
            }
            was_up = is_up;
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Makes the streams if they are gone, takes back what they lost and removes what nobody wants.
    async fn reconcile(&self) -> Result<(), String> {
        let before = lock(&self.shared.flights).in_stream_for(JUST_NOW);
        let old = lock(&self.shared.flights).in_stream_for(TOO_LONG);
        let there = self.published().await?;
        for (job, number) in &there {
            if !lock(&self.shared.flights).is_in_flight(*job, *number) {
                self.purge(&subject::trial(*job, *number)).await;
            }
        }
        let is_lost = |lease: &&crate::work::Lease| {
            !there.contains(&(lease.job, lease.number)) || (self.fleet.slots() > 0 && old.contains(lease))
        };
        let lost: Vec<_> = before.iter().filter(is_lost).copied().collect();
        if !lost.is_empty() {
            tracing::warn!(
                trials = lost.len(),
                "trials that were published are not there any more: taken back"
            );
        }
        for lease in lost {
            self.take_back(lease).await;
        }
        self.result_consumer().await.map(drop)
    }

    /// The trials that the stream holds.
    async fn published(&self) -> Result<BTreeSet<(JobId, u32)>, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let config = stream::Config {
            name: subject::TRIALS.into(),
            subjects: vec![subject::ALL_TRIALS.into()],
            retention: RetentionPolicy::WorkQueue,
            // what is lost with the server is published again
            storage: StorageType::Memory,
            description: Some("trials in flight; may be wiped at any time".into()),
            ..stream::Config::default()
        };
        let stream = self.connection.jetstream.get_or_create_stream(config).await.map_err(|e| text(&e))?;
        let workers = subject::workers();
        let config = pull::Config {
            durable_name: Some(workers.clone()),
            ack_policy: AckPolicy::Explicit,
            // who gives no sign for so long loses the message; the lease is over before
            ack_wait: 2 * self.options.lease,
            max_deliver: MOST_DELIVERIES,
            // the default of 1,000 would hold a larger fleet up
            max_ack_pending: -1,
            filter_subject: subject::of_this_arithmetic(),
            ..pull::Config::default()
        };
        stream.get_or_create_consumer(&workers, config).await.map_err(|e| text(&e))?;
        let subjects =
            stream.info_with_subjects(subject::of_this_arithmetic()).await.map_err(|e| text(&e))?;
        let subjects: Vec<(String, usize)> = subjects.try_collect().await.map_err(|e| text(&e))?;
        Ok(subjects.iter().filter_map(|(subject, _)| subject::trial_of(subject)).collect())
    }

    /// The stream of results and its consumer.
    pub(super) async fn result_consumer(&self) -> Result<PullConsumer, String> {
        let config = stream::Config {
            name: subject::RESULTS.into(),
            subjects: vec![subject::ALL_RESULTS.into()],
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::File,
            description: Some("results that the service has not stored yet".into()),
            ..stream::Config::default()
        };
        let stream = self.connection.jetstream.get_or_create_stream(config).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let config = pull::Config {
            durable_name: Some(subject::SERVICE.into()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: -1,
            ..pull::Config::default()
        };
        let consumer = stream.get_or_create_consumer(subject::SERVICE, config).await;
        consumer.map_err(|error| error.to_string())
    }
}
