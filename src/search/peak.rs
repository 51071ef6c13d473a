//! The plan of a search for capacity: the size and learning rate at which most is memorized.

use std::f64::consts::SQRT_2;

use super::found::{Found, Peak};
use super::replay::{BITS, Pending, Race, Replay, mean};
use super::report::{NEARLY_HELD, rises};
use super::size::SIZE_DRAWS;
use crate::science::analysis::capacity::CONVERGED;
use crate::spec::search::Setting;

/// How often a report that its own checks contradict is followed by another.
const MOST_REPORTS: u64 = 12;
/// Moves along an axis before the search gives up.
const MOST_MOVES: u32 = 12;
/// How often a search goes on at a learning rate far from the one that small steps led to.
const MOST_LEAPS: u32 = 2;
/// Trainings that only tell where to look take a fraction of the steps, but no fewer than this.
const ROUGH: u64 = 4;
const LEAST_ROUGH_STEPS: u64 = 250;
/// Twice the steps are assumed to raise the bits by so much less each time, where the question is
/// whether the work limit reaches to where they no longer do.
const RAISES_SHRINK: f64 = 2.0 / 3.0;
/// Trainings at a setting that a report and what leads to it need.
const TRAININGS_OF_A_DOUBLING: u64 = 50;

impl Replay<'_> {
    /// The whole search.
    pub fn peak(&mut self) -> Result<Peak, Pending> {
        let start = self.start();
        let located = self.locate()?.with_steps(start.steps);
        let enough = self.enough_steps(located)?;
        let mut frozen = self.settle_rate(enough)?;
        let mut bracket = Bracket::default();
        for number in 0..MOST_REPORTS {
            let mut peak = self.fresh(frozen, number)?;
            let steps = frozen.steps;
            // each report has replicates of its own: none of them chose where it was made
            let next = if peak.is_lossless() {
                bracket.held = Some((peak.clone(), number));
                bracket.middle(self.effort.tolerance)
            } else if bracket.is_less(&peak, self.effort.tolerance) {
                bracket.less = Some(frozen);
                bracket.middle(self.effort.tolerance)
            } else if bracket.held.is_some() && bracket.chosen != Some(frozen) {
                // these replicates chose it: others are reported
                bracket.chosen = Some(frozen);
                bracket.chosen
            } else {
                bracket = Bracket::default();
                self.check(&mut peak, number)?;
                self.after(&peak)
            };
            let is_last = number + 1 == MOST_REPORTS;
            let Some(next) = next.filter(|next| !is_last && !self.must_report(*next)) else {
                // what holds all its data is at least a lower bound, what yields less is none
                let (mut peak, number) = bracket.held.take().unwrap_or((peak, number));
                if peak.beyond.is_none() {
                    self.check(&mut peak, number)?;
                }
                self.sharpen(&mut peak, number)?;
                return Ok(peak);
            };
            self.found = Some(Found::Peak(peak));
            frozen = next;
            if next.steps > steps {
                // more steps want smaller ones
                self.is_reporting = false;
                frozen = self.settle_rate(next)?;
            }
        }
        unreachable!("the last report is returned")
    }

    /// The peak with these steps, near a size that fewer steps found.
    fn settle_rate(&mut self, at: Setting) -> Result<Setting, Pending> {
        let mut at = self.settle_nearby(at)?;
        for _ in 0..MOST_LEAPS {
            let Some(better) = self.better_rate(at)? else { return Ok(at) };
            at = self.settle_nearby(better)?;
        }
        // what the last one leaves open
        self.better_rate(at)?;
        Ok(at)
    }

    /// The size of the peak and the learning rate there, by small steps of both.
    fn settle_nearby(&mut self, at: Setting) -> Result<Setting, Pending> {
        let fine = SQRT_2.sqrt();
        let at = self.climb(at, fine)?;
        // where everything is held rates differ beyond it alone
        let at = self.tune_rate(at, BITS, &[if self.is_held(at) { fine } else { 1.0 }], SQRT_2)?;
        self.best_size(at)
    }

    /// Doubles the steps until that raises the peak by no more than counts as converged; not where
    /// the work limit ends long before that.
    fn enough_steps(&mut self, mut at: Setting) -> Result<Setting, Pending> {
        let fine = SQRT_2.sqrt();
        loop {
            at = self.climb(at, fine)?;
            let twice = at.with_twice_the_steps();
            let twice = if self.is_held(at) { twice.scaled(fine) } else { twice };
            if self.must_report(twice) || self.is_hurried() {
                return Ok(at);
            }
            let reason = format!("checks whether {} steps are enough", at.steps);
            let enough = [1.0, 1.0 + CONVERGED];
            let race =
                Race { worth: BITS, sizes: &[1.0], draws: SIZE_DRAWS, precision: CONVERGED, enough: &enough };
            if self.choose(&[at, twice], &race, &reason)? == at {
                return Ok(at);
            }
            let raise = mean(&self.tuned(twice)) / mean(&self.tuned(at)) - 1.0;
            if !self.may_converge(at, raise) {
                return Ok(at);
            }
            at = self.tune_rate(twice, BITS, &[1.0], SQRT_2)?;
        }
    }

    /// Whether the work limit reaches to steps that twice as many raise by no more than counts as
    /// converged, if these raise by so much.
    fn may_converge(&self, at: Setting, raise: f64) -> bool {
        let doublings = (libm::log(CONVERGED / raise) / libm::log(RAISES_SHRINK)).ceil().max(1.0);
        let last = (0..MOST_MOVES).take_while(|k| f64::from(*k) < doublings).count();
        let steps = at.steps << last;
        self.can_afford(at.with_steps(steps), TRAININGS_OF_A_DOUBLING)
    }

    /// Whether tuning replicates hold nearly all data of a size.
    pub(super) fn is_held(&self, at: Setting) -> bool {
        self.most_bits(at) * (1.0 - NEARLY_HELD) <= mean(&self.tuned(at))
    }

    /// Roughly where the peak is, by trainings of a fraction of the steps.
    pub(super) fn locate(&mut self) -> Result<Setting, Pending> {
        let start = self.start();
        let rough = (start.steps / ROUGH).max(LEAST_ROUGH_STEPS).min(start.steps);
        let mut at = self.tune_rate(start.with_steps(rough), BITS, &[1.0], 4.0)?;
        at = self.climb(at, 2.0)?;
        // at the peak rates differ in how surely they store, beyond it in how much
        let tuned = self.tune_rate(at, BITS, &[1.0, SQRT_2], 2.0)?;
        if tuned != at {
            // another rate has another peak
            at = self.climb(tuned, 2.0)?;
        }
        self.climb(at, SQRT_2)
    }

    /// Doubles the steps until that helps no more, here or at a larger size.
    pub(super) fn settle_steps(&mut self, mut at: Setting) -> Result<Setting, Pending> {
        loop {
            let twice = at.with_twice_the_steps();
            if self.must_report(twice) {
                return Ok(at);
            }
            let reason = format!("checks whether {} steps are enough", at.steps);
            let enough = [1.0, 1.0 + CONVERGED, 1.0 + CONVERGED];
            let race = Race {
                worth: BITS,
                sizes: &[1.0],
                draws: SIZE_DRAWS,
                precision: 0.5 * CONVERGED,
                enough: &enough,
            };
            let found = self.choose(&[at, twice, twice.scaled(SQRT_2)], &race, &reason)?;
            if found == at {
                return Ok(at);
            }
            // more steps want smaller ones
            at = self.tune_rate(found, BITS, &[1.0], SQRT_2)?;
            at = self.climb(at, SQRT_2)?;
        }
    }

    /// Where to go on, if the report is contradicted by the same replicates elsewhere: at a larger
    /// size, or with twice the steps. Where all data are held the peak is at a larger size.
    fn after(&self, peak: &Peak) -> Option<Setting> {
        if rises(peak) {
            return peak.beyond.as_ref().map(|beyond| beyond.setting);
        }
        let raise = peak.raise().map(|raise| raise.mean).filter(|raise| *raise > CONVERGED);
        if raise.is_some_and(|raise| self.may_converge(peak.setting, raise)) {
            return peak.doubled.as_ref().map(|doubled| doubled.setting);
        }
        None
    }
}

/// Sizes on both sides of a peak where networks hold all their data up to it.
#[derive(Default)]
struct Bracket {
    /// The report of the largest size whose data were all held, and its number.
    held: Option<(Peak, u64)>,
    /// The smallest larger size that yielded less.
    less: Option<Setting>,
    /// A larger size that yielded no less.
    chosen: Option<Setting>,
}

impl Bracket {
    /// Whether this report yields less than the data that a smaller size held.
    fn is_less(&self, peak: &Peak, tolerance: f64) -> bool {
        let bits =
            |peak: &Peak| mean(&peak.bits().iter().map(|bits| bits.unwrap_or(0.0)).collect::<Vec<_>>());
        self.held.as_ref().is_some_and(|(held, _)| bits(peak) < bits(held) * (1.0 - tolerance / 3.0))
    }

    /// The next size to look at; `None` where the two are so close that it does not matter.
    fn middle(&self, tolerance: f64) -> Option<Setting> {
        let held = self.held.as_ref()?.0.setting;
        let Some(less) = self.less else { return Some(held.scaled(SQRT_2.sqrt())) };
        let middle = held.between(&less);
        let is_new = middle.samples > held.samples && middle.samples < less.samples;
        #[expect(clippy::cast_precision_loss, reason = "sizes")]
        let is_wide = less.samples as f64 > held.samples as f64 * (1.0 + tolerance);
        (is_new && is_wide).then_some(middle)
    }
}
