//! The measurement science: data, networks, training, sources, estimators, analyses.
//!
//! Pure and deterministic: no tokio, HTTP, SQL, clock, environment or files are known
//! here, and no threads but those of real Hogwild training, whose reports say that they
//! cannot be repeated. Each room imports only rooms before it: `tests/tidy.rs` has their
//! order.

pub mod analysis;
pub mod bits;
pub mod data;
pub mod decoder;
pub mod eigen;
pub mod entropy;
pub mod estimator;
pub mod evaluation;
pub mod family;
pub mod initialization;
pub mod injection;
pub mod interrupt;
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
