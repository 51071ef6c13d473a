//! Membership inference: how well losses tell samples that were trained on from
//! fresh ones.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::references::{Said, log_odds};
use super::{Bound, Demand, Quantity, Rule, Scale, Subject, Unit, references};
use crate::science::evaluation::Evaluation;
use crate::science::family::Item;

/// The attack of one threshold on the loss (Yeom et al. 2018): the area under its
/// curve is the chance that a trained-on sample has a lower loss than a fresh one,
/// ties counting half. One half is no memory of single samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MembershipInference {
    /// Reference networks of each trial, trained on targets drawn anew at the same inputs, for the
    /// attack by likelihood ratio; 0: the attack by loss alone.
    #[serde(default)]
    #[garde(range(max = 256), custom(has_a_spread))]
    pub references: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as validation calls it")]
fn has_a_spread(references: &u32, (): &()) -> garde::Result {
    if *references == 1 {
        Err(garde::Error::new("one network has no spread: 0, or at least 2"))
    } else {
        Ok(())
    }
}

impl Item for MembershipInference {
    const SUMMARY: &'static str =
        "how well losses tell trained-on samples from fresh ones: area under the curve (Yeom et al. 2018)";

    fn example() -> Self {
        Self { references: 0 }
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
    Quantity {
        name: "membership_auc_likelihood_ratio",
        unit: Unit::Probability,
        bound: Bound::Exact,
        headline: false,
        definition: "chance that the log-odds of a training sample's targets lie further above the mean of reference networks, in their standard deviations, than those of a fresh one (Carlini et al. 2022)",
    },
    Quantity {
        name: "membership_auc_likelihood_ratio_standard_error",
        unit: Unit::Probability,
        bound: Bound::Exact,
        headline: false,
        definition: "its standard error over samples of this draw",
    },
];

impl Rule for MembershipInference {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        let references = f64::from(self.references);
        let kept = if self.references > 0 { references::kept(scale) } else { Demand::default() };
        Demand {
            passing: kept.passing.max(48.0 * scale.samples()),
            codes: 2.0 * (2.0 + references),
            operations: 200.0 * scale.samples(),
            trainings: references,
            evaluations: 2.0 * references * scale.samples(),
            ..kept
        }
    }

    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let lengths = |of: &Evaluation| of.code_lengths().iter().map(|nats| nats.0).collect::<Vec<f64>>();
        let (members, fresh) = (lengths(&subject.train), lengths(&subject.held_out));
        let (auc, standard_error) = area(&members, &fresh);
        let (by_ratio, its_error) = self.by_ratio(subject).map_or((None, None), |(auc, e)| (Some(auc), e));
        vec![Some(auc), standard_error, by_ratio, its_error]
    }
}

impl MembershipInference {
    /// The attack by likelihood ratio, and its standard error.
    fn by_ratio(&self, subject: &Subject) -> Option<(f64, Option<f64>)> {
        let inside = subject.inside.as_ref().filter(|_| self.references > 0)?;
        let references = (inside.references)(self.references)?;
        let below = |said: &Said, evaluation: &Evaluation| -> Vec<f64> {
            said.above(&log_odds(evaluation)).into_iter().map(|score| -score).collect()
        };
        Some(area(&below(&references.train, &subject.train), &below(&references.held_out, &subject.held_out)))
    }
}

/// The chance that one of `low` lies below one of `high`, ties counting half, and
/// its standard error where there are several of both.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
fn area(low: &[f64], high: &[f64]) -> (f64, Option<f64>) {
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
fn shares(values: &[f64], others: &[f64], count: impl Fn(f64, &[f64]) -> f64) -> Vec<f64> {
    let mut sorted = others.to_vec();
    sorted.sort_by(f64::total_cmp);
    let share = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let upto = sorted.partition_point(|other| other <= value);
        count(0.5 * (below + upto) as f64, &sorted) / sorted.len() as f64
    };
    values.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_counts_pairs() {
        assert_eq!(area(&[0.0, 1.0], &[2.0, 3.0]).0, 1.0);
        assert_eq!(area(&[2.0], &[2.0]).0, 0.5);
        assert_eq!(area(&[1.0, 4.0], &[2.0, 3.0]).0, 0.5);
        // 0 < 1, 0 < 2, 1 = 1, 1 < 2, of six with 5 > 1, 5 > 2
        let (auc, _) = area(&[0.0, 1.0, 5.0], &[1.0, 2.0]);
        assert!((auc - 3.5 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn its_standard_error_is_that_of_repetition() {
        use crate::science::seed::{Purpose, Streams, standard_normal};
        let mut stream = Streams { seed: 4, replicate: 0 }.stream(Purpose::TrainingData);
        let mut draw =
            |mean: f64| -> Vec<f64> { (0..60).map(|_| mean + standard_normal(&mut stream)).collect() };
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
