//! What is turned in a setting: how its spec differs from the unrestricted one's.

use std::collections::BTreeMap;

use serde_json::Value;

/// How a setting differs from the baseline.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Difference {
    /// Kinds and fields that differ.
    pub(super) knob: String,
    /// Numbers in what differs, by their places.
    pub(super) numbers: BTreeMap<String, f64>,
}

/// Regularizers and optimizer that the baseline does not have name the knob; without any
/// the fields of the training, and without those the fields of the network, that differ.
pub(super) fn difference(baseline: &Value, setting: &Value) -> Difference {
    let own = regularizers(setting);
    let added: Vec<&Value> = own.iter().filter(|one| !regularizers(baseline).contains(one)).collect();
    let removed = regularizers(baseline).iter().filter(|one| !own.contains(one));
    let removed: Vec<String> = removed
        .map(kind)
        .filter(|gone| !added.iter().any(|one| kind(one) == *gone))
        .map(|gone| format!("no {gone}"))
        .collect();
    let mut difference = Difference::default();
    let mut names: Vec<String> = Vec::new();
    for one in added {
        names.push(binary(one));
        difference.note(one, &kind(one));
    }
    names.extend(removed);
    let (before, after) = (&baseline["training"]["optimizer"], &setting["training"]["optimizer"]);
    if kind(before) != kind(after) {
        names.push(kind(after));
        difference.note(after, "optimizer");
    }
    for part in ["training", "network"] {
        if !names.is_empty() {
            break;
        }
        let Some(fields) = setting[part].as_object() else { continue };
        for (field, value) in fields.iter().filter(|(field, value)| baseline[part].get(*field) != Some(value))
        {
            names.push(field.clone());
            difference.note(value, field);
        }
    }
    difference.knob = if names.is_empty() { "none".to_owned() } else { names.join(" + ") };
    difference
}

impl Difference {
    fn note(&mut self, value: &Value, path: &str) {
        match value {
            Value::Number(number) => {
                self.numbers.extend(number.as_f64().map(|number| (path.to_owned(), number)));
            }
            Value::Object(fields) => {
                fields.iter().for_each(|(field, value)| self.note(value, &format!("{path}/{field}")));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, value)| self.note(value, &format!("{path}/{i}")));
            }
            _ => {}
        }
    }
}

fn regularizers(spec: &Value) -> &[Value] {
    spec["regularizers"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn kind(item: &Value) -> String {
    item["kind"].as_str().unwrap_or_default().to_owned()
}

/// The kind, with what is switched on.
fn binary(item: &Value) -> String {
    let on = item.as_object().into_iter().flatten().filter(|(_, value)| **value == Value::Bool(true));
    let on: Vec<&str> = on.map(|(field, _)| field.as_str()).collect();
    if on.is_empty() { kind(item) } else { format!("{} {}", kind(item), on.join(" and ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec(regularizers: &Value, training: &Value, hidden: u32) -> Value {
        json!({"regularizers": regularizers, "training": training, "network": {"kind": "mlp", "hidden": [hidden]}})
    }

    #[test]
    fn knobs_are_named_by_what_differs() {
        let adam = json!({"optimizer": {"kind": "adam"}, "steps": 100, "batch_size": "full"});
        let baseline = spec(&json!([]), &adam, 9);
        let of = |regularizers: Value, training: Value, hidden| {
            let difference = difference(&baseline, &spec(&regularizers, &training, hidden));
            let numbers: Vec<(String, f64)> = difference.numbers.into_iter().collect();
            (difference.knob, numbers)
        };
        let number = |path: &str, value| vec![(path.to_owned(), value)];
        assert_eq!(of(json!([]), adam.clone(), 9), ("none".to_owned(), vec![]));
        let dropout = json!([{"kind": "dropout", "rate": 0.5}]);
        assert_eq!(of(dropout, adam.clone(), 9), ("dropout".to_owned(), number("dropout/rate", 0.5)));
        let binary = json!([{"kind": "binarize", "weights": true, "activations": false}]);
        assert_eq!(of(binary, adam.clone(), 9), ("binarize weights".to_owned(), vec![]));
        let langevin = json!({"optimizer": {"kind": "langevin", "temperature": 0.1}, "steps": 900, "batch_size": "full"});
        assert_eq!(of(json!([]), langevin, 9), ("langevin".to_owned(), number("optimizer/temperature", 0.1)));
        let small = json!({"optimizer": {"kind": "adam"}, "steps": 100, "batch_size": 8});
        assert_eq!(of(json!([]), small, 9), ("batch_size".to_owned(), number("batch_size", 8.0)));
        assert_eq!(of(json!([]), adam, 4), ("hidden".to_owned(), number("hidden/0", 4.0)));
    }

    #[test]
    fn what_the_baseline_has_is_no_knob_and_its_lack_is_one() {
        let training = json!({"optimizer": {"kind": "adam"}});
        let decay = |rate: f64| json!([{"kind": "weight_decay", "rate": rate}]);
        let baseline = spec(&decay(0.1), &training, 9);
        let of = |regularizers: Value| difference(&baseline, &spec(&regularizers, &training, 9)).knob;
        assert_eq!(of(json!([])), "no weight_decay");
        assert_eq!(of(decay(0.2)), "weight_decay");
        assert_eq!(of(json!([{"kind": "weight_decay", "rate": 0.1}, {"kind": "l1", "rate": 0.3}])), "l1");
    }
}
