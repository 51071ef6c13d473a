//! Matrix products: one register tile, every element summed over the inner
//! dimension in order by fused multiply-adds.
//!
//! Rows of the result and of the right factor are padded to whole groups of
//! [`LANES`] numbers, so that no tile is ragged in its columns.
#![expect(unsafe_code, reason = "register tiles read and write through pointers")]

use super::isa::{Isa, Level};
use super::lanes::{LANES, Lanes, Portable};
use super::real::Real;

/// `columns` rounded up to whole groups of lanes.
#[must_use]
pub const fn padded(columns: usize) -> usize {
    columns.next_multiple_of(LANES)
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
    assert!(width.is_multiple_of(LANES) && right.len() >= inner * width && result.len() >= rows * width);
    assert!(start.is_none_or(|start| start.len() >= width));
    if rows == 0 {
        return;
    }
    let last = (rows - 1) * left.row_stride + inner.saturating_sub(1) * left.inner_stride;
    assert!(inner == 0 || left.data.len() > last);
    let shape = Shape { rows, inner, width };
    // SAFETY: the assertions above bound every index that the tiles form, and an
    // `Isa` above portable comes only from asking the processor.
    unsafe {
        match isa.0 {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => avx512(shape, left, right, start, result),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2(shape, left, right, start, result),
            _ => tiles::<R, Portable<R>, 4, 4>(shape, left, right, start, result),
        }
    }
}

#[derive(Clone, Copy)]
struct Shape {
    rows: usize,
    inner: usize,
    width: usize,
}

/// 31 of 32 registers: 14 rows by one group, or 12 by two.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512vl")]
unsafe fn avx512<R: Real>(shape: Shape, left: Left<R>, right: &[R], start: Option<&[R]>, result: &mut [R]) {
    // SAFETY: passed on from the caller.
    unsafe { tiles::<R, R::Avx512, 14, 12>(shape, left, right, start, result) }
}

/// 12 of 16 registers: 6 rows by one group of two registers, or 3 by two.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<R: Real>(shape: Shape, left: Left<R>, right: &[R], start: Option<&[R]>, result: &mut [R]) {
    // SAFETY: passed on from the caller.
    unsafe { tiles::<R, R::Avx2, 6, 3>(shape, left, right, start, result) }
}

/// Column groups outermost: two at a time while there are two.
#[inline(always)]
unsafe fn tiles<R: Real, V: Lanes<R>, const NARROW: usize, const WIDE: usize>(
    shape: Shape,
    left: Left<R>,
    right: &[R],
    start: Option<&[R]>,
    result: &mut [R],
) {
    let mut column = 0;
    // SAFETY: columns stay below the width, rows below the number of rows.
    unsafe {
        while column + 2 * LANES <= shape.width {
            rows::<R, V, WIDE, 2>(shape, column, left, right, start, result);
            column += 2 * LANES;
        }
        if column < shape.width {
            rows::<R, V, NARROW, 1>(shape, column, left, right, start, result);
        }
    }
}

#[inline(always)]
unsafe fn rows<R: Real, V: Lanes<R>, const M: usize, const N: usize>(
    shape: Shape,
    column: usize,
    left: Left<R>,
    right: &[R],
    start: Option<&[R]>,
    result: &mut [R],
) {
    let mut row = 0;
    // SAFETY: as in `tiles`.
    unsafe {
        while row + M <= shape.rows {
            tile::<R, V, M, N>(shape, row, column, left, right, start, result);
            row += M;
        }
        while row + 4 <= shape.rows {
            tile::<R, V, 4, N>(shape, row, column, left, right, start, result);
            row += 4;
        }
        while row < shape.rows {
            tile::<R, V, 1, N>(shape, row, column, left, right, start, result);
            row += 1;
        }
    }
}

/// `M` rows by `N` lane groups, held in registers over the whole inner sum.
#[inline(always)]
unsafe fn tile<R: Real, V: Lanes<R>, const M: usize, const N: usize>(
    shape: Shape,
    row: usize,
    column: usize,
    left: Left<R>,
    right: &[R],
    start: Option<&[R]>,
    result: &mut [R],
) {
    // SAFETY: `product` asserted that every index formed here lies in its buffer.
    unsafe {
        let mut sums = [[V::splat(R::ZERO); N]; M];
        if let Some(start) = start {
            for n in 0..N {
                let first = V::load(start.as_ptr().add(column + n * LANES));
                for sum in &mut sums {
                    sum[n] = first;
                }
            }
        }
        let mut a = left.data.as_ptr().add(row * left.row_stride);
        let mut b = right.as_ptr().add(column);
        for _ in 0..shape.inner {
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
            b = b.wrapping_add(shape.width);
        }
        for (m, sum) in sums.iter().enumerate() {
            for (n, group) in sum.iter().enumerate() {
                group.store(result.as_mut_ptr().add((row + m) * shape.width + column + n * LANES));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Stream, Streams, standard_normal};

    #[expect(clippy::cast_possible_truncation, reason = "test data in f32")]
    fn numbers(count: usize, stream: &mut Stream) -> Vec<f32> {
        (0..count).map(|_| standard_normal(stream) as f32).collect()
    }

    #[test]
    fn every_instruction_set_gives_the_bits_of_the_triple_loop() {
        let mut stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::TrainingData);
        for rows in [1, 2, 3, 5, 13, 14, 15, 31, 33] {
            for inner in [0, 1, 2, 17, 40] {
                for width in [16, 32, 48, 80] {
                    for (row_stride, inner_stride) in [(inner + 3, 1), (1, rows + 2)] {
                        let data = numbers((rows + 3) * (inner + 3), &mut stream);
                        let left = Left { data: &data, row_stride, inner_stride };
                        let right = numbers(inner * width, &mut stream);
                        let start = numbers(width, &mut stream);
                        let mut expected = vec![0.0f32; rows * width];
                        for i in 0..rows {
                            for j in 0..width {
                                let mut sum = start[j];
                                for p in 0..inner {
                                    sum = data[i * row_stride + p * inner_stride]
                                        .mul_add(right[p * width + j], sum);
                                }
                                expected[i * width + j] = sum;
                            }
                        }
                        for isa in Isa::available() {
                            let mut result = vec![f32::NAN; rows * width];
                            product(isa, rows, inner, width, left, &right, Some(&start), &mut result);
                            let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                            assert_eq!(bits(&result), bits(&expected), "{isa:?} {rows} {inner} {width}");
                        }
                    }
                }
            }
        }
    }
}
