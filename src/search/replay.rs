//! A plan written as if everything could be asked at once, and replayed from its start in
//! every round: what it asks for and is not known yet is the next round.

use std::collections::BTreeSet;
use std::ops::Range;

use super::found::Found;
use super::known::{Draw, Known, size, start, work};
use crate::science::analysis::capacity::Size;
use crate::science::analysis::interval::Interval;
use crate::spec::search::{Effort, Probe, Setting, TUNING};
use crate::spec::{CellSpec, ValidJobSpec};

/// Something is not known yet.
pub(super) struct Pending;

/// One cell's plan, on its way.
pub(super) struct Replay<'a> {
    pub job: &'a ValidJobSpec,
    pub cell: usize,
    pub effort: &'a Effort,
    known: &'a Known,
    wanted: Vec<Probe>,
    reason: String,
    /// What this replay has looked at: what is known beyond it must not change its way.
    pub used: BTreeSet<(Setting, u64)>,
    /// Whether everything is chosen: what was promised is then measured.
    pub is_reporting: bool,
    /// By which share of its bits the size that was chosen last may miss the peak.
    pub shortfall: Option<(Setting, f64)>,
    /// The same for the learning rate.
    pub rate_shortfall: Option<(Setting, f64)>,
    /// Whether learning rates far away are compared with the chosen one.
    pub compares_far: bool,
    /// What was reported last, should the work limit end what follows.
    pub found: Option<Found>,
}

/// What a replicate is worth; nothing, if it diverged.
pub(super) type Worth = fn(Draw) -> f64;

/// Memorized bits.
pub(super) const BITS: Worth = |draw| draw.bits;
/// Share of right symbols.
pub(super) const CORRECT: Worth = |draw| 1.0 - draw.train_error.unwrap_or(1.0);

/// How settings are told apart.
#[derive(Clone, Copy)]
pub(super) struct Race<'a> {
    /// What a replicate is worth.
    pub worth: Worth,
    /// Each setting counts by its sum over these multiples of its size.
    pub sizes: &'a [f64],
    /// Replicates that every setting gets; whatever may be the best gets more of them.
    pub draws: u64,
    /// Standard error of a difference, relative to the most, that is fine enough.
    pub precision: f64,
    /// How many times as much as the first setting another must be worth to be better.
    pub enough: &'a [f64],
}

/// Most tuning replicates of one setting.
pub(super) const MOST_DRAWS: u64 = 24;

/// How many trainings a plan still needs once everything is chosen, in those at its setting:
/// reports, the same at a larger size, and some with twice the steps.
const TRAININGS_OF_A_REPORT: u64 = 30;

/// Share of the work limit for all that chooses; the rest is for the report.
const FOR_TUNING: f64 = 0.6;

impl<'a> Replay<'a> {
    pub fn new(job: &'a ValidJobSpec, effort: &'a Effort, cell: usize, known: &'a Known) -> Self {
        Self {
            job,
            cell,
            effort,
            known,
            wanted: Vec::new(),
            reason: String::new(),
            used: BTreeSet::new(),
            is_reporting: false,
            shortfall: None,
            rate_shortfall: None,
            compares_far: true,
            found: None,
        }
    }

    /// What is asked for; nothing that the work limit forbids.
    pub fn wanted(&mut self) -> Vec<Probe> {
        if self.is_over_budget() { Vec::new() } else { std::mem::take(&mut self.wanted) }
    }

    /// Why it is asked for.
    pub fn reason(&self) -> String {
        let is_over = !self.wanted.is_empty() && self.is_over_budget();
        if is_over { "the work limit is reached".to_owned() } else { self.reason.clone() }
    }

    /// Where the search starts.
    pub fn start(&self) -> Setting {
        let training = self.job.cell(self.cell).training;
        Setting::new(start(self.job, self.cell), training.learning_rate, training.steps)
    }

    /// Asks for these replicates of a setting, where they are not known. `false` when the source
    /// has no draw of such a size, or its training is beyond the memory or time of a trial.
    pub fn ask(&mut self, setting: Setting, draws: Range<u64>) -> bool {
        let (cell, samples, steps) = (self.cell, setting.samples, setting.steps);
        let learning_rate = setting.learning_rate();
        let point = |replicate| Probe { cell, samples, learning_rate, steps, replicate };
        let can_run = |cell: CellSpec| self.job.may_run(&cell);
        if !setting.cell(&self.job.cell(cell)).is_some_and(can_run) {
            return false;
        }
        self.used.extend(draws.clone().map(|replicate| (setting, replicate)));
        for point in draws.filter(|r| !self.known.contains_key(&(setting, *r))).map(point) {
            // the same size may be asked for under two names
            if !self.wanted.contains(&point) {
                self.wanted.push(point);
            }
        }
        true
    }

    /// Goes on when everything that was asked for is known.
    pub fn settle(&mut self, reason: &str) -> Result<(), Pending> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        reason.clone_into(&mut self.reason);
        Err(Pending)
    }

    /// What these replicates came to; `None` of what diverged or failed.
    pub fn draws(&self, setting: Setting, draws: Range<u64>) -> Vec<Option<Draw>> {
        draws.map(|r| self.known.get(&(setting, r)).copied().flatten()).collect()
    }

    /// Most bits that a dataset of this size can yield: none beyond its own, but that a source with
    /// a rule counts less in its ledger than its targets have without the rule.
    pub fn most_bits(&self, setting: Setting) -> f64 {
        let cell = self.job.cell(self.cell);
        let at = setting.cell(&cell);
        let ledger = at.as_ref().map(|at| at.dataset.process().ledger());
        ledger.filter(|ledger| ledger.structure.0 <= 0.0).map_or(f64::INFINITY, |ledger| ledger.dataset().0)
    }

    /// What these replicates are worth.
    pub fn worths(&self, setting: Setting, draws: Range<u64>, worth: Worth) -> Vec<f64> {
        self.draws(setting, draws).iter().map(|draw| draw.map_or(0.0, worth)).collect()
    }

    /// A size with what these replicates came to; what diverged was not learnt. `None` when the
    /// source has no draw of it.
    pub fn size(&self, setting: Setting, draws: Range<u64>) -> Option<Size> {
        let draws = self.draws(setting, draws);
        let bits = draws.iter().map(|draw| draw.map(|draw| draw.bits)).collect();
        let error = |draw: &Option<Draw>| draw.map_or(Some(1.0), |draw| draw.train_error);
        let train_error = draws.iter().map(error).collect();
        Some(Size { train_error, ..size(&setting, &self.job.cell(self.cell), bits)? })
    }

    /// The setting that is worth most on tuning replicates. Replicates are shared, so that settings are
    /// told apart by the differences on the same replicates; whatever may be the best gets twice
    /// as many until it is told apart from the leader, or finely enough.
    pub fn choose(&mut self, settings: &[Setting], race: &Race, reason: &str) -> Result<Setting, Pending> {
        let mut draws = vec![race.draws; settings.len()];
        if !self.has_room(settings, race, &draws) {
            return Ok(settings[0]);
        }
        loop {
            let mut can_be = Vec::new();
            for (setting, draws) in settings.iter().zip(&draws) {
                let mut has_sizes = true;
                for ratio in race.sizes {
                    has_sizes &= self.ask(setting.scaled(*ratio), TUNING..TUNING + draws);
                }
                can_be.push(has_sizes);
            }
            self.settle(reason)?;
            let bits: Vec<Vec<f64>> =
                settings.iter().zip(&draws).map(|(s, d)| self.sums(*s, race, *d)).collect();
            let score = |i: usize| {
                if can_be[i] {
                    mean(&bits[i]) / if i == 0 { 1.0 } else { race.enough[i] }
                } else {
                    f64::NEG_INFINITY
                }
            };
            let leader = (1..settings.len()).fold(0, |best, i| if score(i) > score(best) { i } else { best });
            let is_close = |i: usize| {
                let (gap, error) = difference(&bits[leader], &bits[i]);
                let is_even = gap.abs() < 2.0 * error;
                can_be[i] && is_even && error > race.precision * mean(&bits[leader]).abs()
            };
            let close: Vec<usize> = (0..settings.len()).filter(|i| *i != leader && is_close(*i)).collect();
            let all_drawn = close.iter().chain([&leader]).all(|i| draws[*i] >= MOST_DRAWS);
            if close.is_empty() || all_drawn || self.is_hurried() {
                return Ok(settings[leader]);
            }
            let before = draws.clone();
            let fewest = close.iter().chain([&leader]).map(|i| draws[*i]).min().unwrap_or(MOST_DRAWS);
            for i in close.into_iter().chain([leader]) {
                draws[i] = draws[i].max((2 * fewest).min(MOST_DRAWS));
            }
            if draws == before || !self.has_room(settings, race, &draws) {
                return Ok(settings[leader]);
            }
        }
    }

    /// Whether so many replicates of these settings leave enough of the work limit for a report.
    pub fn has_room(&self, settings: &[Setting], race: &Race, draws: &[u64]) -> bool {
        let sizes =
            |setting: &Setting| race.sizes.iter().map(|ratio| setting.scaled(*ratio)).collect::<Vec<_>>();
        let all = settings.iter().zip(draws).flat_map(|(setting, draws)| {
            sizes(setting).into_iter().flat_map(move |at| (TUNING..TUNING + draws).map(move |r| (at, r)))
        });
        let new: BTreeSet<(Setting, u64)> = all.filter(|draw| !self.used.contains(draw)).collect();
        let cost = work(self.job, self.cell, new.iter().map(|(setting, _)| *setting));
        // of whichever is chosen, with all steps
        let steps = self.start().steps;
        let whole = |setting: &Setting| setting.with_steps(setting.steps.max(steps));
        let one = |setting: &Setting| work(self.job, self.cell, std::iter::once(whole(setting)));
        let report = f64::from(self.job.common().seeds) * settings.iter().map(one).fold(0.0, f64::max);
        new.is_empty() || self.spent() + cost + report <= self.effort.work
    }

    /// For each replicate what all multiples of a size are worth together.
    fn sums(&self, setting: Setting, race: &Race, draws: u64) -> Vec<f64> {
        let all: Vec<Vec<f64>> = race
            .sizes
            .iter()
            .map(|ratio| self.worths(setting.scaled(*ratio), TUNING..TUNING + draws, race.worth))
            .collect();
        let count = all.first().map_or(0, Vec::len);
        (0..count).map(|draw| all.iter().map(|bits| bits[draw]).sum()).collect()
    }

    /// Whether so many trainings more are within the work limit.
    #[expect(clippy::cast_precision_loss, reason = "trainings are few")]
    pub fn can_afford(&self, setting: Setting, trainings: u64) -> bool {
        let each = work(self.job, self.cell, [setting].into_iter());
        self.spent() + trainings as f64 * each <= self.effort.work
    }

    /// Whether this replicate of a setting has ended.
    pub fn is_known(&self, setting: Setting, replicate: u64) -> bool {
        self.known.contains_key(&(setting, replicate))
    }

    /// Whether a report at this setting is all that the work limit still allows.
    pub fn must_report(&self, setting: Setting) -> bool {
        !self.can_afford(setting, TRAININGS_OF_A_REPORT)
    }

    fn spent(&self) -> f64 {
        work(self.job, self.cell, self.used.iter().map(|(setting, _)| *setting))
    }

    /// Whether most of the work limit is gone: what is left is for the report.
    pub fn is_hurried(&self) -> bool {
        self.spent() >= FOR_TUNING * self.effort.work
    }

    /// Whether the first tuning replicates of these settings leave the rest of the work limit for the report.
    pub fn may_tune(&self, settings: &[Setting], draws: u64) -> bool {
        let all = settings.iter().flat_map(|at| (TUNING..TUNING + draws).map(move |r| (*at, r)));
        let new = all.filter(|draw| !self.used.contains(draw)).map(|(at, _)| at);
        self.spent() + work(self.job, self.cell, new) <= FOR_TUNING * self.effort.work
    }

    /// Whether completed plus requested trainings exceed the work limit.
    fn is_over_budget(&self) -> bool {
        let wanted = self.wanted.iter().map(Probe::setting);
        let all = self.known.keys().map(|(setting, _)| *setting).chain(wanted);
        !self.is_reporting && work(self.job, self.cell, all) > self.effort.work
    }
}

#[expect(clippy::cast_precision_loss, reason = "draws are few")]
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean difference on the replicates that both have, and its standard error.
#[expect(clippy::cast_precision_loss, reason = "draws are few")]
fn difference(a: &[f64], b: &[f64]) -> (f64, f64) {
    let apart: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let sd = Interval::of(&apart).and_then(|interval| interval.sd).unwrap_or_default();
    (mean(&apart), sd / (apart.len() as f64).sqrt())
}
