//! Evidence: what replicates say of a number, at any level. One-sided chances and the intervals
//! that they invert come from here alone, so that a picture and a verdict agree.

mod parts;

use super::interval::{Interval, NoInterval};
use super::jackknife::{Scale, Scaled};
use super::share;
pub use parts::{Counted, Largest, Short};

/// What is known of a number.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// A number that is known and not estimated.
    Exact(f64),
    /// A mean over replicates.
    Mean(Interval),
    /// A number whose interval is made on another scale.
    Scaled(Scaled),
    /// The largest of several means.
    Largest(Largest),
    /// A mean that may lie below the number.
    Short(Short),
    /// The median of the replicates' values.
    Median(Vec<f64>),
    /// The largest size at which at least half of the replicates have a property that gets rarer
    /// with size.
    HalfOf(Vec<Counted>),
    /// The largest distance between two of several numbers.
    Apart(Vec<Interval>),
    /// A sum of numbers, each on a scale and times a coefficient, such as the slope of a line.
    Sum(Vec<Term>),
    /// A number without an interval, or none at all.
    Open(Option<f64>, NoInterval),
}

/// A part of a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The coefficient.
    pub by: f64,
    /// The scale on which it is added.
    pub scale: Scale,
    /// The number.
    pub of: Evidence,
}

impl Term {
    fn value(&self) -> Option<f64> {
        Some(self.by * self.scale.there(self.of.value()?))
    }

    /// How far below and above its value the interval of this part reaches: without end where that
    /// has an end which is not on the scale.
    fn reach(&self, alpha: f64) -> Option<(f64, f64)> {
        let (low, high) = self.of.ends(alpha)?;
        if self.by.abs() <= 0.0 {
            return Some((0.0, 0.0));
        }
        let there = |end: f64| if end.is_nan() { f64::NEG_INFINITY } else { end };
        let value = self.value()?;
        let [low, high] = [low, high].map(|end| self.by * there(self.scale.there(end)) - value);
        let (down, up) = if self.by < 0.0 { (-high, low) } else { (-low, high) };
        Some((down.max(0.0), up.max(0.0)))
    }
}

impl Evidence {
    /// The estimate, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Exact(value) => Some(*value),
            Self::Mean(interval) => Some(interval.mean),
            Self::Scaled(scaled) => Some(scaled.value),
            Self::Largest(largest) => Some(largest.value),
            Self::Short(short) => Some(short.mean.mean),
            Self::Median(values) => median(values),
            Self::HalfOf(sizes) => sizes.iter().rev().find(|s| 2 * s.successes >= s.n).map(|s| s.size),
            Self::Apart(pairs) => pairs.iter().map(|pair| pair.mean.abs()).reduce(f64::max),
            Self::Sum(terms) => terms.iter().map(Term::value).sum(),
            Self::Open(value, _) => *value,
        }
    }

    /// The same number in a unit that is so many times as large.
    #[must_use]
    pub fn over(self, unit: f64) -> Self {
        match self {
            Self::Exact(value) => Self::Exact(value / unit),
            Self::Mean(interval) => Self::Mean(interval.over(unit)),
            Self::Largest(largest) => Self::Largest(Largest {
                value: largest.value / unit,
                top: largest.top.over(unit),
                contenders: largest.contenders.iter().map(|mean| mean.over(unit)).collect(),
            }),
            Self::Short(Short { mean, by }) => Self::Short(Short { mean: mean.over(unit), by: by / unit }),
            Self::Median(values) => Self::Median(values.iter().map(|value| value / unit).collect()),
            Self::Open(value, why) => Self::Open(value.map(|value| value / unit), why),
            Self::Scaled(Scaled { value, .. }) => Self::Open(Some(value / unit), NoInterval::NoMethod),
            Self::HalfOf(_) | Self::Apart(_) | Self::Sum(_) => Self::Open(None, NoInterval::NoMethod),
        }
    }

    /// Why nothing but the estimate is known, if that is so.
    #[must_use]
    pub fn no_interval(&self) -> Option<NoInterval> {
        match self {
            Self::Mean(interval) => interval.no_interval,
            Self::Largest(largest) => largest.top.no_interval,
            Self::Short(short) => short.mean.no_interval,
            Self::Scaled(scaled) => scaled.interval.no_interval,
            Self::Apart(pairs) => pairs.iter().find_map(|pair| pair.no_interval),
            Self::Sum(terms) => terms.iter().find_map(|term| match term.of.no_interval()? {
                NoInterval::Censored => Some(NoInterval::CensoredPart),
                why => Some(why),
            }),
            Self::Open(_, why) => Some(*why),
            _ => None,
        }
    }

    /// The chance of such replicates, or of some that say more, if the number is at most `x`: small
    /// where they show that it is larger. `None` where nothing can be shown.
    #[must_use]
    pub fn p_at_most(&self, x: f64) -> Option<f64> {
        match self {
            Self::Exact(_) | Self::Open(..) => None,
            Self::Mean(interval) => interval.p_at_most(x),
            Self::Short(short) => short.mean.p_at_most(x),
            Self::Scaled(scaled) => scaled.interval.p_at_most(scaled.scale.there(x)),
            Self::Largest(largest) => Some((largest.choices() * largest.top.p_at_most(x)?).min(1.0)),
            Self::Median(values) => {
                Some(share::p_at_most(0.5, values.iter().filter(|v| **v >= x).count(), values.len()))
            }
            Self::HalfOf(sizes) => {
                let larger = sizes.iter().filter(|s| s.size >= x);
                smallest(larger.map(|s| share::p_at_most(0.5, s.successes, s.n)).collect()).or(Some(1.0))
            }
            // one pair that is apart is enough: the smallest chance of all pairs and sides
            Self::Apart(pairs) => {
                let sides = |pair: &Interval| Some(2.0 * pair.p_at_most(x)?.min(pair.p_at_least(-x)?));
                // a pair without an interval shows nothing, and counts
                smallest(pairs.iter().map(|pair| sides(pair).unwrap_or(1.0)).collect())
            }
            Self::Sum(_) => self.p_by_ends(|(low, _)| low > x),
        }
    }

    /// The chance of such replicates, or of some that say more, if the number is at least `x`: small
    /// where they show that it is smaller. `None` where nothing can be shown.
    #[must_use]
    pub fn p_at_least(&self, x: f64) -> Option<f64> {
        match self {
            Self::Exact(_) | Self::Open(..) => None,
            Self::Mean(interval) => interval.p_at_least(x),
            Self::Short(short) => short.mean.p_at_least(x - short.by),
            Self::Scaled(scaled) => scaled.interval.p_at_least(scaled.scale.there(x)),
            Self::Largest(largest) => largest
                .contenders
                .iter()
                .map(|mean| mean.p_at_least(x))
                .try_fold(0.0, |p, q| Some(f64::max(p, q?))),
            Self::Median(values) => {
                Some(share::p_at_most(0.5, values.iter().filter(|v| **v <= x).count(), values.len()))
            }
            Self::HalfOf(sizes) => {
                let smaller = sizes.iter().filter(|s| s.size <= x);
                smallest(smaller.map(|s| share::p_at_least(0.5, s.successes, s.n)).collect()).or(Some(1.0))
            }
            // all pairs must be shown to be close, from both sides (intersection-union)
            Self::Apart(pairs) => {
                let mut sides = pairs.iter().map(|pair| Some(pair.p_at_least(x)?.max(pair.p_at_most(-x)?)));
                sides.try_fold(0.0, |p, q| Some(f64::max(p, q?)))
            }
            Self::Sum(_) => self.p_by_ends(|(_, high)| high < x),
        }
    }

    /// The one-sided chance at which the interval begins to show something.
    fn p_by_ends(&self, shows: impl Fn((f64, f64)) -> bool) -> Option<f64> {
        self.ends(0.05)?;
        let is_shown = |log: f64| self.ends(libm::exp(log)).is_some_and(&shows);
        let (mut least, mut most) = (libm::log(1e-12), libm::log(0.999));
        if !is_shown(most) {
            return Some(1.0);
        }
        for _ in 0..40 {
            let middle = 0.5 * (least + most);
            if is_shown(middle) { most = middle } else { least = middle }
        }
        Some(0.5 * libm::exp(most))
    }

    /// Both ends of the two-sided interval that misses the number with a chance of at most `alpha`.
    /// An end that the replicates do not show is infinite. `None` where there is no interval.
    #[must_use]
    pub fn ends(&self, alpha: f64) -> Option<(f64, f64)> {
        match self {
            Self::Exact(_) | Self::Open(..) => None,
            Self::Mean(interval) => interval.ends(alpha),
            Self::Short(short) => short.mean.ends(alpha).map(|(low, high)| (low, high + short.by)),
            Self::Scaled(scaled) => {
                let (low, high) = scaled.interval.ends(alpha)?;
                Some((scaled.scale.back(low), scaled.scale.back(high)))
            }
            Self::Largest(largest) => {
                let low = largest.top.ends(alpha / largest.choices())?.0;
                let highs = largest.contenders.iter().filter_map(|mean| Some(mean.ends(alpha)?.1));
                Some((low, highs.fold(f64::NEG_INFINITY, f64::max)))
            }
            // each part's ends recover its variance on that side, and these add up (Zou and Donner 2008)
            Self::Sum(terms) => {
                let reaches: Vec<(f64, f64)> =
                    terms.iter().map(|term| term.reach(alpha)).collect::<Option<_>>()?;
                let (down, up) = reaches.iter().fold((0.0, 0.0), |(d, u), (a, b)| (d + a * a, u + b * b));
                Some((self.value()? - down.sqrt(), self.value()? + up.sqrt()))
            }
            Self::Median(_) | Self::HalfOf(_) | Self::Apart(_) => self.by_inversion(alpha),
        }
    }

    /// Ends among the places at which the chances change.
    fn by_inversion(&self, alpha: f64) -> Option<(f64, f64)> {
        let places = self.places(alpha)?;
        // an end was computed from its chance: allow for its last digits
        let is_shown = |p: Option<f64>| p.is_some_and(|p| p <= 0.5 * alpha * (1.0 + 1e-6));
        let low = places.iter().rev().copied().find(|x| is_shown(self.p_at_most(*x)));
        let high = places.iter().copied().find(|x| is_shown(self.p_at_least(*x)));
        let least = if matches!(self, Self::Apart(_)) { 0.0 } else { f64::NEG_INFINITY };
        Some((low.unwrap_or(least), high.unwrap_or(f64::INFINITY)))
    }

    /// Candidates for the ends, in rising order.
    fn places(&self, alpha: f64) -> Option<Vec<f64>> {
        let mut places: Vec<f64> = match self {
            Self::Median(values) => values.clone(),
            Self::HalfOf(sizes) => sizes.iter().map(|s| s.size).collect(),
            Self::Apart(pairs) => {
                let pairs_and_sides = 2.0 * count(pairs.len());
                let mut all = Vec::new();
                for pair in pairs {
                    // p_at_most is twice the smallest over pairs; p_at_least the largest
                    let (low, high) = pair.ends(alpha / pairs_and_sides)?;
                    let (inner_low, inner_high) = pair.ends(alpha)?;
                    all.extend([low, -high, inner_high, -inner_low].into_iter().filter(|x| *x >= 0.0));
                }
                all
            }
            _ => return None,
        };
        places.sort_by(f64::total_cmp);
        Some(places)
    }
}

/// The smallest of several chances, times their number (Bonferroni).
fn smallest(chances: Vec<f64>) -> Option<f64> {
    let n = count(chances.len());
    chances.into_iter().reduce(f64::min).map(|p| (n * p).min(1.0))
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len().is_multiple_of(2) { 0.5 * (sorted[middle - 1] + upper) } else { upper })
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
