//! The two number types of the kernel: f32 is trained, f64 is the reference
//! against which gradients are checked.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::lanes::{self, Lanes};
use super::{double, math};

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

macro_rules! real {
    ($number:ident, $narrow:expr, $avx2:ty, $avx512:ty, $exp:expr, $ln_1p:expr, $ln:expr, $tanh:expr) => {
        impl Real for $number {
            type Avx2 = $avx2;
            type Avx512 = $avx512;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NEG_INFINITY: Self = $number::NEG_INFINITY;
            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                $narrow(x)
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                $number::mul_add(self, a, b)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $number::sqrt(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $exp(self)
            }
            #[inline(always)]
            fn ln_1p(self) -> Self {
                $ln_1p(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                $ln(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $tanh(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $number::abs(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $number::is_finite(self)
            }
        }
    };
}
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
fn narrow(x: f64) -> f32 {
    x as f32
}

real!(f32, narrow, lanes::Avx2, lanes::Avx512, math::exp, math::ln_1p, math::ln, math::tanh);
real!(
    f64,
    std::convert::identity,
    lanes::Portable<f64>,
    lanes::Portable<f64>,
    double::exp,
    double::ln_1p,
    libm::log,
    libm::tanh
);
