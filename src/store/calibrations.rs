//! Calibrations: runs of the suite of known answers. Their jobs are jobs like any other, behind
//! those that somebody submitted; a calibration ends with them.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use super::writer::Transaction;
use super::{Created, NewJob, Store, StoreError};
use crate::job::{CalibrationState, JobId, Priority};

/// A calibration with the counts of its jobs and trials.
const CALIBRATIONS: &str = "select calibrations.*, count(jobs.id) as jobs_left,
         count(case when jobs.finished_ms is not null then 1 end) as jobs_ended,
         count(case when jobs.state = 'cancelled' then 1 end) as jobs_cancelled,
         coalesce(sum(jobs.trials), 0) as trials, coalesce(sum(jobs.trials - jobs.queued - jobs.running), 0) as trials_ended
     from calibrations left join jobs on jobs.calibration = calibrations.number and jobs.deleted_ms is null";

/// A calibration to be stored.
#[derive(Debug, Clone)]
pub struct NewCalibration {
    /// Whether it is the quick suite alone.
    pub quick: bool,
    /// Version of the build.
    pub version: String,
    /// Arithmetic of the build.
    pub numeric_profile: String,
    /// Its jobs, each with the name of its case.
    pub jobs: Vec<(String, NewJob)>,
}

/// A calibration as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalibrationRow {
    /// Its number; it grows.
    pub number: i64,
    /// Whether it is the quick suite alone.
    pub quick: bool,
    /// Where it stands.
    pub state: CalibrationState,
    /// Version of the build.
    pub version: String,
    /// Arithmetic of the build.
    pub numeric_profile: String,
    /// Number of its jobs.
    pub jobs: i64,
    /// Those that were not deleted.
    pub jobs_left: i64,
    /// Those that have ended.
    pub jobs_ended: i64,
    /// Those that were cancelled.
    pub jobs_cancelled: i64,
    /// Number of its trials; a search adds more while it runs.
    pub trials: i64,
    /// Trials that have ended.
    pub trials_ended: i64,
    /// When it was asked for.
    pub created_ms: i64,
    /// When it ended.
    pub finished_ms: Option<i64>,
}

impl FromRow<'_, SqliteRow> for CalibrationRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let state: String = row.try_get("state")?;
        Ok(Self {
            number: row.try_get("number")?,
            quick: row.try_get("quick")?,
            state: state.parse().map_err(|_| sqlx::Error::Decode("state of a calibration".into()))?,
            version: row.try_get("version")?,
            numeric_profile: row.try_get("numeric_profile")?,
            jobs: row.try_get("jobs")?,
            jobs_left: row.try_get("jobs_left")?,
            jobs_ended: row.try_get("jobs_ended")?,
            jobs_cancelled: row.try_get("jobs_cancelled")?,
            trials: row.try_get("trials")?,
            trials_ended: row.try_get("trials_ended")?,
            created_ms: row.try_get("created_ms")?,
            finished_ms: row.try_get("finished_ms")?,
        })
    }
}

/// What became of the wish to calibrate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It was stored.
    New(CalibrationRow),
    /// This one runs already.
    Running(CalibrationRow),
}

impl Transaction<'_> {
    async fn newest_calibration(&mut self) -> Result<Option<CalibrationRow>, StoreError> {
        let newest =
            format!("{CALIBRATIONS} group by calibrations.number order by calibrations.number desc limit 1");
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(newest)).fetch_optional(&mut *self.connection).await?)
    }

    async fn begin_calibration(&mut self, new: NewCalibration) -> Result<Begun, StoreError> {
        if let Some(row) = self.newest_calibration().await?
            && row.state == CalibrationState::Running
        {
            return Ok(Begun::Running(row));
        }
        let number: i64 = sqlx::query_scalar(
            "insert into calibrations (number, quick, state, version, numeric_profile, jobs, created_ms)
             select coalesce(max(number), 0) + 1, ?, 'running', ?, ?, ?, ? from calibrations returning number",
        )
        .bind(new.quick)
        .bind(&new.version)
        .bind(&new.numeric_profile)
        .bind(i64::try_from(new.jobs.len()).unwrap_or(i64::MAX))
        .bind(self.now_ms)
        .fetch_one(&mut *self.connection)
        .await?;
        for (case, job) in new.jobs {
            // behind all that people asked for
            let new = NewJob { priority: Priority::Background, ..job };
            let (Created::New(job) | Created::Replayed(job)) = self.create_job(new).await?;
            sqlx::query("update jobs set calibration = ?2, calibration_case = ?3 where id = ?1")
                .bind(job.id.to_string())
                .bind(number)
                .bind(case)
                .execute(&mut *self.connection)
                .await?;
        }
        self.newest_calibration().await?.map(Begun::New).ok_or(StoreError::NotFound)
    }

    async fn end_calibration(&mut self, number: i64, state: CalibrationState) -> Result<bool, StoreError> {
        let ended = sqlx::query(
            "update calibrations set state = ?2, finished_ms = ?3 where number = ?1 and state = 'running'",
        )
        .bind(number)
        .bind(state.as_str())
        .bind(self.now_ms)
        .execute(&mut *self.connection)
        .await?;
        Ok(ended.rows_affected() == 1)
    }

    async fn cancel_calibration(&mut self, number: i64) -> Result<Option<CalibrationRow>, StoreError> {
        if self.end_calibration(number, CalibrationState::Cancelled).await? {
            let open: Vec<String> = sqlx::query_scalar(
                "select id from jobs where calibration = ? and finished_ms is null and deleted_ms is null",
            )
            .bind(number)
            .fetch_all(&mut *self.connection)
            .await?;
            for id in open {
                let id = id.parse().map_err(|_| StoreError::Internal("job id of a calibration".into()))?;
                self.cancel_job(id).await?;
            }
        }
        self.newest_calibration().await
    }
}

impl Store {
    /// Stores a calibration with all its jobs, unless one runs.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn begin_calibration(&self, new: NewCalibration) -> Result<Begun, StoreError> {
        self.writer.run(move |transaction| Box::pin(transaction.begin_calibration(new))).await
    }

    /// The newest calibration, if there was one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn calibration(&self) -> Result<Option<CalibrationRow>, StoreError> {
        let newest =
            format!("{CALIBRATIONS} group by calibrations.number order by calibrations.number desc limit 1");
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(newest)).fetch_optional(&self.readers).await?)
    }

    /// The jobs of a calibration that were not deleted, with their cases.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn jobs_of_calibration(&self, number: i64) -> Result<Vec<(JobId, String)>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select id, calibration_case from jobs where calibration = ? and deleted_ms is null order by id",
        )
        .bind(number)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().filter_map(|(id, case)| Some((id.parse().ok()?, case))).collect())
    }

    /// Stores the certificate of a calibration, which ends with it. `false` when it had ended.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn issue_certificate(
        &self,
        number: i64,
        profile: String,
        certificate_json: String,
    ) -> Result<bool, StoreError> {
        self.writer
            .run(move |transaction| {
                Box::pin(async move {
                    let ended = transaction.end_calibration(number, CalibrationState::Succeeded).await?;
                    if ended {
                        transaction.save_certificate(&profile, &certificate_json).await?;
                    }
                    Ok(ended)
                })
            })
            .await
    }

    /// Cancels a calibration with its jobs; one that has ended stays as it is. Returns the newest.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn cancel_calibration(&self, number: i64) -> Result<Option<CalibrationRow>, StoreError> {
        self.writer.run(move |transaction| Box::pin(transaction.cancel_calibration(number))).await
    }
}
