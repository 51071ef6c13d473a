//! Numbers: what decides a claim in each place that it is about.

use std::collections::BTreeSet;

use crate::evaluation::analysis::{Analyses, CellCapacity, CellPeak, CellRegularization};
use crate::evaluation::results::CellResult;
use crate::evaluation::wanted::{IsWanted, go_on};
use crate::outcome::{TrialOutcome, by_cell};
use crate::science::analysis::evidence::Evidence;
use crate::science::analysis::interval::{Interval, NoInterval};
use crate::science::estimator::{Bound, all_quantities, all_ratios};
use crate::spec::claim::Middle;
use crate::spec::lookup::{CheckedClaim, Other};
use crate::spec::quantity::{
    CapacityQuantity, ClaimedQuantity, LedgerQuantity, PeakQuantity, ScalingQuantity,
};
use crate::spec::{Coordinates, ValidJobSpec};

/// A place with what is known there.
#[derive(Debug, Clone)]
pub(super) struct Number {
    /// Coordinates of the place.
    pub(super) cell: Coordinates,
    /// What the replicates say.
    pub(super) evidence: Evidence,
    /// What the number says of the truth.
    pub(super) bound: Bound,
    /// Whether it is a difference, a ratio, a slope or a median: of bounds these bound nothing.
    pub(super) compares: bool,
}

/// What verdicts are made from.
pub(super) struct Judge<'a> {
    job: &'a ValidJobSpec,
    outcomes: Vec<Vec<&'a TrialOutcome>>,
    results: &'a [CellResult],
    analyses: &'a Analyses,
    ratios: BTreeSet<&'static str>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        job: &'a ValidJobSpec,
        outcomes: &'a [TrialOutcome],
        results: &'a [CellResult],
        analyses: &'a Analyses,
    ) -> Self {
        Self {
            job,
            outcomes: if job.search().is_none() { by_cell(job, outcomes) } else { Vec::new() },
            results,
            analyses,
            ratios: all_ratios().iter().map(|ratio| ratio.name).collect(),
        }
    }

    /// What decides a claim wherever it is about something; `None` once nobody waits for it.
    pub(super) fn numbers(&self, claim: &CheckedClaim, is_wanted: IsWanted) -> Option<Vec<Number>> {
        let mut numbers = match &claim.quantity {
            ClaimedQuantity::Capacity(quantity) => self.of_capacities(*quantity),
            ClaimedQuantity::Scaling(quantity) => self.of_scalings(*quantity),
            ClaimedQuantity::Regularization(gap, bits) => {
                self.of_regularization(|all| all.ratio(*gap, *bits))
            }
            ClaimedQuantity::Axis(gap, bits) => {
                self.of_regularization(|all| all.largest_difference(*gap, *bits))
            }
            ClaimedQuantity::PeakOverCapacity(quantity) => self.of_peaks(*quantity),
            ClaimedQuantity::Ledger(quantity) => self.of_ledgers(claim, *quantity),
            ClaimedQuantity::Measured(name) => return self.of_cells(claim, name, is_wanted),
        };
        numbers.retain(|number| claim.claim.is_about(&number.cell));
        Some(numbers)
    }

    fn of_capacities(&self, quantity: CapacityQuantity) -> Vec<Number> {
        let number = |capacity: &CellCapacity| Number {
            cell: capacity.cell.clone(),
            evidence: capacity.evidence(quantity),
            // also where longer training does not raise it
            bound: Bound::Lower,
            compares: false,
        };
        self.analyses.capacity.iter().map(number).collect()
    }

    fn of_scalings(&self, quantity: ScalingQuantity) -> Vec<Number> {
        let lines = self.analyses.scaling.iter().map(|line| {
            let fit = &line.scaling;
            let evidence = match quantity {
                ScalingQuantity::BitsPerParameter => fit.evidence.slope.clone(),
                ScalingQuantity::Exponent => fit.evidence.exponent.clone(),
                ScalingQuantity::RSquared => Some(Evidence::Open(Some(fit.r_squared), NoInterval::NoMethod)),
            };
            let evidence = evidence.unwrap_or(Evidence::Open(None, NoInterval::NoMethod));
            Number { cell: line.cell.clone(), evidence, bound: Bound::Lower, compares: true }
        });
        lines.collect()
    }

    fn of_regularization(&self, read: impl Fn(&CellRegularization) -> Option<Evidence>) -> Vec<Number> {
        let number = |all: &CellRegularization| Number {
            cell: all.cell.clone(),
            evidence: read(all).unwrap_or(Evidence::Open(None, NoInterval::NoMethod)),
            bound: Bound::Exact,
            compares: true,
        };
        self.analyses.regularization.iter().map(number).collect()
    }

    fn of_peaks(&self, quantity: PeakQuantity) -> Vec<Number> {
        let peaks = self.analyses.peaks.iter().filter(|peak| peak.quantity == quantity);
        let number = |peak: &CellPeak| Number {
            cell: peak.cell.clone(),
            evidence: peak.evidence.clone().unwrap_or(Evidence::Open(None, NoInterval::NoMethod)),
            bound: Bound::Exact,
            compares: true,
        };
        peaks.map(number).collect()
    }

    fn of_ledgers(&self, claim: &CheckedClaim, quantity: LedgerQuantity) -> Vec<Number> {
        let number = |cell: usize| {
            let ledger = self.job.cell(cell).dataset.process().ledger();
            let bits = match quantity {
                LedgerQuantity::Structure => ledger.structure,
                LedgerQuantity::Noise => ledger.noise,
                LedgerQuantity::Dataset => ledger.dataset(),
            };
            let evidence = Evidence::Exact(bits.0);
            Number { cell: self.job.coordinates(cell), evidence, bound: Bound::Exact, compares: false }
        };
        self.job.sweep().selected(&claim.cells).map(number).collect()
    }

    /// The quantity in each cell, or how it stands to another's.
    fn of_cells(&self, claim: &CheckedClaim, name: &str, is_wanted: IsWanted) -> Option<Vec<Number>> {
        let quantities = all_quantities();
        let bound = quantities.iter().find(|(_, quantity)| quantity.name == name).map(|(_, q)| q.bound);
        let number = |cell: usize| {
            go_on(is_wanted)?;
            let evidence = match (&claim.other, claim.claim.of) {
                (None, Middle::Mean) => {
                    self.results[cell].measurements.get(name).map(|m| Evidence::Mean(m.interval))
                }
                (None, Middle::Median) => Some(Evidence::Median(self.values(cell, name).flatten().collect())),
                (Some(other), middle) => Some(self.compared(cell, name, other, middle)),
            };
            Some(Number {
                cell: self.job.coordinates(cell),
                evidence: evidence.unwrap_or(Evidence::Open(None, NoInterval::NoMethod)),
                bound: bound.unwrap_or(Bound::Exact),
                // what is at most something in expectation is not so in the median
                compares: claim.other.is_some() || claim.claim.of == Middle::Median,
            })
        };
        self.job.sweep().selected(&claim.cells).map(number).collect()
    }

    fn values(&self, cell: usize, name: &str) -> impl Iterator<Item = Option<f64>> {
        self.outcomes[cell].iter().map(move |outcome| outcome.value(name))
    }

    /// Paired by replicate.
    fn compared(&self, cell: usize, name: &str, other: &Other, middle: Middle) -> Evidence {
        if self.ratios.contains(name) {
            return Evidence::Open(None, NoInterval::RatioOfAverages);
        }
        let (Other::Minus(by) | Other::Over(by)) = other;
        let there = self.job.sweep().moved(cell, by);
        let both = self.values(cell, name).zip(self.values(there, name)).filter_map(|(a, b)| a.zip(b));
        let (own, others): (Vec<f64>, Vec<f64>) = both.unzip();
        let differences = || own.iter().zip(&others).map(|(a, b)| a - b).collect::<Vec<f64>>();
        let interval = match (other, middle) {
            (Other::Over(_), _) => Interval::of_ratio(&own, &others),
            (Other::Minus(_), Middle::Mean) => Interval::of(&differences()),
            (Other::Minus(_), Middle::Median) => return Evidence::Median(differences()),
        };
        interval.map_or(Evidence::Open(None, NoInterval::NoMethod), Evidence::Mean)
    }
}
