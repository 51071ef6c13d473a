//! Analyses: what the trials of a job say together.
//!
//! Pure functions of measured values; know nothing of how trials were run.

pub mod capacity;
pub mod comparison;
pub mod difference;
pub mod evidence;
pub mod interval;
pub mod jackknife;
pub mod peak;
pub mod regularization;
pub mod scaling;
pub mod share;
pub mod student;
pub mod threshold;
