//! Jobs as they are read.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use crate::job::{JobId, JobState, Kind, Priority, Relation};
use crate::outcome::Digest;

/// A job as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRow {
    /// Unique id of the job.
    pub id: JobId,
    /// A name for people.
    pub name: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Where it stands.
    pub state: JobState,
    /// The spec.
    pub spec_json: String,
    /// What it was expected to cost.
    pub plan_json: String,
    /// Its trials by state.
    pub counts: Counts,
    /// When it was accepted.
    pub created_ms: i64,
    /// When its first trial started.
    pub started_ms: Option<i64>,
    /// When it ended.
    pub finished_ms: Option<i64>,
    /// What its analysis says in one line, after it ended.
    pub headline_json: Option<String>,
    /// Digest of the spec, claims included; of jobs of older versions there is none.
    pub spec_digest: Option<Digest>,
    /// Trials whose like had ended in another job before this one was accepted.
    pub known_before: i64,
    /// Number of claims.
    pub claims: i64,
    /// Whatever people want to remember of it.
    pub notes: String,
    /// The job from which it was made.
    pub origin: Option<JobId>,
    /// How it was made from that.
    pub relation: Option<Relation>,
    /// Of a verification what it leaves out.
    pub left_out_json: Option<String>,
    /// Of a verification how many of its trials gave another digest than before.
    pub differing: i64,
    /// How urgent it is.
    pub priority: Priority,
    /// Since when it has been paused.
    pub paused_ms: Option<i64>,
    /// Of a job of a calibration which case of the suite it is.
    pub calibration_case: Option<String>,
}

impl JobRow {
    /// Who asked for it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        if self.calibration_case.is_some() { Kind::Calibration } else { Kind::Experiment }
    }
}

/// Trials of a job by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "named after the states")]
pub struct Counts {
    pub trials: i64,
    pub queued: i64,
    pub running: i64,
    pub succeeded: i64,
    pub diverged: i64,
    pub failed: i64,
    pub cancelled: i64,
}

impl FromRow<'_, SqliteRow> for JobRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let decode = |error: String| sqlx::Error::Decode(error.into());
        let text = |column: &str| row.try_get::<String, _>(column);
        let optional = |column: &str| row.try_get::<Option<String>, _>(column);
        Ok(Self {
            id: text("id")?.parse().map_err(|_| decode("job id".into()))?,
            name: text("name")?,
            tags: serde_json::from_str(&text("tags")?).map_err(|error| decode(error.to_string()))?,
            state: text("state")?.parse().map_err(|_| decode("job state".into()))?,
            spec_json: text("spec")?,
            plan_json: text("plan")?,
            counts: Counts {
                trials: row.try_get("trials")?,
                queued: row.try_get("queued")?,
                running: row.try_get("running")?,
                succeeded: row.try_get("succeeded")?,
                diverged: row.try_get("diverged")?,
                failed: row.try_get("failed")?,
                cancelled: row.try_get("cancelled")?,
            },
            created_ms: row.try_get("created_ms")?,
            started_ms: row.try_get("started_ms")?,
            finished_ms: row.try_get("finished_ms")?,
            headline_json: row.try_get("headline")?,
            spec_digest: row.try_get::<Option<String>, _>("spec_digest")?.map(Digest::from_text),
            known_before: row.try_get("known_before")?,
            claims: row.try_get("claims")?,
            notes: text("notes")?,
            origin: optional("origin")?
                .map(|id| id.parse().map_err(|_| decode("id of an origin".into())))
                .transpose()?,
            relation: optional("relation")?
                .map(|relation| relation.parse().map_err(|_| decode("relation of jobs".into())))
                .transpose()?,
            left_out_json: optional("left_out")?,
            differing: row.try_get("differing")?,
            priority: Priority::of_rank(row.try_get("priority")?).ok_or_else(|| decode("priority".into()))?,
            paused_ms: row.try_get("paused_ms")?,
            calibration_case: optional("calibration_case")?,
        })
    }
}
