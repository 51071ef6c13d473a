//! A training that was interrupted ends as one that was not.

use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::science::data::Dataset;
use crate::science::family::Family;
use crate::science::kernel::isa::Isa;
use crate::science::network::Network;
use crate::science::optimizer::Optimizer;
use crate::science::seed::{Purpose, Streams};
use crate::science::source::Source;
use crate::science::training::{Control, Ending, Interrupted, Task, Trained, Training, train};

/// Stops at a step after saving, and hands out what was saved before.
#[derive(Default)]
struct Interrupting {
    stop_at: Option<u64>,
    saved: Option<Vec<u8>>,
    outcome: Option<Result<u64, Unusable>>,
}

impl Control for Interrupting {
    fn step(&mut self, done: u64, _of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        if self.stop_at.is_some_and(|stop_at| done >= stop_at) {
            self.saved = save();
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn resume(&mut self) -> Option<Vec<u8>> {
        self.saved.take()
    }

    fn resumed(&mut self, outcome: Result<u64, Unusable>) {
        self.outcome = Some(outcome);
    }
}

struct Case {
    dataset: Dataset,
    validation: Dataset,
    network: Network,
    training: Training,
    regularizers: Vec<crate::science::regularizer::Regularizer>,
    held: Option<Nats>,
}

impl Case {
    fn new(source: Value, network: Value, regularizers: Value, training: Value) -> Self {
        let source: Source = serde_json::from_value(source).unwrap();
        let streams = Streams { seed: 5, replicate: 0 };
        let distribution = source.process().distribution(&mut streams.stream(Purpose::Rule));
        Self {
            dataset: distribution.draw(&mut streams.stream(Purpose::TrainingData)),
            validation: distribution.draw(&mut streams.stream(Purpose::ValidationData)),
            network: serde_json::from_value(network).unwrap(),
            training: serde_json::from_value(training).unwrap(),
            regularizers: serde_json::from_value(regularizers).unwrap(),
            held: None,
        }
    }

    fn train(&self, control: &mut Interrupting) -> Result<Trained, Interrupted> {
        let task = Task {
            dataset: &self.dataset,
            validation: Some(&self.validation),
            training: &self.training,
            regularizers: &self.regularizers,
            streams: Streams { seed: 5, replicate: 0 },
            isa: Isa::detect(),
            snapshots: &[0, 15, 30],
            held: self.held,
        };
        train(&self.network, &task, control)
    }
}

fn labels() -> Value {
    json!({"kind": "random_labels", "inputs": 12, "samples": 90})
}

/// A training for each optimizer, and for everything that keeps state.
fn cases() -> Vec<Case> {
    // so large that the control looks every few steps, here and below
    let network = json!({"kind": "mlp", "hidden": [120, 120], "activation": "tanh"});
    let noises = json!([{"kind": "dropout", "rate": 0.2}, {"kind": "gradient_noise", "eta": 1e-4}, {"kind": "weight_noise", "scale": 0.01}]);
    let strings = json!({"kind": "random_strings", "length": 6, "alphabet": 3, "samples": 60});
    let mut cases: Vec<Case> = Optimizer::examples()
        .into_iter()
        .filter(|optimizer| optimizer.threads().is_none())
        .map(|optimizer| {
            let training =
                json!({"optimizer": optimizer, "learning_rate": 0.003, "steps": 60, "batch_size": 32});
            Case::new(labels(), network.clone(), noises.clone(), training)
        })
        .collect();
    let stopping = json!([{"kind": "early_stopping", "patience": 40, "interval": 4}]);
    cases.push(Case::new(labels(), network, stopping, json!({"steps": 90, "learning_rate": 0.01})));
    cases.push(Case::new(
        strings.clone(),
        json!({"kind": "vae", "hidden": [150], "code": 3}),
        json!([{"kind": "latent_noise", "target_bits": 2.0}]),
        json!({"steps": 60, "batch_size": 50}),
    ));
    cases.push(Case::new(
        strings,
        json!({"kind": "transformer", "width": 24, "heads": 2}),
        json!([{"kind": "stochastic_depth", "survival": 0.7}]),
        json!({"steps": 60, "batch_size": 50}),
    ));
    let landscape = json!({"kind": "landscape", "walkers": 600_000, "gradient_variance": 4.0});
    cases.push(Case::new(json!({"kind": "no_data"}), landscape, json!([]), json!({"steps": 60})));
    cases
}

#[test]
fn an_interrupted_training_ends_like_one_that_was_not() {
    for case in cases() {
        let whole = case.train(&mut Interrupting::default()).unwrap();
        let mut control = Interrupting::default();
        for stop_at in [7, 20, 21, 44] {
            control.stop_at = Some(stop_at);
            assert!(case.train(&mut control).is_err());
            assert!(control.saved.is_some());
        }
        control.stop_at = None;
        let resumed = case.train(&mut control).unwrap();
        let spared = control.outcome.unwrap().unwrap();
        assert!((44..60).contains(&spared), "{spared}");
        assert_eq!(resumed.parameters, whole.parameters, "{:?}", case.training);
        assert_eq!(resumed.ending, whole.ending);
        assert_eq!(resumed.snapshots, whole.snapshots);
    }
}

#[test]
fn an_interrupted_training_ends_early_where_one_that_was_not_does() {
    let network = json!({"kind": "mlp", "hidden": [120, 120], "activation": "tanh"});
    let mut case = Case::new(labels(), network, json!([]), json!({"steps": 5000, "learning_rate": 0.01}));
    case.held = Some(Nats(90.0 * 1e-4 * std::f64::consts::LN_2));
    let whole = case.train(&mut Interrupting::default()).unwrap();
    let Ending::Completed { steps, is_held: true } = whole.ending else { panic!("{:?}", whole.ending) };
    assert!(steps > 50 && steps < 5000 && steps.is_multiple_of(50), "{steps}");
    let mut control = Interrupting::default();
    for stop_at in [7, 50, steps - 1] {
        control.stop_at = Some(stop_at);
        assert!(case.train(&mut control).is_err());
    }
    control.stop_at = None;
    let resumed = case.train(&mut control).unwrap();
    assert!(control.outcome.unwrap().unwrap() >= steps - 1);
    assert_eq!((resumed.parameters, resumed.ending), (whole.parameters, whole.ending));
}

fn saved(case: &Case) -> Vec<u8> {
    // an interpreter takes minutes to the second look
    let stop_at = Some(if cfg!(miri) { 0 } else { 10 });
    let mut control = Interrupting { stop_at, ..Interrupting::default() };
    assert!(case.train(&mut control).is_err());
    control.saved.unwrap()
}

fn small(samples: usize, regularizers: Value) -> Case {
    let source = json!({"kind": "random_labels", "inputs": 5, "samples": samples});
    // fewer for an interpreter
    let training = json!({"steps": if cfg!(miri) { 12 } else { 2000 }, "batch_size": 8});
    Case::new(source, json!({"kind": "mlp", "hidden": [4]}), regularizers, training)
}

#[test]
fn what_belongs_to_another_training_is_not_gone_on_from() {
    let case = small(20, json!([]));
    let whole = case.train(&mut Interrupting::default()).unwrap();
    let dropout = json!([{"kind": "dropout", "rate": 0.5}]);
    let stopping = json!([{"kind": "early_stopping", "patience": 5000}]);
    for other in [small(21, json!([])), small(20, dropout), small(20, stopping)] {
        let mut control = Interrupting { saved: Some(saved(&other)), ..Interrupting::default() };
        let trained = case.train(&mut control).unwrap();
        assert_eq!(control.outcome, Some(Err(Unusable::Unfitting)));
        assert_eq!(trained.parameters, whole.parameters, "training starts anew");
    }
}

#[test]
fn another_versions_checkpoint_is_refused() {
    let case = small(20, json!([]));
    let bytes = saved(&case);
    let mut checkpoint: Checkpoint = postcard::from_bytes_crc32(&bytes, CHECKSUM.digest()).unwrap();
    checkpoint.version += 1;
    let newer = postcard::to_allocvec_crc32(&checkpoint, CHECKSUM.digest()).unwrap();
    let mut control = Interrupting { saved: Some(newer), ..Interrupting::default() };
    case.train(&mut control).unwrap();
    assert_eq!(control.outcome, Some(Err(Unusable::Foreign)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 200 }))]
    #[test]
    fn damage_is_noticed(place in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<bool>()) {
        thread_local! {
            static CASE: (Case, Vec<u8>) = {
                let case = small(20, json!([{"kind": "dropout", "rate": 0.5}]));
                let bytes = saved(&case);
                (case, bytes)
            };
        }
        CASE.with(|(case, bytes)| {
            let mut damaged = bytes.clone();
            let place = place.index(bytes.len());
            if cut { damaged.truncate(place) } else { damaged[place] ^= 1 << bit }
            let mut control = Interrupting { saved: Some(damaged), stop_at: Some(0), ..Interrupting::default() };
            let _ = case.train(&mut control);
            prop_assert_eq!(control.outcome, Some(Err(Unusable::Damaged)));
            Ok(())
        })?;
    }
}
