//! Sweeps: the cartesian product of axes, each a JSON pointer with values, or a name with
//! cases that set several fields.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::fault::{Fault, is_within};
use super::read::{set, unescape};
use super::spec::{Axis, Log2Range};

/// Parts of a spec that a sweep may change.
const SWEEPABLE: [&str; 5] = ["/dataset", "/network", "/regularizers", "/training", "/estimators"];

/// Values on one axis of a sweep.
const MOST_VALUES: usize = 10_000;

/// Axes of a sweep.
const MOST_AXES: usize = 8;

/// An axis with its values spelled out.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// JSON pointer to the field, or the axis' name.
    pub path: String,
    /// The values it takes; names of cases.
    pub values: Vec<Value>,
    /// What each case sets; empty where the path leads to the field itself.
    cases: Vec<BTreeMap<String, Value>>,
}

impl Points {
    /// An axis along one field.
    fn along(path: &str, values: Vec<Value>) -> Self {
        Self { path: path.to_owned(), values, cases: Vec::new() }
    }

    /// Pointers and values that a choice sets.
    fn sets(&self, choice: usize) -> Vec<(&str, &Value)> {
        match self.cases.get(choice) {
            Some(set) => set.iter().map(|(path, value)| (path.as_str(), value)).collect(),
            None => vec![(self.path.as_str(), &self.values[choice])],
        }
    }

    /// Pointers that any choice sets.
    #[must_use]
    pub fn pointers(&self) -> BTreeSet<&str> {
        if self.cases.is_empty() {
            return BTreeSet::from([self.path.as_str()]);
        }
        self.cases.iter().flat_map(BTreeMap::keys).map(String::as_str).collect()
    }

    /// Where in the axis a field of the spec comes from: the place of what a choice sets, and
    /// what of the pointer lies below it.
    #[must_use]
    pub fn origin<'p>(&self, choice: usize, pointer: &'p str) -> Option<(String, &'p str)> {
        let sets = self.sets(choice);
        let (path, _) = sets.iter().find(|(path, _)| is_within(pointer, path))?;
        let place = if self.cases.is_empty() {
            format!("values/{choice}")
        } else {
            format!("cases/{choice}/set/{}", path.replace('~', "~0").replace('/', "~1"))
        };
        Some((place, &pointer[path.len()..]))
    }
}

/// Where a cell lies in the sweep: pointer and value of every axis.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Coordinates(pub Map<String, Value>);

/// Spells out the axes.
///
/// # Errors
/// Every fault of every axis.
pub fn points(axes: &[Axis]) -> Result<Vec<Points>, Vec<Fault>> {
    let mut faults = Vec::new();
    if axes.len() > MOST_AXES {
        faults.push(Fault::new("/sweep", format!("{} axes, at most {MOST_AXES} are allowed", axes.len())));
    }
    let mut all = Vec::new();
    for (i, axis) in axes.iter().enumerate() {
        let at = |field: &str| format!("/sweep/{i}/{field}");
        match (&axis.values, &axis.log2_range, &axis.cases) {
            (Some(values), None, None) => {
                check_values(values, &at("values"), &mut faults);
                all.push((i, Points::along(&axis.path, values.clone())));
            }
            (None, Some(range), None) => match log2_values(range) {
                Ok(values) => all.push((i, Points::along(&axis.path, values))),
                Err((field, detail)) => faults.push(Fault::new(at(&format!("log2_range{field}")), detail)),
            },
            (None, None, Some(cases)) => {
                let values: Vec<Value> = cases.iter().map(|case| case.name.clone().into()).collect();
                check_values(&values, &at("cases"), &mut faults);
                if axis.path.is_empty() || axis.path.contains('/') {
                    faults.push(Fault::new(at("path"), "of cases is a name without slashes"));
                }
                let cases = cases.iter().map(|case| case.set.clone()).collect();
                all.push((i, Points { path: axis.path.clone(), values, cases }));
            }
            _ => {
                let detail = "needs exactly one of values, log2_range and cases";
                faults.push(Fault::new(format!("/sweep/{i}"), detail));
            }
        }
    }
    faults.extend(misplaced(&all));
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    let all = all.into_iter().map(|(_, points)| points).collect();
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

/// Fields that no sweep may change, and those that two axes do.
fn misplaced(axes: &[(usize, Points)]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (earlier, (i, axis)) in axes.iter().enumerate() {
        let at = |choice: usize, path: &str| match axis.cases.get(choice) {
            Some(_) => axis.origin(choice, path).map(|(place, _)| format!("/sweep/{i}/{place}")),
            None => None,
        };
        let at = |choice, path| at(choice, path).unwrap_or_else(|| format!("/sweep/{i}/path"));
        if let Some((j, _)) = axes[..earlier].iter().find(|(_, other)| other.path == axis.path) {
            faults.push(Fault::new(format!("/sweep/{i}/path"), format!("is that of axis {j} too")));
            continue;
        }
        for path in axis.pointers() {
            let sets = |choice: &usize| axis.cases.get(*choice).is_some_and(|case| case.contains_key(path));
            let choice = (0..axis.cases.len()).find(sets).unwrap_or(0);
            let overlaps = |(_, other): &&(usize, Points)| {
                other.pointers().iter().any(|b| is_within(path, b) || is_within(b, path))
            };
            if !SWEEPABLE.iter().any(|root| is_within(path, root)) {
                let roots = SWEEPABLE.join(", ");
                faults.push(Fault::new(at(choice, path), format!("must point to or below one of {roots}")));
            } else if let Some((j, _)) = axes[..earlier].iter().find(overlaps) {
                faults.push(Fault::new(at(choice, path), format!("overlaps the path of axis {j}")));
            }
        }
    }
    faults
}

fn check_values(values: &[Value], at: &str, faults: &mut Vec<Fault>) {
    if values.is_empty() || values.len() > MOST_VALUES {
        faults.push(Fault::new(at, format!("{} values, 1 to {MOST_VALUES} are allowed", values.len())));
        return;
    }
    let mut seen = std::collections::BTreeMap::new();
    for (j, value) in values.iter().enumerate() {
        if let Some(first) = seen.insert(value.to_string(), j) {
            faults.push(Fault::new(format!("{at}/{j}"), format!("the same value as number {first}")));
        }
    }
}

/// The values of a range; whole numbers are rounded and stand once.
fn log2_values(range: &Log2Range) -> Result<Vec<Value>, (&'static str, String)> {
    let end = |number: &Number| number.as_f64().filter(|x| *x > 0.0 && x.is_finite());
    let from = end(&range.from).ok_or(("/from", "must be above 0".to_owned()))?;
    let to = end(&range.to).ok_or(("/to", "must be above 0".to_owned()))?;
    if !(2..=1000).contains(&range.points) {
        return Err(("/points", "must be 2 to 1000".to_owned()));
    }
    let steps = f64::from(range.points - 1);
    let span = libm::log2(to / from);
    let whole = range.from.is_u64() && range.to.is_u64();
    let mut values: Vec<Value> = Vec::new();
    for i in 0..range.points {
        let x = match i {
            0 => from,
            _ if i == range.points - 1 => to,
            _ => from * libm::exp2(span * f64::from(i) / steps),
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and saturating is meant"
        )]
        let value = if whole { Value::from(x.round() as u64) } else { Value::from(x) };
        if values.last() != Some(&value) {
            values.push(value);
        }
    }
    Ok(values)
}

/// Cells of the product, or `None` when the number overflows.
#[must_use]
pub fn count(axes: &[Points]) -> Option<u64> {
    axes.iter().try_fold(1u64, |cells, axis| cells.checked_mul(axis.values.len() as u64))
}

/// Which value each axis takes in cell `index`; the last axis moves fastest.
#[must_use]
pub fn choices(axes: &[Points], index: u64) -> Vec<usize> {
    let mut rest = index;
    let mut chosen: Vec<usize> = axes
        .iter()
        .rev()
        .map(|axis| {
            let values = axis.values.len() as u64;
            let choice = usize::try_from(rest % values).expect("below the number of values");
            rest /= values;
            choice
        })
        .collect();
    chosen.reverse();
    chosen
}

/// The coordinates of a cell.
#[must_use]
pub fn coordinates(axes: &[Points], chosen: &[usize]) -> Coordinates {
    let pair = |(axis, &choice): (&Points, &usize)| (axis.path.clone(), axis.values[choice].clone());
    Coordinates(axes.iter().zip(chosen).map(pair).collect())
}

/// Sets every axis' value in a copy of the spec. Objects along a path that are
/// not there yet are made, since their fields have defaults.
///
/// # Errors
/// The number of the axis whose path leads nowhere.
pub fn apply(spec: &Value, axes: &[Points], chosen: &[usize]) -> Result<Value, usize> {
    let mut cell = spec.clone();
    for (i, (axis, &choice)) in axes.iter().zip(chosen).enumerate() {
        for (path, value) in axis.sets(choice) {
            make_way(&mut cell, path);
            if !set(&mut cell, path, value.clone()) {
                return Err(i);
            }
        }
    }
    Ok(cell)
}

fn make_way(cell: &mut Value, path: &str) {
    let mut place = cell;
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    for segment in segments.iter().take(segments.len().saturating_sub(1)) {
        let key = unescape(segment);
        let next = match place {
            Value::Object(fields) => Some(fields.entry(key).or_insert_with(|| Value::Object(Map::new()))),
            Value::Array(items) => key.parse::<usize>().ok().and_then(|i| items.get_mut(i)),
            _ => None,
        };
        let Some(next) = next else { return };
        place = next;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn axis(value: Value) -> Axis {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_log2_range_has_its_ends_and_powers_exactly() {
        let axes =
            [axis(json!({"path": "/dataset/samples", "log2_range": {"from": 64, "to": 8192, "points": 8}}))];
        assert_eq!(
            points(&axes).unwrap()[0].values,
            [64, 128, 256, 512, 1024, 2048, 4096, 8192].map(Value::from)
        );
        let axes = [axis(
            json!({"path": "/training/learning_rate", "log2_range": {"from": 0.25, "to": 4.0, "points": 5}}),
        )];
        assert_eq!(points(&axes).unwrap()[0].values, [0.25, 0.5, 1.0, 2.0, 4.0].map(Value::from));
        let axes =
            [axis(json!({"path": "/dataset/samples", "log2_range": {"from": 1, "to": 3, "points": 9}}))];
        assert_eq!(points(&axes).unwrap()[0].values, [1, 2, 3].map(Value::from));
    }

    #[test]
    fn the_last_axis_moves_fastest_and_every_cell_comes_once() {
        let axes = points(&[
            axis(json!({"path": "/network/hidden", "values": [[1], [2]]})),
            axis(json!({"path": "/training/optimizer/kind", "values": ["sgd", "adam", "x"]})),
        ])
        .unwrap();
        assert_eq!(count(&axes), Some(6));
        let all: Vec<Vec<usize>> = (0..6).map(|index| choices(&axes, index)).collect();
        assert_eq!(all, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        let cell = apply(&json!({"network": {}}), &axes, &all[4]).unwrap();
        assert_eq!(cell, json!({"network": {"hidden": [2]}, "training": {"optimizer": {"kind": "adam"}}}));
    }

    #[test]
    fn faults_of_axes_have_their_places() {
        let faults = points(&[
            axis(json!({"path": "/seeds", "values": [1]})),
            axis(json!({"path": "/dataset", "values": []})),
            axis(json!({"path": "/dataset/samples", "values": [1, 2, 1]})),
            axis(json!({"path": "/network/hidden"})),
            axis(json!({"path": "/training/steps", "log2_range": {"from": 0, "to": 1, "points": 3}})),
            axis(json!({"path": "/training/learning_rate", "log2_range": {"from": 1, "to": 2, "points": 1}})),
        ])
        .unwrap_err();
        let places: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(
            places,
            [
                "/sweep/0/path",
                "/sweep/1/values",
                "/sweep/2/path",
                "/sweep/2/values/2",
                "/sweep/3",
                "/sweep/4/log2_range/from",
                "/sweep/5/log2_range/points"
            ]
        );
    }

    #[test]
    fn cases_set_several_fields_at_once() {
        let cases = json!([
            {"name": "plain", "set": {}},
            {"name": "wide", "set": {"/network/hidden": [9], "/training/steps": 5}},
        ]);
        let axes = points(&[
            axis(json!({"path": "size", "cases": cases})),
            axis(json!({"path": "/dataset/samples", "values": [1, 2]})),
        ])
        .unwrap();
        assert_eq!(count(&axes), Some(4));
        let cell = apply(&json!({"network": {"hidden": [1]}}), &axes, &[1, 0]).unwrap();
        let expected =
            json!({"network": {"hidden": [9]}, "training": {"steps": 5}, "dataset": {"samples": 1}});
        assert_eq!(cell, expected);
        assert_eq!(coordinates(&axes, &[0, 1]).0["size"], json!("plain"));
        let origin = axes[0].origin(1, "/network/hidden/0").unwrap();
        assert_eq!(origin, ("cases/1/set/~1network~1hidden".to_owned(), "/0"));
        let faults = points(&[
            axis(json!({"path": "/a", "cases": [{"name": "x", "set": {"/seeds": 1}}]})),
            axis(json!({"path": "b", "cases": [{"name": "x", "set": {"/dataset/samples": 1}}, {"name": "x", "set": {}}]})),
            axis(json!({"path": "/dataset", "values": [1]})),
            axis(json!({"path": "b", "values": [1], "cases": []})),
        ])
        .unwrap_err();
        let places: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        let expected = [
            "/sweep/0/cases/0/set/~1seeds",
            "/sweep/0/path",
            "/sweep/1/cases/1",
            "/sweep/2/path",
            "/sweep/3",
        ];
        assert_eq!(places, expected);
    }

    #[test]
    fn a_product_that_overflows_is_not_a_number() {
        let values: Vec<Value> = (0..10_000).map(Value::from).collect();
        let axes: Vec<Points> = (0..5).map(|i| Points::along(&format!("/{i}"), values.clone())).collect();
        assert_eq!(count(&axes), None);
    }
}
