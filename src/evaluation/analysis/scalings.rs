//! Capacity against the number of parameters, where a sweep has several sizes.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::capacities::CellCapacity;
use crate::science::analysis::evidence::Evidence;
use crate::science::analysis::interval::{Interval, NoInterval};
use crate::science::analysis::scaling::{Scaling, ScalingPoint, scaling};
use crate::spec::{Coordinates, ValidJobSpec};

/// Linear fit of capacity against the number of parameters, over several sizes of one network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellScaling {
    /// Path and value of every axis that does not change the number of parameters; and, if the
    /// networks on an axis differ in more than numbers, of the fields that distinguish them.
    pub cell: Coordinates,
    /// The fit.
    #[serde(flatten)]
    pub scaling: Scaling,
}

/// Words of a network by pointer: what makes it another network, and not another size of it.
type Words = BTreeMap<String, Value>;

/// One line for each setting of the axes that do not change the size, and for networks that
/// differ in numbers alone.
pub(super) fn of_capacities(job: &ValidJobSpec, capacities: &[CellCapacity]) -> Vec<CellScaling> {
    let sizing = sizing_axes(capacities);
    let words: Vec<Words> = capacities.iter().map(|capacity| words_of(job, &capacity.cell)).collect();
    let telling = telling(&words);
    let mut lines: Vec<Line> = Vec::new();
    for (capacity, words) in capacities.iter().zip(&words) {
        let mut cell = capacity.cell.clone();
        cell.0.retain(|axis, _| !sizing.contains(axis));
        cell.0.extend(projected(words, &telling));
        let estimate = &capacity.estimate;
        let Interval { mean, no_interval, .. } = estimate.capacity_bits.interval;
        let open = || Evidence::Open(Some(mean), no_interval.unwrap_or(NoInterval::NoMethod));
        let bits = estimate.evidence.bits.clone().unwrap_or_else(open);
        let point = ScalingPoint { parameters: estimate.parameters, bits, replicates: estimate.replicates };
        match lines.iter_mut().find(|line| line.cell == cell) {
            Some(line) => line.points.push(point),
            None => lines.push(Line { cell, points: vec![point] }),
        }
    }
    lines.into_iter().filter_map(Line::fitted).collect()
}

/// Sizes of one network.
struct Line {
    cell: Coordinates,
    points: Vec<ScalingPoint>,
}

impl Line {
    fn fitted(self) -> Option<CellScaling> {
        Some(CellScaling { cell: self.cell, scaling: scaling(&self.points)? })
    }
}

/// Words of the network in the first cell that lies there.
fn words_of(job: &ValidJobSpec, place: &Coordinates) -> Words {
    let mut words = Words::new();
    let selection = job.sweep().selection(place).ok();
    if let Some(cell) = selection.and_then(|selection| job.sweep().selected(&selection).next()) {
        let network = serde_json::to_value(job.cell(cell).network).unwrap_or_default();
        collect(&network, "/network", &mut words);
    }
    words
}

fn collect(value: &Value, pointer: &str, words: &mut Words) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| collect(field, &format!("{pointer}/{name}"), words));
        }
        Value::String(_) | Value::Bool(_) => {
            words.insert(pointer.to_owned(), value.clone());
        }
        _ => {}
    }
}

/// As few pointers as tell all networks apart, kinds before the rest.
fn telling(words: &[Words]) -> Vec<String> {
    let mut pointers: Vec<&String> = words.iter().flat_map(BTreeMap::keys).collect();
    pointers.sort_by_key(|pointer| (!pointer.ends_with("/kind"), *pointer));
    pointers.dedup();
    let mut telling: Vec<String> = Vec::new();
    let count = |by: &[String]| {
        let distinct = words.iter().map(|words| Value::Object(projected(words, by).collect()).to_string());
        distinct.collect::<BTreeSet<_>>().len()
    };
    for pointer in pointers {
        let mut more = telling.clone();
        more.push(pointer.clone());
        if count(&more) > count(&telling) {
            telling = more;
        }
    }
    telling
}

/// The words at some pointers.
fn projected<'w>(
    words: &'w Words,
    pointers: &'w [String],
) -> impl Iterator<Item = (String, Value)> + use<'w> {
    pointers.iter().filter_map(|pointer| Some((pointer.clone(), words.get(pointer)?.clone())))
}

/// Axes along which settings that are otherwise equal differ in parameters.
fn sizing_axes(capacities: &[CellCapacity]) -> Vec<String> {
    let axes = capacities.first().map(|capacity| capacity.cell.0.keys()).into_iter().flatten();
    let changes_size = |axis: &String| {
        let without = |capacity: &CellCapacity| {
            let mut cell = capacity.cell.clone();
            cell.0.remove(axis);
            cell
        };
        capacities.iter().enumerate().any(|(i, a)| {
            let others = capacities[..i].iter().filter(|b| without(b) == without(a));
            others.into_iter().any(|b| b.estimate.parameters != a.estimate.parameters)
        })
    };
    axes.filter(|axis| changes_size(axis)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn networks_are_told_apart_by_as_few_words_as_it_takes() {
        let words = |network: Value| {
            let mut words = Words::new();
            collect(&network, "/network", &mut words);
            words
        };
        let tanh = words(json!({"kind": "mlp", "hidden": [4], "activation": "tanh", "bias": true}));
        let wider = words(json!({"kind": "mlp", "hidden": [8], "activation": "tanh", "bias": true}));
        let relu = words(json!({"kind": "mlp", "hidden": [4], "activation": "relu", "bias": true}));
        let readout = words(json!({"kind": "features", "map": {"kind": "random_relu", "features": 9}}));
        assert!(telling(&[tanh.clone(), wider.clone()]).is_empty(), "numbers alone are sizes");
        let all = [tanh, wider, relu, readout];
        let told = telling(&all);
        assert_eq!(told, ["/network/kind", "/network/activation"]);
        let of_readout: Vec<_> = projected(&all[3], &told).collect();
        assert_eq!(of_readout, [("/network/kind".to_owned(), json!("features"))]);
    }

    #[test]
    fn a_line_through_a_censored_capacity_has_no_interval() {
        let point = |parameters: u32, is_censored: bool| {
            let bits: Vec<f64> = (0..8).map(|r| f64::from(2 * parameters) + 0.1 * f64::from(r)).collect();
            let interval = Interval::of(&bits).unwrap();
            let interval = if is_censored { interval.without_ends(NoInterval::Censored) } else { interval };
            ScalingPoint { parameters: parameters.into(), bits: Evidence::Mean(interval), replicates: 8 }
        };
        let fit = |is_censored| {
            let points = vec![point(10, false), point(20, false), point(30, is_censored)];
            Line { cell: Coordinates::default(), points }.fitted().unwrap().scaling
        };
        let (known, censored) = (fit(false), fit(true));
        assert!(known.exponent.unwrap().ci95_low.is_some());
        assert_eq!(censored.bits_per_parameter.value, known.bits_per_parameter.value);
        for estimate in [censored.bits_per_parameter, censored.intercept_bits, censored.exponent.unwrap()] {
            assert_eq!((estimate.ci95_low, estimate.ci95_high), (None, None));
        }
        let slope = censored.evidence.slope.unwrap();
        assert_eq!((slope.no_interval(), slope.p_at_most(0.0)), (Some(NoInterval::CensoredPart), None));
    }
}
