//! The plan of a search for capacity: the size and learning rate at which most is memorized.

use std::f64::consts::SQRT_2;
use std::ops::Range;

use super::found::{Again, Found, Peak};
use super::replay::{BITS, MOST_DRAWS, Pending, Race, Replay, Worth, mean};
use crate::science::analysis::capacity::{CONVERGED, Converged};
use crate::science::analysis::interval::Interval;
use crate::spec::search::{Setting, TUNING};

/// Replicates to begin with.
const RATE_DRAWS: u64 = 2;
const SIZE_DRAWS: u64 = 3;
/// Replicates that are trained with twice the steps: first so many, then more while they do not tell.
const DOUBLED_DRAWS: [u64; 3] = [4, 8, 16];
/// How often a report that its own checks contradict is followed by another.
const MOST_REPORTS: u64 = 12;
/// Moves along an axis before the search gives up.
const MOST_MOVES: u32 = 12;
/// Trainings that only tell where to look take a fraction of the steps, but no fewer than this.
const ROUGH: u64 = 4;
const LEAST_ROUGH_STEPS: u64 = 250;
/// Share of its data that a network may lack where twice the steps are tried at a larger size:
/// where nearly everything is held they could not show what they add.
const NEARLY_HELD: f64 = 2.0 * CONVERGED;

impl Replay<'_> {
    /// The whole search.
    pub fn peak(&mut self) -> Result<Peak, Pending> {
        let start = self.start();
        let located = self.locate()?.with_steps(start.steps);
        let mut frozen = self.settle_rate(located)?;
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
                Self::after(&peak)
            };
            let is_last = number + 1 == MOST_REPORTS;
            let Some(next) = next.filter(|next| !is_last && !self.must_report(*next)) else {
                // what holds all its data is at least a lower bound, what yields less is none
                let (mut peak, number) = bracket.held.take().unwrap_or((peak, number));
                if peak.beyond.is_none() {
                    self.check(&mut peak, number)?;
                }
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
        let fine = SQRT_2.sqrt();
        let at = self.climb(at, fine)?;
        let held = self.most_bits(at) * (1.0 - NEARLY_HELD) <= mean(&self.tuned(at));
        // where everything is held rates differ beyond it alone
        let sizes: &[f64] = if held { &[1.0, fine] } else { &[1.0] };
        let at = self.tune_rate(at, BITS, sizes, SQRT_2)?;
        self.refine(at, fine)
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

    /// The best learning rate at these multiples of a size together, in steps of a factor as
    /// long as they help.
    pub(super) fn tune_rate(
        &mut self,
        at: Setting,
        worth: Worth,
        sizes: &[f64],
        factor: f64,
    ) -> Result<Setting, Pending> {
        let with = |rate: f64| at.with_rate(rounded(rate));
        // where everything fits, ever larger rates gain ever less: that is no better
        let is_rough = factor > 2.0;
        let enough = [1.0 + self.effort.tolerance / if is_rough { 3.0 } else { 30.0 }; 3];
        let precision = if is_rough { 0.1 } else { self.effort.tolerance };
        let draws = if is_rough { SIZE_DRAWS } else { RATE_DRAWS };
        let race = Race { worth, sizes, draws, precision, enough: &enough };
        let mut best = at;
        for _ in 0..MOST_MOVES {
            if self.is_hurried() {
                break;
            }
            let rate = best.learning_rate();
            let reason = format!("tunes the learning rate at {} samples, around {rate}", at.samples);
            let found = self.choose(&[best, with(rate / factor), with(rate * factor)], &race, &reason)?;
            if found == best {
                break;
            }
            best = found;
        }
        Ok(best)
    }

    /// The size of the peak in steps of a ratio, as long as they help.
    fn climb(&mut self, at: Setting, ratio: f64) -> Result<Setting, Pending> {
        let mut best = at;
        for _ in 0..MOST_MOVES {
            let reason =
                format!("locates the peak around {} samples, by a factor of {ratio:.2}", best.samples);
            let [_, below, above] = around(best, ratio);
            let mut settings = vec![best];
            // a larger size costs more: it must be worth it
            let mut enough = vec![1.0];
            if !self.is_ruled_out(below, best) {
                settings.push(below);
                enough.push(1.0);
            }
            settings.push(above);
            enough.push(1.0 + self.effort.tolerance / 5.0);
            // coarse steps need not be told apart finely
            let precision = f64::max(0.5 * self.effort.tolerance, 0.15 * (ratio - 1.0));
            let race = Race { worth: BITS, sizes: &[1.0], draws: SIZE_DRAWS, precision, enough: &enough };
            let found = self.choose(&settings, &race, &reason)?;
            if found == best || self.is_hurried() {
                return Ok(found);
            }
            best = found;
        }
        Ok(best)
    }

    /// Whether a smaller dataset has fewer bits than were memorized of a larger one: training on
    /// it could not be better.
    fn is_ruled_out(&self, smaller: Setting, larger: Setting) -> bool {
        let known = self.tuned(larger);
        !known.is_empty() && self.most_bits(smaller) <= mean(&known)
    }

    /// Bits of the tuning replicates that were looked at.
    fn tuned(&self, at: Setting) -> Vec<f64> {
        let all = TUNING..TUNING + MOST_DRAWS;
        let used = all.take_while(|r| self.used.contains(&(at, *r)) && self.is_known(at, *r)).count() as u64;
        self.worths(at, TUNING..TUNING + used, BITS)
    }

    /// The size of the peak, finely: steps are halved until what lies between them does not
    /// matter. Gives the size where a parabola through the best one and its neighbours is highest.
    fn refine(&mut self, at: Setting, mut ratio: f64) -> Result<Setting, Pending> {
        let mut best = at;
        loop {
            best = self.climb(best, ratio)?;
            let (drop, offset) = self.curvature(best, ratio);
            // a parabola gains at most a quarter of its drop between two sizes, a kink a half
            let is_fine = drop <= self.effort.tolerance || ratio - 1.0 <= 3.1 * self.effort.tolerance;
            if is_fine || self.is_hurried() {
                return Ok(best.scaled(libm::pow(ratio, offset)));
            }
            ratio = ratio.sqrt();
        }
    }

    /// By which share of its bits a size is better than its neighbours on average, and how
    /// many steps from it the parabola through the three is highest. None and nowhere, when
    /// the neighbours are not known. A smaller size that was ruled out has at most the bits of
    /// its data.
    fn curvature(&self, at: Setting, ratio: f64) -> (f64, f64) {
        let [at, below, above] = around(at, ratio);
        let here = mean(&self.tuned(at));
        let smaller = self.tuned(below);
        let below = if smaller.is_empty() { self.most_bits(below) } else { mean(&smaller) };
        let above = mean(&self.tuned(above));
        let drop = here - 0.5 * (below + above);
        if !drop.is_finite() || drop <= 0.0 {
            return (0.0, 0.0);
        }
        (drop / here, (0.25 * (above - below) / drop).clamp(-0.5, 0.5))
    }

    /// Fresh replicates at what is frozen now, more of them while their interval is too wide.
    fn fresh(&mut self, frozen: Setting, number: u64) -> Result<Peak, Pending> {
        let seeds = u64::from(self.job.common().seeds);
        let first = first_of(number);
        let (samples, rate) = (frozen.samples, frozen.learning_rate());
        self.is_reporting = true;
        let mut draws = seeds;
        loop {
            self.ask(frozen, first..first + draws);
            let reason =
                format!("reports {draws} replicates, frozen at {samples} samples and learning rate {rate}");
            self.settle(&reason)?;
            let report = self.draws(frozen, first..first + draws);
            let peak = Peak { setting: frozen, report, beyond: None, doubled: None };
            let bits: Vec<f64> = peak.bits().into_iter().flatten().collect();
            let half = Interval::of(&bits).and_then(|i| Some((i.ci95_high? - i.mean) / i.mean.abs()));
            // where a few fail and most hold all their data, a few replicates look surer than they are
            let hides_failures = is_nearly_held(&peak) && !peak.is_lossless();
            let is_fine = half.is_none_or(|half| half <= self.effort.tolerance) && !hides_failures;
            if is_fine || draws >= 4 * seeds || !self.can_afford(frozen, draws) {
                return Ok(peak);
            }
            draws *= 2;
        }
    }

    /// The first of the replicates of a report at a larger size; and where they are worth less
    /// there, with twice the steps.
    fn check(&mut self, peak: &mut Peak, number: u64) -> Result<(), Pending> {
        let (first, seeds) = (first_of(number), u64::from(self.job.common().seeds));
        let larger = peak.setting.scaled(if is_nearly_held(peak) { SQRT_2.sqrt() } else { SQRT_2 });
        let reason = format!("trains the same replicates at {} samples", larger.samples);
        peak.beyond = self.again(larger, first..first + seeds, &reason)?;
        if rises(peak) {
            return Ok(());
        }
        let twice = if is_nearly_held(peak) { larger } else { peak.setting }.with_twice_the_steps();
        let most = peak.report.len() as u64;
        for draws in DOUBLED_DRAWS.into_iter().filter(|draws| *draws <= most) {
            let reason =
                format!("trains the same replicates with twice the steps at {} samples", twice.samples);
            let more = self.again(twice, first..first + draws, &reason)?;
            peak.doubled = more.or(peak.doubled.take());
            if peak.raise().is_none_or(|raise| Converged::of_raise(&raise) != Converged::Undecided) {
                break;
            }
        }
        Ok(())
    }

    /// Replicates of a report at another setting; `None` where there is no room for them.
    fn again(&mut self, at: Setting, draws: Range<u64>, reason: &str) -> Result<Option<Again>, Pending> {
        let new = draws.clone().filter(|r| !self.used.contains(&(at, *r))).count() as u64;
        if !self.can_afford(at, new) || !self.ask(at, draws.clone()) {
            return Ok(None);
        }
        self.settle(reason)?;
        Ok(Some(Again { setting: at, draws: self.draws(at, draws) }))
    }

    /// Where to go on, if the report is contradicted by the same replicates elsewhere: at a larger
    /// size, or with twice the steps. Where all data are held the peak is at a larger size.
    fn after(peak: &Peak) -> Option<Setting> {
        if rises(peak) {
            return peak.beyond.as_ref().map(|beyond| beyond.setting);
        }
        if peak.raise().is_some_and(|raise| raise.mean > CONVERGED) {
            return peak.doubled.as_ref().map(|doubled| doubled.setting);
        }
        None
    }
}

/// Whether a larger size yields more, beyond doubt: chance alone must not drive a search to ever
/// larger sizes.
fn rises(peak: &Peak) -> bool {
    peak.fall().and_then(|fall| fall.ci95_high).is_some_and(|high| high < 0.0)
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

/// The first replicate of a report: no other report sees the same ones.
fn first_of(number: u64) -> u64 {
    number << 16
}

/// Whether the networks of a report hold nearly all of their data.
fn is_nearly_held(peak: &Peak) -> bool {
    let (mut bits, mut of) = (0.0, 0.0);
    for draw in peak.report.iter().flatten() {
        bits += draw.bits;
        of += draw.dataset_bits;
    }
    bits >= of * (1.0 - NEARLY_HELD)
}

/// A size and its neighbours below and above.
fn around(at: Setting, ratio: f64) -> [Setting; 3] {
    [at, at.scaled(1.0 / ratio), at.scaled(ratio)]
}

/// Three digits of a learning rate: a factor and back is the same rate again.
fn rounded(rate: f64) -> f64 {
    format!("{rate:.2e}").parse().unwrap_or(rate)
}
