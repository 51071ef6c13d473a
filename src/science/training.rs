//! Training: the one loop that every network goes through.
//!
//! A step allocates nothing and dispatches nothing dynamically; between steps
//! the caller may stop it. Knows neither clock nor threads.

mod sampler;
pub mod schedule;
pub mod spec;

use std::ops::ControlFlow;

use crate::science::bits::Nats;
use crate::science::evaluation::Evaluation;
use crate::science::kernel::isa::Isa;
use crate::science::network::Readout;
use crate::science::network::layout::Layout;
use crate::science::network::model::{Batch, Model, Noise};
use crate::science::optimizer::Step;
use crate::science::regularizer::{Patience, Regularizer};
use crate::science::seed::{Purpose, Stream, Streams};
use crate::science::source::Dataset;
use sampler::Sampler;
pub use spec::{BatchSize, Schedule, Training};

/// Everything a network needs to be trained.
#[derive(Debug)]
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
}

impl Task<'_> {
    /// Samples in each batch.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.training.batch_size.of(self.dataset.len())
    }

    /// Share of the targets moved to the uniform distribution by all
    /// regularizers together.
    #[must_use]
    pub fn label_smoothing(&self) -> f64 {
        1.0 - self.regularizers.iter().map(|r| 1.0 - r.label_smoothing()).product::<f64>()
    }
}

/// Whoever runs a training may watch it and stop it between steps.
pub trait Control {
    /// Told how many of all steps are done, at least every millisecond or so
    /// of training; `Break` stops it.
    fn step(&mut self, done: u64, of: u64) -> ControlFlow<()>;
}

/// A control that never stops.
impl Control for () {
    fn step(&mut self, _done: u64, _of: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Training was stopped from outside; nothing was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("training was interrupted")]
pub struct Interrupted;

/// A network after training.
pub struct Trained {
    /// The running form, for evaluation.
    pub network: Box<dyn Readout>,
    /// Final parameters, or the best ones under early stopping.
    pub parameters: Vec<f32>,
    /// How training ended.
    pub ending: Ending,
}

/// How a training ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ending {
    /// All steps were taken, or a regularizer stopped it.
    Completed {
        /// Steps taken.
        steps: u64,
    },
    /// The loss or a parameter was no longer finite.
    Diverged {
        /// Steps taken before the first non-finite loss.
        step: u64,
        /// The last finite training loss, nats per sample.
        last_finite_loss: Option<Nats>,
    },
}

/// Floating-point work between two looks at [`Control`].
const WORK_BETWEEN_LOOKS: usize = 4_000_000;

/// Trains `model` on `task` from fresh initial weights.
///
/// # Errors
/// [`Interrupted`] when `control` says stop.
pub fn run<M: Model<f32> + 'static>(
    mut model: M,
    task: &Task,
    control: &mut dyn Control,
) -> Result<Trained, Interrupted> {
    let training = task.training;
    let mut parameters = vec![0.0f32; model.layout().len()];
    model.initialize(&mut task.streams.stream(Purpose::InitialWeights), &mut parameters);
    let mut gradients = vec![0.0f32; parameters.len()];
    let mut slots = vec![vec![0.0f32; parameters.len()]; training.optimizer.slots()];
    let mut noise = RegularizerNoise::new(task);
    let batch = task.batch();
    let mut sampler = (batch < task.dataset.len())
        .then(|| Sampler::new(task.dataset.len(), batch, task.streams.stream(Purpose::Minibatches)));
    let mut watch = Watch::new(task);
    let look_every = (WORK_BETWEEN_LOOKS / (6 * parameters.len() * batch).max(1)).clamp(1, 1024) as u64;

    let mut last_finite_loss = None;
    let mut taken = 0;
    while taken < training.steps {
        if taken % look_every == 0 && control.step(taken, training.steps).is_break() {
            return Err(Interrupted);
        }
        let rows = sampler.as_mut().map_or(Batch::All, |sampler| Batch::Rows(sampler.next()));
        let loss = model.gradient(&parameters, rows, &mut noise, &mut gradients);
        if !loss.is_finite() {
            let ending = Ending::Diverged { step: taken, last_finite_loss };
            return Ok(Trained { network: Box::new(model), parameters, ending });
        }
        last_finite_loss = Some(Nats(f64::from(loss)));
        add_penalties(task.regularizers, model.layout(), &parameters, &mut gradients);
        let learning_rate = schedule::learning_rate(training, taken);
        let step = Step { isa: task.isa, taken, learning_rate };
        training.optimizer.update(step, &mut parameters, &gradients, &mut slots);
        taken += 1;
        if let Some(watch) = &mut watch
            && watch.is_due(taken)
            && watch.look(&mut model, &parameters).is_break()
        {
            break;
        }
    }
    let finite = parameters.iter().all(|w| w.is_finite());
    let ending = if finite {
        Ending::Completed { steps: taken }
    } else {
        Ending::Diverged { step: taken, last_finite_loss }
    };
    if let Some(best) = watch.and_then(Watch::best) {
        parameters = best;
    }
    Ok(Trained { network: Box::new(model), parameters, ending })
}

fn add_penalties(regularizers: &[Regularizer], layout: &Layout, parameters: &[f32], gradients: &mut [f32]) {
    for regularizer in regularizers {
        regularizer.gradient(layout, parameters, gradients);
    }
}

/// The noise of all regularizers together, each from its own stream.
struct RegularizerNoise<'a> {
    acting: Vec<(&'a Regularizer, Stream)>,
    scratch: Vec<f32>,
}

impl<'a> RegularizerNoise<'a> {
    fn new(task: &Task<'a>) -> Self {
        let acting = task
            .regularizers
            .iter()
            .enumerate()
            .filter(|(_, regularizer)| regularizer.acts_on_hidden())
            .map(|(place, regularizer)| (regularizer, task.streams.stream(Purpose::Regularizer(place))))
            .collect();
        Self { acting, scratch: Vec::new() }
    }
}

impl Noise<f32> for RegularizerNoise<'_> {
    fn is_silent(&self) -> bool {
        self.acting.is_empty()
    }

    fn hidden(&mut self, _layer: usize, factors: &mut [f32]) -> bool {
        let Some(((first, stream), others)) = self.acting.split_first_mut() else {
            return false;
        };
        first.hidden(stream, factors);
        // grows on the first step only: later layers and steps reuse it
        self.scratch.resize(self.scratch.len().max(if others.is_empty() { 0 } else { factors.len() }), 0.0);
        for (regularizer, stream) in others {
            let more = &mut self.scratch[..factors.len()];
            regularizer.hidden(stream, more);
            factors.iter_mut().zip(more).for_each(|(factor, other)| *factor *= *other);
        }
        true
    }
}

/// Early stopping: watches the validation draw and keeps the best parameters.
struct Watch<'a> {
    validation: &'a Dataset,
    patience: Patience,
    best: Option<(f64, Vec<f32>)>,
    looks_without_best: u32,
}

impl<'a> Watch<'a> {
    /// The strictest rule among the regularizers, if any has one.
    fn new(task: &Task<'a>) -> Option<Self> {
        let patience = task.regularizers.iter().filter_map(Regularizer::patience);
        let patience = patience.min_by_key(|p| p.interval.saturating_mul(u64::from(p.looks)))?;
        let validation = task.validation.expect("a validation draw is made when a regularizer looks at one");
        Some(Self { validation, patience, best: None, looks_without_best: 0 })
    }

    fn is_due(&self, taken: u64) -> bool {
        taken.is_multiple_of(self.patience.interval)
    }

    fn look<M: Model<f32>>(&mut self, model: &mut M, parameters: &[f32]) -> ControlFlow<()> {
        let outputs = Readout::outputs(model, parameters, self.validation.inputs.view());
        let loss = Evaluation::new(outputs, &self.validation.targets).cross_entropy().0;
        let improved = self.best.as_ref().is_none_or(|(best, _)| loss < *best);
        if improved && loss.is_finite() {
            self.best = Some((loss, parameters.to_vec()));
            self.looks_without_best = 0;
        } else {
            self.looks_without_best += 1;
        }
        if self.looks_without_best >= self.patience.looks {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn best(self) -> Option<Vec<f32>> {
        self.best.map(|(_, parameters)| parameters)
    }
}
