//! Alarms: two results of one trial that differ. Determinism is broken, and somebody must look.

use super::tally::Counted;
use super::writer::Transaction;
use super::{Store, StoreError};
use crate::outcome::Digest;
use crate::work::Lease;

impl Transaction<'_> {
    /// Remembers that a trial gave two digests.
    pub(super) async fn raise_alarm(
        &mut self,
        lease: Lease,
        stored: &Digest,
        offered: &Digest,
    ) -> Result<(), StoreError> {
        tracing::error!(job = %lease.job, trial = lease.number, %stored, %offered, "two results of one trial differ");
        sqlx::query(
            "insert into digest_alarms (job, number, stored_digest, offered_digest, at_ms) values (?, ?, ?, ?, ?)",
        )
        .bind(lease.job.to_string())
        .bind(lease.number)
        .bind(stored.as_str())
        .bind(offered.as_str())
        .bind(self.now_ms)
        .execute(&mut *self.connection)
        .await?;
        self.counted.push(Counted::DigestAlarm);
        Ok(())
    }

    /// Compares the digest of a verification's trial with the one that it must have.
    pub(super) async fn verify(
        &mut self,
        lease: Lease,
        expected: Option<Digest>,
        found: Option<Digest>,
    ) -> Result<(), StoreError> {
        let Some((expected, found)) = expected.zip(found).filter(|(expected, found)| expected != found)
        else {
            return Ok(());
        };
        self.raise_alarm(lease, &expected, &found).await?;
        sqlx::query("update jobs set differing = differing + 1 where id = ?")
            .bind(lease.job.to_string())
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }
}

impl Store {
    /// Digest conflicts seen so far: more than none means determinism is broken.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn digest_alarms(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("select count(*) from digest_alarms").fetch_one(&self.readers).await?)
    }
}
