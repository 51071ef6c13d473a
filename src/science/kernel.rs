//! The training kernel: products, element-wise functions and noise, the same
//! bits on every machine.
//!
//! One generic body of plain Rust is compiled for several instruction sets.
//! Every sum has one fixed order and uses fused multiply-adds, so the width of
//! the vectors cannot change a bit. The only place in the crate with `unsafe`.

pub mod attention;
pub mod cells;
pub mod double;
pub mod dropout;
pub mod elementwise;
pub mod isa;
pub mod lanes;
pub mod latent;
pub mod likelihood;
pub mod loss;
pub mod math;
pub mod norm;
pub mod normal;
mod numbers;
pub mod peak;
pub mod product;
pub mod real;
pub mod reduce;
pub mod registers;
pub mod update;

/// Names the arithmetic: everything that decides the bits of a report. It
/// changes whenever an equal spec may give other bytes.
pub const NUMERIC_PROFILE: &str = "bitgauge-f32-4";

/// Bits that each trainable number can hold at most: its own.
pub const PRECISION_BITS: f64 = 32.0;
