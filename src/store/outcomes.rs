//! Trials as they are read: where each stands and what it reported.

use futures_util::TryStreamExt;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use super::{Store, StoreError};
use crate::job::{JobId, TrialState};
use crate::outcome::{Digest, TrialOutcome, TrialSummary};

/// A trial as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialRow {
    /// Its number in the job.
    pub number: u32,
    /// Where it stands.
    pub state: TrialState,
    /// How often it was claimed and not given back.
    pub attempt: i64,
    /// The report, once it ended with one.
    pub report_json: Option<String>,
    /// The report's digest; absent of one that cannot be repeated.
    pub digest: Option<Digest>,
    /// How long training took.
    pub seconds: Option<f64>,
    /// Why it failed.
    pub detail: Option<String>,
    /// What a search wanted it for.
    pub point_json: Option<String>,
    /// The trial whose result it took, as the job's id and a number.
    pub reused_from: Option<String>,
}

impl TrialRow {
    /// The trial as analyses see it.
    ///
    /// # Errors
    /// When the stored report cannot be read by this version.
    pub fn outcome(&self) -> Result<TrialOutcome, StoreError> {
        let report = read("report", self.report_json.as_deref())?;
        let probe = read("probe", self.point_json.as_deref())?;
        let digest = self.digest.clone();
        Ok(TrialOutcome { number: self.number, state: self.state, report, digest, probe })
    }

    /// The trial as tables show it.
    ///
    /// # Errors
    /// When the stored report cannot be read by this version.
    pub fn summary(self) -> Result<TrialSummary, StoreError> {
        Ok(TrialSummary {
            number: self.number,
            state: self.state,
            seconds: self.seconds,
            digest: self.digest,
            reported: read("report", self.report_json.as_deref())?,
            probe: read("probe", self.point_json.as_deref())?,
        })
    }
}

fn read<T: DeserializeOwned>(what: &str, stored: Option<&str>) -> Result<Option<T>, StoreError> {
    let read = stored.map(serde_json::from_str).transpose();
    read.map_err(|error| StoreError::Internal(format!("a stored {what}: {error}")))
}

impl Store {
    /// A row whose report is that which was digested when it was stored.
    fn whole(&self, row: TrialRow) -> Result<TrialRow, StoreError> {
        let is_damaged = match (&row.report_json, &row.digest) {
            (Some(report), Some(digest)) => Digest::of(report.as_bytes()) != *digest,
            _ => false,
        };
        if is_damaged {
            let number = row.number;
            return Err(self.damaged(format!("the report of trial {number} has another digest than its own")));
        }
        Ok(row)
    }
}

impl FromRow<'_, SqliteRow> for TrialRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let state: String = row.try_get("state")?;
        Ok(Self {
            number: row.try_get("number")?,
            state: state.parse().map_err(|_| sqlx::Error::Decode("trial state".into()))?,
            attempt: row.try_get("attempt")?,
            report_json: row.try_get("report")?,
            digest: row.try_get::<Option<String>, _>("digest")?.map(Digest::from_text),
            seconds: row.try_get("seconds")?,
            detail: row.try_get("detail")?,
            point_json: row.try_get("point")?,
            reused_from: row.try_get("reused_from")?,
        })
    }
}

impl Store {
    /// All trials of a job with their reports, by number.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn trials(&self, job: JobId) -> Result<Vec<TrialRow>, StoreError> {
        let rows: Vec<TrialRow> = sqlx::query_as(
            "select number, state, attempt, report, digest, seconds, detail, point, reused_from from trials where job = ? order by number",
        )
        .bind(job.to_string())
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|row| self.whole(row)).collect()
    }

    /// What `read` makes of the trials of a job from this number on, by number, at most so many, and the
    /// number of the next one: a table of any length is read in pages of bounded memory. A row is read
    /// while the database looks for the one after it.
    ///
    /// # Errors
    /// When the database or a row cannot be read.
    pub async fn trials_from<T>(
        &self,
        job: JobId,
        first: u32,
        most: u32,
        read: impl Fn(TrialRow) -> Result<T, StoreError>,
    ) -> Result<(Vec<T>, Option<u32>), StoreError> {
        let mut rows = sqlx::query_as(
            "select number, state, attempt, report, digest, seconds, detail, point, reused_from from trials
             where job = ? and number >= ? order by number limit ?",
        )
        .bind(job.to_string())
        .bind(first)
        .bind(most)
        .fetch(&self.readers);
        let (mut page, mut next) = (Vec::with_capacity(most as usize), None);
        while let Some(row) = rows.try_next().await? {
            let row = self.whole(row)?;
            next = row.number.checked_add(1);
            page.push(read(row)?);
        }
        let is_full = page.len() == most as usize;
        Ok((page, next.filter(|_| is_full)))
    }

    /// One trial of a job, if there is one of that number.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn trial(&self, job: JobId, number: u32) -> Result<Option<TrialRow>, StoreError> {
        let row = sqlx::query_as(
            "select number, state, attempt, report, digest, seconds, detail, point, reused_from from trials where job = ? and number = ?",
        )
        .bind(job.to_string())
        .bind(number)
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| self.whole(row)).transpose()
    }
}
