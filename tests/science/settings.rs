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
                "seeds": REPLICATES,
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

fn report(spec: &ValidJobSpec, replicate: u32) -> TrialReport {
    trial::run(&spec.trial(replicate), &mut Free).unwrap()
}

/// Whether two specs give other reports in some replicate: in a single one all units may be dead.
fn differ(one: &ValidJobSpec, other: &ValidJobSpec) -> bool {
    (0..REPLICATES).any(|replicate| report(one, replicate) != report(other, replicate))
}

const REPLICATES: u32 = 4;

/// The item itself, and with its numbers much smaller and much larger, one by one and together.
fn strengths<F: Family + Validate<Context = ()> + Debug>(item: &Value) -> Vec<Value> {
    let mut all = vec![item.clone()];
    let fields = item.as_object().unwrap();
    let numbers: Vec<&String> =
        fields.iter().filter(|(_, field)| field.is_number()).map(|(name, _)| name).collect();
    for (less, factor) in [(true, 1e-3), (false, 1e3)] {
        let scaled = |field: &Value| match field.as_u64() {
            Some(whole) => json!(if less { 1 } else { 1000 * whole }),
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
        let without = accepted(&place).unwrap();
        // a kind that looks at a validation draw acts when that draw says so
        let kinds: Vec<Regularizer> =
            Regularizer::examples().into_iter().filter(|kind| kind.patience().is_none()).collect();
        for regularizer in json_of(&kinds) {
            let tried: Vec<ValidJobSpec> = strengths::<Regularizer>(&regularizer)
                .into_iter()
                .filter_map(|regularizer| accepted(&with(&place, "regularizers", json!([regularizer]))).ok())
                .collect();
            if !tried.is_empty() && !tried.iter().any(|spec| differ(spec, &without)) {
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
        let without = accepted(&place).unwrap();
        for initialization in json_of(&Initialization::examples()).into_iter().filter(|i| *i != standard) {
            let mut spec = place.clone();
            spec["training"]["initialization"] = initialization.clone();
            if accepted(&spec).is_ok_and(|spec| !differ(&spec, &without)) {
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

/// Faults of a spec that a sensible one becomes by `change`.
fn faults(change: impl Fn(&mut Value)) -> Vec<(String, String)> {
    let mut spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 4, "samples": 12},
        "network": {"kind": "mlp", "hidden": [4, 4]},
        "training": {"steps": 6},
    });
    change(&mut spec);
    let found = accepted(&spec).err().unwrap_or_default();
    found.into_iter().map(|fault| (fault.pointer, fault.detail)).collect()
}

#[test]
fn two_regularizers_of_one_kind_are_one_too_many_and_two_kinds_both_act() {
    let mut idle = Vec::new();
    let networks = [
        ("random_labels", json!({"kind": "mlp", "hidden": [4, 4], "residual": true})),
        ("random_strings", json!({"kind": "vae", "hidden": [4], "code": 2})),
        ("random_strings", json!({"kind": "autoencoder", "hidden": [4], "code": 2})),
    ];
    let source = |kind: &str| sources().into_iter().find(|source| source["kind"] == kind).unwrap();
    for (kind, network) in networks {
        let place = json!({
            "dataset": source(kind), "network": network,
            "training": {"steps": 6, "learning_rate": 0.05, "batch_size": 5},
            "estimators": [{"kind": "exploration"}], "seeds": REPLICATES,
        });
        // bounds so tight that they are met
        let mut kinds = json_of(&Regularizer::examples());
        kinds.iter_mut().filter(|kind| kind["kind"] == "max_norm").for_each(|kind| kind["norm"] = json!(0.1));
        let kinds: Vec<Value> = kinds
            .into_iter()
            .filter(|kind| kind["kind"] != "early_stopping")
            .filter(|kind| accepted(&with(&place, "regularizers", json!([kind]))).is_ok())
            .collect();
        for one in &kinds {
            let alone = accepted(&with(&place, "regularizers", json!([one]))).unwrap();
            for other in &kinds {
                let both = accepted(&with(&place, "regularizers", json!([one, other])));
                assert_eq!(both.is_err(), one == other, "{one} and {other}");
                if both.is_ok_and(|both| !differ(&both, &alone)) {
                    idle.push(format!("{other} beside {one} in {}", name(&place)));
                }
            }
        }
    }
    assert!(idle.is_empty(), "{} do nothing:\n{}", idle.len(), idle.join("\n"));
}

#[test]
fn what_would_do_nothing_is_a_fault_at_its_place() {
    let dropout = json!({"kind": "dropout", "rate": 0.2});
    let at = |pointer: &str, change: &dyn Fn(&mut Value)| {
        let found = faults(change);
        assert!(found.iter().any(|(place, _)| place == pointer), "{pointer}: {found:?}");
        assert_eq!(found.len(), 1, "{found:?}");
    };
    at("/regularizers/2", &|spec| {
        spec["regularizers"] = json!([dropout, {"kind": "l1", "rate": 0.1}, dropout]);
    });
    at("/regularizers/0", &|spec| {
        spec["dataset"] = json!({"kind": "linear_regression", "inputs": 3, "samples": 9, "noise": 0.5});
        spec["regularizers"] = json!([{"kind": "label_smoothing", "rate": 0.1}]);
    });
    at("/regularizers/0/activations", &|spec| {
        spec["network"] = json!({"kind": "linear"});
        spec["regularizers"] = json!([{"kind": "binarize", "weights": true, "activations": true}]);
    });
    at("/network/activation", &|spec| {
        spec["network"]["activation"] = json!("tanh");
        spec["regularizers"] = json!([{"kind": "binarize", "activations": true}]);
    });
    at("/network/residual", &|spec| {
        spec["network"] = json!({"kind": "mlp", "hidden": [4], "residual": true});
    });
    at("/estimators/0", &|spec| spec["estimators"] = json!([{"kind": "margin"}]));
    at("/estimators/1/layer", &|spec| {
        spec["estimators"] = json!([{"kind": "memorized_bits"}, {"kind": "layer_information", "layer": 2}]);
    });
    at("/training/initialization", &|spec| {
        spec["network"] = json!({"kind": "linear"});
        spec["training"]["initialization"] = json!({"kind": "tied", "units": 2});
    });
    at("/training/optimizer/delay", &|spec| {
        spec["training"]["optimizer"] = json!({"kind": "delayed_sgd", "delay": 6});
    });
    at("/sweep/0/path", &|spec| {
        spec["sweep"] = json!([{"path": "/training/batch_size", "values": [20, 40, "full"]}]);
    });
    at("/sweep/0/path", &|spec| {
        spec["training"]["steps"] = json!(1);
        spec["sweep"] = json!([{"path": "/training/schedule", "values": ["constant", "cosine"]}]);
    });
}

#[test]
fn baselines_of_an_axis_and_what_other_cells_need_are_no_faults() {
    let none = |change: &dyn Fn(&mut Value)| assert_eq!(faults(change), Vec::new());
    none(&|spec| {
        spec["network"] = json!({"kind": "linear"});
        spec["regularizers"] = json!([{"kind": "dropout", "rate": 0.0}]);
    });
    none(&|spec| {
        spec["dataset"] = json!({"kind": "linear_regression", "inputs": 3, "samples": 9, "noise": 0.5});
        spec["regularizers"] = json!([{"kind": "label_smoothing", "rate": 0.0}]);
    });
    // a sweep over networks of which one has what the estimator reads
    none(&|spec| {
        spec["estimators"] = json!([{"kind": "symmetry"}]);
        spec["sweep"] =
            json!([{"path": "/network", "values": [{"kind": "linear"}, {"kind": "mlp", "hidden": [4]}]}]);
    });
    none(&|spec| {
        spec["network"]["residual"] = json!(true);
        spec["sweep"] = json!([{"path": "/network/hidden", "values": [[4], [4, 4]]}]);
    });
    none(&|spec| spec["sweep"] = json!([{"path": "/training/batch_size", "values": [4, 40, "full"]}]));
    none(&|spec| spec["training"] = json!({"steps": 1, "schedule": "constant", "batch_size": 100}));
    // nobody asked for the estimators of a spec that names none
    none(&|spec| {
        spec["dataset"] = json!({"kind": "no_data"});
        spec["network"] = json!({"kind": "landscape"});
    });
}
