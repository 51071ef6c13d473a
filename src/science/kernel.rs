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
pub mod peak;
pub mod product;
pub mod real;
pub mod reduce;
pub mod update;
