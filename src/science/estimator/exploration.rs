//! Exploration: how far noise carries a training, and how it leaves a minimum.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity::exact_quantities;
use super::{Demand, Inside, Quantity, Reads, Rule, Scale, Subject};
use crate::science::analysis::share::wilson_95;
use crate::science::evaluation::{Prediction, Walk};
use crate::science::family::Item;
use crate::science::training::schedule::time;

/// Of walkers on a `landscape` the spread, the temperature and the time of escape; of
/// any network how far its parameters went. Time is the sum of learning rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Exploration {}

impl Item for Exploration {
    const SUMMARY: &'static str =
        "escape times with their share, stationary variance, temperature, distance travelled (Kramers 1940)";

    fn example() -> Self {
        Self {}
    }
}

exact_quantities! {
    "distance_travelled" Weights true "Euclidean distance between the parameters before and after training"
    "stationary_variance" Squares true "mean square of the walkers' last places in a quadratic"
    "temperature" Loss true "curvature times stationary_variance: twice the mean loss above the minimum (equipartition)"
    "escape_time" Time true "time at risk over escapes from one well to the other minimum: maximum likelihood for exponential escapes"
    "escape_share" Fraction true "share of walkers that escaped before the end"
    "escape_share_low" Fraction false "lower end of its 95 % interval over walkers (Wilson 1927)"
    "escape_share_high" Fraction false "upper end of its 95 % interval over walkers (Wilson 1927)"
}

impl Rule for Exploration {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        Demand { operations: scale.footprint.parameters, ..Demand::default() }
    }

    fn reads(&self) -> Reads {
        Reads::Outputs
    }

    fn snapshots(&self) -> &'static [f64] {
        &[0.0]
    }

    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let Some(inside) = &subject.inside else { return vec![None; QUANTITIES.len()] };
        let mut values = vec![distance(inside)];
        let walk = match subject.train.prediction() {
            Prediction::Walk(walk) => Some(walk),
            _ => None,
        };
        values.extend(walk.map_or([None; 2], spread));
        values.extend(walk.map_or([None; 4], |walk| escapes(inside, walk)));
        values
    }
}

fn distance(inside: &Inside) -> Option<f64> {
    let start = inside.snapshots.first().filter(|snapshot| snapshot.taken == 0)?;
    let squares = start.parameters.iter().zip(inside.weights).map(|(a, b)| f64::from(*a) - f64::from(*b));
    Some(libm::sqrt(squares.map(|d| d * d).sum()))
}

/// Stationary variance and temperature.
#[expect(clippy::cast_precision_loss, reason = "walkers are far below 2^53")]
fn spread(walk: &Walk) -> [Option<f64>; 2] {
    let Some(curvature) = walk.curvature else { return [None; 2] };
    let squares: f64 = walk.places.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
    let variance = squares / walk.places.len() as f64;
    [Some(variance), Some(curvature * variance)]
}

/// Time of escape, share that escaped, and the share's interval.
#[expect(clippy::cast_precision_loss, reason = "walkers are far below 2^53")]
fn escapes(inside: &Inside, walk: &Walk) -> [Option<f64>; 4] {
    // threads that share walkers see a part of the steps each: nobody knows when
    let Some(escapes) = walk.escapes.as_ref().filter(|_| walk.steps == inside.training.steps) else {
        return [None; 4];
    };
    let at_risk: f64 = escapes.iter().map(|step| time(inside.training, step.unwrap_or(walk.steps))).sum();
    let count = escapes.iter().flatten().count();
    let (low, high) = wilson_95(count, escapes.len());
    let share = count as f64 / escapes.len() as f64;
    [(count > 0).then(|| at_risk / count as f64), Some(share), Some(low), Some(high)]
}
