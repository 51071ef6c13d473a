//! Large products: both factors are copied part by part, so that tiles walk
//! through adjacent numbers.

use std::mem::MaybeUninit;

use super::factors::{Left, Right, Shape};
use super::tile::{From, Part, WIDTH, tile};
use crate::science::kernel::lanes::Lanes;
use crate::science::kernel::real::Real;

/// Inner numbers of packed factors: a panel of the right one is 48 KiB of f32, and
/// the result is read and written few times.
const DEPTH: usize = 384;
/// Rows of the left factor that are packed together, a multiple of every tile.
pub(super) const ROWS: usize = 192;

/// [`super::tiles`] on copied factors: rows a power of two apart would share a few lines of the
/// cache. Inner parts follow each other in order, and a sum is rounded to the
/// number type after every addition anyway: no bit changes.
#[inline(always)]
pub(super) unsafe fn packed<R: Real, V: Lanes<R>, const M: usize>(
    shape: Shape,
    left: Left<R>,
    right: Right<R>,
    start: Option<&[R]>,
    result: &mut [R],
) {
    let start = start.map_or(From::Zero, From::Row);
    let (mut panel, mut block) =
        ([MaybeUninit::uninit(); DEPTH * WIDTH], [MaybeUninit::uninit(); ROWS * DEPTH]);
    for first in (0..shape.inner).step_by(DEPTH) {
        let inner = DEPTH.min(shape.inner - first);
        let left = Left { data: &left.data[first * left.inner_stride..], ..left };
        let from = if first == 0 { start } else { From::Result };
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
