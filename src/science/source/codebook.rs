//! Codebooks: strings of d bits that hold k bits of information.

mod code;

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DataShape, Dataset, Distribution, Drawing, Ledger, RandomProcess, TargetShape, Targets};
use crate::science::bits::{Bits, Nats};
use crate::science::family::Item;
use crate::science::network::footprint::count;
use crate::science::seed::Stream;
pub use code::Code;
use code::Drawn;

/// Strings of `length` bits, each the code word of `information` uniform bits in a
/// hidden code that is drawn once, some bits flipped. To an observer without the
/// code every single string is uniform: `length` bits. With it a string holds what
/// was put in, and what the flips add.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Codebook {
    /// Bits k that a string stands for.
    #[garde(range(min = 1, max = 1024), custom(fits(self)))]
    pub information: usize,
    /// Bits d of each string.
    #[garde(range(min = 1, max = 4096))]
    pub length: usize,
    /// How bits become a code word.
    #[serde(default)]
    #[garde(skip)]
    pub code: Code,
    /// Probability that a bit of a string is the wrong one; `repetition` alone.
    #[serde(default)]
    #[garde(range(min = 0.0, max = 0.5), custom(is_countable(self.code)))]
    pub flips: f64,
    /// Strings N of one draw.
    #[garde(range(min = 1, max = 10_000_000))]
    pub samples: usize,
}

fn fits(book: &Codebook) -> impl FnOnce(&usize, &()) -> garde::Result {
    let (length, code) = (book.length, book.code);
    move |information, ()| match code {
        _ if *information > length => {
            Err(garde::Error::new(format!("greater than {length}, the bits of a string")))
        }
        Code::Repetition if *information > 0 && !length.is_multiple_of(*information) => {
            Err(garde::Error::new(format!("must divide {length}, the bits of a string")))
        }
        _ => Ok(()),
    }
}

fn is_countable(code: Code) -> impl FnOnce(&f64, &()) -> garde::Result {
    move |flips, ()| match code {
        Code::Linear if *flips > 0.0 => {
            Err(garde::Error::new("flips in a linear code have no entropy in closed form: use repetition"))
        }
        _ => Ok(()),
    }
}

impl Item for Codebook {
    const SUMMARY: &'static str =
        "strings of d bits that hold k: code words of a hidden linear or repetition code, with flips";

    fn example() -> Self {
        Self { information: 4, length: 12, code: Code::Repetition, flips: 0.05, samples: 64 }
    }
}

impl RandomProcess for Codebook {
    fn shape(&self) -> DataShape {
        let targets = TargetShape::Symbols { length: self.length, alphabet: 2 };
        DataShape { samples: self.samples, inputs: 0, targets }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ledger(&self) -> Ledger {
        let n = self.samples as f64;
        let noise = self.code.string_bits(self.information, self.length, self.flips);
        Ledger {
            structure: (Bits(self.length as f64) - noise) * n,
            noise: noise * n,
            rule: Some(self.code.rule_bits(self.information, self.length)),
        }
    }

    fn drawing(&self) -> Drawing {
        let (length, information) = (count(self.length), count(self.information));
        let sample = length * (10.0 + information);
        Drawing { rule: length * information, sample, judgment: sample, ..Drawing::of(&self.shape()) }
    }

    fn distribution(&self, stream: &mut Stream) -> Box<dyn Distribution> {
        let code = Drawn::new(self.code, self.information, self.length, stream);
        Box::new(CodebookLaw { source: self.clone(), code })
    }
}

#[derive(Debug)]
struct CodebookLaw {
    source: Codebook,
    code: Drawn,
}

impl Distribution for CodebookLaw {
    fn draw(&self, stream: &mut Stream) -> Dataset {
        let Codebook { length, flips, samples, .. } = self.source;
        let mut symbols = Array2::zeros((samples, length));
        for mut string in symbols.rows_mut() {
            let word = self.code.word(flips, stream);
            string.iter_mut().zip(word).for_each(|(symbol, bit)| *symbol = u32::from(bit));
        }
        Dataset { inputs: Array2::zeros((samples, 0)), targets: Targets::Symbols { symbols, alphabet: 2 } }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        Nats(std::f64::consts::LN_2) * (data.len() * self.source.length) as f64
    }

    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        let strings = data.targets.symbols().rows().into_iter();
        Nats(strings.map(|string| self.code.code_length(string, self.source.flips).0).sum())
    }

    /// Whoever knows the code does not know the word.
    fn has_noisy_rule(&self) -> bool {
        true
    }

    fn bayes_sample(&self, data: &Dataset, sample: usize, logs: &mut [f64]) {
        self.code.next_bits(data.targets.symbols().row(sample), self.source.flips, logs);
    }

    fn equally_likely(&self) -> Option<u64> {
        let words = 1u64.checked_shl(u32::try_from(self.source.information).ok()?);
        words.filter(|_| self.source.flips <= 0.0)
    }
}

#[cfg(test)]
mod tests;
