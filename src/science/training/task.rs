//! Tasks: what a network is trained on, how, and under which restrictions.

use super::spec::Training;
use crate::science::bits::Nats;
use crate::science::data::Dataset;
use crate::science::injection::RateRule;
use crate::science::kernel::isa::Isa;
use crate::science::network::Plan;
use crate::science::regularizer::{self, Regularizer};
use crate::science::seed::Streams;

/// Floating-point work between two looks at [`Control`].
const WORK_BETWEEN_LOOKS: usize = 4_000_000;

/// Everything that a training needs beside the network.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The training draw.
    pub dataset: &'a Dataset,
    /// An independent draw, present when a regularizer looks at one.
    pub validation: Option<&'a Dataset>,
    /// How to train.
    pub training: &'a Training,
    /// What restricts information.
    pub regularizers: &'a [Regularizer],
    /// The trial's randomness.
    pub streams: Streams,
    /// Instruction set; never changes a bit of the result.
    pub isa: Isa,
    /// Steps before which the parameters are kept, rising.
    pub snapshots: &'a [u64],
    /// Code length of all targets at which training ends early, where the spec asks for that.
    pub held: Option<Nats>,
}

impl<'a> Task<'a> {
    /// Samples in each batch.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.training.batch_size.of(self.dataset.len())
    }

    /// What the network is built for.
    #[must_use]
    pub fn plan(&self) -> Plan<'a> {
        Plan {
            dataset: self.dataset,
            fitted: self.dataset,
            batch: self.batch(),
            label_smoothing: self.label_smoothing(),
            binary: regularizer::binary(self.regularizers),
            rate: self.regularizers.iter().find_map(|r| r.rate()).unwrap_or(RateRule::Weighted(1.0)),
            streams: self.streams,
            isa: self.isa,
        }
    }

    /// Steps of a network of so many parameters between two looks at the control.
    pub(super) fn steps_between_looks(&self, parameters: usize) -> u64 {
        let work = 6 * parameters * self.batch();
        (WORK_BETWEEN_LOOKS / work.max(1)).clamp(1, 1024) as u64
    }

    /// Share of the targets moved to the uniform distribution by all regularizers
    /// together.
    fn label_smoothing(&self) -> f64 {
        1.0 - self.regularizers.iter().map(|r| 1.0 - r.label_smoothing()).product::<f64>()
    }
}
