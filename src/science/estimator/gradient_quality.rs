//! Gradient quality: how far the gradient of a batch is from that of the distribution, along
//! the training.

use garde::Validate;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Bound, Demand, GradientAt, Inside, Prospect, Quantity, Ratio, Reads, Rule, Scale, Subject, Unit,
};
use crate::science::family::Item;
use crate::science::interrupt;
use crate::science::network::footprint::{BYTES, count};
use crate::science::network::model::Adapted;
use crate::science::seed::{Purpose, Stream};

/// From gradients of single samples that training never saw, before any step, after a tenth and
/// a half of the steps, and of the trained network: `|G|^2` of the distribution's gradient and
/// `tr S`, the variance of a sample's, both without bias (`McCandlish` et al. 2018, appendix A).
/// The noise scale `tr S / |G|^2` is the batch at which both are equal. Samples of the training
/// draw would tell nothing at a minimum: their gradients add up to zero there, whatever they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GradientQuality {}

impl Item for GradientQuality {
    const SUMMARY: &'static str =
        "noise scale, signal to noise and cosine of gradients along the training (McCandlish et al. 2018)";

    fn example() -> Self {
        Self {}
    }
}

macro_rules! at_snapshots {
    ($($suffix:literal $headline:literal),+) => {
        const QUANTITIES: &[Quantity] = &[$(
            Quantity {
                name: concat!("gradient_square", $suffix), unit: Unit::SquaredGradient, bound: Bound::Exact, headline: false,
                definition: "|G|^2 of the distribution's gradient from an independent draw, without bias: may be negative",
            },
            Quantity {
                name: concat!("gradient_variance", $suffix), unit: Unit::SquaredGradient, bound: Bound::Exact, headline: false,
                definition: "tr S: variance of the gradient of a single sample, over all parameters",
            },
            Quantity {
                name: concat!("gradient_noise_scale", $suffix), unit: Unit::Samples, bound: Bound::Exact, headline: $headline,
                definition: "tr S / |G|^2, over replicates a ratio of averages: may be negative where the gradient vanishes",
            },
            Quantity {
                name: concat!("gradient_snr", $suffix), unit: Unit::Ratio, bound: Bound::Exact, headline: false,
                definition: "batch |G|^2 / tr S: signal over noise of the gradient of a step",
            },
            Quantity {
                name: concat!("gradient_cosine", $suffix), unit: Unit::Cosine, bound: Bound::Exact, headline: $headline,
                definition: "mean cosine between the gradient of a batch and that of the whole training draw; absent where the batch is the draw",
            },
        )+];

        const RATIOS: &[Ratio] = &[$(
            Ratio {
                name: concat!("gradient_noise_scale", $suffix),
                numerator: concat!("gradient_variance", $suffix),
                denominator: concat!("gradient_square", $suffix),
            },
        )+];
    };
}
at_snapshots!("_at_start" true, "_at_10_percent" false, "_at_50_percent" false, "" true);

/// Shares of the training at which parameters are kept; the last is its end.
const SHARES: &[f64] = &[0.0, 0.1, 0.5];

/// Samples whose gradients are taken at most, one by one.
const MOST_SAMPLES: usize = 4096;
/// Numbers in all those gradients at most.
const MOST_NUMBERS: usize = 400_000_000;
/// Batches whose gradients are compared with the whole one.
const BATCHES: usize = 16;

impl Rule for GradientQuality {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        let (n, parameters, samples) =
            (scale.samples(), scale.footprint.parameters, count(scale.data.samples));
        let places = count(SHARES.len()) + 1.0;
        let single = samples.min(count(MOST_SAMPLES)).min((count(MOST_NUMBERS) / parameters).max(2.0));
        let batch = scale.batch();
        let of_batches = if batch < n { n + count(BATCHES) * batch } else { 0.0 };
        let batches = of_batches / batch;
        Demand {
            // an order of the samples, a gradient and a sum of gradients
            passing: BYTES * n + 12.0 * parameters,
            kept: BYTES * (scale.footprint.weights + scale.footprint.copy * n),
            gradients: places * single,
            // of batches: as many as that of evaluations three times
            evaluations: 3.0 * places * of_batches,
            operations: places * parameters * (2.0 * single + 2.0 * batches),
            ..Demand::default()
        }
    }

    fn incompatibility(&self, prospect: &Prospect) -> Option<String> {
        prospect.lone_sample()
    }

    fn reads(&self) -> Reads {
        Reads::Outputs
    }

    fn snapshots(&self) -> &'static [f64] {
        SHARES
    }

    fn ratios(&self) -> &'static [Ratio] {
        RATIOS
    }

    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let Some(inside) = &subject.inside else { return vec![None; QUANTITIES.len()] };
        let n = subject.dataset.len();
        // equal steps of short trainings have one snapshot
        let mut kept = inside.snapshots.iter();
        let mut last = None;
        let mut values = Vec::new();
        for share in SHARES {
            let step = super::snapshot_step(*share, inside.training.steps);
            if last.is_none_or(|(taken, _)| taken != step) {
                last = kept.by_ref().find(|s| s.taken == step).map(|s| (s.taken, s));
            }
            match last {
                Some((_, kept)) => values.extend(quality(inside, (&kept.parameters, &kept.adapted), n)),
                None => values.extend([None; 5]),
            }
        }
        values.extend(quality(inside, (inside.weights, inside.adapted), n));
        values
    }
}

/// All numbers of a network and what it has adapted beside them.
type At<'a> = (&'a [f32], &'a Adapted);

/// Square, variance, noise scale, signal to noise and cosine at these weights.
fn quality(inside: &Inside, at: At, n: usize) -> [Option<f64>; 5] {
    let mut stream = inside.streams.stream(Purpose::Probe);
    let batch = inside.training.batch_size.of(n);
    let (square, variance) = moments(inside.fresh_gradient, at, n, &mut stream);
    let defined = |numerator: f64, denominator: f64| (denominator != 0.0).then(|| numerator / denominator);
    let scale = square.zip(variance).and_then(|(square, variance)| defined(variance, square));
    #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53")]
    let snr = square.zip(variance).and_then(|(square, variance)| defined(batch as f64 * square, variance));
    [square, variance, scale, snr, cosine(inside.gradient, at, n, batch, &mut stream)]
}

/// `|G|^2` and `tr S` from gradients of single samples, drawn without replacement.
#[expect(clippy::cast_precision_loss, reason = "samples are few")]
fn moments(
    gradient_at: &GradientAt,
    (weights, adapted): At,
    n: usize,
    stream: &mut Stream,
) -> (Option<f64>, Option<f64>) {
    let count = n.min(MOST_SAMPLES).min((MOST_NUMBERS / weights.len()).max(2));
    if count < 2 {
        return (None, None);
    }
    let mut order: Vec<u32> = (0..u32::try_from(n).expect("at most ten million")).collect();
    let mut gradient = vec![0.0f32; weights.len()];
    let (mut sum, mut squares) = (vec![0.0f64; weights.len()], 0.0);
    for i in 0..count {
        interrupt::check();
        order.swap(i, stream.random_range(i..n));
        gradient_at(weights, adapted, &order[i..=i], stream, &mut gradient);
        for (sum, g) in sum.iter_mut().zip(&gradient) {
            *sum += f64::from(*g);
            squares += f64::from(*g) * f64::from(*g);
        }
    }
    let s = count as f64;
    let of_sum: f64 = sum.iter().map(|x| x * x).sum();
    let square = (of_sum - squares) / (s * (s - 1.0));
    (Some(square), Some((squares - of_sum / s) / (s - 1.0)))
}

/// Mean cosine between gradients of random batches and that of the whole draw.
#[expect(clippy::cast_precision_loss, reason = "batches are few")]
fn cosine(
    gradient_at: &GradientAt,
    (weights, adapted): At,
    n: usize,
    batch: usize,
    stream: &mut Stream,
) -> Option<f64> {
    if batch == n {
        return None; // it is that of the whole draw
    }
    let mut order: Vec<u32> = (0..u32::try_from(n).expect("at most ten million")).collect();
    let mut gradient = vec![0.0f32; weights.len()];
    let mut whole = vec![0.0f64; weights.len()];
    for rows in order.chunks(batch) {
        interrupt::check();
        gradient_at(weights, adapted, rows, stream, &mut gradient);
        let share = rows.len() as f64 / n as f64;
        whole.iter_mut().zip(&gradient).for_each(|(sum, g)| *sum += share * f64::from(*g));
    }
    let mut total = 0.0;
    for _ in 0..BATCHES {
        for i in 0..batch {
            order.swap(i, stream.random_range(i..n));
        }
        gradient_at(weights, adapted, &order[..batch], stream, &mut gradient);
        let product: f64 = whole.iter().zip(&gradient).map(|(a, b)| a * f64::from(*b)).sum();
        let norms = norm(whole.iter().copied()) * norm(gradient.iter().map(|g| f64::from(*g)));
        if norms == 0.0 {
            return None;
        }
        total += product / norms;
    }
    Some(total / BATCHES as f64)
}

fn norm(numbers: impl Iterator<Item = f64>) -> f64 {
    libm::sqrt(numbers.map(|x| x * x).sum())
}
