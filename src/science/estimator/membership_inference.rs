//! Membership inference: how well losses tell samples that were trained on from
//! fresh ones.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bound, Quantity, Rule, Subject, Unit};
use crate::science::bits::Nats;
use crate::science::family::Item;

/// The attack of one threshold on the loss (Yeom et al. 2018): the area under its
/// curve is the chance that a trained-on sample has a lower loss than a fresh one,
/// ties counting half. One half is no memory of single samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MembershipInference {}

impl Item for MembershipInference {
    const SUMMARY: &'static str =
        "how well losses tell trained-on samples from fresh ones: area under the curve (Yeom et al. 2018)";

    fn example() -> Self {
        Self {}
    }
}

const QUANTITIES: &[Quantity] = &[
    Quantity {
        name: "membership_auc",
        unit: Unit::Probability,
        bound: Bound::Exact,
        headline: true,
        definition: "chance that a training sample has a lower loss than a fresh one, ties counting half",
    },
    Quantity {
        name: "membership_auc_standard_error",
        unit: Unit::Probability,
        bound: Bound::Exact,
        headline: false,
        definition: "standard error of membership_auc over samples of this draw (DeLong et al. 1988)",
    },
];

impl Rule for MembershipInference {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let (members, fresh) = (subject.train.code_lengths(), subject.held_out.code_lengths());
        let (auc, standard_error) = area(&members, &fresh);
        vec![Some(auc), standard_error]
    }
}

/// The chance that one of `low` lies below one of `high`, ties counting half, and
/// its standard error where there are several of both.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
fn area(low: &[Nats], high: &[Nats]) -> (f64, Option<f64>) {
    // of each of low the share of high above it, and of each of high that of low below
    let above = shares(low, high, |own, others| others.len() as f64 - own);
    let below = shares(high, low, |own, _| own);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let auc = mean(&above);
    let spread = |values: &[f64]| -> f64 {
        let variance =
            values.iter().map(|x| (x - auc) * (x - auc)).sum::<f64>() / (values.len() as f64 - 1.0);
        variance / values.len() as f64
    };
    let error = (low.len() > 1 && high.len() > 1).then(|| libm::sqrt(spread(&above) + spread(&below)));
    (auc, error)
}

/// For each value the share of `others` that `count` makes of how many lie below it,
/// ties counting half.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
fn shares(values: &[Nats], others: &[Nats], count: impl Fn(f64, &[f64]) -> f64) -> Vec<f64> {
    let mut sorted: Vec<f64> = others.iter().map(|nats| nats.0).collect();
    sorted.sort_by(f64::total_cmp);
    let share = |value: &Nats| {
        let below = sorted.partition_point(|other| *other < value.0);
        let upto = sorted.partition_point(|other| *other <= value.0);
        count(0.5 * (below + upto) as f64, &sorted) / sorted.len() as f64
    };
    values.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nats(values: &[f64]) -> Vec<Nats> {
        values.iter().map(|value| Nats(*value)).collect()
    }

    #[test]
    fn the_area_counts_pairs() {
        assert_eq!(area(&nats(&[0.0, 1.0]), &nats(&[2.0, 3.0])).0, 1.0);
        assert_eq!(area(&nats(&[2.0]), &nats(&[2.0])).0, 0.5);
        assert_eq!(area(&nats(&[1.0, 4.0]), &nats(&[2.0, 3.0])).0, 0.5);
        // 0 < 1, 0 < 2, 1 = 1, 1 < 2, of six with 5 > 1, 5 > 2
        let (auc, _) = area(&nats(&[0.0, 1.0, 5.0]), &nats(&[1.0, 2.0]));
        assert!((auc - 3.5 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn its_standard_error_is_that_of_repetition() {
        use crate::science::seed::{Purpose, Streams, standard_normal};
        let mut stream = Streams { seed: 4, replicate: 0 }.stream(Purpose::TrainingData);
        let mut draw =
            |mean: f64| -> Vec<Nats> { (0..60).map(|_| Nats(mean + standard_normal(&mut stream))).collect() };
        let draws: Vec<(f64, f64)> = (0..2000)
            .map(|_| {
                let (auc, error) = area(&draw(0.0), &draw(1.0));
                (auc, error.unwrap())
            })
            .collect();
        let mean = draws.iter().map(|(auc, _)| auc).sum::<f64>() / 2000.0;
        // Phi(1 / sqrt 2)
        assert!((mean - 0.760_249_938_906_523).abs() < 0.003, "{mean}");
        let sd = (draws.iter().map(|(auc, _)| (auc - mean).powi(2)).sum::<f64>() / 1999.0).sqrt();
        let stated = draws.iter().map(|(_, error)| error).sum::<f64>() / 2000.0;
        assert!((stated / sd - 1.0).abs() < 0.06, "{stated} {sd}");
    }
}
