//! Sums over rows of whole lane groups: sixteen running sums, then those in
//! pairs, so that every instruction set adds in the same order.

use super::lanes::LANES;
use super::real::Real;

#[inline(always)]
fn in_pairs<R: Real>(mut lanes: [R; LANES], pair: impl Fn(R, R) -> R) -> R {
    let mut count = LANES;
    while count > 1 {
        count /= 2;
        for i in 0..count {
            lanes[i] = pair(lanes[i], lanes[i + count]);
        }
    }
    lanes[0]
}

/// Sum of all numbers; whatever follows the last whole group is left out.
#[inline(always)]
pub fn sum<R: Real>(x: &[R]) -> R {
    let mut lanes = [R::ZERO; LANES];
    for group in x.as_chunks::<LANES>().0 {
        for (lane, x) in lanes.iter_mut().zip(group) {
            *lane = *lane + *x;
        }
    }
    in_pairs(lanes, |a, b| a + b)
}

/// Sum of products; whatever follows the last whole group is left out.
#[inline(always)]
pub fn dot<R: Real>(x: &[R], y: &[R]) -> R {
    let mut lanes = [R::ZERO; LANES];
    for (x, y) in x.as_chunks::<LANES>().0.iter().zip(y.as_chunks::<LANES>().0) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane = x.mul_add(*y, *lane);
        }
    }
    in_pairs(lanes, |a, b| a + b)
}

/// The largest number of a row of whole groups.
#[inline(always)]
pub fn maximum<R: Real>(x: &[R]) -> R {
    let larger = |a: R, b: R| if b > a { b } else { a };
    let mut lanes = [R::NEG_INFINITY; LANES];
    for group in x.as_chunks::<LANES>().0 {
        for (lane, x) in lanes.iter_mut().zip(group) {
            *lane = larger(*lane, *x);
        }
    }
    in_pairs(lanes, larger)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_over_all_numbers() {
        let x: Vec<f64> = (1..=48).map(f64::from).collect();
        let y: Vec<f64> = x.iter().rev().copied().collect();
        assert_eq!(sum(&x), 48.0 * 49.0 / 2.0);
        assert_eq!(dot(&x, &y), x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>());
        assert_eq!((maximum(&x), maximum(&y)), (48.0, 48.0));
    }
}
