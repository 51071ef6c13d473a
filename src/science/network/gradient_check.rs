//! Gradients of any network against central differences in f64: the check that
//! every kind and every head goes through.

use ndarray::Array2;

use super::build::{Build, Plan};
use super::head::Head;
use super::model::{Batch, Model};
use crate::science::data::{Dataset, TargetShape, Targets};
use crate::science::family::Family;
use crate::science::injection::{Binary, Noise, RateRule, Silence};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::real::Real;
use crate::science::seed::{Purpose, Stream, Streams, standard_normal};

/// The same noise at every call, so that differences see one function.
pub(crate) struct Fixed;

impl<R: Real> Noise<R> for Fixed {
    fn is_silent(&self) -> bool {
        false
    }

    fn hidden(&mut self, layer: usize, factors: &mut [R]) -> bool {
        for (i, factor) in factors.iter_mut().enumerate() {
            *factor = R::from_f64([0.0, 2.0, 1.25, 0.5][(i * 5 + layer) % 4]);
        }
        true
    }

    fn inputs(&mut self, inputs: &mut [R]) -> bool {
        inputs.iter_mut().enumerate().for_each(|(i, x)| *x = *x + R::from_f64([0.1, -0.2, 0.3][i % 3]));
        true
    }

    fn branch(&mut self, branch: usize, _of: usize, factors: &mut [R]) -> bool {
        let values = [1.5, 0.0, 0.7];
        factors.iter_mut().enumerate().for_each(|(i, x)| *x = R::from_f64(values[(i + branch) % 3]));
        true
    }

    fn latent(&mut self, code: &mut [R]) -> bool {
        code.iter_mut().enumerate().for_each(|(i, x)| *x = *x + R::from_f64([0.3, -0.1][i % 2]));
        true
    }

    fn normal(&mut self, out: &mut [R]) {
        out.iter_mut().enumerate().for_each(|(i, x)| *x = R::from_f64([0.4, -1.1, 0.9, -0.2, 1.7][i % 5]));
    }
}

pub(crate) fn stream(replicate: u64) -> Stream {
    Streams { seed: 11, replicate }.stream(Purpose::TrainingData)
}

#[expect(clippy::cast_possible_truncation, reason = "test data in f32")]
pub(crate) fn normal(rows: usize, columns: usize, replicate: u64) -> Array2<f32> {
    let mut stream = stream(replicate);
    Array2::from_shape_simple_fn((rows, columns), || standard_normal(&mut stream) as f32)
}

/// A small dataset of this shape; symbols run through the alphabet.
pub(crate) fn dataset(n: usize, inputs: usize, targets: TargetShape) -> Dataset {
    let targets = match targets {
        TargetShape::Symbols { length, alphabet } => Targets::Symbols {
            symbols: Array2::from_shape_fn((n, length), |(i, j)| {
                u32::try_from((i * 7 + j * (i + 2) + 3) % alphabet).expect("small")
            }),
            alphabet,
        },
        TargetShape::Reals { dimensions } => Targets::Reals(normal(n, dimensions, 5)),
    };
    Dataset { inputs: normal(n, inputs, 0), targets }
}

/// A plan of full batches of the dataset.
pub(crate) fn plan(dataset: &Dataset) -> Plan<'_> {
    Plan {
        dataset,
        fitted: dataset,
        batch: dataset.len(),
        label_smoothing: 0.0,
        binary: Binary::default(),
        rate: RateRule::Weighted(1.0),
        streams: Streams { seed: 3, replicate: 0 },
        isa: Isa::detect(),
    }
}

/// Checks every gradient of the network on such data: silent on the whole
/// dataset, and with noise on some rows (one of them twice).
pub(crate) fn check(network: &impl Build, dataset: &Dataset) {
    check_plan(network, &plan(dataset));
}

/// The same of what a plan says.
pub(crate) fn check_plan(network: &impl Build, plan: &Plan) {
    let mut model = network.build::<f64>(plan);
    check_model(&mut model, Batch::All, &mut Silence);
    check_model(&mut model, Batch::Rows(&[8, 0, 3, 3]), &mut Fixed);
}

fn check_model(model: &mut impl Model<f64>, batch: Batch, noise: &mut impl Noise<f64>) {
    let size = model.layout().len();
    let (mut parameters, mut gradients) = (vec![0.0; size], vec![f64::NAN; size]);
    model.initialize(&mut stream(1), &mut parameters);
    // biases away from zero, where ReLU has its kink
    let mut more = stream(2);
    // and weights small, so that no loss is so large that rounding drowns its slope
    parameters.iter_mut().for_each(|w| *w = 0.4 * *w + 0.1 * standard_normal(&mut more));
    let adapted = model.adapted();
    model.gradient(&parameters, batch, noise, &mut gradients);
    let mut unused = vec![0.0; size];
    for i in 0..size {
        let step = 1e-5;
        let mut at = |offset: f64| {
            let mut moved = parameters.clone();
            moved[i] += offset;
            model.restore(adapted.clone());
            model.gradient(&moved, batch, noise, &mut unused)
        };
        let difference = (at(step) - at(-step)) / (2.0 * step);
        let scale = gradients[i].abs().max(difference.abs()).max(1e-3);
        let close = (difference - gradients[i]).abs() < 1e-4 * scale;
        assert!(close, "{i}: {difference} {}", gradients[i]);
    }
}

/// Every head that fits such targets, and none.
pub(crate) fn heads(targets: TargetShape) -> Vec<Option<Head>> {
    let fitting = Head::examples().into_iter().filter(|head| head.width(targets).is_some());
    [None].into_iter().chain(fitting.map(Some)).collect()
}

/// Targets of every sort, small.
pub(crate) const TARGETS: [TargetShape; 5] = [
    TargetShape::Symbols { length: 1, alphabet: 2 },
    TargetShape::Symbols { length: 1, alphabet: 5 },
    TargetShape::Symbols { length: 4, alphabet: 2 },
    TargetShape::Symbols { length: 3, alphabet: 4 },
    TargetShape::Reals { dimensions: 3 },
];
