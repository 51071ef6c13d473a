//! Threads that train on shared parameters without locks (Niu et al. 2011). The
//! one place in the science layer with threads, and the one kind of training
//! that cannot be repeated.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use super::control::{Control, Interrupted};
use super::state::State;
use super::task::Task;
use super::trained::{Ending, Snapshot, Trained};
use crate::science::bits::Nats;
use crate::science::interrupt::{self, interruptible};
use crate::science::network::model::Model;

/// What the threads share. Numbers are read and written one by one without any
/// order between them: that is what is studied here.
struct Shared {
    parameters: Vec<AtomicU32>,
    taken: AtomicU64,
    is_over: AtomicBool,
    is_finite: AtomicBool,
}

impl Shared {
    fn read(&self, parameters: &mut [f32]) {
        for (own, shared) in parameters.iter_mut().zip(&self.parameters) {
            *own = f32::from_bits(shared.load(Ordering::Relaxed));
        }
    }

    /// Adds what one step changed, number by number; an update of another thread
    /// between reading and writing is lost.
    fn add(&self, before: &[f32], after: &[f32]) {
        for ((shared, before), after) in self.parameters.iter().zip(before).zip(after) {
            let now = f32::from_bits(shared.load(Ordering::Relaxed));
            shared.store((now + (after - before)).to_bits(), Ordering::Relaxed);
        }
    }
}

/// One thread's own part.
struct Worker<'a, M> {
    model: M,
    state: State<'a>,
    before: Vec<f32>,
}

impl<M: Model<f32>> Worker<'_, M> {
    /// One step of this thread; `Break` when there is none left.
    fn step(&mut self, shared: &Shared) -> ControlFlow<()> {
        let taken = shared.taken.fetch_add(1, Ordering::Relaxed);
        if taken >= self.state.steps() || shared.is_over.load(Ordering::Relaxed) {
            shared.taken.fetch_sub(1, Ordering::Relaxed);
            return ControlFlow::Break(());
        }
        shared.read(&mut self.state.parameters);
        self.before.copy_from_slice(&self.state.parameters);
        self.state.taken = taken;
        if self.state.gradient(&mut self.model).is_break() {
            shared.is_finite.store(false, Ordering::Relaxed);
            shared.is_over.store(true, Ordering::Relaxed);
            return ControlFlow::Break(());
        }
        self.state.update(self.model.layout());
        shared.add(&self.before, &self.state.parameters);
        ControlFlow::Continue(())
    }
}

/// Trains with `threads` threads, this one among them.
pub(super) fn run<M: Model<f32> + Send + 'static>(
    build: impl Fn() -> M + Sync,
    threads: usize,
    task: &Task,
    parameters: Vec<f32>,
    control: &mut dyn Control,
) -> Result<Trained, Interrupted> {
    let steps = task.training.steps;
    let shared = Shared {
        parameters: parameters.iter().map(|w| AtomicU32::new(w.to_bits())).collect(),
        taken: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
        is_finite: AtomicBool::new(true),
    };
    let worker = |thread: u64| Worker {
        model: build(),
        state: State::with_streams(task, task.streams.of_thread(thread), parameters.clone()),
        before: parameters.clone(),
    };
    let look_every = task.steps_between_looks(parameters.len());
    let mut own = worker(0);
    // later snapshots are nobody's: threads read while others write
    let first = task.snapshots.first().filter(|step| **step == 0);
    let start = |_| Snapshot { taken: 0, parameters: parameters.clone(), adapted: own.model.adapted() };
    let snapshots = first.map(start).into_iter().collect();
    let flag = interrupt::current().unwrap_or_default();
    let stopped = std::thread::scope(|scope| {
        for thread in 1..threads as u64 {
            let (shared, worker, flag) = (&shared, &worker, flag.clone());
            scope.spawn(move || {
                let train = || {
                    let mut worker = worker(thread);
                    while worker.step(shared).is_continue() {}
                };
                // this thread's own part looks at the same flag, and ends the training
                let _ = interruptible(&flag, train);
            });
        }
        for step in 0.. {
            let done = shared.taken.load(Ordering::Relaxed).min(steps);
            if step % look_every == 0 && control.step(done, steps, &|| None).is_break() {
                shared.is_over.store(true, Ordering::Relaxed);
                return true;
            }
            if own.step(&shared).is_break() {
                return false;
            }
        }
        false
    });
    if stopped {
        return Err(Interrupted);
    }
    let last_finite_loss: Option<Nats> = own.state.last_finite_loss;
    let mut parameters = own.before;
    shared.read(&mut parameters);
    let taken = shared.taken.load(Ordering::Relaxed);
    let is_finite = shared.is_finite.load(Ordering::Relaxed) && parameters.iter().all(|w| w.is_finite());
    let ending = if is_finite {
        Ending::Completed { steps: taken, is_held: false }
    } else {
        Ending::Diverged { step: taken, last_finite_loss }
    };
    Ok(Trained { network: Box::new(own.model), parameters, ending, snapshots })
}

#[cfg(test)]
mod tests;
