//! Verdicts: whether the measured numbers support a job's claims.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::analysis::{Analyses, CellCapacity, CellRegularization};
use super::holds::Holds;
use super::results::CellResult;
use super::wanted::{IsWanted, go_on};
use crate::outcome::{TrialOutcome, by_cell};
use crate::science::analysis::interval::Interval;
use crate::science::analysis::scaling::Estimate;
use crate::science::estimator::all_ratios;
use crate::spec::claim::{Claim, Relation};
use crate::spec::lookup::{CheckedClaim, Other};
use crate::spec::quantity::{
    CapacityQuantity, ClaimedQuantity, Gap, LedgerQuantity, PeakQuantity, ScalingQuantity,
};
use crate::spec::{Coordinates, ValidJobSpec};

/// The verdict on a claim in one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The statement in words.
    pub says: String,
    /// Name of the quantity that decides the claim.
    pub quantity: String,
    /// Coordinates of the judged cell.
    pub cell: Coordinates,
    /// Coordinates of the reference cell whose quantity is subtracted, paired by replicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minus: Option<Coordinates>,
    /// Coordinates of the reference cell by whose mean the quantity is divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Coordinates>,
    /// The claimed relation between the quantity and the expected value.
    pub relation: Relation,
    /// The expected value, in the unit of the quantity.
    pub expected: f64,
    /// Allowed deviation from the expected value, in its unit.
    pub tolerance: f64,
    /// The measured value; `null` if the cell yields none.
    pub measured: Option<f64>,
    /// Lower end of the 95 % interval of the measured value.
    pub ci95_low: Option<f64>,
    /// Upper end of the 95 % interval of the measured value.
    pub ci95_high: Option<f64>,
    /// Whether the claim holds.
    pub verdict: Holds,
}

/// A number with its interval.
#[derive(Debug, Clone, Copy)]
struct Known {
    mean: f64,
    ends: Option<(f64, f64)>,
}

impl Known {
    /// A number that is known and not estimated.
    fn exactly(mean: f64) -> Self {
        Self { mean, ends: None }
    }
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

/// Judges every claim in every cell that it is about; `None` once nobody waits for it.
pub(super) fn verdicts(
    job: &ValidJobSpec,
    outcomes: &[TrialOutcome],
    results: &[CellResult],
    analyses: &Analyses,
    is_wanted: IsWanted,
) -> Option<Vec<Verdict>> {
    let judge = Judge {
        job,
        outcomes: if job.search().is_none() { by_cell(job, outcomes) } else { Vec::new() },
        results,
        analyses,
        ratios: all_ratios().iter().map(|ratio| ratio.name).collect(),
    };
    let mut all = Vec::new();
    for claim in job.claims() {
        for (cell, known) in judge.numbers(claim, is_wanted)? {
            all.push(verdict(&claim.claim, cell, known));
        }
    }
    Some(all)
}

/// What verdicts are made from.
struct Judge<'a> {
    job: &'a ValidJobSpec,
    outcomes: Vec<Vec<&'a TrialOutcome>>,
    results: &'a [CellResult],
    analyses: &'a Analyses,
    ratios: BTreeSet<&'static str>,
}

/// A place with the number that decides there.
type Number = (Coordinates, Option<Known>);

impl Judge<'_> {
    /// What decides a claim wherever it is about something.
    fn numbers(&self, claim: &CheckedClaim, is_wanted: IsWanted) -> Option<Vec<Number>> {
        let mut numbers = match &claim.quantity {
            ClaimedQuantity::Capacity(quantity) => self.of_capacities(*quantity),
            ClaimedQuantity::Scaling(quantity) => self.of_scalings(*quantity),
            ClaimedQuantity::Regularization(gap) => self.of_regularization(*gap),
            ClaimedQuantity::PeakOverCapacity(quantity) => self.of_peaks(*quantity),
            ClaimedQuantity::Ledger(quantity) => self.of_ledgers(claim, *quantity),
            ClaimedQuantity::Measured(name) => return self.of_cells(claim, name, is_wanted),
        };
        numbers.retain(|(cell, _)| claim.claim.is_about(cell));
        Some(numbers)
    }

    fn of_capacities(&self, quantity: CapacityQuantity) -> Vec<Number> {
        let read = |capacity: &CellCapacity| -> Known {
            let estimate = &capacity.estimate;
            match quantity {
                CapacityQuantity::Bits => estimate.capacity_bits.interval.into(),
                CapacityQuantity::BitsPerParameter => estimate.bits_per_parameter.interval.into(),
                CapacityQuantity::PeakDatasetBits => Known::exactly(estimate.peak_dataset_bits),
            }
        };
        self.analyses.capacity.iter().map(|c| (c.cell.clone(), Some(read(c)))).collect()
    }

    fn of_scalings(&self, quantity: ScalingQuantity) -> Vec<Number> {
        let lines = self.analyses.scaling.iter().map(|line| {
            let known = match quantity {
                ScalingQuantity::BitsPerParameter => (&line.scaling.bits_per_parameter).into(),
                ScalingQuantity::RSquared => Known::exactly(line.scaling.r_squared),
            };
            (line.cell.clone(), Some(known))
        });
        lines.collect()
    }

    /// How much more a gap differs between knobs than between replicates, at matched noise bits.
    fn of_regularization(&self, gap: Gap) -> Vec<Number> {
        let ratio = |all: &CellRegularization| {
            all.at_noise_bits().find(|spread| spread.gap == gap)?.spread.ratio.as_ref().map(Known::from)
        };
        self.analyses.regularization.iter().map(|all| (all.cell.clone(), ratio(all))).collect()
    }

    fn of_peaks(&self, quantity: PeakQuantity) -> Vec<Number> {
        let peaks = self.analyses.peaks.iter().filter(|peak| peak.quantity == quantity);
        peaks.map(|peak| (peak.cell.clone(), peak.over_capacity.map(Known::from))).collect()
    }

    fn of_ledgers(&self, claim: &CheckedClaim, quantity: LedgerQuantity) -> Vec<Number> {
        let number = |cell: usize| {
            let ledger = self.job.cell(cell).dataset.process().ledger();
            let bits = match quantity {
                LedgerQuantity::Structure => ledger.structure,
                LedgerQuantity::Noise => ledger.noise,
                LedgerQuantity::Dataset => ledger.dataset(),
            };
            (self.job.coordinates(cell), Some(Known::exactly(bits.0)))
        };
        self.job.sweep().selected(&claim.cells).map(number).collect()
    }

    /// The quantity in each cell, or how it stands to another's.
    fn of_cells(&self, claim: &CheckedClaim, name: &str, is_wanted: IsWanted) -> Option<Vec<Number>> {
        let number = |cell: usize| {
            go_on(is_wanted)?;
            let known = match &claim.other {
                None => self.results[cell].measurements.get(name).map(|m| m.interval.into()),
                Some(other) => self.compared(cell, name, other),
            };
            Some((self.job.coordinates(cell), known))
        };
        self.job.sweep().selected(&claim.cells).map(number).collect()
    }

    fn compared(&self, cell: usize, name: &str, other: &Other) -> Option<Known> {
        if self.ratios.contains(name) {
            return None; // a ratio of averages has no value for a single replicate
        }
        let (Other::Minus(by) | Other::Over(by)) = other;
        let there = self.job.sweep().moved(cell, by);
        let values = |cell: usize| self.outcomes[cell].iter().map(|outcome| outcome.value(name));
        let (own, others): (Vec<f64>, Vec<f64>) =
            values(cell).zip(values(there)).filter_map(|(a, b)| a.zip(b)).unzip();
        let interval = match other {
            Other::Over(_) => Interval::of_ratio(&own, &others),
            Other::Minus(_) => {
                Interval::of(&own.iter().zip(&others).map(|(a, b)| a - b).collect::<Vec<f64>>())
            }
        };
        interval.map(Known::from)
    }
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
        Relation::Equal => (claim.expected - claim.tolerance, claim.expected + claim.tolerance),
        Relation::AtMost => (f64::NEG_INFINITY, claim.expected + claim.tolerance),
        Relation::AtLeast => (claim.expected - claim.tolerance, f64::INFINITY),
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
    use super::Relation::{AtLeast, AtMost, Equal};
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
