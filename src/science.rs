//! The measurement science: sources, networks, training, estimators, analyses.
//!
//! Pure and deterministic: no tokio, HTTP, SQL, clock, environment, files or
//! threads are known here (`tests/tidy.rs`).

pub mod bits;
pub mod seed;
