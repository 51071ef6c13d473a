//! Gradients, likelihoods, sizes and causality.

use super::*;
use crate::science::data::{DataShape, TargetShape, Targets};
use crate::science::evaluation::{Evaluation, Prediction};
use crate::science::network::Architecture;
use crate::science::network::gradient_check::{check, dataset, normal, plan};
use crate::science::network::model::Model;

fn shape(width: usize, layers: usize, heads: usize, tied_embeddings: bool) -> Transformer {
    Transformer { width, layers, heads, feed_forward: Some(5), tied_embeddings }
}

#[test]
fn gradients_equal_central_differences() {
    let data = |length, alphabet| dataset(9, 0, TargetShape::Symbols { length, alphabet });
    for tied in [false, true] {
        for (length, alphabet) in [(2, 2), (4, 2), (3, 4)] {
            check(&shape(6, 2, 3, tied), &data(length, alphabet));
        }
        check(&shape(16, 1, 1, tied), &data(3, 3));
    }
    // more places than one lane group
    check(&shape(4, 1, 1, true), &data(17, 3));
}

fn symbols(rows: usize, length: usize, alphabet: usize, at: impl Fn(usize, usize) -> usize) -> Dataset {
    let symbols = Array2::from_shape_fn((rows, length), |(i, j)| u32::try_from(at(i, j) % alphabet).unwrap());
    Dataset { inputs: Array2::zeros((rows, 0)), targets: Targets::Symbols { symbols, alphabet } }
}

#[test]
fn likelihoods_over_all_strings_sum_to_one() {
    for (length, alphabet, count) in [(4usize, 3usize, 81), (8, 2, 256)] {
        let power = |j: usize| alphabet.pow(u32::try_from(j).unwrap());
        let data = symbols(count, length, alphabet, |i, j| i / power(j));
        for tied in [false, true] {
            let mut model = shape(6, 2, 2, tied).build::<f32>(&plan(&data));
            let parameters: Vec<f32> = normal(1, model.layout.len(), 4).into_iter().collect();
            let evaluation = Evaluation::new(model.predict(&parameters, &data), &data.targets);
            let total: f64 = evaluation.code_lengths().iter().map(|nats| (-nats.0).exp()).sum();
            assert!((total - 1.0).abs() < 1e-5, "{tied} {total}");
        }
    }
}

#[test]
fn later_symbols_cannot_change_earlier_logits() {
    let length = 9;
    let data = symbols(5, length, 4, |i, j| i * 3 + j * j + 1);
    for tied in [false, true] {
        let mut model = shape(6, 2, 2, tied).build::<f32>(&plan(&data));
        let parameters: Vec<f32> = normal(1, model.layout.len(), 4).into_iter().collect();
        let mut logits = |data: &Dataset| match model.predict(&parameters, data) {
            Prediction::Logits(logits) => logits,
            _ => unreachable!("symbols have logits"),
        };
        let original = logits(&data);
        for changed in 0..length {
            let other = symbols(5, length, 4, |i, j| i * 3 + j * j + 1 + usize::from(j == changed));
            let moved = logits(&other);
            for (row, (a, b)) in original.rows().into_iter().zip(moved.rows()).enumerate() {
                // place s reads the symbols before it
                let sees = row % length > changed;
                assert_eq!(a != b, sees, "place {} after a change at {changed}", row % length);
            }
        }
    }
}

#[test]
fn parameters_follow_the_formula() {
    let targets = TargetShape::Symbols { length: 5, alphabet: 4 };
    let data = dataset(3, 0, targets);
    for tied in [false, true] {
        let shape = Transformer { feed_forward: None, ..shape(6, 3, 2, tied) };
        // width 6, hidden 24: norms, attention, both weights and biases
        let block = 4 * 6 + 4 * 36 + 2 * 6 * 24 + 24 + 6;
        let expected = (4 + 5) * 6 + 3 * block + 12 + if tied { 0 } else { 7 * 4 };
        let size = shape.size(&DataShape { samples: 3, inputs: 0, targets });
        assert_eq!(size.parameters, expected as u64);
        let model = shape.build::<f32>(&plan(&data));
        assert_eq!(Model::<f32>::layout(&model).trainable(), expected);
    }
}
