//! Events: what is told of a job to those who watch it.

use serde::Serialize;

use super::state::{JobState, TrialState};

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// It was stored with so many trials.
    Accepted {
        /// `queued`.
        state: JobState,
        /// Trials so far; a search adds more.
        trials: u32,
    },
    /// A search was planned again.
    Search {
        /// What each cell does next, or how it ended.
        cells: Vec<String>,
        /// Trials that were added.
        trials: usize,
    },
    /// Its first trial was claimed.
    Started {
        /// `running`.
        state: JobState,
    },
    /// A trial ended.
    Trial {
        /// Number of the trial in its job.
        trial: u32,
        /// How it ended.
        state: TrialState,
        /// How long it took.
        seconds: Option<f64>,
        /// Why it failed.
        detail: Option<String>,
        /// Trials of the job that have ended.
        done: i64,
        /// Trials of the job so far.
        of: i64,
    },
    /// Somebody cancelled it.
    Cancelled {},
    /// It ended; nothing follows.
    End {
        /// How it ended.
        state: JobState,
    },
}

impl Event {
    /// The name of its kind, as streams of events have it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Search { .. } => "search",
            Self::Started { .. } => "started",
            Self::Trial { .. } => "trial",
            Self::Cancelled {} => "cancelled",
            Self::End { .. } => END,
        }
    }
}

/// The kind of the event after which nothing follows.
pub const END: &str = "end";
