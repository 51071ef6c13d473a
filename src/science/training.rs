//! Training: the one loop that every network goes through.
//!
//! A step allocates nothing, and nothing inside a pass is dispatched dynamically;
//! between steps the caller may stop it. Knows no clock, and no threads but those of
//! `hogwild`.

mod checkpoint;
pub mod control;
mod held;
mod hogwild;
mod sampler;
pub mod schedule;
pub mod spec;
mod state;
pub mod task;
#[cfg(test)]
mod tests;
pub mod trained;
mod watch;

use crate::science::data::Dataset;
use crate::science::network::model::Model;
use crate::science::network::{Build, Network, Plan, Readout, Visitor};
use crate::science::seed::Purpose;
pub use control::{Control, Interrupted, Unusable};
pub use spec::{BatchSize, Schedule, Training};
use state::State;
pub use task::Task;
pub use trained::{Ending, Snapshot, Trained};

/// Trains a network from fresh initial weights, or from the control's checkpoint.
///
/// # Errors
/// [`Interrupted`] when `control` says stop.
pub fn train(network: &Network, task: &Task, control: &mut dyn Control) -> Result<Trained, Interrupted> {
    network.accept(Run { task, control })
}

/// A network of a task with gradients on other samples of the same shape, one at a time: what
/// is fitted to data stays fitted to the task's own.
#[must_use]
pub fn on_samples(network: &Network, task: &Task, samples: &Dataset) -> Box<dyn Readout> {
    network.accept(Untrained(Plan { dataset: samples, batch: 1, ..task.plan() }))
}

struct Untrained<'a>(Plan<'a>);

impl Visitor for Untrained<'_> {
    type Output = Box<dyn Readout>;

    fn visit(self, network: &(impl Build + Sync)) -> Self::Output {
        Box::new(network.build::<f32>(&self.0))
    }
}

/// The one training loop, compiled for each kind of network.
struct Run<'a> {
    task: &'a Task<'a>,
    control: &'a mut dyn Control,
}

impl Visitor for Run<'_> {
    type Output = Result<Trained, Interrupted>;

    fn visit(self, network: &(impl Build + Sync)) -> Self::Output {
        run(|| network.build::<f32>(&self.task.plan()), self.task, self.control)
    }
}

fn run<M: Model<f32> + Send + 'static>(
    build: impl Fn() -> M + Sync,
    task: &Task,
    control: &mut dyn Control,
) -> Result<Trained, Interrupted> {
    let mut model = build();
    let mut parameters = vec![0.0f32; model.layout().len()];
    model.initialize(&mut task.streams.stream(Purpose::InitialWeights), &mut parameters);
    task.training.initialization.change(model.layout(), &mut parameters);
    model.layout().clear_unread(&mut parameters);
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
    let parameters = state.into_parameters(&mut model);
    Ok(Trained { network: Box::new(model), parameters, ending, snapshots })
}

/// All steps that are left.
fn steps_of<M: Model<f32>>(
    state: &mut State,
    model: &mut M,
    task: &Task,
    control: &mut dyn Control,
) -> Result<(), Interrupted> {
    let steps = task.training.steps;
    let look_every = task.steps_between_looks(state.parameters.len());
    while state.taken < steps {
        if state.taken.is_multiple_of(look_every) {
            let save = || Some(checkpoint::save(state, model));
            if control.step(state.taken, steps, &save).is_break() {
                return Err(Interrupted);
            }
        }
        state.keep(model);
        if state.step(model).is_break() {
            break;
        }
    }
    Ok(())
}
