//! What people say of a job after it was accepted: name, tags, notes and priority. The spec does not
//! change.

use serde_json::json;

use super::writer::Transaction;
use super::{JobRow, Store, StoreError};
use crate::job::{JobId, Priority};

/// What is new of a job; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// A name for people.
    pub name: Option<String>,
    /// Words to find it by.
    pub tags: Option<Vec<String>>,
    /// Whatever people want to remember of it.
    pub notes: Option<String>,
    /// How urgent it is.
    pub priority: Option<Priority>,
}

impl Transaction<'_> {
    async fn label_job(
        &mut self,
        id: JobId,
        labels: &Labels,
        seen: Option<&JobRow>,
    ) -> Result<Option<JobRow>, StoreError> {
        let job = self.job(id).await?;
        if seen.is_some_and(|seen| *seen != job) {
            return Ok(None);
        }
        sqlx::query(
            "update jobs set name = coalesce(?2, name), tags = coalesce(?3, tags), notes = coalesce(?4, notes),
                             priority = coalesce(?5, priority)
             where id = ?1",
        )
        .bind(id.to_string())
        .bind(&labels.name)
        .bind(labels.tags.as_ref().map(|tags| json!(tags).to_string()))
        .bind(&labels.notes)
        .bind(labels.priority.map(Priority::rank))
        .execute(&mut *self.connection)
        .await?;
        self.tag_job(id).await?;
        // what is made from all jobs is another one now
        self.next_event_number().await?;
        Ok(Some(self.job(id).await?))
    }
}

impl Store {
    /// Changes what a job is called; `None` when it is not any more as it was seen.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when nothing can be written.
    pub async fn label_job(
        &self,
        id: JobId,
        labels: Labels,
        seen: Option<JobRow>,
    ) -> Result<Option<JobRow>, StoreError> {
        self.writer
            .run(move |transaction| {
                Box::pin(async move { transaction.label_job(id, &labels, seen.as_ref()).await })
            })
            .await
    }
}
