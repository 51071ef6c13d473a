//! The plan of a search for capacity: the size and learning rate at which most is memorized.

use std::f64::consts::SQRT_2;
use std::ops::Range;

use super::found::{Again, Found, Peak};
use super::known::Draw;
use super::replay::{BITS, Pending, Race, Replay, Worth, mean};
use super::size::SIZE_DRAWS;
use crate::science::analysis::capacity::{CONVERGED, Converged};
use crate::spec::search::{Setting, TUNING};

/// Replicates to begin with.
const RATE_DRAWS: u64 = 2;
/// Replicates that are trained with twice the steps: first so many, then more while they do not
/// tell; only of the report that is returned more than 16.
const DOUBLED_DRAWS: [u64; 3] = [4, 8, 16];
const MOST_AGAIN: u64 = 64;
/// Most reported replicates, as a multiple of those asked for.
const ON_THE_WAY: u64 = 4;
const AT_THE_END: u64 = 32;
/// How often a report that its own checks contradict is followed by another.
const MOST_REPORTS: u64 = 12;
/// Moves along an axis before the search gives up.
const MOST_MOVES: u32 = 12;
/// Trainings that only tell where to look take a fraction of the steps, but no fewer than this.
const ROUGH: u64 = 4;
const LEAST_ROUGH_STEPS: u64 = 250;
/// Share of its data that a network may lack and still be said to hold nearly all.
const NEARLY_HELD: f64 = 2.0 * CONVERGED;
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
    fn is_held(&self, at: Setting) -> bool {
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
        // beyond what all hold, the replicates that chose the size are those that tell rates apart
        let is_beyond = sizes.iter().all(|ratio| *ratio > 1.0);
        let draws = if is_rough || is_beyond { SIZE_DRAWS } else { RATE_DRAWS };
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
            let peak = Peak { setting: frozen, report, beyond: None, doubled: None, once: None };
            // where some fail and others hold all their data, a few replicates look surer than they are
            let hides_failures = match (peak.is_lossless(), peak.is_censored()) {
                (true, _) => draws < ON_THE_WAY * seeds && self.fails_nearby(frozen),
                (false, true) => true,
                (false, false) => draws < 2 * seeds && is_mixed(&peak),
            };
            let is_fine = !hides_failures
                && peak.relative_half_width().is_none_or(|half| half <= self.effort.tolerance);
            if is_fine || draws >= ON_THE_WAY * seeds || !self.can_afford(frozen, draws + 4 * seeds) {
                return Ok(peak);
            }
            draws *= 2;
        }
    }

    /// The first of the replicates of a report at a larger size; and where they are worth less
    /// there, with twice the steps.
    fn check(&mut self, peak: &mut Peak, number: u64) -> Result<(), Pending> {
        let (first, seeds) = (first_of(number), u64::from(self.job.common().seeds));
        let larger = |ratio: f64| peak.setting.scaled(ratio);
        let sizes = if hardly_lacks(peak) {
            vec![larger(SQRT_2.sqrt().sqrt()), larger(SQRT_2.sqrt())]
        } else {
            vec![larger(if is_nearly_held(peak) { SQRT_2.sqrt() } else { SQRT_2 })]
        };
        for larger in sizes {
            let reason = format!("trains the same replicates at {} samples", larger.samples);
            peak.beyond = self.again(larger, first..first + seeds, &reason)?.or(peak.beyond.take());
            if rises(peak) {
                return Ok(());
            }
        }
        self.double(peak, first)
    }

    /// The first of the replicates of a report with twice the steps, more of them while they do not
    /// tell. Where hardly any data are lacking at the reported size, longer training can hardly add
    /// to it: it is tried at a larger one.
    fn double(&mut self, peak: &mut Peak, first: u64) -> Result<(), Pending> {
        let twice = peak.setting.with_twice_the_steps();
        let twice = if hardly_lacks(peak) { twice.scaled(SQRT_2.sqrt().sqrt()) } else { twice };
        let most = peak.report.len() as u64;
        for draws in DOUBLED_DRAWS.into_iter().filter(|draws| *draws <= most) {
            let reason =
                format!("trains the same replicates with twice the steps at {} samples", twice.samples);
            if !self.again_with(peak, twice, first..first + draws, &reason)?
                || peak.converged() != Converged::Undecided
            {
                break;
            }
        }
        Ok(())
    }

    /// Replicates of a report with twice the steps, and with the reported ones where the size is
    /// another. `false` where there is no room for them.
    fn again_with(
        &mut self,
        peak: &mut Peak,
        twice: Setting,
        draws: Range<u64>,
        reason: &str,
    ) -> Result<bool, Pending> {
        let once = twice.with_steps(peak.setting.steps);
        let is_other = once != peak.setting;
        let new = 3 * (draws.end - draws.start);
        if is_other && !self.can_afford(once, new) {
            return Ok(false);
        }
        if is_other && !self.ask(once, draws.clone()) {
            return Ok(false);
        }
        let Some(doubled) = self.again(twice, draws.clone(), reason)? else { return Ok(false) };
        peak.doubled = Some(doubled);
        peak.once = is_other.then(|| Again { setting: once, draws: self.draws(once, draws) });
        Ok(true)
    }

    /// More replicates of the report that is returned, while its interval is wider than asked for;
    /// and more of them at the larger size and with twice the steps while these do not tell.
    fn sharpen(&mut self, peak: &mut Peak, number: u64) -> Result<(), Pending> {
        self.is_reporting = true;
        let seeds = u64::from(self.job.common().seeds);
        while peak.relative_half_width().is_none_or(|half| half > self.effort.tolerance) {
            if peak.is_lossless() || !self.report_more(peak, number, AT_THE_END * seeds)? {
                break;
            }
        }
        loop {
            let trained = |again: &Option<Again>| again.as_ref().map_or(0, |again| again.draws.len() as u64);
            let (larger, twice) = (trained(&peak.beyond), trained(&peak.doubled));
            let falls = peak.fall().and_then(|fall| fall.lower_bound_95()).is_some_and(|bound| bound > 0.0);
            let more = if larger > 0 && !falls && !peak.is_lossless() && larger < MOST_AGAIN {
                larger
            } else if peak.converged() == Converged::Undecided && twice < MOST_AGAIN {
                twice
            } else {
                return Ok(());
            };
            if 2 * more > peak.report.len() as u64 && !self.report_more(peak, number, 2 * more)? {
                return Ok(());
            }
            let draws = first_of(number)..first_of(number) + 2 * more;
            let is_larger = more == larger && !falls && !peak.is_lossless();
            let at = if is_larger { &peak.beyond } else { &peak.doubled };
            let Some(at) = at.as_ref().map(|again| again.setting) else { return Ok(()) };
            let reason = format!(
                "trains {} of the replicates at {} samples, {} steps",
                2 * more,
                at.samples,
                at.steps
            );
            if is_larger {
                let Some(again) = self.again(at, draws, &reason)? else { return Ok(()) };
                peak.beyond = Some(again);
            } else if !self.again_with(peak, at, draws, &reason)? {
                return Ok(());
            }
        }
    }

    /// Twice as many replicates of a report, up to so many; `false` where there is no room for them.
    fn report_more(&mut self, peak: &mut Peak, number: u64, most: u64) -> Result<bool, Pending> {
        let (at, first, draws) = (peak.setting, first_of(number), 2 * peak.report.len() as u64);
        if draws > most || !self.can_afford(at, draws / 2) {
            return Ok(false);
        }
        self.ask(at, first..first + draws);
        self.settle(&format!("reports {draws} replicates, for a narrower interval"))?;
        peak.report = self.draws(at, first..first + draws);
        Ok(true)
    }

    /// Whether tuning replicates of sizes up to a tenth larger failed to hold all their data.
    fn fails_nearby(&self, at: Setting) -> bool {
        let like = |other: &Setting| other.steps == at.steps && *other == other.with_rate(at.learning_rate());
        let near = |other: &Setting| at.samples <= 2 * other.samples && other.samples * 10 <= at.samples * 11;
        let failed =
            |other: Setting, r: u64| self.draws(other, r..r + 1)[0].is_none_or(|draw| !draw.is_lossless());
        self.used.iter().any(|(other, r)| *r >= TUNING && like(other) && near(other) && failed(*other, *r))
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

/// Share of their data that the networks of a report lack.
fn lacking(peak: &Peak) -> f64 {
    let (mut bits, mut of) = (0.0, 0.0);
    for draw in peak.report.iter().flatten() {
        bits += draw.bits;
        of += draw.dataset_bits;
    }
    1.0 - bits / of
}

/// Whether the networks of a report lack so little that holding all would not be a raise to count.
fn hardly_lacks(peak: &Peak) -> bool {
    lacking(peak) <= CONVERGED / (1.0 + CONVERGED)
}

/// Whether the networks of a report hold nearly all of their data.
fn is_nearly_held(peak: &Peak) -> bool {
    lacking(peak) <= NEARLY_HELD
}

/// Whether some networks of a report hold all their data, and others do not.
fn is_mixed(peak: &Peak) -> bool {
    !peak.is_lossless() && peak.report.iter().flatten().any(Draw::is_lossless)
}

/// Three digits of a learning rate: a factor and back is the same rate again.
fn rounded(rate: f64) -> f64 {
    format!("{rate:.2e}").parse().unwrap_or(rate)
}
