//! How to train, as it stands in a job spec.

use std::borrow::Cow;

use garde::Validate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::science::initialization::Initialization;
use crate::science::optimizer::Optimizer;

/// Optimizer, learning rate, length and batch size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// How a gradient moves the parameters; adam unless stated.
    #[garde(dive)]
    pub optimizer: Optimizer,
    /// Learning rate at the first step.
    #[garde(range(min = 1e-12, max = 1e6))]
    pub learning_rate: f64,
    /// Where the parameters start; as the network draws them unless stated.
    #[garde(dive)]
    pub initialization: Initialization,
    /// How the learning rate changes over the steps.
    #[garde(skip)]
    pub schedule: Schedule,
    /// Steps of the optimizer.
    #[garde(range(min = 1, max = 1_000_000_000))]
    pub steps: u64,
    /// Samples in each step's gradient.
    #[garde(dive)]
    pub batch_size: BatchSize,
    /// Ends training before its last step once the network holds all its data: the code length of
    /// all targets is at most this share of the bits in the dataset, and none is predicted wrongly.
    /// Every step is taken where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1e-9, max = 0.01))]
    pub stop_when_held: Option<f64>,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            optimizer: Optimizer::default(),
            learning_rate: 0.01,
            initialization: Initialization::default(),
            schedule: Schedule::Cosine,
            steps: 5000,
            batch_size: BatchSize::Full,
            stop_when_held: None,
        }
    }
}

/// How the learning rate changes over the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// The same at every step.
    Constant,
    /// From the learning rate to zero along half a cosine.
    Cosine,
}

/// Samples in each step's gradient: `"full"` or a number. A number above the
/// dataset's size means full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchSize {
    /// The whole dataset.
    Full,
    /// This many, without replacement within an epoch.
    Samples(usize),
}

impl BatchSize {
    /// Samples in a batch of a dataset of `samples`.
    #[must_use]
    pub fn of(self, samples: usize) -> usize {
        match self {
            Self::Full => samples,
            Self::Samples(batch) => batch.min(samples),
        }
    }
}

impl Validate for BatchSize {
    type Context = ();

    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> garde::Path, report: &mut garde::Report) {
        if matches!(self, Self::Samples(0)) {
            report.append(parent(), garde::Error::new("lower than 1"));
        }
    }
}

impl Serialize for BatchSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Full => serializer.serialize_str("full"),
            Self::Samples(batch) => serializer.serialize_u64(*batch as u64),
        }
    }
}

impl<'de> Deserialize<'de> for BatchSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FullOrNumber;
        impl Visitor<'_> for FullOrNumber {
            type Value = BatchSize;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("\"full\" or a positive integer")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<BatchSize, E> {
                match text {
                    "full" => Ok(BatchSize::Full),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<BatchSize, E> {
                usize::try_from(number).map(BatchSize::Samples).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(FullOrNumber)
    }
}

impl JsonSchema for BatchSize {
    fn schema_name() -> Cow<'static, str> {
        "BatchSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Samples in each step's gradient: \"full\" or a number; above the dataset's size it means full.",
            "oneOf": [{"const": "full"}, {"type": "integer", "minimum": 1}]
        })
    }
}
