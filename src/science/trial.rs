//! A trial: one configuration, one replicate, one report. A pure function.

use std::cell::RefCell;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::science::bits::{Bits, Nats};
use crate::science::estimator::{Estimator, Reads, Subject, Weights};
use crate::science::evaluation::Evaluation;
use crate::science::invariant::{self, Violation};
use crate::science::kernel::isa::Isa;
use crate::science::network::{Likelihood, Network};
use crate::science::regularizer::Regularizer;
use crate::science::seed::{Purpose, Streams};
use crate::science::source::{Dataset, Source};
use crate::science::training::{Control, Ending, Interrupted, Task, Training};

/// Names the arithmetic: everything that decides the bits of a report. It
/// changes whenever an equal spec may give other bytes.
pub const NUMERIC_PROFILE: &str = "bitgauge-f32-2";

/// Everything that a trial's result depends on.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    let process = spec.dataset.process();
    let streams = Streams { seed: spec.seed, replicate: spec.replicate };
    let law = process.law(&mut streams.stream(Purpose::Rule));
    let draw = |purpose| law.draw(&mut streams.stream(purpose));
    let dataset = draw(Purpose::TrainingData);
    let looks = spec.regularizers.iter().any(|regularizer| regularizer.patience().is_some());
    let validation = looks.then(|| draw(Purpose::ValidationData));
    let task = Task {
        dataset: &dataset,
        validation: validation.as_ref(),
        training: &spec.training,
        regularizers: &spec.regularizers,
        streams,
        isa,
    };
    let trained = spec.network.train(&task, control)?;
    let layout = trained.network.layout().clone();
    let parameters = layout.trainable();
    let dataset_bits = process.ledger().dataset();
    let numeric_profile = NUMERIC_PROFILE.to_owned();
    let reproducible = spec.training.optimizer.threads().is_none();
    let steps = match trained.ending {
        Ending::Completed { steps } => steps,
        Ending::Diverged { step, last_finite_loss } => {
            return Ok(TrialReport::Diverged(Diverged {
                numeric_profile,
                reproducible,
                parameters: parameters as u64,
                dataset_bits,
                step,
                last_finite_loss_bits: last_finite_loss.map(|loss: Nats| Bits::from(loss)),
            }));
        }
    };
    let held_out = draw(Purpose::HeldOutData);
    let network = RefCell::new(trained.network);
    let predict = |weights: &[f32], data: &Dataset| network.borrow_mut().predict(weights, data);
    let evaluate = |weights: &[f32]| Evaluation::new(predict(weights, &dataset), &dataset.targets);
    let subject = Subject {
        law: &*law,
        ledger: process.ledger(),
        dataset: &dataset,
        held_out_dataset: &held_out,
        parameters,
        train: evaluate(&trained.parameters),
        held_out: Evaluation::new(predict(&trained.parameters, &held_out), &held_out.targets),
        weights: Some(Weights { layout: &layout, values: &trained.parameters, evaluate: &evaluate }),
    };
    // what saw what it predicts says nothing of its probability: no bits come from it
    let has_likelihood = spec.network.architecture().likelihood() != Likelihood::None;
    let may = |estimator: &&Estimator| has_likelihood || estimator.reads() == Reads::Outputs;
    let measured = spec.estimators.iter().filter(may).flat_map(|estimator| estimator.measure(&subject));
    let measurements: BTreeMap<String, f64> =
        measured.map(|(name, value)| (name.to_owned(), value)).collect();
    if measurements.values().any(|value| !value.is_finite()) {
        // finite weights can still overflow on the way to an output
        return Ok(TrialReport::Diverged(Diverged {
            numeric_profile,
            reproducible,
            parameters: parameters as u64,
            dataset_bits,
            step: steps,
            last_finite_loss_bits: None,
        }));
    }
    if has_likelihood {
        invariant::check(&subject)?;
    }
    Ok(TrialReport::Succeeded(Measured {
        numeric_profile,
        reproducible,
        parameters: parameters as u64,
        dataset_bits,
        steps,
        measurements,
    }))
}
