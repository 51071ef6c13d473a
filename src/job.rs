//! What a user asks for and the states it passes through: plain data and pure
//! functions. Knows `science` and nothing of storage, threads or HTTP.

pub mod admission;
pub mod analysis;
pub mod calibration;
pub mod check;
pub mod claim;
pub mod digest;
pub mod fault;
pub mod id;
pub mod json;
pub mod read;
pub mod results;
pub mod search;
pub mod spec;
pub mod state;
pub mod sweep;
pub mod table;

pub use check::ValidJobSpec;
pub use fault::{Fault, Rejection};
pub use id::JobId;
pub use spec::JobSpec;
pub use state::{JobState, TrialState};
