//! Matrix products: one register tile, every element summed over the inner
//! dimension in order by fused multiply-adds.
//!
//! Rows of the result and of the right factor are padded to whole groups of
//! [`LANES`] numbers, so that no tile is ragged in its columns.
#![expect(unsafe_code, reason = "register tiles read and write through pointers")]

mod factors;
mod packed;
#[cfg(test)]
mod tests;
mod tile;

use super::isa::Isa;
#[cfg(target_arch = "x86_64")]
use super::isa::Level;
use super::lanes::{LANES, Lanes};
use super::real::Real;
use super::registers::Portable;
use crate::science::interrupt;
pub use factors::Left;
use factors::{Right, Shape};
use packed::packed;
use tile::{From, Part, WIDTH, tile};

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

/// Multiplications from which a product looks whether it is to end.
const LOOK: usize = 1 << 14;
/// Multiplications of a part of a large product, between two looks: some milliseconds.
const BETWEEN_LOOKS: usize = 1 << 29;

/// The product, in parts of its rows where it is large: no row knows of others.
fn run<R: Real>(
    isa: Isa,
    shape: Shape,
    left: Left<R>,
    right: Right<R>,
    start: Option<&[R]>,
    result: &mut [R],
) {
    let row = shape.inner.saturating_mul(shape.width);
    if row.saturating_mul(shape.rows) < LOOK {
        return whole(isa, shape, left, right, start, result);
    }
    interrupt::check();
    let rows = (BETWEEN_LOOKS / row.max(1)).next_multiple_of(packed::ROWS);
    if rows >= shape.rows {
        return whole(isa, shape, left, right, start, result);
    }
    for first in (0..shape.rows).step_by(rows) {
        interrupt::check();
        let part = Shape { rows: rows.min(shape.rows - first), ..shape };
        let left = Left { data: &left.data[first * left.row_stride..], ..left };
        whole(isa, part, left, right, start, &mut result[first * shape.width..]);
    }
}

fn whole<R: Real>(
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
