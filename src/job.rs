//! Identity and life cycle of jobs: ids, states of jobs and trials, events. Knows nothing else.

pub mod calibration;
pub mod event;
pub mod id;
pub mod kind;
pub mod priority;
pub mod relation;
pub mod state;

pub use calibration::CalibrationState;
pub use event::Event;
pub use id::JobId;
pub use kind::Kind;
pub use priority::Priority;
pub use relation::Relation;
pub use state::{JobState, TrialState};
