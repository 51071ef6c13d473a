//! What a user asks for: the document, its checks, its sweep, and claims and searches as
//! data. Knows `science` and nothing of results, storage, threads or HTTP.

pub mod admission;
pub mod axis;
pub mod cell;
pub mod check;
pub mod claim;
mod compatibility;
pub mod coordinates;
pub mod document;
mod effect;
pub mod fault;
pub mod json;
pub mod labels;
pub mod lookup;
mod part;
pub mod patch;
pub mod quantity;
pub mod read;
pub mod search;
pub mod sweep;
mod valid;

pub use cell::CellSpec;
pub use coordinates::Coordinates;
pub use document::JobSpec;
pub use fault::{Fault, Rejection};

pub use valid::ValidJobSpec;
