//! No data at all: what a loss of its own needs.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DataShape, Dataset, Distribution, Ledger, RandomProcess, TargetShape, Targets};
use crate::science::bits::{Bits, Nats};
use crate::science::family::Item;
use crate::science::seed::Stream;

/// Samples that hold nothing, for the network `landscape`. Their number only says how
/// large a batch can be: noise of gradients falls with the batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NoData {
    /// Samples N.
    #[serde(default = "one")]
    #[garde(range(min = 1, max = 10_000_000))]
    pub samples: usize,
}

fn one() -> usize {
    1
}

impl Item for NoData {
    const SUMMARY: &'static str = "no data: for a loss of its own, the network `landscape`";

    fn example() -> Self {
        Self { samples: 1 }
    }
}

impl RandomProcess for NoData {
    fn shape(&self) -> DataShape {
        DataShape { samples: self.samples, inputs: 0, targets: TargetShape::NOTHING }
    }

    fn ledger(&self) -> Ledger {
        Ledger::of_noise(Bits::ZERO)
    }

    fn distribution(&self, _stream: &mut Stream) -> Box<dyn Distribution> {
        Box::new(self.clone())
    }
}

impl Distribution for NoData {
    fn draw(&self, _stream: &mut Stream) -> Dataset {
        let nothing = Array2::zeros((self.samples, 0));
        Dataset { inputs: nothing.clone(), targets: Targets::Reals(nothing) }
    }

    fn prior_cross_entropy(&self, _data: &Dataset) -> Nats {
        Nats(0.0)
    }

    fn bayes_cross_entropy(&self, _data: &Dataset) -> Nats {
        Nats(0.0)
    }
}
