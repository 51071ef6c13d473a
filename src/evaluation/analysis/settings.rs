//! Cells that differ along the samples axis alone, and other groups of cells that agree on some
//! axes.

use std::collections::BTreeMap;

use super::capacities::SAMPLES;
use crate::spec::{Coordinates, ValidJobSpec};

/// The settings of the other axes, each with its cells along the samples axis; none where the
/// sweep has no such axis of at least two values.
pub(super) fn settings(job: &ValidJobSpec) -> Vec<(Coordinates, Vec<usize>)> {
    let axes = job.sweep().axes();
    if !axes.iter().any(|axis| axis.path == SAMPLES && axis.values.len() > 1) {
        return Vec::new();
    }
    grouped(job, |path| path != SAMPLES)
}

/// Cells that agree on the axes that are kept, in sweep order, each group with its coordinates
/// on them.
pub(super) fn grouped(job: &ValidJobSpec, keeps: impl Fn(&str) -> bool) -> Vec<(Coordinates, Vec<usize>)> {
    let kept: Vec<bool> = job.sweep().axes().iter().map(|axis| keeps(&axis.path)).collect();
    let mut groups: Vec<(Coordinates, Vec<usize>)> = Vec::new();
    let mut known: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    for cell in 0..job.cell_count() {
        let choices = job.sweep().choices(cell).into_iter().zip(&kept);
        let key: Vec<usize> = choices.filter(|(_, kept)| **kept).map(|(choice, _)| choice).collect();
        let group = *known.entry(key).or_insert_with(|| {
            let mut coordinates = job.coordinates(cell);
            coordinates.0.retain(|path, _| keeps(path));
            groups.push((coordinates, Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push(cell);
    }
    groups
}
