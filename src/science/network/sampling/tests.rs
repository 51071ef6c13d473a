//! Frequencies of samples against the probabilities that the same network states.

use std::collections::BTreeMap;

use super::*;
use crate::science::family::Item;
use crate::science::layout::{Layout, Role};
use crate::science::network::Build;
use crate::science::network::gradient_check::{dataset, normal, plan, stream};
use crate::science::network::head::Head;
use crate::science::network::made::Made;
use crate::science::network::model::Model;
use crate::science::network::rnn::{Cell, Rnn};
use crate::science::network::transformer::Transformer;
use crate::science::network::vae::Vae;

const DRAWS: usize = 20_000;

/// Draws, each within four and a half standard errors of its probability.
fn agree(symbols: &Array2<u32>, probability: impl Fn(&[u32]) -> f64) {
    let mut counts: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
    symbols.rows().into_iter().for_each(|row| *counts.entry(row.to_vec()).or_default() += 1);
    let mut total = 0.0;
    for (string, count) in &counts {
        let p = probability(string);
        let (seen, error) = (*count as f64 / DRAWS as f64, (p * (1.0 - p) / DRAWS as f64).sqrt());
        assert!((seen - p).abs() < 4.5 * error, "{string:?}: {seen} {p} {error}");
        total += p;
    }
    assert!(total > 0.999, "{total}: what was never drawn is improbable");
}

fn samples_follow_the_likelihood(network: &impl Build, length: usize, alphabet: usize) {
    let shape = TargetShape::Symbols { length, alphabet };
    let data = dataset(9, 0, shape);
    let mut model = network.build::<f32>(&plan(&data));
    let parameters: Vec<f32> = normal(1, model.layout().len(), 9).into_iter().map(|w| 0.7 * w).collect();
    let samples = model.sample(&parameters, shape, DRAWS, &mut stream(4)).unwrap();
    let own = samples.code_lengths.unwrap();
    let every: BTreeMap<Vec<u32>, f64> = {
        let count = alphabet.pow(u32::try_from(length).unwrap());
        let symbols = Array2::from_shape_fn((count, length), |(i, j)| {
            u32::try_from(i / alphabet.pow(u32::try_from(j).unwrap()) % alphabet).unwrap()
        });
        let all = strings(symbols, alphabet);
        let lengths = Evaluation::new(model.predict(&parameters, &all), &all.targets).code_lengths();
        all.targets
            .symbols()
            .rows()
            .into_iter()
            .map(|row| row.to_vec())
            .zip(lengths.iter().map(|l| l.0))
            .collect()
    };
    for (row, length) in samples.data.targets.symbols().rows().into_iter().zip(&own) {
        assert!((every[&row.to_vec()] - length.0).abs() < 1e-6, "the code lengths of the samples themselves");
    }
    agree(samples.data.targets.symbols(), |string| (-every[string]).exp());
    let again = model.sample(&parameters, shape, DRAWS, &mut stream(4)).unwrap();
    assert_eq!(again.data, samples.data, "equal streams, equal samples");
}

#[test]
fn strings_of_autoregressive_networks_are_as_frequent_as_they_are_likely() {
    for (length, alphabet) in [(4, 2), (2, 4)] {
        samples_follow_the_likelihood(&Made { hidden: vec![12, 9], ..Made::example() }, length, alphabet);
        for cell in [Cell::Tanh, Cell::Lstm] {
            samples_follow_the_likelihood(&Rnn { units: 7, cell }, length, alphabet);
        }
        let transformer = Transformer { width: 6, heads: 2, feed_forward: Some(8), ..Transformer::example() };
        samples_follow_the_likelihood(&transformer, length, alphabet);
    }
    samples_follow_the_likelihood(&Made::example(), 1, 5);
}

/// Weights and biases of a decoder without hidden layers, by hand.
fn decoder(layout: &Layout, weights: &[f32], biases: &[f32]) -> Vec<f32> {
    let mut parameters = vec![0.0; layout.len()];
    let last = |role| layout.blocks().iter().rfind(|block| block.role == role).unwrap().range.clone();
    parameters[last(Role::Weight)].copy_from_slice(weights);
    parameters[last(Role::Bias)].copy_from_slice(biases);
    parameters
}

#[test]
fn strings_of_a_variational_code_are_as_frequent_as_the_integral_over_codes() {
    let shape = TargetShape::Symbols { length: 3, alphabet: 2 };
    let data = dataset(9, 0, shape);
    let vae = Vae { hidden: vec![], code: 1, ..Vae::example() };
    let mut model = vae.build::<f32>(&plan(&data));
    let (weights, biases) = ([2.5f32, -1.5, 4.0], [0.5f32, 0.0, -1.0]);
    let parameters = decoder(Model::<f32>::layout(&model), &weights, &biases);
    let samples = model.sample(&parameters, shape, DRAWS, &mut stream(4)).unwrap();
    assert!(samples.code_lengths.is_none(), "only a bound is known");
    agree(samples.data.targets.symbols(), |string| {
        // the trapezoid rule on +-8 standard deviations
        let at = |z: f64| -> f64 {
            let each = string.iter().zip(weights.iter().zip(&biases)).map(|(bit, (w, b))| {
                let logit = f64::from(*w) * z + f64::from(*b);
                1.0 / (1.0 + (if *bit == 1 { -logit } else { logit }).exp())
            });
            each.product::<f64>() * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
        };
        (-800..=800).map(|i| 0.01 * at(0.01 * f64::from(i))).sum()
    });
}

#[test]
fn vectors_of_a_linear_code_have_its_covariance() {
    let shape = TargetShape::Reals { dimensions: 2 };
    let data = dataset(9, 0, shape);
    // x = W z + b + e, e of the variance 1 that plain regression stands for, or of the stated one
    for (head, width, noise) in [(None, 2, 1.0), (Some(Head::Gaussian(Item::example())), 4, 0.25)] {
        let vae = Vae { hidden: vec![], code: 2, head, ..Vae::example() };
        let mut model = vae.build::<f32>(&plan(&data));
        let mut weights = vec![0.0; 2 * width];
        (weights[0], weights[1], weights[width + 1]) = (2.0, 1.0, 0.5);
        let mut biases = vec![3.0, -1.0, 0.0, 0.0];
        biases.truncate(width);
        let log_sd = 0.5f32.ln();
        biases.iter_mut().skip(2).for_each(|b| *b = log_sd);
        let parameters = decoder(Model::<f32>::layout(&model), &weights, &biases);
        let samples = model.sample(&parameters, shape, DRAWS, &mut stream(4)).unwrap();
        let values = samples.data.targets.reals().mapv(f64::from);
        let mean = |f: &dyn Fn(f64, f64) -> f64| {
            values.rows().into_iter().map(|x| f(x[0] - 3.0, x[1] + 1.0)).sum::<f64>() / DRAWS as f64
        };
        let (a, b, c) = (4.0 + noise, 1.25 + noise, 2.0);
        let near = |measured: f64, expected: f64, variance: f64| {
            let error = 4.5 * (variance / DRAWS as f64).sqrt();
            assert!((measured - expected).abs() < error, "{measured} {expected} {error}");
        };
        near(mean(&|x, _| x), 0.0, a);
        near(mean(&|_, y| y), 0.0, b);
        near(mean(&|x, _| x * x), a, 2.0 * a * a);
        near(mean(&|_, y| y * y), b, 2.0 * b * b);
        near(mean(&|x, y| x * y), c, a * b + c * c);
    }
}
