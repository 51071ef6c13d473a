//! What a search has settled on.

use crate::science::analysis::capacity::{Size, lossless_median};
use crate::science::analysis::interval::Interval;
use crate::science::analysis::threshold::Median;
use crate::spec::search::Setting;

/// What a search has settled on.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Where most is memorized.
    Peak(Peak),
    /// Where half of the replicates are learnt without error.
    Threshold(Threshold),
}

/// What a search for capacity has settled on.
#[derive(Debug, Clone, PartialEq)]
pub struct Peak {
    /// Frozen size, learning rate and steps.
    pub setting: Setting,
    /// Whether a larger size kept less, by more than the tuning replicates' spread (one-sided
    /// 95 %, paired); `None` where none was tried.
    pub is_inside: Option<bool>,
    /// Bits of the fresh replicates there.
    pub report: Vec<Option<f64>>,
    /// Bits of the same replicates with twice the steps.
    pub doubled: Vec<Option<f64>>,
}

impl Peak {
    /// Bits of the replicates that have both, with the steps and with twice as many: others
    /// would have other means.
    #[must_use]
    pub fn pairs(&self) -> (Vec<f64>, Vec<f64>) {
        self.report.iter().zip(&self.doubled).filter_map(|(bits, twice)| bits.zip(*twice)).unzip()
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
