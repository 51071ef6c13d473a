//! The ledger of a draw: how many bits it holds and of which sort.

use schemars::JsonSchema;
use serde::Serialize;

use crate::science::bits::Bits;

/// The information content of a draw given its inputs, in closed form of the
/// law: `dataset = structure + noise`.
///
/// The statement is about the law and an observer who cannot invert the random
/// generator; a generator seeded with 64 bits holds no more than 64.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Ledger {
    /// Bits that a rule shared by all samples accounts for.
    #[serde(rename = "structure_bits")]
    pub structure: Bits,
    /// Bits that no rule can predict and only memory can hold.
    #[serde(rename = "noise_bits")]
    pub noise: Bits,
}

impl Ledger {
    /// All bits of the draw.
    #[must_use]
    pub fn dataset(&self) -> Bits {
        self.structure + self.noise
    }
}
