//! Scales: how numbers become places on an axis, and which of them get a tick. Knows
//! nothing of pixels.

use serde::{Deserialize, Serialize};

use crate::words::tick;

/// How numbers become places on an axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// The number itself.
    Linear,
    /// Its logarithm to base 2.
    Log2,
    /// Its logarithm to base 10.
    Log10,
    /// One place for each name; the number is the name's.
    Categories(Vec<String>),
}

/// A ratio of the largest number to the least beyond which an axis is logarithmic.
const WIDE: f64 = 20.0;

impl Scale {
    /// The scale on which these numbers are best told apart.
    #[must_use]
    pub fn of(numbers: &[f64]) -> Self {
        let (low, high) = extremes(numbers.iter().copied());
        let is_wide = low > 0.0 && high / low > WIDE;
        if !is_wide {
            return Self::Linear;
        }
        let doublings = |number: &&f64| {
            let steps = libm::log2(*number / low);
            (steps - steps.round()).abs() < 1e-9
        };
        if numbers.iter().filter(doublings).count() * 2 > numbers.len() { Self::Log2 } else { Self::Log10 }
    }

    /// The place of a number; `None` where it has none.
    #[must_use]
    pub fn place(&self, number: f64) -> Option<f64> {
        let place = match self {
            Self::Linear | Self::Categories(_) => number,
            Self::Log2 => libm::log2(number),
            Self::Log10 => libm::log10(number),
        };
        place.is_finite().then_some(place)
    }

    /// The number at a place.
    #[must_use]
    pub fn number(&self, place: f64) -> f64 {
        match self {
            Self::Linear | Self::Categories(_) => place,
            Self::Log2 => libm::exp2(place),
            Self::Log10 => libm::exp10(place),
        }
    }

    /// Places that leave some room around all numbers; a linear axis begins at 0 if that is
    /// near.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "names are few")]
    pub fn ends(&self, numbers: impl IntoIterator<Item = f64>) -> (f64, f64) {
        const ROOM: f64 = 0.05;
        if let Self::Categories(names) = self {
            return (-0.5, names.len().max(1) as f64 - 0.5);
        }
        let (low, high) = extremes(numbers.into_iter().filter_map(|number| self.place(number)));
        if low > high {
            return (0.0, 1.0);
        }
        let room = if high > low { ROOM * (high - low) } else { (0.1 * high.abs()).max(0.5) };
        let is_linear = *self == Self::Linear;
        // what lies at 0 itself does not lie on the frame
        let is_above = |low: f64, high: f64| low > 0.02 * high && low < 0.6 * high;
        let bottom = if is_linear && is_above(low, high) { 0.0 } else { low - room };
        let top = if is_linear && is_above(-high, -low) { 0.0 } else { high + room };
        (bottom, top)
    }

    /// Numbers with their labels between two places, about so many.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "names are few")]
    pub fn ticks(&self, ends: (f64, f64), about: usize) -> Vec<(f64, String)> {
        let numbers: Vec<f64> = match self {
            Self::Categories(names) => {
                return names.iter().enumerate().map(|(i, name)| (i as f64, name.clone())).collect();
            }
            Self::Linear => multiples(ends, step(ends.1 - ends.0, about)),
            Self::Log2 => powers(ends, about).into_iter().map(libm::exp2).collect(),
            Self::Log10 if ends.1 - ends.0 < 2.5 => match within_decades(ends) {
                few if few.len() < 3 => {
                    let (low, high) = (libm::exp10(ends.0), libm::exp10(ends.1));
                    multiples((low, high), step(high - low, 8))
                }
                ticks => ticks,
            },
            Self::Log10 => powers(ends, about).into_iter().map(libm::exp10).collect(),
        };
        numbers.into_iter().map(|number| (number, tick(number))).collect()
    }
}

/// The least and the greatest of the numbers that are finite.
fn extremes(numbers: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = numbers.into_iter().filter(|number| number.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}

/// 1, 2 or 5 times a power of ten, so that about so many fit.
fn step(span: f64, about: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "ticks are few")]
    let rough = span / about.max(1) as f64;
    let power = libm::exp10(libm::floor(libm::log10(rough)));
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= rough * 0.999);
    factor.unwrap_or(10.0) * power
}

/// Multiples of a step; 0 is exact.
fn multiples((low, high): (f64, f64), step: f64) -> Vec<f64> {
    let slack = 1e-9 * (high - low);
    let (mut i, mut all) = (libm::ceil((low - slack) / step), Vec::new());
    while i * step <= high + slack && all.len() < 100 {
        // a step below 1 is divided by, since only then 3 times 0.1 is 0.3
        let number = if step < 1.0 { i / (1.0 / step).round() } else { i * step };
        all.push(if i == 0.0 { 0.0 } else { number });
        i += 1.0;
    }
    all
}

/// Whole exponents, every so many that about so many are left.
fn powers(ends: (f64, f64), about: usize) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "ticks are few")]
    let every = libm::ceil((ends.1 - ends.0) / about.max(1) as f64).max(1.0);
    multiples(ends, every)
}

/// 1, 2 and 5 in each decade.
fn within_decades((low, high): (f64, f64)) -> Vec<f64> {
    let mut all = Vec::new();
    let mut decade = libm::floor(low);
    while decade <= high {
        for factor in [1.0, 2.0, 5.0] {
            let number = factor * libm::exp10(decade);
            if (low..=high).contains(&libm::log10(number)) {
                all.push(number);
            }
        }
        decade += 1.0;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale, ends: (f64, f64), about: usize) -> Vec<String> {
        scale.ticks(ends, about).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn a_scale_follows_the_span_of_its_numbers() {
        assert_eq!(Scale::of(&[1.0, 2.0, 3.0, 20.0]), Scale::Linear);
        assert_eq!(Scale::of(&[0.0, 1.0, 1000.0]), Scale::Linear);
        assert_eq!(Scale::of(&[60.0, 120.0, 240.0, 480.0, 960.0, 1920.0]), Scale::Log2);
        assert_eq!(Scale::of(&[10.0, 30.0, 100.0, 300.0, 1000.0]), Scale::Log10);
        assert_eq!(Scale::of(&[]), Scale::Linear);
    }

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(labels(&Scale::Linear, (0.0, 1.0), 5), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(labels(&Scale::Linear, (-3.0, 7.0), 5), ["-2", "0", "2", "4", "6"]);
        assert_eq!(labels(&Scale::Linear, (0.0, 4300.0), 5), ["0", "1000", "2000", "3000", "4000"]);
        assert_eq!(labels(&Scale::Linear, (0.0, 0.0003), 3), ["0", "1e-4", "2e-4", "3e-4"]);
    }

    #[test]
    fn logarithmic_ticks_are_powers_or_parts_of_decades() {
        assert_eq!(labels(&Scale::Log2, (3.0, 7.2), 8), ["8", "16", "32", "64", "128"]);
        assert_eq!(labels(&Scale::Log2, (0.0, 20.0), 5), ["1", "16", "256", "4096", "65536", "1.049e6"]);
        assert_eq!(labels(&Scale::Log10, (1.0, 2.0), 5), ["10", "20", "50", "100"]);
        // 22 to 80 is less than a decade
        assert_eq!(labels(&Scale::Log10, (1.35, 1.9), 5), ["30", "40", "50", "60", "70"]);
        assert_eq!(labels(&Scale::Log10, (-4.0, 2.0), 8), ["1e-4", "0.001", "0.01", "0.1", "1", "10", "100"]);
    }

    #[test]
    fn an_axis_leaves_room_and_begins_at_a_near_zero() {
        assert_eq!(Scale::Linear.ends([2.0, 10.0]), (0.0, 10.4));
        assert_eq!(Scale::Linear.ends([9.0, 10.0]), (8.95, 10.05));
        assert_eq!(Scale::Linear.ends([0.0, 20.0]), (-1.0, 21.0));
        assert_eq!(Scale::Linear.ends([-20.0, -8.0]), (-20.6, 0.0));
        assert_eq!(Scale::Linear.ends([5.0]), (4.5, 5.5));
        assert_eq!(Scale::Linear.ends([]), (0.0, 1.0));
        assert_eq!(Scale::Log2.ends([1.0, 1024.0, 0.0]), (-0.5, 10.5));
        assert_eq!(Scale::Categories(vec!["a".into(), "b".into()]).ends([]), (-0.5, 1.5));
    }
}
