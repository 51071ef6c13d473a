//! Symbols predicted by logits.

use ndarray::{ArrayView1, ArrayView2};

use crate::science::interrupt;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::likelihood::{many_symbols, two_symbols};
use crate::science::kernel::product::padded;

/// Symbols that are looked at together.
const GROUP: usize = 256;

/// Calls with (sample, loss, slope) for each symbol: `logits` [n t, k] in the
/// order of `symbols` [n, t]. One logit is symbol 1 against symbol 0, more are a
/// softmax.
pub(super) fn each_loss(
    logits: ArrayView2<f32>,
    symbols: ArrayView2<u32>,
    inverse: f64,
    call: impl FnMut(usize, f64, f64),
) {
    if logits.ncols() == 1 {
        each_of_two(logits, symbols, inverse, call);
    } else {
        each_of_many(logits, symbols, inverse, call);
    }
}

fn each_of_two(
    logits: ArrayView2<f32>,
    symbols: ArrayView2<u32>,
    inverse: f64,
    mut call: impl FnMut(usize, f64, f64),
) {
    let isa = Isa::detect();
    let (mut losses, mut slopes) = ([0.0; GROUP], [0.0; GROUP]);
    let length = symbols.ncols().max(1);
    let mut all = symbols.iter().zip(logits.iter());
    for first in (0..symbols.len()).step_by(GROUP) {
        interrupt::check();
        let count = GROUP.min(symbols.len() - first);
        for (against, (symbol, logit)) in losses.iter_mut().zip(all.by_ref().take(count)) {
            *against = if *symbol == 1 { -f64::from(*logit) } else { f64::from(*logit) };
        }
        two_symbols(isa, inverse, &mut losses[..count], &mut slopes[..count]);
        for (i, (loss, slope)) in losses.iter().zip(&slopes).take(count).enumerate() {
            call((first + i) / length, *loss, *slope);
        }
    }
}

fn each_of_many(
    logits: ArrayView2<f32>,
    symbols: ArrayView2<u32>,
    inverse: f64,
    mut call: impl FnMut(usize, f64, f64),
) {
    let isa = Isa::detect();
    let width = padded(logits.ncols());
    let (mut row, mut weights) = (vec![0.0; width], vec![0.0; width]);
    for (((sample, _), &symbol), logits) in symbols.indexed_iter().zip(logits.rows()) {
        if sample % GROUP == 0 {
            interrupt::check();
        }
        row.fill(f64::NEG_INFINITY);
        row.iter_mut().zip(logits).for_each(|(z, logit)| *z = f64::from(*logit));
        let (_, total, weighted) = many_symbols(isa, inverse, &mut row, &mut weights);
        let own = row[symbol as usize];
        call(sample, libm::log(total) - inverse * own, weighted / total - own);
    }
}

/// Symbols that are not the most probable ones.
pub(super) fn errors(logits: ArrayView2<f32>, symbols: ArrayView2<u32>) -> usize {
    symbols.iter().zip(logits.rows()).filter(|(symbol, row)| most_probable(*row) != **symbol).count()
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
