//! Identity and life cycle of jobs: ids, states of jobs and trials, events. Knows nothing else.

pub mod event;
pub mod id;
pub mod relation;
pub mod state;

pub use event::Event;
pub use id::JobId;
pub use relation::Relation;
pub use state::{JobState, TrialState};
