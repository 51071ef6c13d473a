//! Headlines: what the list shows of an ended job's analyses.

use super::{Store, StoreError};
use crate::job::JobId;

impl Store {
    /// Ended jobs whose headline was not written yet, the newest of them, so many at most.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn jobs_without_headline(&self, limit: u32) -> Result<Vec<JobId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select id from jobs where headline is null and finished_ms is not null and deleted_ms is null order by id desc limit ?",
        )
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
    }

    /// Writes the headline of an ended job.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn set_headline(&self, id: JobId, headline_json: String) -> Result<(), StoreError> {
        self.writer
            .run(move |transaction| {
                Box::pin(async move {
                    sqlx::query("update jobs set headline = ? where id = ? and finished_ms is not null")
                        .bind(headline_json)
                        .bind(id.to_string())
                        .execute(&mut *transaction.connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}
