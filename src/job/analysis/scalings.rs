//! Capacity against the number of parameters, where a sweep has several sizes.

use schemars::JsonSchema;
use serde::Serialize;

use super::CellCapacity;
use crate::job::sweep::Coordinates;
use crate::science::analysis::scaling::{Scaling, ScalingPoint, scaling};

/// The line through the capacities of several sizes of one network.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CellScaling {
    /// Pointer and value of every axis that does not change the size.
    pub cell: Coordinates,
    /// The line.
    #[serde(flatten)]
    pub scaling: Scaling,
}

/// One line for each setting of the axes that do not change the size.
pub(super) fn of_capacities(capacities: &[CellCapacity]) -> Vec<CellScaling> {
    let sizing = sizing_axes(capacities);
    let mut lines: Vec<(Coordinates, Vec<ScalingPoint>)> = Vec::new();
    for capacity in capacities {
        let mut cell = capacity.cell.clone();
        cell.0.retain(|axis, _| !sizing.contains(axis));
        let estimate = &capacity.estimate;
        let point = ScalingPoint { parameters: estimate.parameters, bits: estimate.by_replicate.clone() };
        match lines.iter_mut().find(|(known, _)| *known == cell) {
            Some((_, points)) => points.push(point),
            None => lines.push((cell, vec![point])),
        }
    }
    let fitted =
        lines.into_iter().filter_map(|(cell, points)| Some(CellScaling { cell, scaling: scaling(&points)? }));
    fitted.collect()
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
