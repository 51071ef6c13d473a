//! Gradients against central differences in f64, outputs against triple loops,
//! and the same bits from every instruction set.

use super::*;
use crate::science::data::{TargetShape, Targets};
use crate::science::injection::{Binary, Silence};
use crate::science::network::dense::activation::HiddenActivation;
use crate::science::network::gradient_check::{
    Fixed, TARGETS, check, check_plan, dataset, heads, normal, plan, stream,
};
use crate::science::network::linear::Linear;
use crate::science::network::mlp::Mlp;
use crate::science::network::model::Model;

fn criterion<R: Real>(data: &Dataset, batch: usize) -> Criterion<R> {
    Criterion::new(None, 0.0, &data.targets, Rows::Samples, batch)
}

fn shape(d: usize, hidden: &[usize], activation: Activation) -> Shape {
    Shape {
        inputs: d,
        hidden: hidden.to_vec(),
        activation,
        bias: true,
        residual: false,
        binary: Binary::default(),
    }
}

#[test]
fn gradients_equal_central_differences_for_every_head() {
    for targets in TARGETS {
        let data = dataset(9, 4, targets);
        for head in heads(targets) {
            check(&Linear { bias: true, head: head.clone() }, &data);
            for activation in [HiddenActivation::Tanh, HiddenActivation::Relu, HiddenActivation::Gelu] {
                for hidden in [&[5][..], &[17, 4], &[3, 16, 6], &[5, 5], &[18, 18, 18, 18]] {
                    let residual = hidden.len() > 1 && hidden[0] == hidden[1];
                    let head = head.clone();
                    let mlp = Mlp { hidden: hidden.to_vec(), activation, bias: true, residual, head };
                    check(&mlp, &data);
                    check_plan(&mlp, &Plan { label_smoothing: 0.3, ..plan(&data) });
                }
            }
        }
    }
}

#[test]
fn outputs_equal_plain_loops() {
    for alphabet in [2, 3] {
        let (n, d) = (700, 5);
        let data = dataset(n, d, TargetShape::Symbols { length: 1, alphabet });
        let shape = shape(d, &[18, 7], Activation::Tanh);
        let mut model = DenseStack::<f64>::new(Isa::detect(), &shape, criterion(&data, n), &data.inputs, 4);
        let mut parameters = vec![0.0; Model::layout(&model).len()];
        model.initialize(&mut stream(1), &mut parameters);
        parameters
            .iter_mut()
            .enumerate()
            .for_each(|(i, w)| *w += 0.01 * f64::from(u8::try_from(i % 7).unwrap()));
        let outputs = model.pass.predict(&parameters, &data);
        let k = outputs.ncols();
        for (i, row) in outputs.rows().into_iter().enumerate() {
            let mut h: Vec<f64> = data.inputs.row(i).iter().map(|&x| f64::from(x)).collect();
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
            assert!(row.iter().zip(&h).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6), "{row:?} {h:?}");
        }
    }
}

#[test]
fn a_residual_stack_of_silent_branches_is_its_first_layer() {
    // with all weights of the branches zero and tanh(0) = 0, h stays what the first layer made
    let data = dataset(9, 4, TargetShape::Reals { dimensions: 3 });
    let plain = shape(4, &[6], Activation::Tanh);
    let deep = Shape { residual: true, ..shape(4, &[6, 6, 6], Activation::Tanh) };
    let build =
        |shape: &Shape| DenseStack::<f64>::new(Isa::detect(), shape, criterion(&data, 9), &data.inputs, 9);
    let (mut plain, mut deep) = (build(&plain), build(&deep));
    let mut few = vec![0.0; Model::layout(&plain).len()];
    plain.initialize(&mut stream(1), &mut few);
    let mut many = vec![0.0; Model::layout(&deep).len()];
    // first layer, two branches of 6 * 6 + 6 zeros, last layer
    many[..30].copy_from_slice(&few[..30]);
    many[30 + 84..].copy_from_slice(&few[30..]);
    assert_eq!(plain.pass.predict(&few, &data), deep.pass.predict(&many, &data));
}

#[test]
fn binary_layers_compute_with_signs_and_let_gradients_through() {
    // one input 1, three units, one output: w = (0.5, -0.1, 3), v = (0.2, -0.6, 0.4)
    let inputs = Array2::from_elem((1, 1), 1.0f32);
    let data = Dataset { inputs, targets: Targets::Reals(Array2::zeros((1, 1))) };
    let binary = Binary { weights: true, activations: true };
    let shape = Shape { binary, bias: false, ..shape(1, &[3], Activation::Tanh) };
    let mut model = DenseStack::<f64>::new(Isa::detect(), &shape, criterion(&data, 1), &data.inputs, 1);
    let parameters = [0.5, -0.1, 3.0, 0.2, -0.6, 0.4];
    // mean magnitudes 1.2 and 0.4: sums (1.2, -1.2, 1.2), units (1, -1, 1), output .4 + .4 + .4
    let outputs = model.pass.predict(&parameters, &data);
    assert!((outputs[[0, 0]] - 1.2).abs() < 1e-6, "{outputs}");
    // dv = unit * dy; no sum lies within [-1, 1], so dw is zero
    let mut gradients = [f64::NAN; 6];
    model.gradient(&parameters, Batch::All, &mut Silence, &mut gradients);
    let dy = gradients[3];
    assert!(dy > 0.0 && gradients == [0.0, 0.0, 0.0, dy, -dy, dy], "{gradients:?}");
    // with small weights every sum is within: dw = sign(v) * mean|v| * dy
    let parameters = [0.5, -0.1, 0.3, 0.2, -0.6, 0.4];
    model.gradient(&parameters, Batch::All, &mut Silence, &mut gradients);
    let expected = [0.4, -0.4, 0.4].map(|v| v * dy);
    assert!(gradients.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{gradients:?}");
}

#[test]
fn every_instruction_set_trains_to_the_same_bits() {
    for (hidden, alphabet, activation) in [
        (&[17usize, 33][..], 2, Activation::Relu),
        (&[16], 5, Activation::Tanh),
        (&[], 2, Activation::Identity),
    ] {
        let (n, d) = (45, 7);
        let data = dataset(n, d, TargetShape::Symbols { length: 1, alphabet });
        let train = |isa: Isa| -> Vec<u32> {
            let shape = shape(d, hidden, activation);
            let mut model = DenseStack::<f32>::new(isa, &shape, criterion(&data, n), &data.inputs, n);
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
        let data = dataset(1, 200, TargetShape::Symbols { length: 1, alphabet: 2 });
        let shape = shape(200, &[300], activation);
        let model = DenseStack::<f64>::new(Isa::detect(), &shape, criterion(&data, 1), &normal(1, 200, 0), 1);
        let mut parameters = vec![9.0; Model::layout(&model).len()];
        model.initialize(&mut stream(1), &mut parameters);
        let first = &parameters[Model::layout(&model).blocks()[0].range.clone()];
        let variance = first.iter().map(|w| w * w).sum::<f64>() / 60_000.0;
        // four standard errors of a variance estimate: 4 sqrt(2 / 60,000) = 2.3 %
        assert!((variance * 200.0 / gain - 1.0).abs() < 0.024, "{variance}");
        assert!(parameters[Model::layout(&model).blocks()[1].range.clone()].iter().all(|&b| b == 0.0));
    }
}
