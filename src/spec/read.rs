//! Reading a spec from JSON so that every structural fault is found at once.
//!
//! Serde stops at the first fault. Here each one is noted, mended from a valid
//! example, and reading starts over: what remains is either a whole spec or
//! all there is to complain of.

use std::sync::LazyLock;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::fault::Fault;
use super::json::{set, unescape};
use crate::science::estimator::Estimator;
use crate::science::family::{Family, locate, pointer_of};
use crate::science::initialization::Initialization;
use crate::science::network::Network;
use crate::science::optimizer::Optimizer;
use crate::science::regularizer::Regularizer;
use crate::science::source::Source;

/// Faults after which reading gives up.
const MOST_FAULTS: usize = 64;

/// Reads a `T`; when it has faults, the best that mending could make of it
/// comes back too, so that other checks can go on.
#[must_use]
pub fn read<T: DeserializeOwned>(mut value: Value) -> (Option<T>, Vec<Fault>) {
    let mut faults: Vec<Fault> = Vec::new();
    loop {
        let error = match serde_path_to_error::deserialize::<_, T>(&value) {
            Ok(read) => return (Some(read), faults),
            Err(error) => error,
        };
        let outer = pointer_of(error.path());
        let (pointer, detail) = locate(&outer, &error.into_inner().to_string());
        let (fault, mended) = mend(&mut value, &pointer, &detail);
        let repeated = faults.contains(&fault);
        if !repeated {
            faults.push(fault);
        }
        if repeated || !mended || faults.len() >= MOST_FAULTS {
            return (None, faults);
        }
    }
}

/// Says what is wrong at `pointer` and mends it. `false`: nothing to mend with.
fn mend(value: &mut Value, pointer: &str, detail: &str) -> (Fault, bool) {
    if let Some(name) = between(detail, "missing field `", "`") {
        let place = format!("{pointer}/{name}");
        let fault = Fault::new(place.clone(), "missing field");
        let mended = if name == "kind" { replace(value, pointer) } else { replace(value, &place) };
        return (fault, mended);
    }
    let fault = Fault::new(pointer, detail);
    if detail.starts_with("unknown field") {
        return (fault, remove(value, pointer));
    }
    let place = pointer.strip_suffix("/kind").unwrap_or(pointer);
    let mended = replace(value, place) || remove(value, place);
    (fault, mended)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.split(after).next()
}

/// Puts what stands at this place in a valid example.
fn replace(value: &mut Value, pointer: &str) -> bool {
    let Some(example) = example_at(value, pointer) else { return false };
    set(value, pointer, example)
}

/// What a valid document has at this place: the example of the nearest object
/// with a known `kind`, else the example job.
fn example_at(value: &Value, pointer: &str) -> Option<Value> {
    let mut ancestor = pointer;
    while let Some(cut) = ancestor.rfind('/') {
        ancestor = &ancestor[..cut];
        let kind = value.pointer(ancestor).and_then(|object| object.get("kind"));
        if let Some(example) = kind.and_then(|kind| EXAMPLES.iter().find(|e| e["kind"] == *kind)) {
            return example.pointer(&pointer[ancestor.len()..]).cloned();
        }
    }
    // every element of a list has the shape of the example's first
    let first =
        |segment: &str| if segment.parse::<usize>().is_ok() { "0".to_owned() } else { segment.to_owned() };
    let generic: Vec<String> = pointer.split('/').map(first).collect();
    EXAMPLE_JOB.pointer(&generic.join("/")).cloned()
}

static EXAMPLES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    fn of<F: Family>() -> Vec<Value> {
        let to_value = |example| serde_json::to_value(example).expect("examples are valid JSON");
        F::examples().iter().map(to_value).collect()
    }
    [
        of::<Source>(),
        of::<Network>(),
        of::<Regularizer>(),
        of::<Optimizer>(),
        of::<Initialization>(),
        of::<Estimator>(),
    ]
    .concat()
});

static EXAMPLE_JOB: LazyLock<Value> = LazyLock::new(|| {
    fn first<F: Family>() -> Value {
        serde_json::to_value(&F::examples()[0]).expect("examples are valid JSON")
    }
    json!({
        "name": "", "tags": [""],
        "dataset": first::<Source>(), "network": first::<Network>(),
        "regularizers": [first::<Regularizer>()],
        "training": {"optimizer": first::<Optimizer>(), "initialization": first::<Initialization>(), "learning_rate": 0.01, "schedule": "constant",
                     "steps": 1, "batch_size": "full"},
        "estimators": [first::<Estimator>()],
        "sweep": [{"path": "/dataset/samples", "values": [1], "log2_range": {"from": 1, "to": 2, "points": 2}}],
        "question": "", "claims": [{"says": "s", "quantity": "memorized_bits", "at": {}, "relation": "equal", "expected": 0.0, "tolerance": 0.0}],
        "seeds": 1, "seed": 0, "budget": {"trial_seconds": 1.0},
    })
});

fn remove(value: &mut Value, pointer: &str) -> bool {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return false };
    match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => fields.remove(&unescape(key)).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::JobSpec;

    fn faults(value: Value) -> Vec<String> {
        let (_, faults) = read::<JobSpec>(value);
        faults.into_iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect()
    }

    #[test]
    fn a_good_spec_reads_without_faults() {
        let (spec, faults) = read::<JobSpec>(json!({
            "dataset": {"kind": "random_labels", "inputs": 5, "samples": 10},
            "network": {"kind": "mlp", "hidden": [4]},
        }));
        assert!(faults.is_empty() && spec.is_some(), "{faults:?}");
    }

    #[test]
    fn every_structural_fault_is_found_with_its_place() {
        let found = faults(json!({
            "dataset": {"kind": "random_labels", "inputs": "twenty", "smaples": 10},
            "network": {"kind": "perceptron"},
            "regularizers": [{"kind": "dropout"}, {"rate": 0.1}, 7],
            "training": {"optimizer": {"kind": "adam", "beta1": [], "beta3": 1}, "steps": -1},
            "seeds": 1.5,
            "colour": "red",
        }));
        for expected in [
            "/dataset/inputs: invalid type",
            "/dataset/smaples: unknown field",
            "/dataset/samples: missing field",
            "/network/kind: unknown kind `perceptron`, expected one of linear, mlp",
            "/regularizers/0/rate: missing field",
            "/regularizers/1/kind: missing field",
            "/regularizers/2: invalid type",
            "/training/optimizer/beta1: invalid type",
            "/training/optimizer/beta3: unknown field",
            "/training/steps: invalid value",
            "/seeds: invalid type",
            "/colour: unknown field",
        ] {
            assert!(found.iter().any(|fault| fault.starts_with(expected)), "{expected} not in {found:#?}");
        }
        assert_eq!(found.len(), 12, "{found:#?}");
    }

    #[test]
    fn what_is_not_even_an_object_is_one_fault() {
        for value in [json!(null), json!([]), json!("x"), json!(3)] {
            assert_eq!(faults(value).len(), 1);
        }
    }
}
