//! Axes of a sweep with their values spelled out: a JSON pointer with values, or a name with
//! cases that set several fields.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Number, Value};

use super::document::{Axis, Log2Range};
use super::fault::{Fault, is_within};
use super::json::canonical;

/// Parts of a spec that a sweep may change.
const SWEEPABLE: [&str; 5] = ["/dataset", "/network", "/regularizers", "/training", "/estimators"];

/// Values on one axis of a sweep.
const MOST_VALUES: usize = 10_000;

/// Axes of a sweep.
const MOST_AXES: usize = 8;

/// An axis with its values spelled out.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepAxis {
    /// JSON pointer to the field, or the axis' name.
    pub path: String,
    /// The values it takes; names of cases.
    pub values: Vec<Value>,
    /// What each case sets; empty if the path points to the field itself.
    cases: Vec<BTreeMap<String, Value>>,
    /// Number of each value, by its canonical text.
    numbers: BTreeMap<String, usize>,
}

impl SweepAxis {
    /// An axis along one field.
    #[must_use]
    pub fn along(path: &str, values: Vec<Value>) -> Self {
        Self::new(path, values, Vec::new())
    }

    fn new(path: &str, values: Vec<Value>, cases: Vec<BTreeMap<String, Value>>) -> Self {
        let numbers = values.iter().enumerate().map(|(i, value)| (canonical(value), i)).collect();
        Self { path: path.to_owned(), values, cases, numbers }
    }

    /// The number of a value of the axis; equal numbers are equal, however they are written.
    #[must_use]
    pub fn position(&self, value: &Value) -> Option<usize> {
        self.numbers.get(&canonical(value)).copied()
    }

    /// Pointers and values that a choice sets.
    pub(super) fn sets(&self, choice: usize) -> Vec<(&str, &Value)> {
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

/// Spells out the axes.
///
/// # Errors
/// Every fault of every axis.
pub fn spelled_out(axes: &[Axis]) -> Result<Vec<SweepAxis>, Vec<Fault>> {
    let mut faults = Vec::new();
    if axes.len() > MOST_AXES {
        faults.push(Fault::new("/sweep", format!("{} axes, at most {MOST_AXES} are allowed", axes.len())));
    }
    let mut all = Vec::new();
    for (i, axis) in axes.iter().enumerate() {
        all.extend(one(i, axis, &mut faults).map(|axis| (i, axis)));
    }
    faults.extend(misplaced(&all));
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    let all = all.into_iter().map(|(_, axis)| axis).collect();
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

fn one(i: usize, axis: &Axis, faults: &mut Vec<Fault>) -> Option<SweepAxis> {
    let at = |field: &str| format!("/sweep/{i}/{field}");
    match (&axis.values, &axis.log2_range, &axis.cases) {
        (Some(values), None, None) => {
            check_values(values, &at("values"), faults);
            Some(SweepAxis::along(&axis.path, values.clone()))
        }
        (None, Some(range), None) => match log2_values(range) {
            Ok(values) => Some(SweepAxis::along(&axis.path, values)),
            Err((field, detail)) => {
                faults.push(Fault::new(at(&format!("log2_range{field}")), detail));
                None
            }
        },
        (None, None, Some(cases)) => {
            let values: Vec<Value> = cases.iter().map(|case| case.name.clone().into()).collect();
            check_values(&values, &at("cases"), faults);
            if axis.path.is_empty() || axis.path.contains('/') {
                faults.push(Fault::new(at("path"), "an axis with cases needs a name without slashes"));
            }
            Some(SweepAxis::new(&axis.path, values, cases.iter().map(|case| case.set.clone()).collect()))
        }
        _ => {
            let detail = "needs exactly one of values, log2_range and cases";
            faults.push(Fault::new(format!("/sweep/{i}"), detail));
            None
        }
    }
}

/// Fields that no sweep may change, and those that two axes do.
fn misplaced(axes: &[(usize, SweepAxis)]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (earlier, (i, axis)) in axes.iter().enumerate() {
        let at = |choice: usize, path: &str| {
            let of_case = axis.cases.get(choice).and_then(|_| axis.origin(choice, path));
            of_case.map_or_else(|| format!("/sweep/{i}/path"), |(place, _)| format!("/sweep/{i}/{place}"))
        };
        if let Some((j, _)) = axes[..earlier].iter().find(|(_, other)| other.path == axis.path) {
            faults.push(Fault::new(format!("/sweep/{i}/path"), format!("duplicates the path of axis {j}")));
            continue;
        }
        for path in axis.pointers() {
            let sets = |choice: &usize| axis.cases.get(*choice).is_some_and(|case| case.contains_key(path));
            let choice = (0..axis.cases.len()).find(sets).unwrap_or(0);
            let overlaps = |(_, other): &&(usize, SweepAxis)| {
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
    let mut seen = BTreeMap::new();
    for (j, value) in values.iter().enumerate() {
        if let Some(first) = seen.insert(canonical(value), j) {
            faults.push(Fault::new(format!("{at}/{j}"), format!("duplicates value {first}")));
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn axis(value: Value) -> Axis {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_log2_range_has_its_ends_and_powers_exactly() {
        let values = |path: &str, range: Value| {
            let axes = spelled_out(&[axis(json!({"path": path, "log2_range": range}))]);
            axes.unwrap().remove(0).values
        };
        assert_eq!(
            values("/dataset/samples", json!({"from": 64, "to": 8192, "points": 8})),
            [64, 128, 256, 512, 1024, 2048, 4096, 8192].map(Value::from)
        );
        assert_eq!(
            values("/training/learning_rate", json!({"from": 0.25, "to": 4.0, "points": 5})),
            [0.25, 0.5, 1.0, 2.0, 4.0].map(Value::from)
        );
        assert_eq!(
            values("/dataset/samples", json!({"from": 1, "to": 3, "points": 9})),
            [1, 2, 3].map(Value::from)
        );
    }

    #[test]
    fn an_axis_finds_its_values_however_they_are_written() {
        let axis = SweepAxis::along("/training/steps", vec![json!(8), json!(16)]);
        assert_eq!((axis.position(&json!(16.0)), axis.position(&json!(9))), (Some(1), None));
    }

    #[test]
    fn faults_of_axes_have_their_places() {
        let faults = spelled_out(&[
            axis(json!({"path": "/seeds", "values": [1]})),
            axis(json!({"path": "/dataset", "values": []})),
            axis(json!({"path": "/dataset/samples", "values": [1, 2, 1.0]})),
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
    fn faults_of_cases_have_their_places() {
        let faults = spelled_out(&[
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
}
