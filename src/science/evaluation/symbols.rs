//! Symbols predicted by logits.

use ndarray::{ArrayView1, ArrayView2};

/// Calls with (sample, loss, slope) for each symbol: `logits` [n t, k] in the
/// order of `symbols` [n, t].
pub(super) fn each_loss(
    logits: ArrayView2<f32>,
    symbols: ArrayView2<u32>,
    inverse: f64,
    mut call: impl FnMut(usize, f64, f64),
) {
    for (((sample, _), &symbol), row) in symbols.indexed_iter().zip(logits.rows()) {
        let (loss, slope) = symbol_loss(row, symbol, inverse);
        call(sample, loss, slope);
    }
}

/// Symbols that are not the most probable ones.
pub(super) fn errors(logits: ArrayView2<f32>, symbols: ArrayView2<u32>) -> usize {
    symbols.iter().zip(logits.rows()).filter(|(symbol, row)| most_probable(*row) != **symbol).count()
}

/// `-ln q(symbol)` and its slope in the inverse temperature, for one row of
/// logits: one logit is symbol 1 against symbol 0, more are a softmax.
fn symbol_loss(logits: ArrayView1<f32>, symbol: u32, inverse: f64) -> (f64, f64) {
    if logits.len() == 1 {
        let against = if symbol == 1 { -f64::from(logits[0]) } else { f64::from(logits[0]) };
        let z = inverse * against;
        // softplus without overflow, and its slope the sigmoid
        let loss = z.max(0.0) + libm::log1p(libm::exp(-z.abs()));
        let sigmoid =
            if z >= 0.0 { 1.0 / (1.0 + libm::exp(-z)) } else { libm::exp(z) / (1.0 + libm::exp(z)) };
        return (loss, against * sigmoid);
    }
    let top = logits.iter().fold(f64::NEG_INFINITY, |top, &z| top.max(f64::from(z)));
    let (mut total, mut weighted) = (0.0, 0.0);
    for &z in logits {
        let z = f64::from(z) - top;
        let weight = libm::exp(inverse * z);
        total += weight;
        weighted += weight * z;
    }
    let own = f64::from(logits[symbol as usize]) - top;
    (libm::log(total) - inverse * own, weighted / total - own)
}

fn most_probable(logits: ArrayView1<f32>) -> u32 {
    if logits.len() == 1 {
        return u32::from(logits[0] > 0.0);
    }
    let mut best = 0;
    for (class, &z) in logits.iter().enumerate() {
        if z > logits[best] {
            best = class;
        }
    }
    u32::try_from(best).expect("alphabets have at most 65,536 symbols")
}
