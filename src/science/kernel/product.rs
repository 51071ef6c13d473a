//! Matrix products: one register tile, every element summed over the inner
//! dimension in order by fused multiply-adds.
//!
//! Rows of the result and of the right factor are padded to whole groups of
//! [`LANES`] numbers, so that no tile is ragged in its columns.
#![expect(unsafe_code, reason = "register tiles read and write through pointers")]

mod packed;
#[cfg(test)]
mod tests;

use super::isa::Isa;
#[cfg(target_arch = "x86_64")]
use super::isa::Level;
use super::lanes::{LANES, Lanes, Portable};
use super::real::Real;
use packed::packed;

/// `columns` rounded up to whole groups of lanes.
#[must_use]
pub const fn padded(columns: usize) -> usize {
    columns.next_multiple_of(LANES)
}

/// Rows of `columns` numbers as columns, `ld` apart; whatever lies between stays.
/// In squares, so that neither side walks through distant lines for long.
pub fn transpose<R: Real>(matrix: &[R], columns: usize, transposed: &mut [R], ld: usize) {
    let rows = matrix.len() / columns.max(1);
    for top in (0..rows).step_by(LANES) {
        for first in (0..columns).step_by(LANES) {
            for column in first..(first + LANES).min(columns) {
                let to = &mut transposed[column * ld + top..];
                for (i, to) in to.iter_mut().take(LANES.min(rows - top)).enumerate() {
                    *to = matrix[(top + i) * columns + column];
                }
            }
        }
    }
}

/// The left factor [rows, inner]: element (i, p) at `i * row_stride + p * inner_stride`.
#[derive(Debug, Clone, Copy)]
pub struct Left<'a, R> {
    /// The numbers.
    pub data: &'a [R],
    /// Distance between rows.
    pub row_stride: usize,
    /// Distance along a row.
    pub inner_stride: usize,
}

/// `result[i, j] = start[j] + sum_p left[i, p] right[p, j]`, p from 0 on.
///
/// `right` [inner, width] and `result` [rows, width] are row-major and `width`
/// is a whole number of lane groups; `start` [width], or zeros without.
///
/// # Panics
/// When a buffer is too short for its shape.
#[expect(clippy::too_many_arguments, reason = "a product has three shapes and four buffers")]
pub fn product<R: Real>(
    isa: Isa,
    rows: usize,
    inner: usize,
    width: usize,
    left: Left<R>,
    right: &[R],
    start: Option<&[R]>,
    result: &mut [R],
) {
    assert!(right.len() >= inner * width);
    run(isa, Shape { rows, inner, width }, left, Right::Rows(right), start, result);
}

/// `result[i, j] = sum_p left[i, p] right[j, p]`, p from 0 on: the right factor
/// [columns, inner] is stored by its columns, at most `width` of them; what lies
/// beyond in `result` [rows, width] becomes zero. `scratch` [inner, width] is
/// overwritten when the factors are small, and must hold zeros beyond the columns.
///
/// # Panics
/// When a buffer is too short for its shape.
#[expect(clippy::too_many_arguments, reason = "a product has three shapes and four buffers")]
pub fn product_transposed<R: Real>(
    isa: Isa,
    rows: usize,
    inner: usize,
    width: usize,
    left: Left<R>,
    right: &[R],
    scratch: &mut [R],
    result: &mut [R],
) {
    assert!(scratch.len() >= inner * width && right.len() <= inner * width);
    let shape = Shape { rows, inner, width };
    if shape.is_large() {
        run(isa, shape, left, Right::Columns(right), None, result);
    } else {
        transpose(right, inner, scratch, width);
        run(isa, shape, left, Right::Rows(scratch), None, result);
    }
}

/// The right factor [inner, width], by rows or by columns.
#[derive(Clone, Copy)]
enum Right<'a, R> {
    Rows(&'a [R]),
    /// Only of large products, which copy their factors anyway.
    Columns(&'a [R]),
}

impl<'a, R> Right<'a, R> {
    fn rows(self) -> &'a [R] {
        match self {
            Self::Rows(right) => right,
            Self::Columns(_) => unreachable!("factors of small products come by rows"),
        }
    }
}

fn run<R: Real>(
    isa: Isa,
    shape: Shape,
    left: Left<R>,
    right: Right<R>,
    start: Option<&[R]>,
    result: &mut [R],
) {
    let Shape { rows, inner, width } = shape;
    assert!(width.is_multiple_of(LANES) && result.len() >= rows * width);
    assert!(start.is_none_or(|start| start.len() >= width));
    if rows == 0 || width == 0 {
        return;
    }
    let last = (rows - 1) * left.row_stride + inner.saturating_sub(1) * left.inner_stride;
    assert!(inner == 0 || left.data.len() > last);
    // SAFETY: the assertions above bound every index that the tiles form, and an
    // `Isa` above portable comes only from asking the processor.
    unsafe {
        match isa.0 {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if shape.is_large() => avx512_packed(shape, left, right, start, result),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => avx512(shape, left, right.rows(), start, result),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 if shape.is_large() => avx2_packed(shape, left, right, start, result),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2(shape, left, right.rows(), start, result),
            _ if shape.is_large() => portable_packed(shape, left, right, start, result),
            // of NEON, four registers to a group: 6 rows by one, or 2 by two, spill none of 32
            _ => tiles::<R, Portable<R>, 6, 4, 2, 2>(shape, left, right.rows(), start, result),
        }
    }
}

#[derive(Clone, Copy)]
struct Shape {
    rows: usize,
    inner: usize,
    width: usize,
}

impl Shape {
    /// Whether it pays to copy the factors.
    fn is_large(self) -> bool {
        self.width >= LARGE.0 && self.rows >= LARGE.1 && self.inner > 0
    }
}

/// 31 of 32 registers: 14 rows by one group, or 12 by two.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512vl")]
unsafe fn avx512<R: Real>(shape: Shape, left: Left<R>, right: &[R], start: Option<&[R]>, result: &mut [R]) {
    // SAFETY: passed on from the caller.
    unsafe { tiles::<R, R::Avx512, 14, 8, 12, 8>(shape, left, right, start, result) }
}

/// 12 of 16 registers: 6 rows by one group of two registers, or 3 by two.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<R: Real>(shape: Shape, left: Left<R>, right: &[R], start: Option<&[R]>, result: &mut [R]) {
    // SAFETY: passed on from the caller.
    unsafe { tiles::<R, R::Avx2, 6, 4, 3, 2>(shape, left, right, start, result) }
}

// functions of their own, never inlined: their large frames would slow down every small product

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512vl")]
#[inline(never)]
unsafe fn avx512_packed<R: Real>(
    shape: Shape,
    left: Left<R>,
    right: Right<R>,
    start: Option<&[R]>,
    result: &mut [R],
) {
    // SAFETY: passed on from the caller.
    unsafe { packed::<R, R::Avx512, 12>(shape, left, right, start, result) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
unsafe fn avx2_packed<R: Real>(
    shape: Shape,
    left: Left<R>,
    right: Right<R>,
    start: Option<&[R]>,
    result: &mut [R],
) {
    // SAFETY: passed on from the caller.
    unsafe { packed::<R, R::Avx2, 3>(shape, left, right, start, result) }
}

#[inline(never)]
unsafe fn portable_packed<R: Real>(
    shape: Shape,
    left: Left<R>,
    right: Right<R>,
    start: Option<&[R]>,
    result: &mut [R],
) {
    // SAFETY: passed on from the caller.
    unsafe { packed::<R, Portable<R>, 2>(shape, left, right, start, result) }
}

/// Columns of a wide tile, and of a packed panel.
const WIDTH: usize = 2 * LANES;

/// Width from which rows of the right factor lie so far apart that copying them
/// pays, and rows of the result that pay for it.
const LARGE: (usize, usize) = (512, 48);

/// A part of the right factor: `inner` rows of it, `stride` apart, and what the
/// sums start from.
#[derive(Clone, Copy)]
struct Part<'a, R> {
    right: &'a [R],
    stride: usize,
    inner: usize,
    from: From<'a, R>,
}

/// What a tile's sums start from.
#[derive(Clone, Copy)]
enum From<'a, R> {
    Zero,
    /// A row of numbers, the same for every row of the result.
    Row(&'a [R]),
    /// The result so far: a later part of the inner sum goes on where it stopped.
    Result,
}

/// Column groups outermost: two at a time while there are two.
#[inline(always)]
unsafe fn tiles<
    R: Real,
    V: Lanes<R>,
    const NARROW: usize,
    const NARROW_REST: usize,
    const WIDE: usize,
    const WIDE_REST: usize,
>(
    shape: Shape,
    left: Left<R>,
    right: &[R],
    start: Option<&[R]>,
    result: &mut [R],
) {
    let from = start.map_or(From::Zero, From::Row);
    // SAFETY: columns stay below the width, rows below the number of rows.
    unsafe {
        let mut column = 0;
        while column < shape.width {
            let right = &right[column.min(right.len())..];
            let part = Part { right, stride: shape.width, inner: shape.inner, from };
            if column + WIDTH <= shape.width {
                rows::<R, V, WIDE, WIDE_REST, 2>(shape, column, left, part, result);
            } else {
                rows::<R, V, NARROW, NARROW_REST, 1>(shape, column, left, part, result);
            }
            column += WIDTH;
        }
    }
}

/// Tiles of M rows; the last ones are smaller, and chosen so that few have less
/// than four rows: those would wait for their own sums.
#[inline(always)]
unsafe fn rows<R: Real, V: Lanes<R>, const M: usize, const REST: usize, const N: usize>(
    shape: Shape,
    column: usize,
    left: Left<R>,
    part: Part<R>,
    result: &mut [R],
) {
    let mut row = 0;
    let below = |row: usize| Left { data: &left.data[row * left.row_stride..], ..left };
    // SAFETY: as in `tiles`.
    unsafe {
        while row < shape.rows {
            let left = shape.rows - row;
            let over = left.wrapping_sub(M);
            let is_even = over.is_multiple_of(4) || over % 4 == 1 || over >= M;
            if left >= M && (is_even || left < 2 * REST) {
                tile::<R, V, M, N>(shape, row, column, below(row), part, result);
                row += M;
            } else if left >= REST {
                tile::<R, V, REST, N>(shape, row, column, below(row), part, result);
                row += REST;
            } else if REST > 4 && left >= 4 {
                tile::<R, V, 4, N>(shape, row, column, below(row), part, result);
                row += 4;
            } else if REST > 2 && left >= 2 {
                tile::<R, V, 2, N>(shape, row, column, below(row), part, result);
                row += 2;
            } else {
                tile::<R, V, 1, N>(shape, row, column, below(row), part, result);
                row += 1;
            }
        }
    }
}

/// `M` rows by `N` lane groups, held in registers over the whole part; `left` and
/// `part` begin at the tile, `row` and `column` say where it lies in the result.
#[inline(always)]
unsafe fn tile<R: Real, V: Lanes<R>, const M: usize, const N: usize>(
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
