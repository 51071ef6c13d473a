//! The plan of a search for the size that is learnt without error in half of the replicates.

use std::f64::consts::SQRT_2;

use super::found::{Found, Threshold};
use super::replay::{CORRECT, Pending, Replay};
use crate::science::analysis::capacity::{CONVERGED, Size, lossless_fraction, lossless_median};
use crate::spec::search::{Setting, TUNING};

/// Tuning replicates of a share.
const SHARE_DRAWS: u64 = 12;
/// Replicates that are trained with twice the steps.
const DOUBLED_DRAWS: u64 = 24;
/// Reported sizes against the chosen one.
const AROUND: [f64; 3] = [1.0 / 1.1, 1.0, 1.1];
/// Sizes that are added where the share does not fall through one half between these.
const MOST_SIZES: usize = 7;
const MOST_MOVES: u32 = 12;
const MOST_REPORTS: u64 = 4;

impl Replay<'_> {
    /// The whole search.
    pub fn threshold(&mut self) -> Result<Threshold, Pending> {
        let located = self.locate()?.with_steps(self.start().steps);
        let mut at = self.settle_steps(located)?;
        let mut reports = 0;
        loop {
            at = self.halve(at)?;
            at = self.tune_rate(at, CORRECT, &[1.0, 1.1], 2.0)?;
            at = self.halve(at)?;
            let threshold = self.report_threshold(at, reports)?;
            reports += 1;
            let twice = at.with_twice_the_steps();
            let is_converged = threshold.raise().is_none_or(|raise| raise.mean <= CONVERGED);
            if is_converged || reports == MOST_REPORTS || self.must_report(twice) {
                return Ok(threshold);
            }
            self.found = Some(Found::Threshold(threshold));
            self.is_reporting = false;
            at = twice;
        }
    }

    /// The size at which about half of the tuning replicates are learnt without error: between
    /// two sizes on its sides, halved until they are a tenth apart.
    fn halve(&mut self, at: Setting) -> Result<Setting, Pending> {
        let (mut low, mut high) = (at, at);
        for _ in 0..MOST_MOVES {
            if self.share(low)?.is_none_or(|share| share >= 0.5) {
                break;
            }
            (low, high) = (low.scaled(1.0 / SQRT_2), low);
        }
        for _ in 0..MOST_MOVES {
            if high.samples > low.samples && self.share(high)?.is_none_or(|share| share < 0.5) {
                break;
            }
            (low, high) = (if high.samples > low.samples { high } else { low }, high.scaled(SQRT_2));
        }
        while high.samples * 10 > low.samples * 11 && !self.is_hurried() {
            let middle = low.between(&high);
            if middle.samples == low.samples || middle.samples == high.samples {
                break;
            }
            match self.share(middle)? {
                Some(share) if share >= 0.5 => low = middle,
                Some(_) => high = middle,
                None => break,
            }
        }
        Ok(low.between(&high))
    }

    /// Share of tuning replicates that are learnt without error: 0 of a size that the source
    /// cannot draw, `None` when the budget has no room to look.
    fn share(&mut self, at: Setting) -> Result<Option<f64>, Pending> {
        let draws = TUNING..TUNING + SHARE_DRAWS;
        let report = AROUND.len() as u64 * u64::from(self.job.common().seeds);
        if !self.used.contains(&(at, TUNING)) && !self.can_afford(at, SHARE_DRAWS + report) {
            return Ok(None);
        }
        if !self.ask(at, draws.clone()) {
            return Ok(Some(0.0));
        }
        self.settle(&format!(
            "estimates the share of replicates learned without error at {} samples",
            at.samples
        ))?;
        Ok(self.size(at, draws).and_then(|size| lossless_fraction(&size)))
    }

    /// Fresh replicates around a size, more of them while the median is not known well enough;
    /// and the same replicates with twice the steps.
    fn report_threshold(&mut self, at: Setting, number: u64) -> Result<Threshold, Pending> {
        // replicates that no earlier report has seen
        let first = number << 16;
        let seeds = u64::from(self.job.common().seeds);
        let mut draws = seeds;
        let mut sizes: Vec<Setting> = AROUND.iter().map(|ratio| at.scaled(*ratio)).collect();
        self.is_reporting = true;
        let report = loop {
            sizes.dedup();
            let (samples, rate, count) = (at.samples, at.learning_rate(), sizes.len());
            let reason = format!(
                "reports {draws} replicates at {count} sizes around {samples} samples, learning rate {rate}"
            );
            let report = self.reported_sizes(&sizes, first..first + draws, &reason)?;
            let shares: Vec<f64> = report.iter().map(|size| lossless_fraction(size).unwrap_or(0.0)).collect();
            let can_grow = sizes.len() < MOST_SIZES && shares.len() == sizes.len();
            if can_grow && shares[0] < 0.5 {
                sizes.insert(0, sizes[0].scaled(1.0 / 1.1));
            } else if can_grow && shares.last().is_some_and(|share| *share >= 0.5) {
                sizes.push(sizes[sizes.len() - 1].scaled(1.1));
            } else {
                let is_fine = lossless_median(&report)
                    .is_none_or(|median| 1.96 * median.standard_error <= self.effort.tolerance * median.size);
                let cost = draws * sizes.len() as u64 + 2 * DOUBLED_DRAWS;
                if is_fine || draws >= 64 * seeds || !self.can_afford(at, cost) {
                    break report;
                }
                draws *= 2;
            }
        };
        let twice = at.with_twice_the_steps();
        let draws = draws.min(DOUBLED_DRAWS);
        let mut doubled = None;
        if self.can_afford(twice, draws) {
            let reason = "trains the same replicates with twice the steps";
            doubled = self.reported_sizes(&[twice], first..first + draws, reason)?.pop();
        }
        Ok(Threshold { setting: at, report, doubled })
    }

    fn reported_sizes(
        &mut self,
        sizes: &[Setting],
        draws: std::ops::Range<u64>,
        reason: &str,
    ) -> Result<Vec<Size>, Pending> {
        let can: Vec<Setting> = sizes.iter().copied().filter(|at| self.ask(*at, draws.clone())).collect();
        self.settle(reason)?;
        Ok(can.into_iter().filter_map(|at| self.size(at, draws.clone())).collect())
    }
}
