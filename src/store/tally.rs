//! What happened since this process started, counted: for those who watch the server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::job::{Event, JobState, TrialState};

/// Something that is counted when its transaction is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// A job was accepted.
    JobAccepted,
    /// A job ended in this state.
    JobEnded(JobState),
    /// A trial ended in this state.
    TrialEnded(TrialState),
    /// A lease ran out, or its process ended.
    LeaseLost,
    /// Two results of one trial differ.
    DigestAlarm,
    /// A transaction could not be committed.
    StorageError,
}

impl Counted {
    pub(super) fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Accepted { .. } => Some(Self::JobAccepted),
            Event::Trial { state, .. } => Some(Self::TrialEnded(*state)),
            Event::End { state, .. } => Some(Self::JobEnded(*state)),
            Event::Search { .. }
            | Event::Started { .. }
            | Event::Paused {}
            | Event::Resumed {}
            | Event::Cancelled {}
            | Event::Retried { .. } => None,
        }
    }
}

/// The counts; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Arc<Mutex<BTreeMap<Counted, u64>>>);

impl Tally {
    pub(super) fn add(&self, counted: impl IntoIterator<Item = Counted>) {
        // the map is whole after every statement, so a panic elsewhere cannot have broken it
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for one in counted {
            *counts.entry(one).or_default() += 1;
        }
    }

    pub(super) fn counts(&self) -> BTreeMap<Counted, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
