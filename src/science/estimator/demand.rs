//! Demands: what a rule needs of memory and work beside the evaluations of both draws, told before
//! anything is trained. Knows nothing of how fast a machine is.

use super::Estimator;
use crate::science::data::DataShape;
use crate::science::evaluation::Form;
use crate::science::network::Architecture;
use crate::science::network::footprint::{BYTES, Footprint, count};
use crate::science::regularizer::Regularizer;
use crate::science::training::Training;

/// The trial that an estimator will measure, as far as its demands depend on it.
#[derive(Clone, Copy)]
pub struct Scale<'a> {
    /// Shape of a draw.
    pub data: DataShape,
    /// The network.
    pub architecture: &'a dyn Architecture,
    /// What restricts it.
    pub regularizers: &'a [Regularizer],
    /// How it is trained.
    pub training: &'a Training,
    /// What the network holds and computes.
    pub footprint: Footprint,
    /// Bytes of a draw.
    pub draw: f64,
    /// Bytes of a training of its own beside the trial's, its network included.
    pub further: f64,
}

/// Memory and work.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Demand {
    /// Bytes that live only while it measures.
    pub passing: f64,
    /// Bytes that it keeps until everything is measured.
    pub kept: f64,
    /// Samples that the network is asked of.
    pub evaluations: f64,
    /// Trainings of the trial's kind.
    pub trainings: f64,
    /// Gradients of single samples.
    pub gradients: f64,
    /// Times that a code length of every sample of a draw is computed from outputs.
    pub codes: f64,
    /// Times that the distribution is asked for the probability of every sample of a draw.
    pub judgments: f64,
    /// Plain operations.
    pub operations: f64,
}

/// Passes over the outputs that a fit of one number takes, and one of two or three.
pub const FIT: f64 = 30.0;
/// The same of two numbers or three.
pub const FITS: f64 = 20.0;

impl Scale<'_> {
    /// Samples of a draw.
    #[must_use]
    pub fn samples(&self) -> f64 {
        count(self.data.samples)
    }

    /// Samples that are evaluated with a single pass each, in evaluations.
    #[must_use]
    pub fn once(&self, samples: f64) -> f64 {
        samples / self.footprint.repeats.max(1.0)
    }

    /// Bytes of what the network says of a draw.
    #[must_use]
    pub fn outputs(&self) -> f64 {
        BYTES * (self.footprint.outputs * self.samples() + self.footprint.said)
    }

    /// Bytes that live while a draw is evaluated, what the network says of it included.
    #[must_use]
    pub fn evaluated(&self) -> f64 {
        self.outputs() + BYTES * self.footprint.reading * self.samples()
    }

    /// Bytes of the parameters.
    #[must_use]
    pub fn parameters(&self) -> f64 {
        BYTES * self.footprint.parameters
    }

    /// Whether the layer that estimators are told of has noise.
    #[must_use]
    pub fn has_noisy_layer(&self) -> bool {
        let is_coded = self.architecture.form(&self.data) == Form::CodeLengths;
        is_coded || self.regularizers.iter().any(|regularizer| regularizer.site().is_some())
    }

    /// Samples in each batch.
    #[must_use]
    pub fn batch(&self) -> f64 {
        count(self.training.batch_size.of(self.data.samples))
    }
}

/// The demands of all estimators together: they measure one after the other.
#[must_use]
pub fn of_all(estimators: &[Estimator], scale: &Scale) -> Demand {
    let each = estimators.iter().map(|estimator| estimator.demand(scale));
    each.fold(Demand::default(), |all, one| Demand {
        passing: all.passing.max(one.passing),
        kept: all.kept + one.kept,
        evaluations: all.evaluations + one.evaluations,
        trainings: all.trainings + one.trainings,
        gradients: all.gradients + one.gradients,
        codes: all.codes + one.codes,
        judgments: all.judgments + one.judgments,
        operations: all.operations + one.operations,
    })
}
