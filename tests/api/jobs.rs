//! Jobs, one file an endpoint.

mod cancel;
mod create;
mod events;
mod exports;
mod figure;
mod list;
mod results;
mod show;
