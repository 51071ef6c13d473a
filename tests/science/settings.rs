//! A setting that is accepted does something: each kind of each family, in each place where a
//! spec may put it, is either refused or changes what comes out. Everything is composed from the
//! lists of the families, so that a new kind is held to it without a line here.

use std::fmt::Debug;

use bitgauge::science::estimator::Estimator;
use bitgauge::science::family::Family;
use bitgauge::science::initialization::Initialization;
use bitgauge::science::network::Network;
use bitgauge::science::network::features::map::FeatureMap;
use bitgauge::science::network::head::Head;
use bitgauge::science::regularizer::Regularizer;
use bitgauge::science::source::Source;
use bitgauge::science::trial::{self, TrialReport};
use bitgauge::spec::ValidJobSpec;
use bitgauge::spec::admission::Limits;
use bitgauge::spec::fault::Fault;
use garde::Validate;
use serde::Serialize;
use serde_json::{Value, json};

use super::Free;

fn json_of(items: &[impl Serialize]) -> Vec<Value> {
    items.iter().map(|item| serde_json::to_value(item).unwrap()).collect()
}

fn with(base: &Value, field: &str, value: impl Into<Value>) -> Value {
    let mut changed = base.clone();
    changed[field] = value.into();
    changed
}

/// Small draws of every source, and of sources that have several sorts of targets.
fn sources() -> Vec<Value> {
    let mut sources = json_of(&Source::examples());
    sources.push(json!({"kind": "random_labels", "inputs": 4, "classes": 3}));
    sources.push(json!({"kind": "random_strings", "length": 4, "alphabet": 3}));
    sources.push(json!({"kind": "random_strings", "length": 1}));
    sources.push(
        json!({"kind": "symmetric_targets", "answers": 2, "form": {"kind": "symbols", "questions": 2}}),
    );
    sources.iter().map(|source| with(source, "samples", 12)).collect()
}

/// Every network, with every head and feature map that it takes, with each of its switches the
/// other way, and with fewer hidden units.
fn networks() -> Vec<Value> {
    let mut networks = Vec::new();
    for network in json_of(&Network::examples()) {
        let mut variants = vec![network.clone()];
        variants.extend(json_of(&Head::examples()).into_iter().map(|head| with(&network, "head", head)));
        variants.extend(json_of(&FeatureMap::examples()).into_iter().map(|map| with(&network, "map", map)));
        for (name, field) in network.as_object().unwrap() {
            variants.extend(field.as_bool().map(|switch| with(&network, name, !switch)));
            if field.is_array() {
                variants
                    .extend([json!([]), json!([1]), json!([4, 4])].map(|list| with(&network, name, list)));
            }
        }
        networks.extend(variants);
    }
    networks
}

/// Every network on every source that it can learn, without anything that restricts it.
fn places() -> Vec<Value> {
    let mut places = Vec::new();
    for dataset in sources() {
        for network in networks() {
            let place = json!({
                "dataset": dataset, "network": network,
                "training": {"steps": 6, "learning_rate": 0.05, "batch_size": 5},
                "estimators": [{"kind": "exploration"}],
                "seeds": 1,
            });
            if accepted(&place).is_ok() {
                places.push(place);
            }
        }
    }
    places
}

fn accepted(spec: &Value) -> Result<ValidJobSpec, Vec<Fault>> {
    ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default())
        .map_err(|rejection| rejection.faults().to_vec())
}

fn report(spec: &ValidJobSpec) -> TrialReport {
    trial::run(&spec.trial(0), &mut Free).unwrap()
}

/// The item itself, and with its numbers much smaller and much larger, one by one and together.
fn strengths<F: Family + Validate<Context = ()> + Debug>(item: &Value) -> Vec<Value> {
    let mut all = vec![item.clone()];
    let fields = item.as_object().unwrap();
    let numbers: Vec<&String> =
        fields.iter().filter(|(_, field)| field.is_number()).map(|(name, _)| name).collect();
    for factor in [1e-3, 1e3] {
        let scaled = |field: &Value| match field.as_u64() {
            Some(whole) => json!(((whole as f64 * factor) as u64).max(1)),
            None => json!(field.as_f64().unwrap() * factor),
        };
        let mut together = item.clone();
        for name in &numbers {
            all.push(with(item, name, scaled(&item[*name])));
            together[*name] = scaled(&item[*name]);
        }
        all.push(together);
    }
    let is_valid =
        |item: &Value| serde_json::from_value::<F>(item.clone()).is_ok_and(|item| item.validate().is_ok());
    all.into_iter().filter(is_valid).collect()
}

fn name(place: &Value) -> String {
    format!("{} on {}", place["network"], place["dataset"])
}

#[test]
fn every_regularizer_acts_wherever_it_is_accepted() {
    let mut idle = Vec::new();
    for place in places() {
        let without = report(&accepted(&place).unwrap());
        // a kind that looks at a validation draw acts when that draw says so
        let kinds: Vec<Regularizer> =
            Regularizer::examples().into_iter().filter(|kind| kind.patience().is_none()).collect();
        for regularizer in json_of(&kinds) {
            let tried: Vec<ValidJobSpec> = strengths::<Regularizer>(&regularizer)
                .into_iter()
                .filter_map(|regularizer| accepted(&with(&place, "regularizers", json!([regularizer]))).ok())
                .collect();
            if !tried.is_empty() && tried.iter().all(|spec| report(spec) == without) {
                idle.push(format!("{} in {}", regularizer["kind"], name(&place)));
            }
        }
    }
    assert!(idle.is_empty(), "{} do nothing:\n{}", idle.len(), idle.join("\n"));
}

#[test]
fn every_initialization_acts_wherever_it_is_accepted() {
    let mut idle = Vec::new();
    let standard = json!({"kind": "standard"});
    for place in places() {
        let without = report(&accepted(&place).unwrap());
        for initialization in json_of(&Initialization::examples()).into_iter().filter(|i| *i != standard) {
            let mut spec = place.clone();
            spec["training"]["initialization"] = initialization.clone();
            if accepted(&spec).is_ok_and(|spec| report(&spec) == without) {
                idle.push(format!("{} in {}", initialization["kind"], name(&place)));
            }
        }
    }
    assert!(idle.is_empty(), "{} do nothing:\n{}", idle.len(), idle.join("\n"));
}

/// Quantities of its own that an estimator yields, checked by nobody beforehand.
fn yielded(place: &Value, estimator: &Estimator) -> usize {
    let mut spec = accepted(place).unwrap().trial(0);
    spec.estimators = vec![estimator.clone()];
    let TrialReport::Succeeded(measured) = trial::run(&spec, &mut Free).unwrap() else { return 0 };
    measured.measurements.len()
}

#[test]
fn an_estimator_is_accepted_exactly_where_it_measures_something() {
    let mut wrong = Vec::new();
    for place in places() {
        for estimator in Estimator::examples() {
            let stated = serde_json::to_value(&estimator).unwrap();
            let is_accepted = accepted(&with(&place, "estimators", json!([stated]))).is_ok();
            let is_measured = yielded(&place, &estimator) > 0;
            if is_accepted != is_measured {
                wrong.push(format!("{} of {}: accepted: {is_accepted}", stated["kind"], name(&place)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} estimators:\n{}", wrong.len(), wrong.join("\n"));
}
