//! Matrix products: one register tile, every element summed over the inner
//! dimension in order by fused multiply-adds.
//!
//! Rows of the result and of the right factor are padded to whole groups of
//! [`LANES`] numbers, so that no tile is ragged in its columns.
#![expect(unsafe_code, reason = "register tiles read and write through pointers")]

use std::mem::MaybeUninit;

use super::isa::{Isa, Level};
use super::lanes::{LANES, Lanes, Portable};
use super::real::Real;

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

impl Shape {
    /// Whether it pays to copy the factors.
    fn is_large(self) -> bool {
        self.width > WIDTH && self.rows >= MANY_ROWS && self.inner > 0
    }
}

/// 31 of 32 registers: 14 rows by one group, or 12 by two.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512vl")]
unsafe fn avx512<R: Real>(
    shape: Shape,
    left: Left<R>,
    right: Right<R>,
    start: Option<&[R]>,
    result: &mut [R],
) {
    // SAFETY: passed on from the caller.
    unsafe { tiles::<R, R::Avx512, 14, 12>(shape, left, right, start, result) }
}

/// 12 of 16 registers: 6 rows by one group of two registers, or 3 by two.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<R: Real>(shape: Shape, left: Left<R>, right: Right<R>, start: Option<&[R]>, result: &mut [R]) {
    // SAFETY: passed on from the caller.
    unsafe { tiles::<R, R::Avx2, 6, 3>(shape, left, right, start, result) }
}

/// Inner numbers of packed factors: a panel of the right one is 32 KiB of f32.
const DEPTH: usize = 256;
/// Columns of a panel.
const WIDTH: usize = 2 * LANES;
/// Rows of the left factor that are packed together, a multiple of every tile.
const ROWS: usize = 192;
/// Rows from which packing pays: every panel is read once for each tile of rows.
const MANY_ROWS: usize = 48;

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
unsafe fn tiles<R: Real, V: Lanes<R>, const NARROW: usize, const WIDE: usize>(
    shape: Shape,
    left: Left<R>,
    right: Right<R>,
    start: Option<&[R]>,
    result: &mut [R],
) {
    let from = start.map_or(From::Zero, From::Row);
    // SAFETY: columns stay below the width, rows below the number of rows.
    unsafe {
        if shape.is_large() {
            return packed::<R, V, WIDE>(shape, left, right, from, result);
        }
        let Right::Rows(right) = right else { unreachable!("small factors come by rows") };
        let mut column = 0;
        while column < shape.width {
            let right = &right[column.min(right.len())..];
            let part = Part { right, stride: shape.width, inner: shape.inner, from };
            if column + WIDTH <= shape.width {
                rows::<R, V, WIDE, 2>(shape, column, left, part, result);
            } else {
                rows::<R, V, NARROW, 1>(shape, column, left, part, result);
            }
            column += WIDTH;
        }
    }
}

/// The same with both factors copied part by part, so that a tile walks through
/// adjacent numbers: rows a power of two apart would share a few lines of the
/// cache. Inner parts follow each other in order, and a sum is rounded to the
/// number type after every addition anyway: no bit changes.
#[inline(always)]
unsafe fn packed<R: Real, V: Lanes<R>, const M: usize>(
    shape: Shape,
    left: Left<R>,
    right: Right<R>,
    from: From<R>,
    result: &mut [R],
) {
    let (mut panel, mut block) =
        ([MaybeUninit::uninit(); DEPTH * WIDTH], [MaybeUninit::uninit(); ROWS * DEPTH]);
    for first in (0..shape.inner).step_by(DEPTH) {
        let inner = DEPTH.min(shape.inner - first);
        let left = Left { data: &left.data[first * left.inner_stride..], ..left };
        let from = if first == 0 { from } else { From::Result };
        for row in (0..shape.rows).step_by(ROWS) {
            let count = ROWS.min(shape.rows - row);
            for (at, rows) in cuts::<M>(count) {
                pack_rows(left, row + at, rows, inner, &mut block[at * inner..]);
            }
            for column in (0..shape.width).step_by(WIDTH) {
                let columns = WIDTH.min(shape.width - column);
                pack_panel(shape, right, first, inner, column, columns, &mut panel);
                // SAFETY: `inner` rows of `columns` were written just now, and of the
                // block every row of `count`.
                unsafe {
                    let right = panel[..inner * columns].assume_init_ref();
                    let part = Part { right, stride: columns, inner, from };
                    for (at, rows) in cuts::<M>(count) {
                        let data = block[at * inner..(at + rows) * inner].assume_init_ref();
                        let left = Left { data, row_stride: 1, inner_stride: rows };
                        if columns == WIDTH {
                            one::<R, V, M, 2>(rows, shape, row + at, column, left, part, result);
                        } else {
                            one::<R, V, M, 1>(rows, shape, row + at, column, left, part, result);
                        }
                    }
                }
            }
        }
    }
}

/// Copies a part of the right factor to [inner, columns].
#[inline(always)]
fn pack_panel<R: Real>(
    shape: Shape,
    right: Right<R>,
    first: usize,
    inner: usize,
    column: usize,
    columns: usize,
    panel: &mut [MaybeUninit<R>],
) {
    match right {
        Right::Rows(right) => {
            let source = right[first * shape.width..].chunks_exact(shape.width);
            for (to, row) in panel.chunks_exact_mut(columns).zip(source).take(inner) {
                to.write_copy_of_slice(&row[column..column + columns]);
            }
        }
        Right::Columns(right) => {
            for j in 0..columns {
                let to = panel[j..].iter_mut().step_by(columns).take(inner);
                match right.get((column + j) * shape.inner..) {
                    Some(source) if source.len() >= shape.inner => {
                        to.zip(&source[first..]).for_each(|(to, x)| {
                            to.write(*x);
                        });
                    }
                    // beyond the last column
                    _ => to.for_each(|to| {
                        to.write(R::ZERO);
                    }),
                }
            }
        }
    }
}

/// Tiles that make up `count` rows: where each begins and how many it has.
fn cuts<const M: usize>(count: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut row = 0;
    std::iter::from_fn(move || {
        let rows = [M, 4, 1].into_iter().find(|rows| row + rows <= count)?;
        row += rows;
        Some((row - rows, rows))
    })
}

/// Copies `rows` rows from `row` on to [inner, rows].
#[inline(always)]
fn pack_rows<R: Real>(left: Left<R>, row: usize, rows: usize, inner: usize, block: &mut [MaybeUninit<R>]) {
    for i in 0..rows {
        let source = left.data[(row + i) * left.row_stride..].iter().step_by(left.inner_stride);
        for (to, x) in block[i..].iter_mut().step_by(rows).zip(source).take(inner) {
            to.write(*x);
        }
    }
}

/// A tile of `M`, four or one rows.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "places in both factors and the result")]
unsafe fn one<R: Real, V: Lanes<R>, const M: usize, const N: usize>(
    rows: usize,
    shape: Shape,
    row: usize,
    column: usize,
    left: Left<R>,
    part: Part<R>,
    result: &mut [R],
) {
    // SAFETY: as in `tiles`.
    unsafe {
        match rows {
            4 => tile::<R, V, 4, N>(shape, row, column, left, part, result),
            1 => tile::<R, V, 1, N>(shape, row, column, left, part, result),
            _ => tile::<R, V, M, N>(shape, row, column, left, part, result),
        }
    }
}

#[inline(always)]
unsafe fn rows<R: Real, V: Lanes<R>, const M: usize, const N: usize>(
    shape: Shape,
    column: usize,
    left: Left<R>,
    part: Part<R>,
    result: &mut [R],
) {
    for (row, count) in cuts::<M>(shape.rows) {
        let left = Left { data: &left.data[row * left.row_stride..], ..left };
        // SAFETY: as in `tiles`.
        unsafe { one::<R, V, M, N>(count, shape, row, column, left, part, result) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Stream, Streams, standard_normal};

    #[expect(clippy::cast_possible_truncation, reason = "test data in f32")]
    fn numbers(count: usize, stream: &mut Stream) -> Vec<f32> {
        (0..count).map(|_| standard_normal(stream) as f32).collect()
    }

    #[test]
    fn a_factor_stored_by_columns_gives_the_same_bits() {
        let mut stream = Streams { seed: 1, replicate: 0 }.stream(Purpose::TrainingData);
        for (rows, inner, columns) in [(5, 7, 20), (60, 300, 70), (200, 33, 64), (48, 1, 33)] {
            let width = padded(columns);
            let data = numbers(rows * inner, &mut stream);
            let left = Left { data: &data, row_stride: inner, inner_stride: 1 };
            let right = numbers(columns * inner, &mut stream);
            let mut by_rows = vec![0.0; inner * width];
            transpose(&right, inner, &mut by_rows, width);
            for isa in Isa::available() {
                let (mut expected, mut result) = (vec![f32::NAN; rows * width], vec![f32::NAN; rows * width]);
                product(isa, rows, inner, width, left, &by_rows, None, &mut expected);
                let mut scratch = vec![0.0; inner * width];
                product_transposed(isa, rows, inner, width, left, &right, &mut scratch, &mut result);
                assert_eq!(expected, result, "{isa:?} {rows} {inner} {columns}");
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_bits_of_the_triple_loop() {
        let mut stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::TrainingData);
        for rows in [1, 2, 3, 5, 13, 14, 15, 31, 33, 61, 205] {
            for inner in [0, 1, 2, 17, 40, 600] {
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
