//! Quantities: what a measured number is, in which unit, and what it bounds.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize, Serializer};

/// A named quantity: what a number is, in which unit, and what it bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Quantity {
    /// Name in JSON and CSV; ends in its unit where it is information.
    pub name: &'static str,
    /// Unit of the value.
    pub unit: Unit,
    /// What the number says of the truth.
    pub bound: Bound,
    /// Whether short tables show it.
    pub headline: bool,
    /// Definition in one line.
    pub definition: &'static str,
}

/// A quantity that over replicates is the ratio of two averages, not an average of ratios.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    /// The quantity.
    pub name: &'static str,
    /// The quantity above.
    pub numerator: &'static str,
    /// The quantity below.
    pub denominator: &'static str,
}

/// What a number says of the quantity that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The quantity itself, on this draw.
    Exact,
    /// In expectation over draws at most the information it stands for.
    Lower,
    /// At least the information it stands for.
    Upper,
    /// In expectation at most zero: a check that nothing leaks.
    Null,
}

/// Unit of a value, in JSON its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A count or another number without a unit.
    One,
    /// Information.
    Bits,
    /// Information over trainable parameters.
    BitsPerParameter,
    /// Information over samples.
    BitsPerSample,
    /// Cosine of an angle.
    Cosine,
    /// A share of a whole.
    Fraction,
    /// The unit of the inputs.
    Inputs,
    /// The unit of the loss.
    Loss,
    /// A probability.
    Probability,
    /// A ratio of two numbers of one unit.
    Ratio,
    /// Samples.
    Samples,
    /// The square of the unit of gradients.
    SquaredGradient,
    /// The square of the unit of places.
    Squares,
    /// The square of the unit of targets, over samples.
    SquaresPerSample,
    /// The unit of targets.
    Targets,
    /// The sum of learning rates.
    Time,
    /// Units of a layer.
    Units,
    /// The unit of the weights.
    Weights,
}

impl Unit {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Bits => "bits",
            Self::BitsPerParameter => "bits/parameter",
            Self::BitsPerSample => "bits/sample",
            Self::Cosine => "cosine",
            Self::Fraction => "fraction",
            Self::Inputs => "inputs",
            Self::Loss => "loss",
            Self::Probability => "probability",
            Self::Ratio => "ratio",
            Self::Samples => "samples",
            Self::SquaredGradient => "squared gradient",
            Self::Squares => "squares",
            Self::SquaresPerSample => "squares/sample",
            Self::Targets => "targets",
            Self::Time => "time",
            Self::Units => "units",
            Self::Weights => "weights",
        }
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl JsonSchema for Unit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Unit".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        String::json_schema(schemas)
    }
}

/// Declares the `QUANTITIES` of an estimator that are themselves, and bound nothing.
macro_rules! exact_quantities {
    ($($name:literal $unit:ident $headline:literal $definition:literal)+) => {
        const QUANTITIES: &[$crate::science::estimator::quantity::Quantity] =
            &[$($crate::science::estimator::quantity::Quantity {
                name: $name,
                unit: $crate::science::estimator::quantity::Unit::$unit,
                bound: $crate::science::estimator::quantity::Bound::Exact,
                headline: $headline,
                definition: $definition,
            },)+];
    };
}
pub(crate) use exact_quantities;
