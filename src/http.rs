//! HTTP: what clients see. The only module that knows axum; it reads and writes
//! the store and never runs a trial.

mod accept;
pub mod access;
mod across;
mod backups;
mod body;
mod calibration;
mod caller;
mod catalog;
mod compare;
mod compression;
mod docs;
mod documents;
mod extract;
mod feed;
mod guard;
mod health;
mod jobs;
mod left_out;
mod limits;
pub mod listen;
mod metrics;
pub mod openapi;
mod page;
mod problem;
mod recorder;
mod routes;
mod service;
mod site;
mod stream;
mod tag;
mod unread;
mod workers;

pub use access::{Access, TOKEN_FAILURES, TokenFault, Tokens};
pub use limits::HttpLimits;
pub use problem::Problem;
pub use routes::{documented_routes, routers};
pub use service::{ProgressOf, Service, Watched, Workers};
