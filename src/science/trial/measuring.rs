//! What is measured after a training: evaluations, estimators and hard limits.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use ndarray::{Array2, s};

use super::drawn::Drawn;
use super::report::Unfinished;
use crate::science::bits::{Bits, Nats};
use crate::science::data::Dataset;
use crate::science::estimator::{Estimator, Inside, Reads, Subject, layer_information};
use crate::science::evaluation::Evaluation;
use crate::science::injection::{Noise, Silence};
use crate::science::invariant;
use crate::science::regularizer::noise::RegularizerNoise;
use crate::science::seed::{Purpose, Stream};
use crate::science::training::{self, Control, Ending, Interrupted, Trained};

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
    let layout = network.layout().clone();
    let network = RefCell::new(network);
    let predict = |weights: &[f32], data: &Dataset| network.borrow_mut().predict(weights, data);
    let evaluate = |weights: &[f32]| Evaluation::new(predict(weights, dataset), &dataset.targets);
    let further = Further { drawn, control: RefCell::new(control), is_stopped: Cell::new(false) };
    let subject = Subject {
        distribution: &*drawn.distribution,
        ledger: drawn.process.ledger(),
        dataset,
        held_out_dataset: &held_out,
        parameters: layout.trainable(),
        train: evaluate(&weights),
        held_out: Evaluation::new(predict(&weights, &held_out), &held_out.targets),
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
            gradient: &|weights: &[f32], rows: &[u32], stream: &mut Stream, gradients: &mut [f32]| {
                network.borrow_mut().gradient(weights, rows, stream, gradients);
            },
            code_after: &|known, upto| further.code_after(known, upto),
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
}

impl Further<'_> {
    fn code_after(&self, known: usize, upto: usize) -> Option<Nats> {
        if self.is_stopped.get() {
            return None;
        }
        let part = |samples: std::ops::Range<usize>| Dataset {
            inputs: self.drawn.dataset.inputs.slice(s![samples.clone(), ..]).to_owned(),
            targets: self.drawn.dataset.targets.rows(samples),
        };
        let (before, block) = (part(0..known), part(known..upto));
        let mut control = self.control.borrow_mut();
        let mut control = Unsaved(&mut **control);
        let Ok(mut trained) =
            training::train(&self.drawn.spec.network, &self.drawn.task(&before), &mut control)
        else {
            self.is_stopped.set(true);
            return None;
        };
        let Ending::Completed { .. } = trained.ending else { return None };
        let prediction = trained.network.predict(&trained.parameters, &block);
        Some(Evaluation::new(prediction, &block.targets).cross_entropy())
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
