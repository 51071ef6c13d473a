//! Jobs, one file an endpoint.

mod cancel;
mod create;
mod events;
mod exports;
mod figure;
mod list;
mod pictures;
mod results;
mod show;
