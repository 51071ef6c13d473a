//! The plan of a search for capacity: the size and learning rate at which most is memorized.

use std::f64::consts::SQRT_2;

use super::found::{Found, Peak};
use super::replay::{BITS, MOST_DRAWS, Pending, Race, Replay, Worth, mean};
use crate::science::analysis::capacity::CONVERGED;
use crate::science::analysis::interval::Interval;
use crate::spec::search::{Setting, TUNING};

/// Replicates to begin with.
const RATE_DRAWS: u64 = 2;
const SIZE_DRAWS: u64 = 3;
/// Replicates that are trained with twice the steps.
const DOUBLED_DRAWS: u64 = 8;
/// How often a report that twice the steps contradict is followed by another.
const MOST_REPORTS: u64 = 4;
/// Moves along an axis before the search gives up.
const MOST_MOVES: u32 = 12;

impl Replay<'_> {
    /// The whole search.
    pub fn peak(&mut self) -> Result<Peak, Pending> {
        let mut at = self.locate()?;
        let mut reports = 0;
        loop {
            let (seen, frozen) = self.refine(at)?;
            let peak = self.report(seen, frozen, reports)?;
            reports += 1;
            let twice = frozen.with_twice_the_steps();
            let (once, with_twice) = peak.pairs();
            let is_converged = once.is_empty() || mean(&with_twice) <= mean(&once) * (1.0 + CONVERGED);
            if is_converged || reports == MOST_REPORTS || self.must_report(twice) {
                return Ok(peak);
            }
            self.found = Some(Found::Peak(peak));
            self.is_reporting = false;
            at = self.settle_steps(twice)?;
        }
    }

    /// Roughly where the peak is, with steps that are enough.
    pub(super) fn locate(&mut self) -> Result<Setting, Pending> {
        let mut at = self.start();
        at = self.tune_rate(at, BITS, &[1.0], 4.0)?;
        at = self.climb(at, 2.0)?;
        at = self.climb(at, SQRT_2)?;
        // at the peak rates differ in how surely they store, beyond it in how much
        at = self.tune_rate(at, BITS, &[1.0, SQRT_2], 2.0)?;
        at = self.climb(at, SQRT_2)?;
        self.settle_steps(at)
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
        let with = |rate: f64| Setting::new(at.samples, rounded(rate), at.steps);
        // where everything fits, ever larger rates gain ever less: that is no better
        let enough = [1.0 + self.effort.tolerance / 30.0; 3];
        let precision = if factor > 2.0 { 0.1 } else { self.effort.tolerance };
        let race = Race { worth, sizes, draws: RATE_DRAWS, precision, enough: &enough };
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
            // a larger size costs more: it must be worth it
            let enough = [1.0, 1.0, 1.0 + self.effort.tolerance / 5.0];
            // coarse steps need not be told apart finely
            let precision = f64::max(0.5 * self.effort.tolerance, 0.15 * (ratio - 1.0));
            let race = Race { worth: BITS, sizes: &[1.0], draws: SIZE_DRAWS, precision, enough: &enough };
            let found = self.choose(&around(best, ratio), &race, &reason)?;
            if found == best || self.is_hurried() {
                return Ok(found);
            }
            best = found;
        }
        Ok(best)
    }

    /// The size of the peak, finely: steps are halved until what lies between them does not
    /// matter. Gives the best size that was tried, and where a parabola through it and its
    /// neighbours is highest.
    fn refine(&mut self, at: Setting) -> Result<(Setting, Setting), Pending> {
        let (mut best, mut ratio) = (at, SQRT_2);
        loop {
            best = self.climb(best, ratio)?;
            let (drop, offset) = self.curvature(best, ratio);
            // a parabola gains at most a quarter of its drop between two sizes, a kink a half
            let is_fine = drop <= self.effort.tolerance || ratio - 1.0 <= 3.1 * self.effort.tolerance;
            if is_fine || self.is_hurried() {
                return Ok((best, best.scaled(libm::pow(ratio, offset))));
            }
            ratio = ratio.sqrt();
        }
    }

    /// By which share of its bits a size is better than its neighbours on average, and how
    /// many steps from it the parabola through the three is highest. None and nowhere, when
    /// the neighbours are not known.
    fn curvature(&self, at: Setting, ratio: f64) -> (f64, f64) {
        let draws = |setting: Setting| {
            let known = TUNING..TUNING + MOST_DRAWS;
            let used = known.take_while(|r| self.used.contains(&(setting, *r))).count() as u64;
            TUNING..TUNING + used
        };
        let means = around(at, ratio).map(|setting| mean(&self.worths(setting, draws(setting), BITS)));
        let [here, below, above] = means;
        let drop = here - 0.5 * (below + above);
        if !drop.is_finite() || drop <= 0.0 {
            return (0.0, 0.0);
        }
        (drop / here, (0.25 * (above - below) / drop).clamp(-0.5, 0.5))
    }

    /// Fresh replicates at what is frozen now, more of them while their interval is too wide; and
    /// the same replicates with twice the steps.
    fn report(&mut self, seen: Setting, frozen: Setting, number: u64) -> Result<Peak, Pending> {
        let seeds = u64::from(self.job.common().seeds);
        // replicates that no earlier report has seen
        let first = number << 16;
        let mut draws = seeds;
        self.is_reporting = true;
        let report = loop {
            let (samples, rate) = (frozen.samples, frozen.learning_rate());
            self.ask(frozen, first..first + draws);
            self.settle(&format!(
                "reports {draws} replicates, frozen at {samples} samples and learning rate {rate}"
            ))?;
            let values = self.reported(frozen, first..first + draws);
            let interval = Interval::of(&values.iter().flatten().copied().collect::<Vec<_>>());
            let half = interval.and_then(|i| Some((i.ci95_high? - i.mean) / i.mean.abs()));
            let is_fine = half.is_none_or(|half| half <= self.effort.tolerance);
            if is_fine || draws >= 4 * seeds || !self.can_afford(frozen, draws) {
                break values;
            }
            draws *= 2;
        };
        let twice = frozen.with_twice_the_steps();
        let draws = seeds.min(DOUBLED_DRAWS);
        let mut doubled = Vec::new();
        if self.can_afford(twice, draws) {
            self.ask(twice, first..first + draws);
            self.settle("trains the same replicates with twice the steps")?;
            doubled = self.reported(twice, first..first + draws);
        }
        Ok(Peak { setting: frozen, is_inside: self.falls_beyond(seen), report, doubled })
    }

    fn reported(&self, setting: Setting, draws: std::ops::Range<u64>) -> Vec<Option<f64>> {
        self.draws(setting, draws).iter().map(|draw| draw.map(|draw| draw.bits)).collect()
    }

    /// Whether the curve falls from here to the largest size that was tried in the same way.
    fn falls_beyond(&self, at: Setting) -> Option<bool> {
        let beyond =
            |setting: &Setting| setting.samples > at.samples && setting.with_samples(at.samples) == at;
        let tuned = self.used.iter().filter(|(_, replicate)| *replicate >= TUNING);
        let last = tuned.map(|(setting, _)| *setting).filter(beyond).max()?;
        let falls = (TUNING..TUNING + MOST_DRAWS).filter_map(|r| {
            let bits = |setting| Some(self.draws(setting, r..r + 1)[0]?.bits);
            Some(bits(at)? - bits(last)?)
        });
        let bound = Interval::of(&falls.collect::<Vec<_>>())?.lower_bound_95()?;
        Some(bound > 0.0)
    }
}

/// A size and its neighbours below and above.
fn around(at: Setting, ratio: f64) -> [Setting; 3] {
    [at, at.scaled(1.0 / ratio), at.scaled(ratio)]
}

/// Three digits of a learning rate: a factor and back is the same rate again.
fn rounded(rate: f64) -> f64 {
    format!("{rate:.2e}").parse().unwrap_or(rate)
}
