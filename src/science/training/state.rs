//! The state of a training: everything that changes from step to step.

use std::ops::ControlFlow;

use super::held;
use super::sampler::Sampler;
use super::schedule;
use super::task::Task;
use super::trained::{Ending, Snapshot};
use super::watch::Watch;
use crate::science::bits::Nats;
use crate::science::layout::Layout;
use crate::science::network::model::{Batch, Model};
use crate::science::optimizer::Step;
use crate::science::regularizer::noise::RegularizerNoise;
use crate::science::seed::{Purpose, Stream, Streams};

/// Parameters, optimizer, streams and counters of one training.
pub(super) struct State<'a> {
    task: &'a Task<'a>,
    pub(super) parameters: Vec<f32>,
    pub(super) taken: u64,
    pub(super) gradients: Vec<f32>,
    pub(super) slots: Vec<Vec<f32>>,
    pub(super) noise: RegularizerNoise<'a>,
    pub(super) optimizer_stream: Stream,
    pub(super) sampler: Option<Sampler>,
    pub(super) watch: Option<Watch<'a>>,
    pub(super) last_finite_loss: Option<Nats>,
    pub(super) is_finite: bool,
    is_held: bool,
    pub(super) snapshots: Vec<Snapshot>,
}

impl<'a> State<'a> {
    pub(super) fn new(task: &'a Task<'a>, parameters: Vec<f32>) -> Self {
        Self::with_streams(task, task.streams, parameters)
    }

    /// With streams of its own, for one of several threads.
    pub(super) fn with_streams(task: &'a Task<'a>, streams: Streams, parameters: Vec<f32>) -> Self {
        let size = parameters.len();
        let (samples, batch) = (task.dataset.len(), task.batch());
        let minibatches = || streams.stream(Purpose::Minibatches);
        Self {
            task,
            parameters,
            taken: 0,
            gradients: vec![0.0; size],
            slots: vec![vec![0.0; size]; task.training.optimizer.slots()],
            noise: RegularizerNoise::new(task.isa, task.regularizers, streams, size),
            optimizer_stream: streams.stream(Purpose::Optimizer),
            sampler: (batch < samples).then(|| Sampler::new(samples, batch, minibatches())),
            watch: Watch::new(task),
            last_finite_loss: None,
            is_finite: true,
            is_held: false,
            snapshots: Vec::new(),
        }
    }

    /// Keeps the network when this is one of the steps that the task names.
    pub(super) fn keep<M: Model<f32>>(&mut self, model: &M) {
        if self.task.snapshots.get(self.snapshots.len()) == Some(&self.taken) {
            let (parameters, adapted) = (self.parameters.clone(), model.adapted());
            self.snapshots.push(Snapshot { taken: self.taken, parameters, adapted });
        }
    }

    /// One step; `Break` when training is over before its last step.
    pub(super) fn step<M: Model<f32>>(&mut self, model: &mut M) -> ControlFlow<()> {
        self.gradient(model)?;
        self.update(model.layout());
        if held::is_due(self.taken, self.steps())
            && held::is_held(self.task, self.last_finite_loss, &self.parameters, model)
        {
            self.is_held = true;
            return ControlFlow::Break(());
        }
        match &mut self.watch {
            Some(watch) if watch.is_due(self.taken) => watch.look(model, self.taken, &self.parameters),
            _ => ControlFlow::Continue(()),
        }
    }

    /// The gradient at the parameters, with everything that regularizers add to
    /// it; `Break` when the loss is not finite.
    pub(super) fn gradient<M: Model<f32>>(&mut self, model: &mut M) -> ControlFlow<()> {
        let rows = self.sampler.as_mut().map_or(Batch::All, |sampler| Batch::Rows(sampler.next()));
        let disturbed = self.noise.disturb_weights(model.layout(), &self.parameters);
        let loss = if disturbed {
            self.noise
                .with_weights(|weights, noise| model.gradient(weights, rows, noise, &mut self.gradients))
        } else {
            model.gradient(&self.parameters, rows, &mut self.noise, &mut self.gradients)
        };
        if !loss.is_finite() {
            self.is_finite = false;
            return ControlFlow::Break(());
        }
        self.last_finite_loss = Some(Nats(f64::from(loss)));
        for regularizer in self.task.regularizers {
            regularizer.gradient(model.layout(), &self.parameters, &mut self.gradients);
        }
        self.noise.disturb_gradients(self.taken, &mut self.gradients);
        ControlFlow::Continue(())
    }

    /// Moves the parameters along the gradient.
    pub(super) fn update(&mut self, layout: &Layout) {
        let task = self.task;
        let learning_rate = schedule::learning_rate(task.training, self.taken);
        let step = Step { isa: task.isa, taken: self.taken, learning_rate };
        let optimizer = &task.training.optimizer;
        optimizer.update(
            step,
            &mut self.optimizer_stream,
            &mut self.parameters,
            &self.gradients,
            &mut self.slots,
        );
        layout.clear_unread(&mut self.parameters);
        for regularizer in task.regularizers {
            regularizer.project(layout, &mut self.parameters);
        }
        self.taken += 1;
    }

    /// Steps in all.
    pub(super) fn steps(&self) -> u64 {
        self.task.training.steps
    }

    /// How training ended, once it has.
    pub(super) fn ending(&self) -> Ending {
        if self.is_finite && self.parameters.iter().all(|w| w.is_finite()) {
            Ending::Completed { steps: self.taken, is_held: self.is_held }
        } else {
            Ending::Diverged { step: self.taken, last_finite_loss: self.last_finite_loss }
        }
    }

    /// Final parameters, or the best ones under early stopping, with what the model had
    /// adapted by then.
    pub(super) fn into_parameters<M: Model<f32>>(self, model: &mut M) -> Vec<f32> {
        match self.watch.and_then(Watch::best) {
            Some(best) => {
                model.restore(best.adapted);
                best.parameters
            }
            None => self.parameters,
        }
    }
}
