//! Training: the one loop that every network goes through.
//!
//! A step allocates nothing and dispatches nothing dynamically; between steps
//! the caller may stop it. Knows neither clock nor threads.

mod checkpoint;
mod hogwild;
mod noise;
mod sampler;
pub mod schedule;
pub mod spec;
mod state;
mod watch;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::science::bits::Nats;
use crate::science::kernel::isa::Isa;
use crate::science::network::Readout;
use crate::science::network::model::Model;
use crate::science::regularizer::{Binary, Regularizer};
use crate::science::seed::{Purpose, Streams};
use crate::science::source::Dataset;
pub use checkpoint::Unusable;
pub use spec::{BatchSize, Schedule, Training};
use state::State;

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
    /// Steps before which the parameters are kept, rising.
    pub moments: &'a [u64],
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

    /// What any regularizer makes binary.
    #[must_use]
    pub fn binary(&self) -> Binary {
        let all = self.regularizers.iter().filter_map(Regularizer::binary);
        all.fold(Binary::default(), |a, b| Binary {
            weights: a.weights || b.weights,
            activations: a.activations || b.activations,
        })
    }
}

/// Whoever runs a training may watch it and stop it between steps.
pub trait Control {
    /// Told how many of all steps are done, at least every millisecond or so
    /// of training; `Break` stops it. `save` makes a checkpoint of this moment,
    /// from which [`Control::resume`] may let another run go on.
    fn step(&mut self, done: u64, of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()>;

    /// A checkpoint of the same training to go on from. Asked once, at the start.
    fn resume(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// Training begins, after everything was drawn and planned.
    fn began(&mut self) {}

    /// Training ended; what follows is measuring.
    fn ended(&mut self) {}

    /// What became of the checkpoint: the steps that were spared, or why training
    /// starts anew.
    fn resumed(&mut self, _outcome: Result<u64, Unusable>) {}
}

/// A control that never stops.
impl Control for () {
    fn step(&mut self, _done: u64, _of: u64, _save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
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
    /// Parameters at the task's moments, as far as training came.
    pub snapshots: Vec<Snapshot>,
}

/// The parameters at one moment of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Steps taken by then.
    pub taken: u64,
    /// All numbers [p].
    pub parameters: Vec<f32>,
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

/// Trains a network on `task` from fresh initial weights, or from the control's
/// checkpoint. `build` makes the running form.
///
/// # Errors
/// [`Interrupted`] when `control` says stop.
pub fn run<M: Model<f32> + Send + 'static>(
    build: impl Fn() -> M + Sync,
    task: &Task,
    control: &mut dyn Control,
) -> Result<Trained, Interrupted> {
    let mut model = build();
    let mut parameters = vec![0.0f32; model.layout().len()];
    model.initialize(&mut task.streams.stream(Purpose::InitialWeights), &mut parameters);
    task.training.initialization.change(model.layout(), &mut parameters);
    if let Some(threads) = task.training.optimizer.threads() {
        control.began();
        let trained = hogwild::run(build, threads, task, parameters, control);
        control.ended();
        return trained;
    }
    let mut state = State::new(task, parameters);
    if let Some(bytes) = control.resume() {
        control.resumed(checkpoint::restore(&bytes, &mut state, &mut model));
    }
    control.began();
    let steps = steps_of(&mut state, &mut model, task, control);
    control.ended();
    steps?;
    let ending = state.ending();
    let snapshots = std::mem::take(&mut state.snapshots);
    Ok(Trained { network: Box::new(model), parameters: state.into_parameters(), ending, snapshots })
}

/// All steps that are left.
fn steps_of<M: Model<f32>>(
    state: &mut State,
    model: &mut M,
    task: &Task,
    control: &mut dyn Control,
) -> Result<(), Interrupted> {
    let steps = task.training.steps;
    let look_every = steps_between_looks(task, state.parameters.len());
    while state.taken < steps {
        if state.taken.is_multiple_of(look_every) {
            let save = || Some(checkpoint::save(state, model));
            if control.step(state.taken, steps, &save).is_break() {
                return Err(Interrupted);
            }
        }
        state.keep();
        if state.step(model).is_break() {
            break;
        }
    }
    Ok(())
}

fn steps_between_looks(task: &Task, parameters: usize) -> u64 {
    let work = 6 * parameters * task.batch();
    (WORK_BETWEEN_LOOKS / work.max(1)).clamp(1, 1024) as u64
}
