//! Gradients against central differences in f64, outputs against triple loops,
//! and the same bits from every instruction set.

use super::*;
use crate::science::seed::{Purpose, Streams, standard_normal};

fn stream(replicate: u64) -> Stream {
    Streams { seed: 11, replicate }.stream(Purpose::TrainingData)
}

#[expect(clippy::cast_possible_truncation, reason = "test data in f32")]
fn inputs(n: usize, d: usize) -> Vec<f32> {
    let mut stream = stream(0);
    (0..n * d).map(|_| standard_normal(&mut stream) as f32).collect()
}

fn labels(n: usize, classes: usize) -> Vec<u32> {
    (0..n).map(|i| u32::try_from((i * 7 + 3) % classes).unwrap()).collect()
}

fn shape(d: usize, hidden: &[usize], classes: usize, activation: Activation) -> Shape {
    Shape { inputs: d, hidden: hidden.to_vec(), classes, activation, bias: true }
}

/// The same factors at every call, so that differences see one function.
struct Fixed;

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
}

fn check_gradient(shape: Shape, smoothing: f64, batch: Batch, noise: &mut impl Noise<f64>) {
    let (n, d, classes) = (9, shape.inputs, shape.classes);
    let name = format!("{shape:?} {smoothing}");
    let mut model =
        DenseStack::<f64>::new(Isa::detect(), shape, smoothing, &inputs(n, d), &labels(n, classes), n);
    let size = Model::layout(&model).len();
    let (mut parameters, mut gradients) = (vec![0.0; size], vec![f64::NAN; size]);
    model.initialize(&mut stream(1), &mut parameters);
    // biases away from zero, where ReLU has its kink
    let mut more = stream(2);
    parameters.iter_mut().for_each(|w| *w += 0.1 * standard_normal(&mut more));
    model.gradient(&parameters, batch, noise, &mut gradients);
    let mut unused = vec![0.0; size];
    for i in 0..size {
        let step = 1e-5;
        let mut at = |offset: f64| {
            let mut moved = parameters.clone();
            moved[i] += offset;
            model.gradient(&moved, batch, noise, &mut unused)
        };
        let difference = (at(step) - at(-step)) / (2.0 * step);
        let scale = gradients[i].abs().max(difference.abs()).max(1e-3);
        assert!(
            (difference - gradients[i]).abs() < 1e-5 * scale,
            "{name} {i}: {difference} {}",
            gradients[i]
        );
    }
}

#[test]
fn gradients_equal_central_differences() {
    for activation in [Activation::Tanh, Activation::Relu] {
        for hidden in [&[][..], &[5], &[17, 4], &[3, 16, 6]] {
            for classes in [2, 5] {
                for smoothing in [0.0, 0.3] {
                    check_gradient(
                        shape(4, hidden, classes, activation),
                        smoothing,
                        Batch::All,
                        &mut Silence,
                    );
                    let rows = [8, 0, 3, 3];
                    check_gradient(
                        shape(4, hidden, classes, activation),
                        smoothing,
                        Batch::Rows(&rows),
                        &mut Fixed,
                    );
                }
            }
        }
    }
}

#[test]
fn outputs_equal_plain_loops() {
    for classes in [2, 3] {
        let (n, d) = (700, 5);
        let x = inputs(n, d);
        let shape = shape(d, &[18, 7], classes, Activation::Tanh);
        let mut model = DenseStack::<f64>::new(Isa::detect(), shape, 0.0, &x, &labels(n, classes), 4);
        let mut parameters = vec![0.0; Model::layout(&model).len()];
        model.initialize(&mut stream(1), &mut parameters);
        parameters
            .iter_mut()
            .enumerate()
            .for_each(|(i, w)| *w += 0.01 * f64::from(u8::try_from(i % 7).unwrap()));
        let k = Model::width(&model);
        let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let mut outputs = vec![0.0; n * k];
        Model::outputs(&mut model, &parameters, &x, &mut outputs);
        for (i, row) in outputs.chunks_exact(k).enumerate() {
            let mut h = x[i * d..(i + 1) * d].to_vec();
            let mut rest = &parameters[..];
            for (layer, units) in [18, 7, k].into_iter().enumerate() {
                let (w, after) = rest.split_at(h.len() * units);
                let (b, after) = after.split_at(units);
                rest = after;
                h = (0..units)
                    .map(|j| {
                        let z: f64 =
                            b[j] + h.iter().enumerate().map(|(p, h)| h * w[p * units + j]).sum::<f64>();
                        if layer < 2 { z.tanh() } else { z }
                    })
                    .collect();
            }
            assert!(row.iter().zip(&h).all(|(a, b)| (a - b).abs() < 1e-12), "{row:?} {h:?}");
        }
    }
}

#[test]
fn every_instruction_set_trains_to_the_same_bits() {
    for (hidden, classes, activation) in [
        (&[17usize, 33][..], 2, Activation::Relu),
        (&[16], 5, Activation::Tanh),
        (&[], 2, Activation::Identity),
    ] {
        let (n, d) = (45, 7);
        let train = |isa: Isa| -> Vec<u32> {
            let shape = shape(d, hidden, classes, activation);
            let mut model = DenseStack::<f32>::new(isa, shape, 0.1, &inputs(n, d), &labels(n, classes), n);
            let mut parameters = vec![0.0f32; Model::layout(&model).len()];
            let mut gradients = parameters.clone();
            model.initialize(&mut stream(1), &mut parameters);
            for step in 0..50u32 {
                let rows: Vec<u32> = (0..13).map(|i| (i * 3 + step) % 45).collect();
                model.gradient(&parameters, Batch::Rows(&rows), &mut Fixed, &mut gradients);
                parameters.iter_mut().zip(&gradients).for_each(|(w, g)| *w -= 0.3 * g);
            }
            parameters.iter().map(|w| w.to_bits()).collect()
        };
        let all: Vec<Vec<u32>> = Isa::available().into_iter().map(train).collect();
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
        assert!(all[0].iter().all(|&bits| f32::from_bits(bits).is_finite()));
    }
}

#[test]
fn initial_weights_have_the_stated_variance() {
    for (activation, gain) in [(Activation::Relu, 2.0), (Activation::Tanh, 1.0)] {
        let shape = shape(200, &[300], 2, activation);
        let model = DenseStack::<f64>::new(Isa::detect(), shape, 0.0, &inputs(1, 200), &[0], 1);
        let mut parameters = vec![9.0; Model::layout(&model).len()];
        model.initialize(&mut stream(1), &mut parameters);
        let first = &parameters[Model::layout(&model).blocks()[0].range.clone()];
        let variance = first.iter().map(|w| w * w).sum::<f64>() / 60_000.0;
        // four standard errors of a variance estimate: 4 sqrt(2 / 60,000) = 2.3 %
        assert!((variance * 200.0 / gain - 1.0).abs() < 0.024, "{variance}");
        assert!(parameters[Model::layout(&model).blocks()[1].range.clone()].iter().all(|&b| b == 0.0));
    }
}
