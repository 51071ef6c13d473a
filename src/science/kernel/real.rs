//! What the kernel asks of a type of numbers.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::lanes::Lanes;

/// A floating-point number of the kernel.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// Sixteen of them in the registers of AVX2.
    type Avx2: Lanes<Self>;
    /// Sixteen of them in the registers of AVX-512.
    type Avx512: Lanes<Self>;
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// Minus infinity.
    const NEG_INFINITY: Self;
    /// The nearest number of this type.
    fn from_f64(x: f64) -> Self;
    /// The same number in f64.
    fn to_f64(self) -> f64;
    /// `self * a + b`, rounded once.
    #[must_use]
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// Square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// e to the power of this.
    #[must_use]
    fn exp(self) -> Self;
    /// Natural logarithm of `1 + self`, for `self` in [0, 1].
    #[must_use]
    fn ln_1p(self) -> Self;
    /// Natural logarithm.
    #[must_use]
    fn ln(self) -> Self;
    /// Hyperbolic tangent.
    #[must_use]
    fn tanh(self) -> Self;
    /// Absolute value.
    #[must_use]
    fn abs(self) -> Self;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
}
