//! HTTP: what clients see. The only module that knows axum; it reads and writes
//! the store and never runs a trial.

mod accept;
pub mod access;
mod across;
mod calibration;
mod catalog;
mod compression;
mod documents;
mod extract;
mod guard;
mod health;
mod jobs;
pub mod listen;
pub mod openapi;
mod problem;
mod routes;
mod service;
mod stream;
mod tag;

pub use access::Access;
pub use problem::Problem;
pub use routes::{documented_routes, router};
pub use service::{ProgressOf, Service};
