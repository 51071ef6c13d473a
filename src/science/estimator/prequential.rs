//! Prequential code length: the draw coded block by block by networks that were
//! trained on everything before.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bound, Demand, Quantity, Rule, Scale, Subject, Unit};
use crate::science::bits::{Bits, Nats};
use crate::science::data::{Dataset, Targets};
use crate::science::family::Item;
use crate::science::network::footprint::count;

/// The first samples are coded by the law without its rule, then each block, as long
/// as all before it, by a network trained from fresh weights on those (Dawid 1984;
/// Blier & Ollivier 2018, section 3.3). A decoder can do the same, so it is a code of
/// the targets and no part of it needs the weights. Early stopping is refused: it chooses networks
/// by the labels of a validation draw that no decoder has. Costs about one more training on
/// full batches, one a block on minibatches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Prequential {}

impl Item for Prequential {
    const SUMMARY: &'static str = "code length of the targets when networks trained on what came before predict what follows (Blier & Ollivier 2018)";

    fn example() -> Self {
        Self {}
    }
}

const QUANTITIES: &[Quantity] = &[
    Quantity {
        name: "prequential_bits",
        unit: Unit::Bits,
        bound: Bound::Upper,
        headline: true,
        definition: "length of a code of the training targets, in blocks of doubling length, each by a network trained on all before it",
    },
    Quantity {
        name: "prequential_gain_bits",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: true,
        definition: "what that code is shorter than the law's own without its rule: structure that was found in time",
    },
    Quantity {
        name: "kt_bits",
        unit: Unit::Bits,
        bound: Bound::Upper,
        headline: false,
        definition: "length of the adaptive code of the symbols alone, inputs unseen (Krichevsky & Trofimov 1981)",
    },
];

/// Samples before the first training.
const FIRST: usize = 8;

/// Ends of the blocks of n samples.
fn ends(n: usize) -> Vec<usize> {
    let mut ends = vec![FIRST.min(n)];
    while let Some(&last) = ends.last().filter(|last| **last < n) {
        ends.push((2 * last).min(n));
    }
    ends
}

impl Rule for Prequential {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        let blocks = count(ends(scale.data.samples).len()) - 1.0;
        Demand {
            passing: scale.further + 2.0 * scale.draw + scale.evaluated() + 16.0 * scale.samples(),
            trainings: blocks,
            evaluations: 2.0 * scale.samples(),
            codes: 2.0,
            ..Demand::default()
        }
    }

    fn decodes_by_training(&self) -> bool {
        true
    }

    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let prior = subject.distribution.prior_cross_entropy(subject.dataset);
        let code = code(subject).map(Bits::from);
        let is_symbolic = matches!(subject.dataset.targets, Targets::Symbols { .. });
        vec![
            code.filter(|_| is_symbolic).map(|bits| bits.0),
            code.map(|bits| (Bits::from(prior) - bits).0),
            krichevsky_trofimov(&subject.dataset.targets).map(|bits| bits.0),
        ]
    }
}

/// The whole code, `None` where a network on the way diverged.
fn code(subject: &Subject) -> Option<Nats> {
    let inside = subject.inside.as_ref()?;
    let ends = ends(subject.dataset.len());
    let first = Dataset {
        inputs: subject.dataset.inputs.slice(ndarray::s![..ends[0], ..]).to_owned(),
        targets: subject.dataset.targets.rows(0..ends[0]),
    };
    let mut total = subject.distribution.prior_cross_entropy(&first);
    for block in ends.windows(2) {
        total = total + (inside.code_after)(block[0], block[1])?;
    }
    Some(total)
}

/// `-log2 of Gamma(V/2) / Gamma(n + V/2) prod_v Gamma(c_v + 1/2) / Gamma(1/2)`, `c_v`
/// how often symbol v occurs: each symbol is predicted by `(c_v + 1/2) / (t + V/2)`.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn krichevsky_trofimov(targets: &Targets) -> Option<Bits> {
    let Targets::Symbols { symbols, alphabet } = targets else { return None };
    let mut counts = vec![0u64; *alphabet];
    symbols.iter().for_each(|symbol| counts[*symbol as usize] += 1);
    let half = *alphabet as f64 / 2.0;
    let gamma = libm::lgamma;
    let each: f64 = counts.iter().map(|count| gamma(*count as f64 + 0.5) - gamma(0.5)).sum();
    Some(Bits::from(Nats(gamma(symbols.len() as f64 + half) - gamma(half) - each)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_double_and_cover_everything_once() {
        assert_eq!(ends(5), [5]);
        assert_eq!(ends(8), [8]);
        assert_eq!(ends(50), [8, 16, 32, 50]);
        assert_eq!(ends(50).len() - 1, 3);
    }

    #[test]
    fn the_adaptive_code_predicts_symbol_by_symbol() {
        // 0, 1, 1, 0: 1/2, (1/2)/2, (3/2)/3, (3/2)/4
        let targets = Targets::labels(vec![0, 1, 1, 0], 2);
        let product: f64 = 0.5 * 0.25 * 0.5 * 0.375;
        assert!((krichevsky_trofimov(&targets).unwrap().0 + product.log2()).abs() < 1e-12);
        // three symbols: (1/2)/(3/2), (1/2)/(5/2), (3/2)/(7/2)
        let targets = Targets::labels(vec![2, 0, 2], 3);
        let product = (1.0f64 / 3.0) * 0.2 * (3.0 / 7.0);
        assert!((krichevsky_trofimov(&targets).unwrap().0 + product.log2()).abs() < 1e-12);
    }

    #[test]
    fn a_thousand_fair_bits_cost_their_known_mean() {
        // the mean over all counts, weighted by the binomial distribution
        let n = 1000usize;
        let log2_half_power = -(n as f64);
        let mean: f64 = (0..=n)
            .map(|ones| {
                let labels: Vec<u32> = (0..n).map(|i| u32::from(i < ones)).collect();
                let weight = (crate::science::entropy::log2_binomial(n, ones).0 + log2_half_power).exp2();
                weight * krichevsky_trofimov(&Targets::labels(labels, 2)).unwrap().0
            })
            .sum();
        assert!((mean - 1004.587).abs() < 5e-4, "{mean}");
    }
}
