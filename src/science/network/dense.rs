//! Stacks of dense layers with a head, forward and backward.
//!
//! Shapes: n samples, d inputs, k outputs. Activations are row-major [n, ld],
//! ld the number of units padded to whole lane groups; padding stays zero.

pub mod activation;
pub mod coder;
pub mod fed;
pub mod footprint;
mod layer;
pub mod model;
mod residual;
pub mod rows;
pub mod stack;
