//! What a trial draws before it trains.

use std::collections::BTreeSet;

use super::spec::TrialSpec;
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
        }
    }
}

/// The steps before which any estimator needs to know the parameters.
fn snapshots(spec: &TrialSpec) -> Vec<u64> {
    let shares = spec.estimators.iter().flat_map(|estimator| estimator.snapshots());
    let steps: BTreeSet<u64> = shares.map(|share| snapshot_step(*share, spec.training.steps)).collect();
    steps.into_iter().collect()
}
