//! The plan of a capacity search, written as if everything could be asked at once, and
//! replayed from its start in every round.

use std::collections::BTreeSet;

use super::{Known, Point, Search, Setting, TUNING, known, start};
use crate::job::check::ValidJobSpec;
use crate::job::results::TrialOutcome;
use crate::science::analysis::capacity::CONVERGED;
use crate::science::analysis::interval::Interval;

/// What to train next, and why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Round {
    /// Trainings; none when the search is over.
    pub points: Vec<Point>,
    /// What each cell does next, or how it ended.
    pub reasons: Vec<String>,
}

/// What a search has settled on.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Frozen size, learning rate and steps.
    pub setting: Setting,
    /// Whether a larger size kept less, by more than the tuning draws' spread (one-sided
    /// 95 %, paired); `None` where none was tried.
    pub is_inside: Option<bool>,
    /// Bits of the fresh draws there.
    pub report: Vec<Option<f64>>,
    /// Bits of the same draws with twice the steps.
    pub doubled: Vec<Option<f64>>,
}

/// Something is not known yet.
struct Pending;

/// Draws to choose a learning rate by, and a size.
const RATE_DRAWS: u64 = 2;
const SIZE_DRAWS: u64 = 3;
const MOST_SIZE_DRAWS: u64 = 24;
/// Draws that are trained with twice the steps.
const DOUBLED_DRAWS: u64 = 8;
/// How often the steps are doubled before the search gives up.
const MOST_DOUBLINGS: u32 = 4;
/// Trainings from a change of the steps on: sizes, the next check, reports with these and
/// with twice the steps, in trainings with these.
const TRAININGS_TO_THE_END: u64 = 48;
/// Moves along an axis before the search gives up.
const MOST_MOVES: u32 = 12;

/// The next round of all cells.
#[must_use]
pub fn next(job: &ValidJobSpec, trials: &[TrialOutcome]) -> Round {
    let mut round = Round::default();
    for cell in 0..job.cells().len() {
        let known = known(trials, cell);
        let mut replay = Replay::new(job, cell, &known);
        let reason = match replay.run() {
            Ok(found) => format!("done at {} samples", found.setting.samples),
            Err(Pending) if !replay.is_reporting && replay.is_over_budget() => {
                replay.wanted.clear();
                "the work budget is spent".to_owned()
            }
            Err(Pending) => replay.reason.clone(),
        };
        round.reasons.push(reason);
        round.points.append(&mut replay.wanted);
    }
    round
}

/// What a cell's search has come to, once it is over; `None` where the budget ended it
/// before anything was reported.
#[must_use]
pub fn found(job: &ValidJobSpec, cell: usize, known: &Known) -> Option<Found> {
    Replay::new(job, cell, known).run().ok()
}

struct Replay<'a> {
    job: &'a ValidJobSpec,
    cell: usize,
    known: &'a Known,
    wanted: Vec<Point>,
    reason: String,
    /// What this replay has looked at: what is known beyond it must not change its way.
    used: BTreeSet<(Setting, u64)>,
    /// Whether everything is chosen: what was promised is then measured.
    is_reporting: bool,
}

impl<'a> Replay<'a> {
    fn new(job: &'a ValidJobSpec, cell: usize, known: &'a Known) -> Self {
        Self {
            job,
            cell,
            known,
            wanted: Vec::new(),
            reason: String::new(),
            used: BTreeSet::new(),
            is_reporting: false,
        }
    }

    /// The whole search.
    fn run(&mut self) -> Result<Found, Pending> {
        let spec = &self.job.cells()[self.cell];
        let (seeds, training) = (u64::from(spec.seeds), &spec.training);
        let mut at = Setting::new(start(self.job, self.cell), training.learning_rate, training.steps);
        at = self.tune_rate(at, &[1.0], 4.0)?;
        at = self.climb(at, 2.0)?;
        // at the peak rates differ in how surely they store, beyond it in how much
        let tuned = self.tune_rate(at, &[1.0, std::f64::consts::SQRT_2], 2.0)?;
        if tuned != at {
            at = self.climb(tuned, std::f64::consts::SQRT_2)?;
        }
        for _ in 0..MOST_DOUBLINGS {
            let twice = Setting { steps: 2 * at.steps, ..at };
            if !self.can_afford(twice, TRAININGS_TO_THE_END) {
                break;
            }
            let reason = format!("whether {} steps are enough", at.steps);
            let bits = self.means(&[at, twice], TUNING..TUNING + SIZE_DRAWS, &reason)?;
            if bits[1] <= bits[0] * (1.0 + CONVERGED) {
                break;
            }
            at = self.climb(twice, std::f64::consts::SQRT_2)?;
        }
        let report = self.report(at, seeds)?;
        let twice = Setting { steps: 2 * at.steps, ..at };
        let draws = seeds.min(DOUBLED_DRAWS);
        let mut doubled = Vec::new();
        if self.can_afford(twice, draws) {
            self.means(&[twice], 0..draws, "the same draws with twice the steps")?;
            doubled = self.values(twice, 0..draws);
        }
        Ok(Found { setting: at, is_inside: self.falls_beyond(at), report, doubled })
    }

    /// Whether the curve falls from here to the largest size that was tried in the same way.
    fn falls_beyond(&self, at: Setting) -> Option<bool> {
        let beyond = |setting: &Setting| {
            setting.samples > at.samples && Setting { samples: at.samples, ..*setting } == at
        };
        let tuned = self.used.iter().filter(|(_, replicate)| *replicate >= TUNING);
        let last = tuned.map(|(setting, _)| *setting).filter(beyond).max()?;
        let falls = (TUNING..TUNING + MOST_SIZE_DRAWS).filter_map(|r| {
            Some(self.known.get(&(at, r)).copied()?? - self.known.get(&(last, r)).copied()??)
        });
        let bound = Interval::of(&falls.collect::<Vec<_>>())?.lower_bound_95()?;
        Some(bound > 0.0)
    }

    /// Fresh draws at what is frozen now, more of them while their interval is too wide.
    fn report(&mut self, at: Setting, seeds: u64) -> Result<Vec<Option<f64>>, Pending> {
        let mut draws = seeds;
        self.is_reporting = true;
        loop {
            let reason = format!(
                "frozen at {} samples and learning rate {}: {draws} fresh draws",
                at.samples,
                at.learning_rate()
            );
            self.means(&[at], 0..draws, &reason)?;
            let values = self.values(at, 0..draws);
            let interval = Interval::of(&values.iter().flatten().copied().collect::<Vec<_>>());
            let half = interval.and_then(|i| Some((i.ci95_high? - i.mean) / i.mean.abs()));
            let is_fine = half.is_none_or(|half| half <= self.tolerance());
            if is_fine || draws >= 4 * seeds || !self.can_afford(at, draws) {
                return Ok(values);
            }
            draws *= 2;
        }
    }

    /// The best learning rate at these multiples of a size together: steps of a factor as
    /// long as they help, then of its root.
    fn tune_rate(&mut self, at: Setting, sizes: &[f64], factor: f64) -> Result<Setting, Pending> {
        let with = |rate: f64| Setting::new(at.samples, rounded(rate), at.steps);
        // where everything fits, ever larger rates gain ever less: that is no better
        let enough = 1.0 + self.tolerance() / 30.0;
        let mut best = at;
        for moves in 0..MOST_MOVES {
            if self.is_hurried() {
                return Ok(best);
            }
            let rate = best.learning_rate();
            let reason = format!("learning rate at {} samples, around {rate}", at.samples);
            let tried = [best, with(rate / factor), with(rate * factor)];
            let found = self.best(&tried, sizes, RATE_DRAWS, enough, &reason)?;
            if found == best {
                break;
            }
            best = found;
            if moves == MOST_MOVES - 1 {
                break;
            }
        }
        let (rate, root) = (best.learning_rate(), factor.sqrt());
        let reason = format!("learning rate at {} samples, finer around {rate}", at.samples);
        self.best(&[best, with(rate / root), with(rate * root)], sizes, RATE_DRAWS, enough, &reason)
    }

    /// The size of the peak: steps of a ratio as long as they help, then of its root,
    /// until they are as fine as the tolerance needs.
    fn climb(&mut self, at: Setting, ratio: f64) -> Result<Setting, Pending> {
        let (mut best, mut ratio) = (at, ratio);
        loop {
            for _ in 0..MOST_MOVES {
                let reason =
                    format!("size of the peak: around {} samples in steps of {ratio:.2}", best.samples);
                let tried = [best, scaled(best, 1.0 / ratio), scaled(best, ratio)];
                // coarse steps need not be told apart finely
                let precision = f64::max(0.7 * self.tolerance(), 0.15 * (ratio - 1.0));
                let found = self.best_size(&tried, precision, &reason)?;
                if found == best {
                    break;
                }
                best = found;
            }
            // a peak may be a kink: what is lost is at most half a step
            if ratio - 1.0 <= 3.1 * self.tolerance() || self.is_hurried() {
                return Ok(best);
            }
            ratio = ratio.sqrt();
        }
    }

    /// The size with the most bits, told apart to a relative precision: whatever may be the
    /// best gets draws until its standard error is small enough.
    fn best_size(&mut self, settings: &[Setting], precision: f64, reason: &str) -> Result<Setting, Pending> {
        let mut draws = vec![SIZE_DRAWS; settings.len()];
        loop {
            let mut means = Vec::new();
            for (setting, draws) in settings.iter().zip(&draws) {
                means.push(self.mean(*setting, TUNING..TUNING + draws));
            }
            self.settle(reason)?;
            let most = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let is_hurried = self.is_hurried();
            let mut is_fine = true;
            for (i, draws) in draws.iter_mut().enumerate().filter(|(i, _)| means[*i].is_finite()) {
                let error = standard_error(&self.values(settings[i], TUNING..TUNING + *draws));
                let may_be_best = means[i] + 2.0 * error >= most;
                if may_be_best && error > precision * most.abs() && *draws < MOST_SIZE_DRAWS && !is_hurried {
                    *draws *= 2;
                    is_fine = false;
                }
            }
            if is_fine {
                let best =
                    (1..settings.len()).fold(0, |best, i| if means[i] > means[best] { i } else { best });
                return Ok(settings[best]);
            }
        }
    }

    /// The setting with the most bits at these multiples of its size together, if that is so
    /// much more than the first one's.
    fn best(
        &mut self,
        settings: &[Setting],
        sizes: &[f64],
        draws: u64,
        enough: f64,
        reason: &str,
    ) -> Result<Setting, Pending> {
        let at_sizes =
            |setting: &Setting| sizes.iter().map(|ratio| scaled(*setting, *ratio)).collect::<Vec<_>>();
        let all: Vec<Setting> = settings.iter().flat_map(at_sizes).collect();
        let means = self.means(&all, TUNING..TUNING + draws, reason)?;
        let bits: Vec<f64> = means.chunks(sizes.len()).map(|means| means.iter().sum()).collect();
        let order = (1..settings.len()).fold(0, |best, i| if bits[i] > bits[best] { i } else { best });
        Ok(settings[if bits[order] > bits[0] * enough { order } else { 0 }])
    }

    /// Mean bits of each setting over these draws.
    fn means(
        &mut self,
        settings: &[Setting],
        draws: std::ops::Range<u64>,
        reason: &str,
    ) -> Result<Vec<f64>, Pending> {
        let means = settings.iter().map(|setting| self.mean(*setting, draws.clone())).collect();
        self.settle(reason)?;
        Ok(means)
    }

    /// Mean bits over these draws, of those that are not known yet after they were asked
    /// for. What diverged or failed counts as none; a size that the source cannot draw is
    /// worse than any.
    #[expect(clippy::cast_precision_loss, reason = "draws are few")]
    fn mean(&mut self, setting: Setting, draws: std::ops::Range<u64>) -> f64 {
        let (cell, samples, steps) = (self.cell, setting.samples, setting.steps);
        let learning_rate = setting.learning_rate();
        let point = |replicate| Point { cell, samples, learning_rate, steps, replicate };
        if point(0).spec(&self.job.cells()[cell]).is_none() {
            return f64::NEG_INFINITY;
        }
        self.used.extend(draws.clone().map(|replicate| (setting, replicate)));
        let unknown = draws.clone().filter(|r| !self.known.contains_key(&(setting, *r))).map(point);
        for point in unknown {
            // the same size may be asked for under two names
            if !self.wanted.contains(&point) {
                self.wanted.push(point);
            }
        }
        let values = self.values(setting, draws);
        values.iter().map(|bits| bits.unwrap_or(0.0)).sum::<f64>() / values.len() as f64
    }

    /// Goes on when everything that was asked for is known.
    fn settle(&mut self, reason: &str) -> Result<(), Pending> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        reason.clone_into(&mut self.reason);
        Err(Pending)
    }

    /// Whether so many trainings more are within the budget.
    #[expect(clippy::cast_precision_loss, reason = "trainings are few")]
    fn can_afford(&self, setting: Setting, trainings: u64) -> bool {
        let spent = self.spent();
        let each = work(self.job, self.cell, [setting].into_iter());
        let Some(Search::Capacity(search)) = self.job.search() else { return false };
        spent + trainings as f64 * each <= search.work
    }

    fn spent(&self) -> f64 {
        work(self.job, self.cell, self.used.iter().map(|(setting, _)| *setting))
    }

    /// Whether most of the budget is gone: what is left is for the report.
    fn is_hurried(&self) -> bool {
        let Some(Search::Capacity(search)) = self.job.search() else { return true };
        self.spent() >= 0.6 * search.work
    }

    fn values(&self, setting: Setting, draws: std::ops::Range<u64>) -> Vec<Option<f64>> {
        draws.map(|r| self.known.get(&(setting, r)).copied().flatten()).collect()
    }

    fn tolerance(&self) -> f64 {
        let Some(Search::Capacity(search)) = self.job.search() else { return 1.0 };
        search.tolerance
    }

    /// Whether what is known and wanted costs more than the search may.
    fn is_over_budget(&self) -> bool {
        let Some(Search::Capacity(search)) = self.job.search() else { return true };
        let wanted = self.wanted.iter().map(Point::setting);
        let all = self.known.keys().map(|(setting, _)| *setting).chain(wanted);
        work(self.job, self.cell, all) > search.work
    }
}

/// Work of trainings in units of one at the starting size: samples looked at.
#[must_use]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "sizes")]
pub fn work(job: &ValidJobSpec, cell: usize, settings: impl Iterator<Item = Setting>) -> f64 {
    let training = &job.cells()[cell].training;
    let cost = |samples: u64, steps: u64| training.batch_size.of(samples as usize) as f64 * steps as f64;
    let unit = cost(start(job, cell), training.steps);
    settings.map(|setting| cost(setting.samples, setting.steps) / unit).sum()
}

/// Standard error of a mean; what diverged counts as no bits.
#[expect(clippy::cast_precision_loss, reason = "draws are few")]
fn standard_error(values: &[Option<f64>]) -> f64 {
    let values: Vec<f64> = values.iter().map(|bits| bits.unwrap_or(0.0)).collect();
    let sd = Interval::of(&values).and_then(|interval| interval.sd).unwrap_or_default();
    sd / (values.len() as f64).sqrt()
}

/// Three digits of a learning rate: a factor and back is the same rate again.
fn rounded(rate: f64) -> f64 {
    format!("{rate:.2e}").parse().unwrap_or(rate)
}

/// The setting at another size.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes"
)]
fn scaled(setting: Setting, ratio: f64) -> Setting {
    let samples = (setting.samples as f64 * ratio).round().max(2.0) as u64;
    Setting { samples, ..setting }
}
