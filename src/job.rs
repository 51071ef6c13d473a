//! A job's identity and life: its id, the states that it and its trials pass through, and
//! what is told of them. Knows nothing else.

pub mod event;
pub mod id;
pub mod state;

pub use event::Event;
pub use id::JobId;
pub use state::{JobState, TrialState};
