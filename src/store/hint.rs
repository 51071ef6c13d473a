//! Hints: what is told in memory of what was stored.

use crate::job::{Event, JobId};

/// Tells watchers that a job has a new event. A hint: it may be lost, the event itself is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Happened {
    /// The job.
    pub job: JobId,
    /// Number of its event.
    pub sequence: i64,
    /// What it means for those who act on it.
    pub hint: Hint,
}

/// What an event means for those who act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Trials of the job wait for a worker.
    Work,
    /// The running trials of the job are to stop.
    Cancelled,
    /// The running trials of the job are to be saved and given back.
    Paused,
    /// No trial of the job waits or runs: a search goes on, or the job has ended.
    Settled,
    /// The job was deleted; there may be rows of it to remove.
    Deleted,
    /// Something else.
    Progress,
}

impl Hint {
    pub(super) fn of(event: &Event) -> Self {
        match event {
            Event::Accepted { .. } | Event::Search { .. } | Event::Retried { .. } | Event::Resumed {} => {
                Self::Work
            }
            Event::Paused {} => Self::Paused,
            Event::Cancelled {} => Self::Cancelled,
            Event::End { .. } => Self::Settled,
            Event::Trial { done, of, .. } if done == of => Self::Settled,
            Event::Trial { .. } | Event::Started { .. } => Self::Progress,
        }
    }
}
