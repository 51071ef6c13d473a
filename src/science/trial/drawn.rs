//! What a trial draws before it trains.

use std::collections::BTreeSet;

use super::spec::TrialSpec;
use crate::science::bits::Nats;
use crate::science::data::Dataset;
use crate::science::estimator::snapshot_step;
use crate::science::kernel::isa::Isa;
use crate::science::seed::{Purpose, Streams};
use crate::science::source::{Distribution, RandomProcess};
use crate::science::training::Task;

/// A trial's draws and the plan of its training.
pub(super) struct Drawn<'a> {
    pub(super) isa: Isa,
    pub(super) spec: &'a TrialSpec,
    pub(super) streams: Streams,
    pub(super) process: &'a dyn RandomProcess,
    pub(super) distribution: Box<dyn Distribution>,
    pub(super) dataset: Dataset,
    pub(super) validation: Option<Dataset>,
    /// Steps before which the parameters are kept for estimators.
    snapshots: Vec<u64>,
}

impl<'a> Drawn<'a> {
    pub(super) fn new(isa: Isa, spec: &'a TrialSpec) -> Self {
        let process = spec.dataset.process();
        let streams = Streams { seed: spec.seed, replicate: spec.replicate };
        let distribution = process.distribution(&mut streams.stream(Purpose::Rule));
        let draw = |purpose| distribution.draw(&mut streams.stream(purpose));
        let dataset = draw(Purpose::TrainingData);
        let looks = spec.regularizers.iter().any(|regularizer| regularizer.patience().is_some());
        let validation = looks.then(|| draw(Purpose::ValidationData));
        Self { isa, spec, streams, process, distribution, dataset, validation, snapshots: snapshots(spec) }
    }

    /// What the spec calls a dataset of so many samples that is held, as the code length of its
    /// targets.
    #[expect(clippy::cast_precision_loss, reason = "samples are far below 2^53")]
    fn held(&self, samples: usize) -> Option<Nats> {
        let share = samples as f64 / self.dataset.len() as f64;
        let bits = self.process.ledger().dataset() * share;
        Some(Nats::from(bits * self.spec.training.stop_when_held?))
    }

    /// The training of the spec on a dataset: the draw or a part of it.
    pub(super) fn task<'t>(&'t self, dataset: &'t Dataset) -> Task<'t> {
        Task {
            dataset,
            validation: self.validation.as_ref(),
            training: &self.spec.training,
            regularizers: &self.spec.regularizers,
            streams: self.streams,
            isa: self.isa,
            snapshots: &self.snapshots,
            held: self.held(dataset.len()),
        }
    }
}

/// The steps before which any estimator needs to know the parameters.
fn snapshots(spec: &TrialSpec) -> Vec<u64> {
    let shares = spec.estimators.iter().flat_map(|estimator| estimator.snapshots());
    let steps: BTreeSet<u64> = shares.map(|share| snapshot_step(*share, spec.training.steps)).collect();
    steps.into_iter().collect()
}
