//! Where along the fill level of a network overfitting is at its worst.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CellCapacity;
use crate::outcome::TrialOutcome;
use crate::science::analysis::interval::Interval;
use crate::science::analysis::peak::{geometric, vertex};
use crate::spec::quantity::PeakQuantity;
use crate::spec::{Coordinates, ValidJobSpec};

/// Where a quantity is largest along the samples axis, in one setting of the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellPeak {
    /// The quantity.
    pub quantity: PeakQuantity,
    /// Pointer and value of every axis but samples.
    pub cell: Coordinates,
    /// Draws whose curve is largest inside the axis; the others have no peak to place.
    pub inside: usize,
    /// Draws with a curve.
    pub draws: usize,
    /// Samples at the peak: vertex of a parabola in the logarithm, geometric mean over the draws
    /// inside.
    pub samples: Interval,
    /// Bits of a dataset of so many samples.
    pub dataset_bits: f64,
    /// These bits over the capacity of the same network: the largest that is known and saturated
    /// among settings that differ in the data alone.
    pub over_capacity: Option<Interval>,
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
    Some(CellPeak {
        quantity,
        cell: cell.clone(),
        inside: peaks.len(),
        draws: curves.len(),
        dataset_bits: samples.mean * bits_each,
        samples,
        over_capacity: geometric(&filled),
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
