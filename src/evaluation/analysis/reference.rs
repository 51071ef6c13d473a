//! The reference of several settings: the one that others are compared with, whatever the order in
//! which a sweep lists them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

/// The setting from which the others differ in the fewest parts: its parts are shared by the most
/// settings. Among equals the one with the fewest regularizers, then the least in numbers.
pub(super) fn reference(specs: &[Value]) -> Option<usize> {
    let parts: Vec<Vec<(String, String)>> = specs.iter().map(parts).collect();
    let mut shared: BTreeMap<&(String, String), usize> = BTreeMap::new();
    for part in parts.iter().flatten() {
        *shared.entry(part).or_default() += 1;
    }
    let sum = |i: usize| parts[i].iter().map(|part| shared[part]).sum::<usize>();
    let rank = |a: &usize, b: &usize| {
        let fewest = regularizers(&specs[*a]).cmp(&regularizers(&specs[*b]));
        sum(*b).cmp(&sum(*a)).then(fewest).then_with(|| order(&specs[*a], &specs[*b]))
    };
    (0..specs.len()).min_by(rank)
}

/// What a setting is made of: its regularizers together, and each field of its other parts.
fn parts(spec: &Value) -> Vec<(String, String)> {
    let mut all = vec![("regularizers".to_owned(), spec["regularizers"].to_string())];
    for part in ["dataset", "network", "training"] {
        let fields = spec[part].as_object().into_iter().flatten();
        all.extend(fields.map(|(name, value)| (format!("{part}/{name}"), value.to_string())));
    }
    all
}

fn regularizers(spec: &Value) -> usize {
    spec["regularizers"].as_array().map_or(0, Vec::len)
}

/// An order of JSON values: numbers by size, arrays by length first.
pub(super) fn order(a: &Value, b: &Value) -> Ordering {
    let kind = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    };
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len().cmp(&b.len()).then_with(|| first_unequal(a.iter().zip(b).map(|(a, b)| order(a, b))))
        }
        (Value::Object(a), Value::Object(b)) => {
            let names = a.keys().cmp(b.keys());
            names.then_with(|| first_unequal(a.values().zip(b.values()).map(|(a, b)| order(a, b))))
        }
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ => kind(a).cmp(&kind(b)),
    }
}

fn first_unequal(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn setting(regularizers: Value, hidden: u32, batch: Value) -> Value {
        json!({"network": {"hidden": [hidden]}, "regularizers": regularizers, "training": {"batch_size": batch}})
    }

    #[test]
    fn the_reference_is_what_the_others_turn_one_knob_of() {
        let dropout = |rate: f64| json!([{"kind": "dropout", "rate": rate}]);
        let plain = setting(json!([]), 16, json!("full"));
        let mut all = vec![
            setting(json!([]), 2, json!("full")),
            setting(dropout(0.1), 16, json!("full")),
            setting(json!([]), 16, json!(4)),
            plain.clone(),
            setting(dropout(0.5), 16, json!("full")),
            setting(json!([]), 4, json!("full")),
        ];
        for _ in 0..all.len() {
            all.rotate_left(1);
            assert_eq!(all[reference(&all).unwrap()], plain);
        }
        assert_eq!(reference(&[]), None);
    }

    #[test]
    fn among_strengths_it_is_none_and_among_numbers_the_least() {
        let rates = [0.5, 0.0, 0.25].map(|rate| setting(json!([{"rate": rate}]), 1, json!(1)));
        assert_eq!(reference(&rates), Some(1));
        let none = [setting(json!([{"rate": 0.1}]), 1, json!(1)), setting(json!([]), 1, json!(1))];
        assert_eq!(reference(&none), Some(1));
        let widths = [100, 9, 20].map(|hidden| setting(json!([]), hidden, json!(1)));
        assert_eq!(reference(&widths), Some(1));
    }
}
