//! Units of information. A bare `f64` never stands for information.

use std::iter::Sum;
use std::ops::{Add, Div, Mul, Neg, Sub};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Information in bits (base-2 logarithms). The only unit that leaves the
/// science layer.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Bits(pub f64);

/// Information in nats (natural logarithms): what losses are computed in.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Nats(pub f64);

impl Bits {
    /// No information.
    pub const ZERO: Self = Self(0.0);

    /// The information in a uniform choice among `outcomes`: its base-2
    /// logarithm.
    #[must_use]
    pub fn of_uniform(outcomes: f64) -> Self {
        Self(libm::log2(outcomes))
    }
}

impl From<Nats> for Bits {
    fn from(nats: Nats) -> Self {
        Self(nats.0 * std::f64::consts::LOG2_E)
    }
}

impl From<Bits> for Nats {
    fn from(bits: Bits) -> Self {
        Self(bits.0 * std::f64::consts::LN_2)
    }
}

macro_rules! arithmetic {
    ($($unit:ident),*) => {$(
        impl Add for $unit {
            type Output = Self;
            fn add(self, other: Self) -> Self { Self(self.0 + other.0) }
        }
        impl Sub for $unit {
            type Output = Self;
            fn sub(self, other: Self) -> Self { Self(self.0 - other.0) }
        }
        impl Neg for $unit {
            type Output = Self;
            fn neg(self) -> Self { Self(-self.0) }
        }
        impl Mul<f64> for $unit {
            type Output = Self;
            fn mul(self, times: f64) -> Self { Self(self.0 * times) }
        }
        impl Div<f64> for $unit {
            type Output = Self;
            fn div(self, by: f64) -> Self { Self(self.0 / by) }
        }
        impl Sum for $unit {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self { Self(iter.map(|x| x.0).sum()) }
        }
    )*};
}
arithmetic!(Bits, Nats);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nat_is_one_over_ln_2_bits() {
        assert!((Bits::from(Nats(1.0)).0 - 1.442_695_040_888_963_4).abs() < 1e-15);
        assert!((Nats::from(Bits(1.0)).0 - 0.693_147_180_559_945_3).abs() < 1e-15);
        assert_eq!(Bits::of_uniform(8.0), Bits(3.0));
    }
}
