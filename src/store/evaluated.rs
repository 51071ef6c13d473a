//! What follows from an ended job, stored as rows: written in slices, so that no other write waits
//! long, and shown by one update of the job. Readers see all rows of one evaluation or none.

mod documents;
mod rows;

use sqlx::QueryBuilder;

use super::seals::Of;
use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::JobId;
use crate::outcome::Digest;
pub use documents::{DocumentRow, Part as DocumentPart, StoredResults};
pub use rows::{CapacityRow, CellRow, Kinds, MeasurementRow, VerdictRow};
use rows::{Place, Row};

/// Rows in one statement: the number of values in it is bounded.
const ROWS: usize = 500;
/// Statements in one transaction.
const STATEMENTS: usize = 4;

/// What follows from a job, as rows.
#[derive(Debug, Clone, Default)]
pub struct NewEvaluation {
    /// Version of the analysis.
    pub analysis_version: u32,
    /// When the job had ended that was evaluated.
    pub finished_ms: Option<i64>,
    /// Version of the program.
    pub version: String,
    /// Arithmetic of the trials; `None` without any.
    pub numeric_profile: Option<String>,
    /// Root of all randomness of the job.
    pub seed: u64,
    /// What the list of jobs shows of it.
    pub headline_json: String,
    /// Each configuration.
    pub cells: Vec<CellRow>,
    /// Each quantity of each configuration.
    pub measurements: Vec<MeasurementRow>,
    /// Each capacity.
    pub capacities: Vec<CapacityRow>,
    /// Each verdict.
    pub verdicts: Vec<VerdictRow>,
    /// What is answered of them.
    pub documents: Vec<DocumentRow>,
}

impl Store {
    /// Ended jobs whose rows this version of the analysis has not made, the newest of them, so many
    /// at most.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn jobs_to_evaluate(
        &self,
        analysis_version: u32,
        limit: u32,
    ) -> Result<Vec<JobId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select id from jobs where analysis_version < ? and finished_ms is not null and deleted_ms is null order by id desc limit ?",
        )
        .bind(analysis_version)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
    }

    /// Stores what follows from an ended job in the place of what was stored before.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the job is gone, or when nothing can be written.
    pub async fn store_evaluation(&self, job: JobId, new: NewEvaluation) -> Result<(), StoreError> {
        let NewEvaluation { cells, measurements, capacities, verdicts, documents, .. } = &new;
        let maker = Maker {
            analysis_version: new.analysis_version,
            version: new.version.clone(),
            numeric_profile: new.numeric_profile.clone(),
            seed: new.seed,
            results: documents::results(documents),
        };
        let generation = self.writer.run(move |t| Box::pin(t.begin_evaluation(job, maker))).await?;
        let at = Place { job, generation };
        self.write_slices(at, cells).await?;
        self.write_slices(at, measurements).await?;
        self.write_slices(at, capacities).await?;
        self.write_slices(at, verdicts).await?;
        self.write_slices(at, documents).await?;
        let shown = Shown {
            analysis_version: new.analysis_version,
            headline_json: new.headline_json,
            finished_ms: new.finished_ms,
            rows: self.rows_digest(&job.to_string(), generation).await?,
        };
        self.writer.run(move |t| Box::pin(t.show_evaluation(at, shown))).await?;
        self.forget_evaluations_before(at).await
    }

    async fn write_slices<R: Row>(&self, at: Place, rows: &[R]) -> Result<(), StoreError> {
        for slice in rows.chunks(ROWS * STATEMENTS) {
            let slice = slice.to_vec();
            self.writer.run(move |t| Box::pin(async move { t.insert(at, &slice).await })).await?;
        }
        Ok(())
    }

    /// Deletes rows that nobody sees any more, in slices.
    async fn forget_evaluations_before(&self, at: Place) -> Result<(), StoreError> {
        while self.writer.run(move |t| Box::pin(t.forget_some(at))).await? {}
        Ok(())
    }
}

/// Who made rows, and of what.
struct Maker {
    analysis_version: u32,
    version: String,
    numeric_profile: Option<String>,
    seed: u64,
    /// Number of documents of results, if there are documents.
    results: Option<i64>,
}

/// What an update of the job shows.
struct Shown {
    analysis_version: u32,
    headline_json: String,
    finished_ms: Option<i64>,
    /// Of all rows of the job.
    rows: Digest,
}

impl Transaction<'_> {
    /// A generation of rows that nobody sees yet.
    async fn begin_evaluation(&mut self, job: JobId, maker: Maker) -> Result<i64, StoreError> {
        self.job(job).await?;
        // also after one that was begun and never shown
        let last: Option<i64> = sqlx::query_scalar("select max(generation) from evaluations where job = ?")
            .bind(job.to_string())
            .fetch_one(&mut *self.connection)
            .await?;
        let generation = last.unwrap_or_default() + 1;
        sqlx::query(
            "insert into evaluations (job, generation, analysis_version, version, numeric_profile, seed, made_ms, results)
             values (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(job.to_string())
        .bind(generation)
        .bind(maker.analysis_version)
        .bind(maker.version)
        .bind(maker.numeric_profile)
        .bind(maker.seed.to_string())
        .bind(self.now_ms)
        .bind(maker.results)
        .execute(&mut *self.connection)
        .await?;
        Ok(generation)
    }

    async fn insert<R: Row>(&mut self, at: Place, rows: &[R]) -> Result<(), StoreError> {
        for some in rows.chunks(ROWS) {
            let mut query = QueryBuilder::new(format!("insert into {} ", R::TABLE));
            query.push_values(some, |mut values, row| row.values(at, &mut values));
            query.build().execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    /// From here on readers see these rows; not of a job that has gone on since it was evaluated.
    async fn show_evaluation(&mut self, at: Place, shown: Shown) -> Result<(), StoreError> {
        sqlx::query(
            "update jobs set generation = ?2, analysis_version = ?3, headline = ?4
             where id = ?1 and finished_ms is ?5",
        )
        .bind(at.job.to_string())
        .bind(at.generation)
        .bind(shown.analysis_version)
        .bind(shown.headline_json)
        .bind(shown.finished_ms)
        .execute(&mut *self.connection)
        .await?;
        self.describe_job(at.job).await?;
        if let Some(finished_ms) = shown.finished_ms {
            let of = Of { finished_ms, generation: at.generation };
            self.seal(&at.job.to_string(), of, &shown.rows).await?;
        }
        // what is made from the results of all jobs is another one now
        self.next_event_number().await?;
        Ok(())
    }

    /// Deletes some rows of earlier generations; whether there were any.
    async fn forget_some(&mut self, at: Place) -> Result<bool, StoreError> {
        const LIMIT: i64 = 5000;
        // measurements refer to cells, and all to the evaluation: they go first, so that no delete cascades without bound
        for (table, key) in [("documents", "part, number"), ("measurements", "cell"), ("cells", "cell")] {
            let statement = format!(
                "delete from {table} where (job, generation, {key}) in (
                     select job, generation, {key} from {table} where job = ? and generation < ? limit ?)"
            );
            let deleted = sqlx::query(sqlx::AssertSqlSafe(statement))
                .bind(at.job.to_string())
                .bind(at.generation)
                .bind(LIMIT)
                .execute(&mut *self.connection)
                .await?;
            if deleted.rows_affected() > 0 {
                return Ok(true);
            }
        }
        sqlx::query("delete from evaluations where job = ? and generation < ?")
            .bind(at.job.to_string())
            .bind(at.generation)
            .execute(&mut *self.connection)
            .await?;
        Ok(false)
    }
}
