//! One tile of a product, held in registers.

use super::factors::{Left, Shape};
use crate::science::kernel::lanes::{LANES, Lanes};
use crate::science::kernel::real::Real;

/// Columns of a wide tile, and of a packed panel.
pub(super) const WIDTH: usize = 2 * LANES;

/// A part of the right factor: `inner` rows of it, `stride` apart, and what the
/// sums start from.
#[derive(Clone, Copy)]
pub(super) struct Part<'a, R> {
    pub(super) right: &'a [R],
    pub(super) stride: usize,
    pub(super) inner: usize,
    pub(super) from: From<'a, R>,
}

/// What a tile's sums start from.
#[derive(Clone, Copy)]
pub(super) enum From<'a, R> {
    Zero,
    /// A row of numbers, the same for every row of the result.
    Row(&'a [R]),
    /// The result so far: a later part of the inner sum goes on where it stopped.
    Result,
}

/// `M` rows by `N` lane groups, held in registers over the whole part; `left` and
/// `part` begin at the tile, `row` and `column` say where it lies in the result.
#[inline(always)]
pub(super) unsafe fn tile<R: Real, V: Lanes<R>, const M: usize, const N: usize>(
    shape: Shape,
    row: usize,
    column: usize,
    left: Left<R>,
    part: Part<R>,
    result: &mut [R],
) {
    // SAFETY: `product` asserted that every index formed here lies in its buffer.
    unsafe {
        let mut sums = [[V::splat(R::ZERO); N]; M];
        match part.from {
            From::Zero => {}
            From::Row(start) => {
                for n in 0..N {
                    let first = V::load(start.as_ptr().add(column + n * LANES));
                    for sum in &mut sums {
                        sum[n] = first;
                    }
                }
            }
            From::Result => {
                for (m, sum) in sums.iter_mut().enumerate() {
                    for (n, group) in sum.iter_mut().enumerate() {
                        let at = (row + m) * shape.width + column + n * LANES;
                        *group = V::load(result.as_ptr().add(at));
                    }
                }
            }
        }
        let mut a = left.data.as_ptr();
        let mut b = part.right.as_ptr();
        for _ in 0..part.inner {
            let mut columns = [V::splat(R::ZERO); N];
            for (n, group) in columns.iter_mut().enumerate() {
                *group = V::load(b.add(n * LANES));
            }
            for (m, sum) in sums.iter_mut().enumerate() {
                let scale = V::splat(*a.add(m * left.row_stride));
                for n in 0..N {
                    sum[n] = scale.mul_add(columns[n], sum[n]);
                }
            }
            a = a.wrapping_add(left.inner_stride);
            b = b.wrapping_add(part.stride);
        }
        for (m, sum) in sums.iter().enumerate() {
            for (n, group) in sum.iter().enumerate() {
                group.store(result.as_mut_ptr().add((row + m) * shape.width + column + n * LANES));
            }
        }
    }
}
