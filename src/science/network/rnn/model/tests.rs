//! Gradients, likelihoods and sizes of every cell.

use super::*;
use crate::science::data::{DataShape, TargetShape, Targets};
use crate::science::evaluation::Evaluation;
use crate::science::network::Architecture;
use crate::science::network::gradient_check::{check, dataset, normal, plan};
use crate::science::network::model::Model;

const CELLS: [Cell; 4] = [Cell::Tanh, Cell::Relu, Cell::Gru, Cell::Lstm];

#[test]
fn gradients_equal_central_differences() {
    for (length, alphabet) in [(2, 2), (4, 2), (3, 4)] {
        let data = dataset(9, 0, TargetShape::Symbols { length, alphabet });
        for cell in CELLS {
            for units in [3, 17] {
                check(&Rnn { units, cell }, &data);
            }
        }
    }
}

#[test]
fn likelihoods_over_all_strings_sum_to_one() {
    let (length, alphabet) = (4usize, 3u32);
    let symbols = Array2::from_shape_fn((81, length), |(i, j)| {
        u32::try_from(i).unwrap() / alphabet.pow(u32::try_from(j).unwrap()) % alphabet
    });
    let data = Dataset {
        inputs: Array2::zeros((81, 0)),
        targets: Targets::Symbols { symbols, alphabet: alphabet as usize },
    };
    for cell in CELLS {
        let mut model = Rnn { units: 7, cell }.build::<f32>(&plan(&data));
        let parameters: Vec<f32> = normal(1, model.layout.len(), 4).into_iter().collect();
        let evaluation = Evaluation::new(model.predict(&parameters, &data), &data.targets);
        let total: f64 = evaluation.code_lengths().iter().map(|nats| (-nats.0).exp()).sum();
        assert!((total - 1.0).abs() < 1e-5, "{cell:?} {total}");
    }
}

#[test]
fn parameters_follow_the_formula() {
    let shape = TargetShape::Symbols { length: 5, alphabet: 4 };
    let data = dataset(3, 0, shape);
    for cell in CELLS {
        let rnn = Rnn { units: 6, cell };
        let gates = cell.gates();
        // 5 symbols read, 6 units, 4 outputs
        let expected = (5 + 6 + 1) * 6 * gates + 7 * 4;
        let shape = DataShape { samples: 3, inputs: 0, targets: shape };
        assert_eq!(rnn.size(&shape).parameters, expected as u64);
        let model = rnn.build::<f32>(&plan(&data));
        assert_eq!(Model::<f32>::layout(&model).trainable(), expected);
    }
}
