//! Which settings of a sweep differ: each value of an axis is compared with the reference among
//! them, paired by replicate.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::capacities::{CellCapacity, SAMPLES};
use super::reference::reference;
use crate::outcome::TrialOutcome;
use crate::science::analysis::comparison::{Comparison, Pair, compare};
use crate::science::estimator::{all_quantities, all_ratios};
use crate::spec::{Coordinates, ValidJobSpec};

/// Cells beyond which a sweep is not compared pair by pair.
const MOST_CELLS: usize = 400;

/// Comparison of one quantity between two cells that differ on one axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellComparison {
    /// Name of the quantity.
    pub quantity: String,
    /// Unit of the quantity.
    pub unit: String,
    /// Path of the axis on which the cells differ.
    pub axis: String,
    /// Coordinates of the reference cell: among the cells that are equal but for this axis the one
    /// from which the others differ in the fewest parts, with the fewest regularizers, with the
    /// least numbers.
    pub baseline: Coordinates,
    /// Coordinates of the other cell.
    pub cell: Coordinates,
    /// The difference; its p-value is corrected for all comparisons of this quantity in the job.
    #[serde(flatten)]
    pub comparison: Comparison,
}

/// Compares all headline quantities of all cells.
pub(super) fn of_cells(job: &ValidJobSpec, outcomes: &[Vec<&TrialOutcome>]) -> Vec<CellComparison> {
    if outcomes.len() > MOST_CELLS {
        return Vec::new();
    }
    let cells: Vec<Coordinates> = (0..outcomes.len()).map(|cell| job.coordinates(cell)).collect();
    let pairs = neighbours(job, &cells);
    let ratios: Vec<&str> = all_ratios().iter().map(|ratio| ratio.name).collect();
    let shown = all_quantities().into_iter().map(|(_, quantity)| quantity);
    // a ratio of averages has no value for a single replicate
    let shown = shown.filter(|quantity| quantity.headline && !ratios.contains(&quantity.name));
    let of_quantity = |name: &str, unit: &str| {
        let values = |cell: usize| outcomes[cell].iter().map(|outcome| outcome.value(name)).collect();
        family(name, unit, &cells, &pairs, values)
    };
    shown.flat_map(|quantity| of_quantity(quantity.name, quantity.unit.name())).collect()
}

/// Compares capacities.
pub(super) fn of_capacities(job: &ValidJobSpec, capacities: &[CellCapacity]) -> Vec<CellComparison> {
    let cells: Vec<Coordinates> = capacities.iter().map(|capacity| capacity.cell.clone()).collect();
    let values = |cell: usize| capacities[cell].estimate.by_replicate.clone();
    family("capacity_bits", "bits", &cells, &neighbours(job, &cells), values)
}

fn family(
    quantity: &str,
    unit: &str,
    cells: &[Coordinates],
    pairs: &[(usize, usize, String)],
    values: impl Fn(usize) -> Vec<Option<f64>>,
) -> Vec<CellComparison> {
    let of = |(baseline, other, _): &(usize, usize, String)| Pair {
        baseline: values(*baseline),
        other: values(*other),
    };
    let compared = compare(&pairs.iter().map(of).collect::<Vec<_>>());
    let named = pairs.iter().zip(compared).filter_map(|((baseline, other, axis), comparison)| {
        Some(CellComparison {
            quantity: quantity.to_owned(),
            unit: unit.to_owned(),
            axis: axis.clone(),
            baseline: cells[*baseline].clone(),
            cell: cells[*other].clone(),
            comparison: comparison?,
        })
    });
    named.collect()
}

/// For each cell and axis the reference among the cells that are equal but for this axis, with
/// the axis. Samples are no axis to compare along: bits in them are part of the question.
fn neighbours(job: &ValidJobSpec, cells: &[Coordinates]) -> Vec<(usize, usize, String)> {
    let axes: Vec<&String> = cells.first().map(|cell| cell.0.keys().collect()).unwrap_or_default();
    let axes: Vec<&String> = axes.into_iter().filter(|axis| *axis != SAMPLES).collect();
    if cells.len() > MOST_CELLS || axes.is_empty() {
        return Vec::new();
    }
    let specs: Vec<Value> = cells.iter().map(|cell| spec_at(job, cell)).collect();
    let mut found = Vec::new();
    for axis in axes {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, cell) in cells.iter().enumerate() {
            let mut rest = cell.clone();
            rest.0.remove(axis);
            groups.entry(Value::Object(rest.0).to_string()).or_default().push(i);
        }
        // in the order of the sweep, not of the letters of its values
        let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
        groups.sort_unstable_by_key(|group| group[0]);
        for group in groups {
            let of_group: Vec<Value> = group.iter().map(|i| specs[*i].clone()).collect();
            let Some(baseline) = reference(&of_group).map(|place| group[place]) else { continue };
            let others = group.into_iter().filter(|i| *i != baseline);
            found.extend(others.map(|other| (baseline, other, axis.clone())));
        }
    }
    found
}

/// The spec of the first cell that lies there.
fn spec_at(job: &ValidJobSpec, place: &Coordinates) -> Value {
    let selection = job.sweep().selection(place).ok();
    let cell = selection.and_then(|selection| job.sweep().selected(&selection).next());
    cell.and_then(|cell| serde_json::to_value(job.cell(cell)).ok()).unwrap_or_default()
}
