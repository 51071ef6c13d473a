//! A second implementation agrees: losses of the first 20 steps of plain gradient
//! descent from the same weights on the same data, computed by
//! `tests/reference/losses.py` in JAX and stored in `tests/reference/*.json`.
//!
//! New cases: `UPDATE=1 cargo test --lib network::reference`, then the script.

use std::path::{Path, PathBuf};

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::gradient_check::{dataset, normal, plan, stream};
use super::model::{Batch, Model};
use super::{Build, Network};
use crate::science::data::{Dataset, TargetShape, Targets};
use crate::science::injection::Noise;

const STEPS: usize = 20;

/// What both implementations start from, and the losses of the other one.
#[derive(Debug, Serialize, Deserialize)]
struct Case {
    network: Network,
    inputs: Vec<Vec<f32>>,
    symbols: Option<Vec<Vec<u32>>>,
    alphabet: Option<usize>,
    values: Option<Vec<Vec<f32>>>,
    learning_rate: f32,
    /// Standard normal draws for the network's own noise, the same at every step.
    draws: Vec<f32>,
    blocks: Vec<Block>,
    parameters: Vec<f32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    losses: Vec<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Block {
    name: String,
    rows: usize,
    columns: usize,
}

/// Draws that are handed out from the start at every pass.
struct Given<'a>(&'a [f32]);

impl Noise<f32> for Given<'_> {
    fn normal(&mut self, out: &mut [f32]) {
        out.copy_from_slice(&self.0[..out.len()]);
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

const LABELS: TargetShape = TargetShape::Symbols { length: 1, alphabet: 2 };
const CLASSES: TargetShape = TargetShape::Symbols { length: 1, alphabet: 5 };
const BITS: TargetShape = TargetShape::Symbols { length: 6, alphabet: 2 };
const STRINGS: TargetShape = TargetShape::Symbols { length: 5, alphabet: 4 };
const REALS: TargetShape = TargetShape::Reals { dimensions: 3 };

fn cases() -> Vec<(&'static str, Value, usize, TargetShape)> {
    vec![
        ("linear_labels", json!({"kind": "linear"}), 4, LABELS),
        ("linear_regression", json!({"kind": "linear"}), 4, REALS),
        ("mlp_relu_classes", json!({"kind": "mlp", "hidden": [9, 5]}), 4, CLASSES),
        ("mlp_tanh_bits", json!({"kind": "mlp", "hidden": [9], "activation": "tanh"}), 4, BITS),
        ("mlp_gaussian", json!({"kind": "mlp", "hidden": [9], "head": {"kind": "gaussian"}}), 4, REALS),
        (
            "mlp_mixture",
            json!({"kind": "mlp", "hidden": [9], "head": {"kind": "mixture_density", "components": 3}}),
            4,
            REALS,
        ),
        (
            "features_polynomial",
            json!({"kind": "features", "map": {"kind": "polynomial", "degree": 2}}),
            4,
            CLASSES,
        ),
        (
            "autoencoder",
            json!({"kind": "autoencoder", "hidden": [7], "code": 2, "activation": "tanh"}),
            0,
            REALS,
        ),
        ("autoencoder_strings", json!({"kind": "autoencoder", "hidden": [], "code": 3}), 0, STRINGS),
        ("rnn_tanh", json!({"kind": "rnn", "units": 6}), 0, STRINGS),
        ("rnn_relu", json!({"kind": "rnn", "units": 6, "cell": "relu"}), 0, BITS),
        ("rnn_gru", json!({"kind": "rnn", "units": 6, "cell": "gru"}), 0, STRINGS),
        ("rnn_lstm", json!({"kind": "rnn", "units": 6, "cell": "lstm"}), 0, BITS),
        (
            "mlp_residual_gelu",
            json!({"kind": "mlp", "hidden": [7, 7, 7], "activation": "gelu", "residual": true}),
            4,
            CLASSES,
        ),
        ("vae_reals", json!({"kind": "vae", "hidden": [7], "code": 2, "activation": "tanh"}), 0, REALS),
        ("vae_bits", json!({"kind": "vae", "hidden": [6], "code": 3, "activation": "relu"}), 0, BITS),
        (
            "conditional_vae_reals",
            json!({"kind": "conditional_vae", "hidden": [7], "code": 2, "head": {"kind": "gaussian"}}),
            4,
            REALS,
        ),
        ("conditional_vae_classes", json!({"kind": "conditional_vae", "hidden": [], "code": 3}), 4, CLASSES),
        ("generator", json!({"kind": "generator", "hidden": [7], "noise": 2, "draws": 3}), 4, REALS),
        ("made_bits", json!({"kind": "made", "hidden": [8, 7]}), 0, BITS),
        (
            "transformer_tied",
            json!({"kind": "transformer", "width": 6, "layers": 2, "heads": 2, "feed_forward": 9}),
            0,
            STRINGS,
        ),
        (
            "transformer_untied",
            json!({"kind": "transformer", "width": 8, "heads": 1, "tied_embeddings": false}),
            0,
            BITS,
        ),
        ("transformer_tied_bits", json!({"kind": "transformer", "width": 8, "heads": 4}), 0, BITS),
        ("made_strings", json!({"kind": "made", "hidden": [8], "activation": "tanh"}), 0, STRINGS),
    ]
}

impl Network {
    /// Losses of plain gradient descent over the whole dataset.
    fn descend(&self, data: &Dataset, draws: &[f32], learning_rate: f32, parameters: &mut [f32]) -> Vec<f64> {
        fn run<M: Model<f32>>(mut model: M, draws: &[f32], rate: f32, parameters: &mut [f32]) -> Vec<f64> {
            let mut gradients = vec![0.0; parameters.len()];
            let mut losses = Vec::new();
            for _ in 0..STEPS {
                let loss = model.gradient(parameters, Batch::All, &mut Given(draws), &mut gradients);
                losses.push(f64::from(loss));
                parameters.iter_mut().zip(&gradients).for_each(|(w, g)| *w -= rate * g);
            }
            losses
        }
        let plan = plan(data);
        with_network!(self, item => run(item.build::<f32>(&plan), draws, learning_rate, parameters))
    }

    fn fresh(&self, data: &Dataset) -> (Vec<Block>, Vec<f32>) {
        fn start<M: Model<f32>>(model: &M) -> (Vec<Block>, Vec<f32>) {
            let mut parameters = vec![0.0; model.layout().len()];
            model.initialize(&mut stream(1), &mut parameters);
            let block = |block: &crate::science::layout::Block| Block {
                name: block.name.clone(),
                rows: block.rows,
                columns: block.columns,
            };
            (model.layout().blocks().iter().map(block).collect(), parameters)
        }
        let plan = plan(data);
        with_network!(self, item => start(&item.build::<f32>(&plan)))
    }
}

/// Writes a case without losses unless it stands already.
fn write(name: &str, network: &Value, inputs: usize, targets: TargetShape) {
    let path = folder().join(format!("{name}.json"));
    if path.exists() {
        return;
    }
    let network: Network = serde_json::from_value(network.clone()).unwrap();
    let data = dataset(8, inputs, targets);
    let (blocks, parameters) = network.fresh(&data);
    let (symbols, alphabet, values) = match &data.targets {
        Targets::Symbols { symbols, alphabet } => {
            (Some(symbols.rows().into_iter().map(|row| row.to_vec()).collect()), Some(*alphabet), None)
        }
        Targets::Reals(values) => {
            (None, None, Some(values.rows().into_iter().map(|row| row.to_vec()).collect()))
        }
    };
    let case = Case {
        network,
        inputs: data.inputs.rows().into_iter().map(|row| row.to_vec()).collect(),
        symbols,
        alphabet,
        values,
        // densities have steep slopes far from the data, and products of products are steep
        learning_rate: match targets {
            TargetShape::Reals { .. } => 0.005,
            _ if name.starts_with("transformer") => 0.01,
            TargetShape::Symbols { .. } => 0.05,
        },
        draws: normal(1, 64, 3).into_iter().collect(),
        blocks,
        parameters,
        losses: Vec::new(),
    };
    std::fs::write(path, serde_json::to_string(&case).unwrap() + "\n").unwrap();
}

fn array<T: Clone>(rows: &[Vec<T>]) -> Array2<T> {
    let columns = rows.first().map_or(0, Vec::len);
    Array2::from_shape_vec((rows.len(), columns), rows.concat()).unwrap()
}

#[test]
fn a_second_implementation_has_the_same_losses() {
    if std::env::var_os("UPDATE").is_some() {
        cases().iter().for_each(|(name, network, inputs, targets)| write(name, network, *inputs, *targets));
    }
    for (name, ..) in cases() {
        let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
        let case: Case = serde_json::from_str(&text).unwrap();
        let targets = match (&case.symbols, &case.values) {
            (Some(symbols), None) => {
                Targets::Symbols { symbols: array(symbols), alphabet: case.alphabet.unwrap() }
            }
            (None, Some(values)) => Targets::Reals(array(values)),
            _ => panic!("{name}: one sort of targets"),
        };
        let data = Dataset { inputs: array(&case.inputs), targets };
        let mut parameters = case.parameters.clone();
        let losses = case.network.descend(&data, &case.draws, case.learning_rate, &mut parameters);
        assert_eq!(case.losses.len(), STEPS, "{name}: run the script");
        for (step, (ours, theirs)) in losses.iter().zip(&case.losses).enumerate() {
            assert!(
                (ours - theirs).abs() < 1e-4 * theirs.abs().max(1.0),
                "{name} step {step}: {ours} {theirs}"
            );
        }
        assert!(losses[STEPS - 1] < losses[0], "{name}: descent descends");
    }
}
