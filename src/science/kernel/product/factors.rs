//! The factors of a product, and its shape.

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

/// The right factor [inner, width], by rows or by columns.
#[derive(Clone, Copy)]
pub(super) enum Right<'a, R> {
    Rows(&'a [R]),
    /// Only of large products, which copy their factors anyway.
    Columns(&'a [R]),
}

impl<'a, R> Right<'a, R> {
    pub(super) fn rows(self) -> &'a [R] {
        match self {
            Self::Rows(right) => right,
            Self::Columns(_) => unreachable!("factors of small products come by rows"),
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) rows: usize,
    pub(super) inner: usize,
    pub(super) width: usize,
}

impl Shape {
    /// Whether it pays to copy the factors.
    pub(super) fn is_large(self) -> bool {
        self.width >= LARGE.0 && self.rows >= LARGE.1 && self.inner > 0
    }
}

/// Width from which rows of the right factor lie so far apart that copying them
/// pays, and rows of the result that pay for it.
const LARGE: (usize, usize) = (512, 48);
