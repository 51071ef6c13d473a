//! A trial spec that was written and read back is the same trial.

use bitgauge::science::estimator::Estimator;
use bitgauge::science::family::Family;
use bitgauge::science::initialization::Initialization;
use bitgauge::science::network::Network;
use bitgauge::science::network::features::map::FeatureMap;
use bitgauge::science::network::head::Head;
use bitgauge::science::optimizer::Optimizer;
use bitgauge::science::regularizer::Regularizer;
use bitgauge::science::source::Source;
use bitgauge::science::training::{BatchSize, Schedule, Training};
use bitgauge::science::trial::TrialSpec;
use serde_json::{Value, json};

use super::parse;

fn one() -> TrialSpec {
    let spec = json!({"dataset": {"kind": "random_labels", "inputs": 4, "samples": 9}, "network": {"kind": "linear"}});
    // numbers that a careless reader rounds
    TrialSpec { seed: u64::MAX - 1, replicate: 1 << 53 | 1, ..parse(&spec).trial(0) }
}

/// Every example of every family, each in an otherwise equal spec.
fn specs() -> Vec<TrialSpec> {
    let one = one();
    let network = |json: Value| serde_json::from_value::<Network>(json).unwrap();
    let mut networks = Network::examples();
    networks.extend(Head::examples().iter().map(|head| network(json!({"kind": "linear", "head": head}))));
    networks
        .extend(FeatureMap::examples().iter().map(|map| network(json!({"kind": "features", "map": map}))));
    let mut trainings: Vec<Training> = Vec::new();
    let training = &one.training;
    trainings.extend(
        Optimizer::examples().into_iter().map(|optimizer| Training { optimizer, ..training.clone() }),
    );
    trainings.extend(
        Initialization::examples()
            .into_iter()
            .map(|initialization| Training { initialization, ..training.clone() }),
    );
    trainings.push(Training {
        learning_rate: 0.1 + 0.2,
        schedule: Schedule::Constant,
        batch_size: BatchSize::Samples(3),
        ..training.clone()
    });
    let mut all = vec![one.clone()];
    all.extend(Source::examples().into_iter().map(|dataset| TrialSpec { dataset, ..one.clone() }));
    all.extend(networks.into_iter().map(|network| TrialSpec { network, ..one.clone() }));
    all.extend(trainings.into_iter().map(|training| TrialSpec { training, ..one.clone() }));
    all.push(TrialSpec { regularizers: Regularizer::examples(), ..one.clone() });
    all.push(TrialSpec { estimators: Estimator::examples(), ..one });
    all
}

#[test]
fn every_familys_example_is_read_back_as_it_was_written() {
    for spec in specs() {
        let text = serde_json::to_string(&spec).unwrap();
        let back: TrialSpec = serde_json::from_str(&text).unwrap();
        assert_eq!(back, spec);
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }
}

#[test]
fn unknown_and_missing_fields_are_refused() {
    let written = serde_json::to_value(one()).unwrap();
    let read = |value: Value| serde_json::from_value::<TrialSpec>(value);
    let mut more = written.clone();
    more["patience"] = json!(3);
    assert!(read(more).unwrap_err().to_string().contains("unknown field `patience`"));
    let mut within = written.clone();
    within["network"]["patience"] = json!(3);
    assert!(read(within).unwrap_err().to_string().contains("patience"));
    for field in written.as_object().unwrap().keys() {
        let mut less = written.clone();
        less.as_object_mut().unwrap().remove(field);
        assert!(read(less).is_err(), "{field}");
    }
}
