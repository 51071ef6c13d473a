//! Samples drawn from a trained network's own distribution. Knows nothing of the distribution that
//! its data came from.

use ndarray::Array2;

use crate::science::bits::Nats;
use crate::science::data::{Answer, Dataset, TargetShape, Targets};
use crate::science::evaluation::{Evaluation, Prediction};
use crate::science::seed::{Stream, standard_normal};

/// Independent draws from the distribution of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// One row a sample, without inputs.
    pub data: Dataset,
    /// `-ln q` of each, q the distribution that drew it; `None` where a network knows a bound alone.
    pub code_lengths: Option<Vec<Nats>>,
}

/// Numbers of a prediction that are held at once, unless one sample has more.
const NUMBERS: usize = 1 << 22;

/// Ancestral sampling: place after place, each symbol drawn from what `predict` says of
/// it given those before, which is all that it may depend on. `None` of real numbers.
pub fn ancestral(
    shape: TargetShape,
    samples: usize,
    stream: &mut Stream,
    mut predict: impl FnMut(&Dataset) -> Prediction,
) -> Option<Samples> {
    let TargetShape::Symbols { length, alphabet } = shape else { return None };
    let together = (NUMBERS / length.saturating_mul(alphabet)).clamp(1, samples.max(1));
    let (mut all, mut code_lengths) = (Vec::with_capacity(samples * length), Vec::new());
    for start in (0..samples).step_by(together) {
        let mut symbols = Array2::zeros((together.min(samples - start), length));
        for place in 0..length {
            let prediction = predict(&strings(symbols.clone(), alphabet));
            for (row, symbol) in symbols.column_mut(place).iter_mut().enumerate() {
                let Answer::Symbol(drawn) = prediction.draw(row * length + place, stream)? else {
                    return None;
                };
                *symbol = drawn;
            }
        }
        all.extend(symbols.iter().copied());
        let data = strings(symbols, alphabet);
        code_lengths.extend(Evaluation::new(predict(&data), &data.targets).code_lengths());
    }
    let symbols = Array2::from_shape_vec((samples, length), all).expect("strings of one length");
    Some(Samples { data: strings(symbols, alphabet), code_lengths: Some(code_lengths) })
}

/// Each sample drawn from a row of what `predict` says of so many, every target by itself.
/// A network that states means alone has 1 for every variance, as in its code lengths.
pub fn independent(
    shape: TargetShape,
    samples: usize,
    together: usize,
    stream: &mut Stream,
    mut predict: impl FnMut(usize, &mut Stream) -> Prediction,
) -> Option<Samples> {
    let (mut symbols, mut values) = (Vec::new(), Vec::new());
    for start in (0..samples).step_by(together) {
        let rows = together.min(samples - start);
        let prediction = predict(rows, stream);
        let states_means_alone = matches!(prediction, Prediction::Gaussian { log_sd: None, .. });
        let answers = match shape {
            TargetShape::Symbols { length, .. } => rows * length,
            TargetShape::Reals { .. } => rows,
        };
        for answer in 0..answers {
            match prediction.draw(answer, stream)? {
                Answer::Symbol(symbol) => symbols.push(symbol),
                Answer::Point(point) => values.extend(point.into_iter().map(|x| {
                    let noise = if states_means_alone { standard_normal(stream) } else { 0.0 };
                    #[expect(clippy::cast_possible_truncation, reason = "data is in f32")]
                    let x = (x + noise) as f32;
                    x
                })),
            }
        }
    }
    let data = match shape {
        TargetShape::Symbols { length, alphabet } => {
            strings(Array2::from_shape_vec((samples, length), symbols).ok()?, alphabet)
        }
        TargetShape::Reals { dimensions } => Dataset {
            inputs: Array2::zeros((samples, 0)),
            targets: Targets::Reals(Array2::from_shape_vec((samples, dimensions), values).ok()?),
        },
    };
    Some(Samples { data, code_lengths: None })
}

fn strings(symbols: Array2<u32>, alphabet: usize) -> Dataset {
    let inputs = Array2::zeros((symbols.nrows(), 0));
    Dataset { inputs, targets: Targets::Symbols { symbols, alphabet } }
}

#[cfg(test)]
mod tests;
