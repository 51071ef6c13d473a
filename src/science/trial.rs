//! A trial: one configuration, one replicate, one report. A pure function.

mod measuring;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::science::bits::{Bits, Nats};
use crate::science::estimator::{Estimator, moment};
use crate::science::invariant::Violation;
use crate::science::kernel::isa::Isa;
use crate::science::network::Network;
use crate::science::regularizer::Regularizer;
use crate::science::seed::{Purpose, Streams};
use crate::science::source::{Dataset, Law, RandomProcess, Source};
use crate::science::training::{Control, Ending, Interrupted, Task, Training};

/// Names the arithmetic: everything that decides the bits of a report. It
/// changes whenever an equal spec may give other bytes.
pub const NUMERIC_PROFILE: &str = "bitgauge-f32-3";

/// Everything that a trial's result depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialSpec {
    /// Where the data comes from.
    pub dataset: Source,
    /// What is trained.
    pub network: Network,
    /// What restricts it.
    pub regularizers: Vec<Regularizer>,
    /// How it is trained.
    pub training: Training,
    /// What is measured.
    pub estimators: Vec<Estimator>,
    /// The job's seed.
    pub seed: u64,
    /// Which independent draw this is.
    pub replicate: u64,
}

/// What came out of a trial. Equal specs give byte-equal reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TrialReport {
    /// Training ended and everything was measured.
    Succeeded(Measured),
    /// The loss or a parameter was no longer finite.
    Diverged(Diverged),
}

impl TrialReport {
    /// Whether an equal spec gives equal bytes again.
    #[must_use]
    pub fn is_reproducible(&self) -> bool {
        match self {
            Self::Succeeded(measured) => measured.reproducible,
            Self::Diverged(diverged) => diverged.reproducible,
        }
    }
}

/// The report of a completed training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// Arithmetic that made the numbers.
    pub numeric_profile: String,
    /// Whether an equal spec gives equal numbers again.
    pub reproducible: bool,
    /// Trainable parameters.
    pub parameters: u64,
    /// Bits of the training draw.
    pub dataset_bits: Bits,
    /// Steps taken.
    pub steps: u64,
    /// Value of each quantity; the catalogue states units and estimators.
    pub measurements: BTreeMap<String, f64>,
}

/// The report of a training that left the finite numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diverged {
    /// Arithmetic that made the numbers.
    pub numeric_profile: String,
    /// Whether an equal spec gives equal numbers again.
    pub reproducible: bool,
    /// Trainable parameters.
    pub parameters: u64,
    /// Bits of the training draw.
    pub dataset_bits: Bits,
    /// Steps taken before the first non-finite number.
    pub step: u64,
    /// Training cross-entropy in bits per sample at the last finite step.
    pub last_finite_loss_bits: Option<Bits>,
}

/// Why a trial has no report.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Unfinished {
    /// It was stopped from outside.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// What was measured cannot be: a fault of the instrument.
    #[error(transparent)]
    Impossible(#[from] Violation),
}

/// Runs a trial on the best instruction set of this machine.
///
/// # Errors
/// [`Unfinished`] when `control` says stop, or when what was measured cannot be.
pub fn run(spec: &TrialSpec, control: &mut dyn Control) -> Result<TrialReport, Unfinished> {
    run_on(Isa::detect(), spec, control)
}

/// Runs a trial on a given instruction set; the report does not depend on it.
///
/// # Errors
/// As [`run`].
pub fn run_on(isa: Isa, spec: &TrialSpec, control: &mut dyn Control) -> Result<TrialReport, Unfinished> {
    let drawn = Drawn::new(isa, spec);
    let task = drawn.task(&drawn.dataset);
    let trained = spec.network.train(&task, control)?;
    let parameters = trained.network.layout().trainable();
    let diverged = |step, last_finite_loss: Option<Nats>| {
        TrialReport::Diverged(Diverged {
            numeric_profile: NUMERIC_PROFILE.to_owned(),
            reproducible: spec.is_reproducible(),
            parameters: parameters as u64,
            dataset_bits: drawn.process.ledger().dataset(),
            step,
            last_finite_loss_bits: last_finite_loss.map(Bits::from),
        })
    };
    let steps = match trained.ending {
        Ending::Completed { steps } => steps,
        Ending::Diverged { step, last_finite_loss } => return Ok(diverged(step, last_finite_loss)),
    };
    let measurements = measuring::measure(&drawn, trained, control)?;
    if measurements.values().any(|value| !value.is_finite()) {
        // finite weights can still overflow on the way to an output
        return Ok(diverged(steps, None));
    }
    Ok(TrialReport::Succeeded(Measured {
        numeric_profile: NUMERIC_PROFILE.to_owned(),
        reproducible: spec.is_reproducible(),
        parameters: parameters as u64,
        dataset_bits: drawn.process.ledger().dataset(),
        steps,
        measurements,
    }))
}

impl TrialSpec {
    fn is_reproducible(&self) -> bool {
        self.training.optimizer.threads().is_none()
    }
}

/// A trial's draws and the plan of its training.
struct Drawn<'a> {
    isa: Isa,
    spec: &'a TrialSpec,
    streams: Streams,
    process: &'a dyn RandomProcess,
    law: Box<dyn Law>,
    dataset: Dataset,
    validation: Option<Dataset>,
    /// Steps before which the parameters are kept for estimators.
    moments: Vec<u64>,
}

impl<'a> Drawn<'a> {
    fn new(isa: Isa, spec: &'a TrialSpec) -> Self {
        let process = spec.dataset.process();
        let streams = Streams { seed: spec.seed, replicate: spec.replicate };
        let law = process.law(&mut streams.stream(Purpose::Rule));
        let draw = |purpose| law.draw(&mut streams.stream(purpose));
        let dataset = draw(Purpose::TrainingData);
        let looks = spec.regularizers.iter().any(|regularizer| regularizer.patience().is_some());
        let validation = looks.then(|| draw(Purpose::ValidationData));
        Self { isa, spec, streams, process, law, dataset, validation, moments: moments(spec) }
    }

    /// The training of the spec on a dataset: the draw or a part of it.
    fn task<'t>(&'t self, dataset: &'t Dataset) -> Task<'t> {
        Task {
            dataset,
            validation: self.validation.as_ref(),
            training: &self.spec.training,
            regularizers: &self.spec.regularizers,
            streams: self.streams,
            isa: self.isa,
            moments: &self.moments,
        }
    }
}

/// The steps before which any estimator needs to know the parameters.
fn moments(spec: &TrialSpec) -> Vec<u64> {
    let shares = spec.estimators.iter().flat_map(Estimator::moments);
    let steps: BTreeSet<u64> = shares.map(|share| moment(*share, spec.training.steps)).collect();
    steps.into_iter().collect()
}
