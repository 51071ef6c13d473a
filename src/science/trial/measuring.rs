//! What is measured after a training: evaluations, estimators and hard limits.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;

use ndarray::{Array2, s};

use super::drawn::Drawn;
use super::report::Unfinished;
use crate::science::bits::{Bits, Nats};
use crate::science::data::Dataset;
use crate::science::estimator::references::{Gathered, References};
use crate::science::estimator::{Estimator, Inside, Reads, Subject, layer_information};
use crate::science::evaluation::Evaluation;
use crate::science::injection::{Noise, Silence};
use crate::science::invariant;
use crate::science::network::model::Adapted;
use crate::science::regularizer::noise::RegularizerNoise;
use crate::science::seed::{Purpose, Stream, Streams};
use crate::science::training::{self, Control, Ending, Interrupted, Task, Trained};

/// All quantities of the spec's estimators.
///
/// # Errors
/// When a further training was stopped, or a hard limit is broken.
pub(super) fn measure(
    drawn: &Drawn,
    trained: Trained,
    control: &mut dyn Control,
) -> Result<BTreeMap<String, f64>, Unfinished> {
    let Trained { network, parameters: weights, snapshots, .. } = trained;
    let (spec, dataset) = (drawn.spec, &drawn.dataset);
    let held_out = drawn.distribution.draw(&mut drawn.streams.stream(Purpose::HeldOutData));
    let (layout, adapted) = (network.layout().clone(), network.adapted());
    let (task, fresh) = (drawn.task(dataset), RefCell::new(None));
    let network = RefCell::new(network);
    let predict = |weights: &[f32], data: &Dataset| network.borrow_mut().predict(weights, data);
    let distinct = drawn.distribution.distinct();
    let evaluate =
        |weights: &[f32]| Evaluation::new(predict(weights, dataset), &dataset.targets).of_set(distinct);
    let further = Further {
        drawn,
        control: RefCell::new(control),
        is_stopped: Cell::new(false),
        references: RefCell::new(BTreeMap::new()),
    };
    let subject = Subject {
        distribution: &*drawn.distribution,
        ledger: drawn.process.ledger(),
        dataset,
        held_out_dataset: &held_out,
        parameters: layout.trainable(),
        train: evaluate(&weights),
        held_out: Evaluation::new(predict(&weights, &held_out), &held_out.targets).of_set(distinct),
        inside: Some(Inside {
            layout: &layout,
            weights: &weights,
            training: &spec.training,
            regularizers: &spec.regularizers,
            streams: drawn.streams,
            snapshots: &snapshots,
            evaluate: &evaluate,
            layer: &|number| network.borrow_mut().layer(&weights, dataset, number),
            sample: &|samples: usize, stream: &mut Stream| {
                network.borrow_mut().sample(&weights, dataset.targets.shape(), samples, stream)
            },
            reconstruction: &|is_noisy: bool, data: &Dataset| {
                let streams = drawn.streams.after_training();
                let mut noise = RegularizerNoise::new(drawn.isa, &spec.regularizers, streams, weights.len());
                let noise: &mut dyn Noise<f32> = if is_noisy { &mut noise } else { &mut Silence };
                network.borrow_mut().reconstruction(&weights, data, noise)
            },
            answers: &|questions: &Array2<f32>, stream: &mut Stream| {
                network.borrow_mut().answers(&weights, questions, stream)
            },
            adapted: &adapted,
            gradient: &|weights: &[f32],
                        adapted: &Adapted,
                        rows: &[u32],
                        stream: &mut Stream,
                        gradients: &mut [f32]| {
                network.borrow_mut().gradient(weights, adapted, rows, stream, gradients);
            },
            fresh_gradient: &|weights: &[f32],
                              adapted: &Adapted,
                              rows: &[u32],
                              stream: &mut Stream,
                              gradients: &mut [f32]| {
                let mut fresh = fresh.borrow_mut();
                let fresh =
                    fresh.get_or_insert_with(|| training::on_samples(&spec.network, &task, &held_out));
                fresh.gradient(weights, adapted, rows, stream, gradients);
            },
            code_after: &|known, upto| further.code_after(known, upto),
            references: &|count| further.references(count, &held_out),
        }),
    };
    // what saw what it predicts says nothing of its probability: no bits come from it
    let has_likelihood = spec.network.architecture().likelihood().is_known();
    let may = |estimator: &&Estimator| has_likelihood || estimator.reads() == Reads::Outputs;
    let measured = spec.estimators.iter().filter(may).flat_map(|estimator| estimator.measurements(&subject));
    let measurements: BTreeMap<String, f64> =
        measured.map(|(name, value)| (name.to_owned(), value)).collect();
    if further.is_stopped.get() {
        return Err(Interrupted.into());
    }
    if let Some(low) = measurements.get(layer_information::LOW) {
        invariant::check_layer(Bits(*low), dataset.len())?;
    }
    if has_likelihood && measurements.values().all(|value| value.is_finite()) {
        invariant::check(&subject)?;
    }
    Ok(measurements)
}

/// Trainings beside the trial's own, on parts of its draw.
struct Further<'a> {
    drawn: &'a Drawn<'a>,
    control: RefCell<&'a mut dyn Control>,
    is_stopped: Cell<bool>,
    /// What was made of reference networks, by their number.
    references: RefCell<BTreeMap<u32, Option<Rc<References>>>>,
}

impl Further<'_> {
    fn code_after(&self, known: usize, upto: usize) -> Option<Nats> {
        let part = |samples: std::ops::Range<usize>| Dataset {
            inputs: self.drawn.dataset.inputs.slice(s![samples.clone(), ..]).to_owned(),
            targets: self.drawn.dataset.targets.rows(samples),
        };
        let (before, all) = (part(0..known), part(0..upto));
        let mut trained = self.trained(&self.drawn.task(&before))?;
        let prediction = trained.network.predict(&trained.parameters, &all);
        let evaluation = Evaluation::new(prediction, &all.targets).of_set(self.drawn.distribution.distinct());
        Some(evaluation.cross_entropy_after(known))
    }

    /// What so many reference networks say, made once.
    fn references(&self, count: u32, held_out: &Dataset) -> Option<Rc<References>> {
        if let Some(known) = self.references.borrow().get(&count) {
            return known.clone();
        }
        let made = self.made_references(count, held_out).map(Rc::new);
        self.references.borrow_mut().insert(count, made.clone());
        made
    }

    fn made_references(&self, count: u32, held_out: &Dataset) -> Option<References> {
        let dataset = &self.drawn.dataset;
        let (mut on_train, mut on_held_out) = (Gathered::default(), Gathered::default());
        for reference in 0..count {
            let streams = self.drawn.streams.of_reference(reference);
            let redrawn = self.redrawn(streams)?;
            // whoever looks at a validation draw looks at one of its own
            let validation = self
                .drawn
                .validation
                .as_ref()
                .map(|_| self.drawn.distribution.draw(&mut streams.stream(Purpose::ValidationData)));
            let task = Task { streams, validation: validation.as_ref(), ..self.drawn.task(&redrawn) };
            let mut trained = self.trained(&task)?;
            for (data, said) in [(dataset, &mut on_train), (held_out, &mut on_held_out)] {
                said.add(&Evaluation::new(trained.network.predict(&trained.parameters, data), &data.targets));
            }
        }
        Some(References { train: on_train.said(), held_out: on_held_out.said() })
    }

    /// Targets drawn anew at the inputs of the draw; without inputs another draw.
    fn redrawn(&self, streams: Streams) -> Option<Dataset> {
        let (inputs, mut stream) = (&self.drawn.dataset.inputs, streams.stream(Purpose::RedrawnTargets));
        if inputs.ncols() == 0 {
            return Some(self.drawn.distribution.draw(&mut stream));
        }
        let targets = self.drawn.distribution.redraw(inputs, &mut stream)?;
        Some(Dataset { inputs: inputs.clone(), targets })
    }

    fn trained(&self, task: &Task) -> Option<Trained> {
        if self.is_stopped.get() {
            return None;
        }
        let mut control = self.control.borrow_mut();
        let mut control = Unsaved(&mut **control);
        let Ok(trained) = training::train(&self.drawn.spec.network, task, &mut control) else {
            self.is_stopped.set(true);
            return None;
        };
        matches!(trained.ending, Ending::Completed { .. }).then_some(trained)
    }
}

/// Lets the trial's control stop a further training, and tells it nothing of steps:
/// checkpoints are of the trial's own.
struct Unsaved<'a>(&'a mut dyn Control);

impl Control for Unsaved<'_> {
    fn step(&mut self, _done: u64, of: u64, _save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        self.0.step(of, of, &|| None)
    }
}
