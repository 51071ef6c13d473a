//! The measurement science: sources, networks, training, estimators, analyses.
//!
//! Pure and deterministic: no tokio, HTTP, SQL, clock, environment, files or
//! threads are known here (`tests/tidy.rs`).

pub mod analysis;
pub mod bits;
pub mod data;
pub mod eigen;
pub mod entropy;
pub mod estimator;
pub mod evaluation;
pub mod family;
pub mod initialization;
pub mod injection;
pub mod invariant;
pub mod kernel;
pub mod layout;
pub mod network;
pub mod optimizer;
pub mod regularizer;
pub mod seed;
pub mod source;
pub mod special;
pub mod training;
pub mod trial;
