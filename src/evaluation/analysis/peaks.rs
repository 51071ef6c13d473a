//! The dataset sizes at which overfitting is worst, relative to the capacity of the network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::capacities::CellCapacity;
use crate::outcome::TrialOutcome;
use crate::science::analysis::evidence::Evidence;
use crate::science::analysis::interval::Interval;
use crate::science::analysis::peak::{geometric, vertex};
use crate::spec::quantity::PeakQuantity;
use crate::spec::{Coordinates, ValidJobSpec};

/// The dataset size at which a quantity is largest along the samples axis, for one setting of the
/// other axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellPeak {
    /// Name of the quantity.
    pub quantity: PeakQuantity,
    /// Path and value of every axis except samples.
    pub cell: Coordinates,
    /// Number of replicates whose maximum lies inside the axis; the others have no peak.
    pub inside: usize,
    /// Number of replicates with a value at every size.
    pub draws: usize,
    /// Number of samples at the peak: the vertex of a parabola in ln N, geometric mean over the
    /// replicates whose maximum lies inside.
    pub samples: Interval,
    /// Information content of a dataset of that size, in bits.
    pub dataset_bits: f64,
    /// `dataset_bits` divided by the capacity of the same network in bits: the largest saturated
    /// capacity among the settings that differ in the data only.
    pub over_capacity: Option<Interval>,
    /// What verdicts are made from.
    #[serde(skip)]
    pub evidence: Option<Evidence>,
}

/// All peaks of a sweep over samples.
pub(super) fn of_settings(
    job: &ValidJobSpec,
    outcomes: &[Vec<&TrialOutcome>],
    settings: &[(Coordinates, Vec<usize>)],
    capacities: &[CellCapacity],
) -> Vec<CellPeak> {
    let of = |(cell, members): &(Coordinates, Vec<usize>)| {
        let capacity = capacity_of(cell, capacities);
        let of_quantity = |quantity| peak(job, outcomes, cell, members, quantity, capacity);
        PeakQuantity::ALL.iter().copied().filter_map(of_quantity).collect::<Vec<_>>()
    };
    settings.iter().flat_map(of).collect()
}

fn peak(
    job: &ValidJobSpec,
    outcomes: &[Vec<&TrialOutcome>],
    cell: &Coordinates,
    members: &[usize],
    quantity: PeakQuantity,
    capacity: Option<&CellCapacity>,
) -> Option<CellPeak> {
    let mut members = members.to_vec();
    let samples = |member: usize| job.cell(member).samples();
    members.sort_by_key(|member| samples(*member));
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    let places: Vec<f64> = members.iter().map(|member| samples(*member) as f64).collect();
    let bits_each = job.cell(*members.last()?).dataset_bits() / places.last()?;
    let value = |member: usize, draw: usize| outcomes[member].get(draw)?.value(quantity.name());
    let curve = |draw: usize| members.iter().map(|member| value(*member, draw)).collect::<Option<Vec<f64>>>();
    let draws = members.iter().map(|member| outcomes[*member].len()).min()?;
    let curves: Vec<(usize, Vec<f64>)> = (0..draws).filter_map(|draw| Some((draw, curve(draw)?))).collect();
    let peaks: Vec<(usize, f64)> =
        curves.iter().filter_map(|(draw, values)| Some((*draw, vertex(&places, values)?))).collect();
    let samples = geometric(&peaks.iter().map(|(_, place)| *place).collect::<Vec<_>>())?;
    let filled = |(draw, place): &(usize, f64)| {
        let capacity = capacity?.estimate.by_replicate.get(*draw).copied().flatten()?;
        Some(place * bits_each / capacity)
    };
    let filled: Vec<f64> = peaks.iter().filter_map(filled).collect();
    // a capacity that is not positive in some replicate has no ratio
    let is_positive = filled.iter().all(|ratio| *ratio > 0.0);
    let over_capacity = is_positive.then(|| geometric(&filled)).flatten();
    Some(CellPeak {
        quantity,
        cell: cell.clone(),
        inside: peaks.len(),
        draws: curves.len(),
        dataset_bits: samples.value * bits_each,
        samples: samples.into(),
        over_capacity: over_capacity.map(Interval::from),
        evidence: over_capacity.map(Evidence::Scaled),
    })
}

/// The largest saturated capacity among settings that differ in the data alone.
fn capacity_of<'c>(cell: &Coordinates, capacities: &'c [CellCapacity]) -> Option<&'c CellCapacity> {
    let network = |cell: &Coordinates| {
        let mut network = cell.clone();
        network.0.retain(|path, _| !path.starts_with("/dataset"));
        network
    };
    let same = capacities.iter().filter(|capacity| network(&capacity.cell) == network(cell));
    let saturated = same.filter(|capacity| capacity.estimate.saturated == Some(true));
    let bits = |capacity: &&CellCapacity| capacity.estimate.capacity_bits.interval.mean;
    saturated.max_by(|a, b| bits(a).total_cmp(&bits(b)))
}
