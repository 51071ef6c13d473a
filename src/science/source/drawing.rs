//! What drawing from a source takes beside the draw itself, counted without drawing. Knows nothing of
//! how fast a machine is.

use crate::science::data::{DataShape, TargetShape};
use crate::science::network::footprint::{BYTES, count};

/// Memory and work of a source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawing {
    /// Bytes of the rule behind the samples.
    pub rule: f64,
    /// Bytes that live only while a draw is made, beside the draw.
    pub scratch: f64,
    /// Plain operations of drawing a sample.
    pub sample: f64,
    /// Plain operations of stating the probability of a sample to whoever knows the rule.
    pub judgment: f64,
}

/// Plain operations of a normal number.
pub const NORMAL: f64 = 40.0;
/// Plain operations of a number drawn from a list.
const CHOSEN: f64 = 10.0;
/// Plain operations of a logarithm.
pub const LOGARITHM: f64 = 20.0;

impl Drawing {
    /// Of independent numbers without a rule: normal inputs and reals, uniform symbols.
    #[must_use]
    pub fn of(data: &DataShape) -> Self {
        let targets = match data.targets {
            TargetShape::Symbols { length, .. } => CHOSEN * count(length),
            TargetShape::Reals { dimensions } => NORMAL * count(dimensions),
        };
        let judgment = match data.targets {
            TargetShape::Symbols { .. } => 0.0,
            TargetShape::Reals { dimensions } => LOGARITHM * count(dimensions),
        };
        Self { rule: 0.0, scratch: 0.0, sample: NORMAL * count(data.inputs) + targets, judgment }
    }
}

/// Bytes of a draw of this shape.
#[must_use]
pub fn bytes(data: &DataShape) -> f64 {
    BYTES * count(data.samples) * (count(data.inputs) + count(data.targets.width()))
}

/// Bytes of so many strings of this length, each in a list of its own.
#[must_use]
pub fn lists(strings: usize, length: usize) -> f64 {
    count(strings) * (40.0 + BYTES * count(length))
}
