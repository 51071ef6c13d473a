//! The two number types of the kernel: f32 is trained, f64 is the reference
//! against which gradients are checked.

use super::real::Real;
use super::{double, math, registers};

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

real!(f32, narrow, registers::Avx2, registers::Avx512, math::exp, math::ln_1p, math::ln, math::tanh);
real!(
    f64,
    std::convert::identity,
    registers::Portable<f64>,
    registers::Portable<f64>,
    double::exp,
    double::ln_1p,
    libm::log,
    libm::tanh
);
