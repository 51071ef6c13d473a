//! What a search has settled on.

use super::known::Draw;
use crate::science::analysis::capacity::{Converged, Size, lossless_median};
use crate::science::analysis::interval::Interval;
use crate::science::analysis::threshold::Median;
use crate::spec::search::Setting;

/// Replicates that could gain by twice the steps, without which none says that these give the same.
const LEAST_THAT_GAIN: usize = 4;

/// What a search has settled on.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Where most is memorized.
    Peak(Peak),
    /// Where half of the replicates are learnt without error.
    Threshold(Threshold),
}

/// What a search for capacity has settled on. All replicates are fresh: none of them chose anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Peak {
    /// Frozen size, learning rate and steps.
    pub setting: Setting,
    /// By which share of the bits another size may yield more: what the tuning replicates that
    /// chose this size leave open. `None` where they were too few to tell.
    pub shortfall: Option<f64>,
    /// The same for learning rates far from the chosen one.
    pub rate_shortfall: Option<f64>,
    /// The fresh replicates there.
    pub report: Vec<Option<Draw>>,
    /// The first of them at a larger size; `None` where the work limit or the source had no room.
    pub beyond: Option<Again>,
    /// The first of them with twice the steps, at the size where these can help; likewise.
    pub doubled: Option<Again>,
    /// The same with the reported steps; `None` where that size is the reported one.
    pub once: Option<Again>,
}

/// The first replicates of a report, once more at another setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Again {
    /// The setting.
    pub setting: Setting,
    /// What they came to there, in the order of the report.
    pub draws: Vec<Option<Draw>>,
}

impl Peak {
    /// Bits of each fresh replicate.
    #[must_use]
    pub fn bits(&self) -> Vec<Option<f64>> {
        self.report.iter().map(|draw| draw.map(|draw| draw.bits)).collect()
    }

    /// Whether each fresh replicate holds all its data: the peak lies at a larger size.
    #[must_use]
    pub fn is_lossless(&self) -> bool {
        !self.report.is_empty() && self.report.iter().all(|draw| draw.is_some_and(|draw| draw.is_lossless()))
    }

    /// Whether all replicates but at most one hold all their data: of the others nothing is known.
    #[must_use]
    pub fn is_censored(&self) -> bool {
        let holds = |draw: &Draw| draw.train_error.map_or(draw.is_lossless(), |error| error <= 0.0);
        let fails = self.report.iter().filter(|draw| !draw.as_ref().is_some_and(holds)).count();
        fails < 2 && self.report.len() > fails
    }

    /// By which share of the bits another size or learning rate may yield more, as far as is known.
    #[must_use]
    pub fn shortfalls(&self) -> f64 {
        self.shortfall.unwrap_or_default() + self.rate_shortfall.unwrap_or_default()
    }

    /// Whether no number of replicates makes the interval as narrow as this: the choices leave more open.
    #[must_use]
    pub fn is_open_beyond(&self, tolerance: f64) -> bool {
        0.5 * self.shortfalls() >= tolerance
    }

    /// Half width of the 95 % interval, with what another size or learning rate may yield more,
    /// relative to the mean; `None` without an interval.
    #[must_use]
    pub fn relative_half_width(&self) -> Option<f64> {
        let interval = Interval::of(&self.bits().into_iter().flatten().collect::<Vec<_>>())?;
        let width = interval.ci95_high? - interval.ci95_low?;
        let width = width / interval.mean.abs() + self.shortfalls();
        (!self.is_censored()).then_some(0.5 * width)
    }

    /// Which share of the reported bits a larger size yields less, paired by replicate.
    #[must_use]
    pub fn fall(&self) -> Option<Interval> {
        self.change(self.beyond.as_ref()?, -1.0)
    }

    /// Which share of the reported bits twice the steps add, paired by replicate, at the size
    /// where they were tried.
    #[must_use]
    pub fn raise(&self) -> Option<Interval> {
        let (twice, once) = (self.doubled.as_ref()?, self.once());
        let bits = |draw: &Option<Draw>| draw.map_or(0.0, |draw| draw.bits);
        let pairs = twice.draws.iter().zip(once).zip(&self.report);
        let pairs = pairs.filter_map(|((twice, once), draw)| Some((bits(twice) - bits(once), (*draw)?.bits)));
        let (changes, bits): (Vec<f64>, Vec<f64>) = pairs.unzip();
        Interval::of_ratio(&changes, &bits)
    }

    /// Whether twice the steps give the same. What holds all its data has nothing to gain, so that
    /// a few of the others are needed to tell.
    #[must_use]
    pub fn converged(&self) -> Converged {
        let (Some(raise), Some(twice)) = (self.raise(), &self.doubled) else { return Converged::NotChecked };
        let can_gain = self.once().iter().take(twice.draws.len());
        let can_gain = can_gain.filter(|draw| !draw.is_some_and(|draw| draw.is_lossless())).count();
        match Converged::of_raise(&raise) {
            Converged::Yes if can_gain < LEAST_THAT_GAIN => Converged::Undecided,
            known => known,
        }
    }

    /// The replicates with which those of twice the steps are paired: of the same size.
    fn once(&self) -> &[Option<Draw>] {
        self.once.as_ref().map_or(&self.report, |once| &once.draws)
    }

    /// Over the replicates that have both: others would have other means. What diverged elsewhere
    /// holds nothing there.
    fn change(&self, again: &Again, sign: f64) -> Option<Interval> {
        let pairs = again.draws.iter().zip(&self.report).filter_map(|(again, once)| {
            Some((sign * (again.map_or(0.0, |draw| draw.bits) - (*once)?.bits), (*once)?.bits))
        });
        let (changes, bits): (Vec<f64>, Vec<f64>) = pairs.unzip();
        Interval::of_ratio(&changes, &bits)
    }
}

/// What a search for the lossless size has settled on.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// Frozen learning rate and steps, at the size that tuning replicates chose.
    pub setting: Setting,
    /// Fresh replicates at that size and around it, in order of their size.
    pub report: Vec<Size>,
    /// The first replicates of that size with twice the steps.
    pub doubled: Option<Size>,
}

impl Threshold {
    /// Samples at which half of the replicates are learnt; `None` when these sizes do not hold it.
    #[must_use]
    pub fn median(&self) -> Option<Median> {
        lossless_median(&self.report)
    }

    /// By which share of itself twice the steps move the median: the share of replicates that
    /// only they learn, over the slope of the curve. `None` where they were not made.
    #[must_use]
    pub fn raise(&self) -> Option<Interval> {
        let median = self.median()?;
        let twice = self.doubled.as_ref()?;
        let once = self.report.iter().find(|size| size.samples == self.setting.samples)?;
        let is_learnt = |error: &Option<f64>| f64::from(u8::from(*error == Some(0.0)));
        let raises =
            twice.train_error.iter().zip(&once.train_error).map(|(twice, once)| {
                (is_learnt(twice) - is_learnt(once)) * median.size_per_share / median.size
            });
        Interval::of(&raises.collect::<Vec<_>>())
    }
}
