//! Events: what happens to a job, as clients that watch it receive it.

use serde::Serialize;

use super::state::{JobState, TrialState};

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The job was stored.
    Accepted {
        /// `queued`.
        state: JobState,
        /// Number of trials so far; a search adds more.
        trials: u32,
    },
    /// A search planned its next round.
    Search {
        /// For each cell what its next trainings are for, or how its search ended.
        cells: Vec<String>,
        /// Number of trials that were added.
        trials: usize,
    },
    /// The first trial started.
    Started {
        /// `running`.
        state: JobState,
    },
    /// A trial ended.
    Trial {
        /// Number of the trial in its job.
        trial: u32,
        /// State of the trial.
        state: TrialState,
        /// Name of the worker that ran it; none of a trial whose result was known, and of events of older versions.
        #[serde(default)]
        worker: Option<String>,
        /// Wall time of the whole trial in seconds: drawing the data, training and measuring.
        seconds: Option<f64>,
        /// Why the trial failed.
        detail: Option<String>,
        /// Number of trials of the job that have ended.
        done: i64,
        /// Number of trials of the job so far.
        of: i64,
    },
    /// The job was paused: none of its trials starts until it is resumed.
    Paused {},
    /// The paused job goes on.
    Resumed {},
    /// The job was cancelled.
    Cancelled {},
    /// The failed and cancelled trials of an ended job wait for a worker again.
    Retried {
        /// State of the job.
        state: JobState,
        /// Number of trials that wait again.
        trials: i64,
    },
    /// The job ended; no event follows, unless the job is retried.
    End {
        /// State of the job.
        state: JobState,
        /// What the state means for the results, where that is not plain.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<&'static str>,
    },
}

impl Event {
    /// The end of a job.
    #[must_use]
    pub const fn end(state: JobState) -> Self {
        Self::End { state, note: state.note() }
    }

    /// The kind of the event, as its name in a stream of server-sent events.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Search { .. } => "search",
            Self::Started { .. } => "started",
            Self::Trial { .. } => "trial",
            Self::Paused {} => "paused",
            Self::Resumed {} => "resumed",
            Self::Cancelled {} => "cancelled",
            Self::Retried { .. } => "retried",
            Self::End { .. } => END,
        }
    }
}

/// The kind of the event after which no other follows, unless the job is retried.
pub const END: &str = "end";
/// The kind of the event that tells, among the events of all jobs, that a job was deleted.
pub const DELETED: &str = "deleted";
