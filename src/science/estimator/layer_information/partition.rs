//! Bits of a layer without noise: which of the samples it tells apart.

use ndarray::Array2;

use crate::science::bits::Bits;
use crate::science::interrupt;

/// Bits for each sample from below and from above, of a layer that is a function of the sample,
/// `values` [n, units]. Samples whose units are equal in every bit are one to whoever sees the
/// layer, so that for a sample drawn from these the information is exactly the entropy of the
/// partition: sets of c samples give `sum c/n log2 n/c`. From above by the other samples alone,
/// infinite where nobody shares a sample's set. Sorts: `n log n` comparisons of rows.
#[expect(clippy::cast_precision_loss, reason = "samples are far below 2^53")]
pub(super) fn partition(values: &Array2<f32>) -> (Bits, Bits) {
    // -0 and 0 are one number to every layer above
    let bits = values.mapv(|x| (x + 0.0).to_bits());
    let row = |i: usize| bits.row(i).to_slice().expect("rows in order");
    let n = bits.nrows();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|a, b| {
        interrupt::check();
        row(*a).cmp(row(*b))
    });
    let (mut low, mut high) = (0.0, 0.0);
    for set in order.chunk_by(|a, b| row(*a) == row(*b)) {
        let c = set.len() as f64;
        low += c * libm::log2(n as f64 / c);
        high += c * libm::log2((n as f64 - 1.0) / (c - 1.0));
    }
    if n < 2 {
        return (Bits::ZERO, Bits::ZERO);
    }
    (Bits(low / n as f64), Bits(high / n as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_code_carries_its_entropy() {
        // patterns with frequencies 1/2, 1/4, 1/4
        let values = Array2::from_shape_fn((64, 2), |(i, u)| match (i % 4, u) {
            (0 | 1, _) | (2, 0) => 1.0,
            _ => -1.0,
        });
        let (low, high) = partition(&values);
        assert!((low.0 - 1.5).abs() < 1e-12 && high.0 > 1.5 && high.0 < 1.6);
    }

    #[test]
    fn a_dead_layer_tells_nothing_and_one_of_different_numbers_tells_all() {
        let dead = Array2::from_shape_fn((300, 5), |(i, _)| if i % 2 == 0 { 0.0 } else { -0.0 });
        assert_eq!(partition(&dead), (Bits::ZERO, Bits::ZERO));
        // one bit of difference in one of three units is enough
        let mut values = Array2::from_elem((300, 3), 1.5f32);
        for (i, value) in values.column_mut(1).iter_mut().enumerate() {
            *value = f32::from_bits(0x3f00_0000 + u32::try_from(i).unwrap());
        }
        let (low, high) = partition(&values);
        assert!((low.0 - 300f64.log2()).abs() < 1e-12 && high.0.is_infinite(), "{low:?} {high:?}");
    }

    #[test]
    fn sets_of_unequal_sizes_have_the_entropy_of_their_shares() {
        // a rectifier that passes 100 of 400 different numbers and silences the rest
        let values = Array2::from_shape_fn((400, 1), |(i, _)| if i % 4 == 0 { i as f32 + 1.0 } else { 0.0 });
        let (low, _) = partition(&values);
        let expected = 0.25 * 400f64.log2() + 0.75 * (4.0f64 / 3.0).log2();
        assert!((low.0 - expected).abs() < 1e-12, "{low:?} {expected}");
    }

    #[test]
    fn a_hundred_thousand_samples_are_no_matter() {
        let values = Array2::from_shape_fn((100_000, 2), |(i, u)| (i % 1000) as f32 * (u as f32 + 1.0));
        let (low, _) = partition(&values);
        assert!((low.0 - 1000f64.log2()).abs() < 1e-9, "{low:?}");
    }
}
