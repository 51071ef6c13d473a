//! Which trial is next: the claim of one goes through its job.

use super::StoreError;
use super::writer::Transaction;
use crate::job::Priority;
use crate::work::turns::{Turn, Turns};

/// A trial that may be claimed.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(super) struct Next {
    pub(super) job: String,
    pub(super) number: u32,
    /// What it is expected to take.
    trial_seconds: f64,
}

/// The two orders of jobs. Indices of the jobs that wait have them, so that the first trial is found
/// whatever is stored. The index of waiting trials is named: left to itself the planner takes the primary key, and
/// walks past every trial that has ended, report and all.
const OLDEST: &str = "select jobs.id as job, trials.number, jobs.trial_seconds
     from jobs cross join trials indexed by trials_queued on trials.job = jobs.id and trials.state = 'queued'
     where jobs.queued > 0 and jobs.paused_ms is null and jobs.priority = ?1
           and coalesce(trials.bytes, 0) <= ?2 and coalesce(trials.not_before_ms, 0) <= ?3
     order by jobs.id, trials.number limit 1";
const LEAST: &str = "select jobs.id as job, trials.number, jobs.trial_seconds
     from jobs cross join trials indexed by trials_queued on trials.job = jobs.id and trials.state = 'queued'
     where jobs.queued > 0 and jobs.paused_ms is null and jobs.priority = ?1
           and coalesce(trials.bytes, 0) <= ?2 and coalesce(trials.not_before_ms, 0) <= ?3
     order by jobs.served_seconds, jobs.id, trials.number limit 1";

impl Transaction<'_> {
    /// The trial whose turn it is, of those that need at most so many bytes; and the one that is passed
    /// over for it since it needs more.
    pub(super) async fn next_trial(&mut self, room: i64) -> Result<(Option<Next>, Option<Next>), StoreError> {
        let mut passed_over = None;
        for priority in Priority::ALL.into_iter().rev() {
            if passed_over.is_none() {
                let first = self.first(OLDEST, priority, i64::MAX).await?;
                let oldest = self.first(OLDEST, priority, room).await?;
                passed_over = first.filter(|first| Some(first) != oldest.as_ref());
                let Some(oldest) = oldest else { continue };
                return Ok((Some(self.turn(priority, oldest, room).await?), passed_over));
            }
            if let Some(oldest) = self.first(OLDEST, priority, room).await? {
                return Ok((Some(self.turn(priority, oldest, room).await?), passed_over));
            }
        }
        Ok((None, passed_over))
    }

    /// The oldest job's trial or that of the job that has had the least.
    async fn turn(&mut self, priority: Priority, oldest: Next, room: i64) -> Result<Next, StoreError> {
        let (oldest_seconds, least_seconds): (f64, f64) =
            sqlx::query_as("select oldest_seconds, least_seconds from turns where priority = ?")
                .bind(priority.rank())
                .fetch_one(&mut *self.connection)
                .await?;
        let before = Turns { oldest_seconds, least_seconds };
        let mut turns = before;
        let least = self.first(LEAST, priority, room).await?.filter(|least| least.job != oldest.job);
        let next = match least {
            None => {
                turns.settle();
                oldest
            }
            Some(least) => match turns.take(oldest.trial_seconds, least.trial_seconds) {
                Turn::Oldest => oldest,
                Turn::Least => least,
            },
        };
        if turns != before {
            sqlx::query("update turns set oldest_seconds = ?2, least_seconds = ?3 where priority = ?1")
                .bind(priority.rank())
                .bind(turns.oldest_seconds)
                .bind(turns.least_seconds)
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(next)
    }

    async fn first(
        &mut self,
        order: &'static str,
        priority: Priority,
        room: i64,
    ) -> Result<Option<Next>, StoreError> {
        let first = sqlx::query_as(order).bind(priority.rank()).bind(room).bind(self.running_ms);
        Ok(first.fetch_optional(&mut *self.connection).await?)
    }

    /// A trial took so long: what its job was charged for it when it was claimed is set right, and the
    /// next ones are expected to take as long. One that ended without running took nothing, and says
    /// nothing of the next.
    pub(super) async fn charge(&mut self, job: &str, seconds: f64) -> Result<(), StoreError> {
        sqlx::query(
            "update jobs set served_seconds = max(0.0, served_seconds + ?2 - trial_seconds),
                             trial_seconds = case when ?2 > 0 then max(1e-4, 0.8 * trial_seconds + 0.2 * ?2)
                                                  else trial_seconds end
             where id = ?1",
        )
        .bind(job)
        .bind(seconds)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }
}
