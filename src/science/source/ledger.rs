//! The ledger of a draw: how many bits it holds and of which sort.

#[cfg(test)]
pub(crate) mod check;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::science::bits::Bits;

/// The information content of a draw given its inputs, in closed form of the
/// law: `dataset = structure + noise`.
///
/// `dataset` is the mean code length of the draw to an observer who knows the law
/// of one sample but no rule behind it; `noise` that to an observer who knows the
/// rule too. The entropy of the draw is therefore at most `noise + rule`, where
/// the rule has so few bits. Of real numbers the bits are those of the stated
/// distortion (the rate-distortion function), never a differential entropy.
///
/// The statement is about the law and an observer who cannot invert the random
/// generator; a generator seeded with 64 bits holds no more than 64.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ledger {
    /// Bits that a rule shared by all samples accounts for.
    #[serde(rename = "structure_bits")]
    pub structure: Bits,
    /// Bits that no rule can predict and only memory can hold.
    #[serde(rename = "noise_bits")]
    pub noise: Bits,
    /// Bits of the rule itself, once; absent where rules are a continuum.
    #[serde(rename = "rule_bits")]
    pub rule: Option<Bits>,
}

impl Ledger {
    /// A draw without any rule.
    #[must_use]
    pub fn of_noise(noise: Bits) -> Self {
        Self { structure: Bits::ZERO, noise, rule: Some(Bits::ZERO) }
    }

    /// All bits of the draw.
    #[must_use]
    pub fn dataset(&self) -> Bits {
        self.structure + self.noise
    }
}
