//! Jobs, one file an endpoint.

mod cancel;
mod change;
mod create;
mod delete;
mod derive;
mod events;
mod exports;
mod figure;
mod list;
mod pause;
mod pictures;
mod results;
mod retry;
mod show;
mod verify;
