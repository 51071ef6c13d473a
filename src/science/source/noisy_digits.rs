//! Noisy digits: a number with many digits, and uniform noise that destroys all
//! but the first (pi to a trillion digits, plus or minus a thousandth).

use garde::Validate;
use ndarray::{Array2, ArrayView1};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DataShape, Dataset, Distribution, Drawing, Ledger, RandomProcess, TargetShape, Targets};
use crate::science::bits::{Bits, Nats};
use crate::science::family::Item;
use crate::science::network::footprint::count;
use crate::science::seed::Stream;

/// Numbers `0.d1 d2 ... dD` of uniform digits, seen with noise uniform in
/// `[-noise, noise)` added, modulo 1. The digits are the targets; inputs are the cosine
/// and sine of `2 pi 10^i` times the noisy number for each of the D places i, so
/// that no digit is lost to the precision of one float.
///
/// Of `D log2 10` bits those survive that the noise leaves: with spacing `10^-D` a noisy
/// number lies within reach of `K = 2 noise 10^D` digit strings, and each of them is as
/// likely. Where K is whole, `D log2 10 - log2 K` bits survive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NoisyDigits {
    /// Digits D.
    #[garde(range(min = 1, max = 9))]
    pub digits: usize,
    /// Half the width of the noise.
    #[garde(range(min = 1e-12, max = 0.5))]
    pub noise: f64,
    /// Numbers N of one draw.
    #[garde(range(min = 1, max = 10_000_000))]
    pub samples: usize,
}

impl Item for NoisyDigits {
    const SUMMARY: &'static str = "digits seen through uniform noise, which destroys all but the first: the bits that are left are exact";

    fn example() -> Self {
        Self { digits: 6, noise: 0.001, samples: 200 }
    }
}

/// Parts of the circle of numbers in which draws are made: far finer than any
/// spacing, and exact in integers.
const FINE: u64 = 1 << 32;

/// Share of a number within reach that is left to those out of it: inputs in f32 may put one there.
const RARE: f64 = 1e-6;

impl NoisyDigits {
    /// Numbers of D digits.
    fn numbers(&self) -> u64 {
        10u64.pow(u32::try_from(self.digits).expect("at most nine"))
    }

    /// K, the numbers within reach of a noisy one in the mean.
    #[expect(clippy::cast_precision_loss, reason = "at most a milliard")]
    fn reach(&self) -> f64 {
        2.0 * self.noise * self.numbers() as f64
    }

    /// Mean of `log2 k`, k numbers within reach of a noisy one: k is K rounded down or
    /// up, and a noisy number with more of them is the more likely.
    fn left_open(&self) -> Bits {
        let reach = self.reach();
        let (low, share) = (libm::floor(reach), reach - libm::floor(reach));
        let term = |k: f64| if k > 0.0 { k * libm::log2(k) } else { 0.0 };
        Bits(((1.0 - share) * term(low) + share * term(low + 1.0)) / reach)
    }
}

impl RandomProcess for NoisyDigits {
    fn shape(&self) -> DataShape {
        let targets = TargetShape::Symbols { length: self.digits, alphabet: 10 };
        DataShape { samples: self.samples, inputs: 2 * self.digits, targets }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ledger(&self) -> Ledger {
        let n = self.samples as f64;
        let all = Bits::of_uniform(10.0) * self.digits as f64;
        let noise = self.left_open();
        // how digits are read off is the distribution: nothing is hidden
        Ledger { structure: (all - noise) * n, noise: noise * n, rule: Some(Bits::ZERO) }
    }

    fn drawing(&self) -> Drawing {
        let digits = count(self.digits);
        // sines and cosines, and of each place the angle and ten digits
        Drawing { sample: 100.0 * digits, judgment: 350.0 * digits, ..Drawing::of(&self.shape()) }
    }

    fn distribution(&self, _stream: &mut Stream) -> Box<dyn Distribution> {
        Box::new(self.clone())
    }
}

impl NoisyDigits {
    /// The noisy number in units of the spacing, read off the inputs from the finest
    /// place up: each coarser one must only name a digit.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn read(&self, inputs: ArrayView1<f32>) -> f64 {
        let turn = |place: usize| {
            let angle = libm::atan2(f64::from(inputs[2 * place + 1]), f64::from(inputs[2 * place]));
            let turns = angle / std::f64::consts::TAU;
            if turns < 0.0 { turns + 1.0 } else { turns }
        };
        // in units of the last digit
        let mut number = 10.0 * turn(self.digits - 1);
        let mut weight = 10.0;
        for place in (0..self.digits - 1).rev() {
            let rest = number / weight;
            let digit = libm::round(10.0 * turn(place) - rest).rem_euclid(10.0);
            number += digit * weight;
            weight *= 10.0;
        }
        debug_assert!(number < 10.0 * self.numbers() as f64);
        number
    }

    /// Whole numbers within reach of a noisy one.
    fn within_reach(&self, noisy: f64) -> f64 {
        let half = 0.5 * self.reach();
        // k - half <= noisy < k + half
        (libm::floor(noisy + half) - libm::floor(noisy - half)).max(1.0)
    }

    /// How many whole numbers within reach of a noisy one lie in `from..upto`, on a circle.
    #[expect(clippy::cast_precision_loss, reason = "at most a milliard")]
    fn within_reach_of_which(&self, noisy: f64, from: u64, upto: u64) -> f64 {
        let (half, turn) = (0.5 * self.reach(), self.numbers() as f64);
        // k - half <= noisy < k + half
        let (least, most) = (libm::floor(noisy - half) + 1.0, libm::floor(noisy + half));
        let turned = |turns: f64| {
            let (a, b) = (from as f64 + turns * turn, upto as f64 - 1.0 + turns * turn);
            (b.min(most) - a.max(least) + 1.0).max(0.0)
        };
        [-1.0, 0.0, 1.0].into_iter().map(turned).sum()
    }
}

impl Distribution for NoisyDigits {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "data is in f32")]
    fn draw(&self, stream: &mut Stream) -> Dataset {
        let (n, d) = (self.samples, self.digits);
        let (mut inputs, mut symbols) = (Array2::zeros((n, 2 * d)), Array2::zeros((n, d)));
        let numbers = self.numbers();
        for (mut input, mut digits) in inputs.rows_mut().into_iter().zip(symbols.rows_mut()) {
            let number = stream.random_range(0..numbers);
            // uniform in [-noise, noise), in units of the spacing
            let part = stream.random_range(0..FINE) as f64 / FINE as f64;
            let noise = self.reach() * (part - 0.5);
            let mut power = numbers;
            for place in 0..d {
                // what follows the point after multiplying by 10^place
                let whole = number % power;
                let turns = (whole as f64 + noise) / power as f64;
                let angle = std::f64::consts::TAU * turns;
                (input[2 * place], input[2 * place + 1]) = (libm::cos(angle) as f32, libm::sin(angle) as f32);
                power /= 10;
                digits[place] = (whole / power) as u32;
            }
        }
        Dataset { inputs, targets: Targets::Symbols { symbols, alphabet: 10 } }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        Nats(std::f64::consts::LN_10) * (data.len() * self.digits) as f64
    }

    fn has_noisy_rule(&self) -> bool {
        self.reach() > 1.0
    }

    /// Shares of the numbers within reach that go on with each digit.
    fn bayes_sample(&self, data: &Dataset, sample: usize, logs: &mut [f64]) {
        let noisy = self.read(data.inputs.row(sample));
        let (mut from, mut count) = (0, self.numbers());
        for (digit, logs) in data.targets.symbols().row(sample).iter().zip(logs.chunks_exact_mut(10)) {
            let part = count / 10;
            let starts = (0..10).map(|next| from + next * part);
            let within: Vec<f64> =
                starts.map(|start| self.within_reach_of_which(noisy, start, start + part)).collect();
            let all: f64 = within.iter().map(|within| within + RARE).sum();
            for (log, within) in logs.iter_mut().zip(within) {
                *log = libm::log((within + RARE) / all);
            }
            (from, count) = (from + u64::from(*digit) * part, part);
        }
    }

    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        let rows = data.inputs.rows().into_iter();
        Nats(rows.map(|row| libm::log(self.within_reach(self.read(row)))).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger::check;
    use super::*;

    fn digits(digits: usize, noise: f64) -> NoisyDigits {
        NoisyDigits { digits, noise, samples: 4000 }
    }

    #[test]
    fn the_ledger_equals_exhaustive_enumeration() {
        // every number by every place of a fine grid of noisy ones, on the circle
        const PARTS: i64 = 1000;
        for source in [digits(1, 0.1), digits(2, 0.0375), digits(2, 0.2), digits(2, 0.004), digits(1, 0.5)] {
            let numbers = i64::try_from(source.numbers()).unwrap();
            let width = (source.reach() * PARTS as f64).round() as i64;
            let mut open = 0.0;
            for noisy in 0..numbers * PARTS {
                // numbers whose noise reaches this part
                let k = (0..numbers)
                    .filter(|number| (noisy - number * PARTS + width / 2).rem_euclid(numbers * PARTS) < width)
                    .count() as f64;
                // the part is drawn with probability k / (numbers width)
                open += k / (numbers * width) as f64 * if k > 0.0 { k.log2() } else { 0.0 };
            }
            let stated = source.left_open().0;
            assert!((stated - open).abs() < 1e-9, "{source:?}: {stated} {open}");
        }
    }

    #[test]
    fn about_three_digits_of_pi_survive_a_thousandth() {
        let source = NoisyDigits { digits: 9, noise: 0.001, samples: 1 };
        let left = source.ledger().structure.0 / 10f64.log2();
        assert!((left - 500f64.log10()).abs() < 1e-9, "{left} digits");
    }

    #[test]
    fn draws_follow_the_law() {
        for source in [digits(1, 0.1), digits(3, 0.01), digits(3, 0.0123), digits(6, 0.001), digits(9, 1e-7)]
        {
            check::draws(&source);
        }
    }

    #[test]
    fn the_noisy_number_is_read_back() {
        // noise so small that it is the number itself
        let source = digits(6, 1e-12);
        let data = source.draw(&mut check::stream(0));
        for (input, digits) in data.inputs.rows().into_iter().zip(data.targets.symbols().rows()) {
            let number = digits.iter().fold(0.0, |number, digit| 10.0 * number + f64::from(*digit));
            let read = source.read(input);
            let apart = (read - number).abs().min(1e6 - (read - number).abs());
            assert!(apart < 1e-4, "{read} {number}");
        }
    }
}
