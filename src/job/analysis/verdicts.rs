//! Verdicts: what the measured numbers say of a job's claims.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Analysis, CellCapacity, CellRegularization};
use crate::job::check::ValidJobSpec;
use crate::job::claim::{Claim, ClaimRelation, moved};
use crate::job::results::{CellResult, TrialOutcome, by_cell, measured};
use crate::job::sweep::Coordinates;
use crate::science::analysis::interval::Interval;
use crate::science::analysis::scaling::Estimate;
use crate::science::estimator::all_ratios;

/// What became of a claim in one cell.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Verdict {
    /// The statement.
    pub says: String,
    /// The quantity that decides it.
    pub quantity: String,
    /// The cell.
    pub cell: Coordinates,
    /// Where the quantity is subtracted, draw by draw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minus: Option<Coordinates>,
    /// Where it is divided by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<Coordinates>,
    /// How the quantity should stand to the expected number.
    pub relation: ClaimRelation,
    /// The expected number.
    pub expected: f64,
    /// Deviation that is allowed.
    pub tolerance: f64,
    /// What was measured; absent when the cell gave no number.
    pub measured: Option<f64>,
    /// Lower end of its 95 % interval.
    pub ci95_low: Option<f64>,
    /// Upper end of its 95 % interval.
    pub ci95_high: Option<f64>,
    /// Whether it holds.
    pub verdict: Holds,
}

/// Whether a claim holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// The whole interval is where it should be.
    Yes,
    /// No part of the interval is.
    No,
    /// A part of the interval is, or there is no number.
    Open,
}

/// A number with its interval.
#[derive(Debug, Clone, Copy)]
struct Known {
    mean: f64,
    ends: Option<(f64, f64)>,
}

impl From<Interval> for Known {
    fn from(interval: Interval) -> Self {
        Self { mean: interval.mean, ends: interval.ci95_low.zip(interval.ci95_high) }
    }
}

impl From<&Estimate> for Known {
    fn from(estimate: &Estimate) -> Self {
        Self { mean: estimate.value, ends: estimate.ci95_low.zip(estimate.ci95_high) }
    }
}

/// Judges every claim in every cell that it is about.
pub(super) fn verdicts(
    job: &ValidJobSpec,
    trials: &[TrialOutcome],
    results: &[CellResult],
    analysis: &Analysis,
) -> Vec<Verdict> {
    let claims = &job.frame().claims;
    claims.iter().flat_map(|claim| judge(job, trials, results, analysis, claim)).collect()
}

fn judge(
    job: &ValidJobSpec,
    trials: &[TrialOutcome],
    results: &[CellResult],
    analysis: &Analysis,
    claim: &Claim,
) -> Vec<Verdict> {
    let of_capacity = |read: fn(&CellCapacity) -> Known| {
        analysis.capacity.iter().map(|c| (c.cell.clone(), Some(read(c)))).collect::<Vec<_>>()
    };
    let numbers: Vec<(Coordinates, Option<Known>)> = match claim.quantity.as_str() {
        "capacity.bits" => of_capacity(|c| c.estimate.capacity_bits.interval.into()),
        "capacity.bits_per_parameter" => of_capacity(|c| c.estimate.bits_per_parameter.interval.into()),
        "capacity.peak_dataset_bits" => {
            of_capacity(|c| Known { mean: c.estimate.peak_dataset_bits, ends: None })
        }
        "scaling.bits_per_parameter" => analysis
            .scaling
            .iter()
            .map(|s| (s.cell.clone(), Some((&s.scaling.bits_per_parameter).into())))
            .collect(),
        "scaling.r_squared" => {
            let of = |r_squared| Some(Known { mean: r_squared, ends: None });
            analysis.scaling.iter().map(|s| (s.cell.clone(), of(s.scaling.r_squared))).collect()
        }
        name => match name.split_once('.') {
            Some(("regularization", gap)) => of_regularization(analysis, gap),
            Some(("peak_over_capacity", quantity)) => {
                let peaks = analysis.peaks.iter().filter(|peak| peak.quantity == quantity);
                peaks.map(|peak| (peak.cell.clone(), peak.over_capacity.map(Known::from))).collect()
            }
            _ => cells(job, trials, results, claim),
        },
    };
    let own = numbers.into_iter().filter(|(cell, _)| claim.is_about(cell));
    own.map(|(cell, known)| verdict(claim, cell, known)).collect()
}

/// How much more a gap differs between knobs than between draws, at matched noise bits.
fn of_regularization(analysis: &Analysis, gap: &str) -> Vec<(Coordinates, Option<Known>)> {
    let ratio = |all: &CellRegularization| {
        all.at_noise_bits().find(|spread| spread.gap == gap)?.spread.ratio.as_ref().map(Known::from)
    };
    analysis.regularization.iter().map(|all| (all.cell.clone(), ratio(all))).collect()
}

/// The quantity in each cell, or how it stands to another's.
fn cells(
    job: &ValidJobSpec,
    trials: &[TrialOutcome],
    results: &[CellResult],
    claim: &Claim,
) -> Vec<(Coordinates, Option<Known>)> {
    let by_cell = by_cell(job, trials);
    let places: Vec<Coordinates> = (0..by_cell.len()).map(|cell| job.coordinates(cell)).collect();
    let draws = |cell: usize| -> Vec<Option<f64>> {
        by_cell[cell]
            .iter()
            .map(|trial| measured(trial)?.measurements.get(&claim.quantity).copied())
            .collect()
    };
    let alone = |cell: usize| -> Option<Known> {
        let result = results.iter().find(|result| result.cell == places[cell])?;
        let exactly = |mean| Some(Known { mean, ends: None });
        match claim.quantity.as_str() {
            "ledger.structure_bits" => exactly(result.ledger.structure.0),
            "ledger.noise_bits" => exactly(result.ledger.noise.0),
            "ledger.dataset_bits" => exactly(result.dataset_bits),
            name => result.measurements.get(name).map(|m| m.interval.into()),
        }
    };
    let number = |cell: usize| -> Option<Known> {
        let Some(other) = claim.minus.as_ref().or(claim.over.as_ref()) else { return alone(cell) };
        let other = places.iter().position(|place| *place == moved(&places[cell], other))?;
        if all_ratios().iter().any(|ratio| ratio.name == claim.quantity) {
            return None; // a ratio of averages has no draws of its own
        }
        let (own, others) = (draws(cell), draws(other));
        let (own, others): (Vec<f64>, Vec<f64>) =
            own.iter().zip(&others).filter_map(|(a, b)| a.zip(*b)).unzip();
        if claim.over.is_some() {
            return Interval::of_ratio(&own, &others).map(Known::from);
        }
        let apart: Vec<f64> = own.iter().zip(&others).map(|(a, b)| a - b).collect();
        Interval::of(&apart).map(Known::from)
    };
    (0..places.len())
        .filter(|cell| claim.is_about(&places[*cell]))
        .map(|cell| (places[cell].clone(), number(cell)))
        .collect()
}

fn verdict(claim: &Claim, cell: Coordinates, known: Option<Known>) -> Verdict {
    let ends = known.map(|known| known.ends.unwrap_or((known.mean, known.mean)));
    let verdict = ends.map_or(Holds::Open, |(low, high)| holds(claim, low, high));
    Verdict {
        says: claim.says.clone(),
        quantity: claim.quantity.clone(),
        cell,
        minus: claim.minus.clone(),
        over: claim.over.clone(),
        relation: claim.relation,
        expected: claim.expected,
        tolerance: claim.tolerance,
        measured: known.map(|known| known.mean),
        ci95_low: known.and_then(|known| Some(known.ends?.0)),
        ci95_high: known.and_then(|known| Some(known.ends?.1)),
        verdict,
    }
}

fn holds(claim: &Claim, low: f64, high: f64) -> Holds {
    let (least, most) = match claim.relation {
        ClaimRelation::Equal => (claim.expected - claim.tolerance, claim.expected + claim.tolerance),
        ClaimRelation::AtMost => (f64::NEG_INFINITY, claim.expected + claim.tolerance),
        ClaimRelation::AtLeast => (claim.expected - claim.tolerance, f64::INFINITY),
    };
    if low >= least && high <= most {
        Holds::Yes
    } else if high < least || low > most {
        Holds::No
    } else {
        Holds::Open
    }
}

#[cfg(test)]
mod tests {
    use super::ClaimRelation::{AtLeast, AtMost, Equal};
    use super::*;

    #[test]
    fn an_interval_decides_only_where_it_lies_on_one_side() {
        let claim = |relation| Claim {
            says: "s".into(),
            quantity: "q".into(),
            at: Coordinates::default(),
            minus: None,
            over: None,
            relation,
            expected: 2.0,
            tolerance: 0.5,
        };
        let of = |relation, low, high| holds(&claim(relation), low, high);
        assert_eq!(of(Equal, 1.6, 2.4), Holds::Yes);
        assert_eq!(
            (of(Equal, 1.4, 2.4), of(Equal, 2.6, 3.0), of(Equal, 0.0, 9.0)),
            (Holds::Open, Holds::No, Holds::Open)
        );
        assert_eq!(
            (of(AtMost, -9.0, 2.5), of(AtMost, 2.4, 2.6), of(AtMost, 2.6, 9.0)),
            (Holds::Yes, Holds::Open, Holds::No)
        );
        assert_eq!(
            (of(AtLeast, 1.5, 9.0), of(AtLeast, 1.4, 1.6), of(AtLeast, 0.0, 1.4)),
            (Holds::Yes, Holds::Open, Holds::No)
        );
        assert_eq!(of(AtMost, f64::NAN, f64::NAN), Holds::Open);
    }
}
