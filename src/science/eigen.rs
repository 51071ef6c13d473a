//! Eigenvalues of small symmetric matrices, by Jacobi's rotations.

use ndarray::Array2;

use super::interrupt;

/// Eigenvalues in falling order and their vectors as columns [n, n].
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// Eigenvalues, largest first.
    pub values: Vec<f64>,
    /// Unit eigenvectors, column by column.
    pub vectors: Array2<f64>,
}

/// Sweeps after which rotations give up; six or seven are enough in practice.
const SWEEPS: usize = 60;

/// The spectrum of a symmetric matrix [n, n] (Jacobi 1846; Golub & Van Loan,
/// section 8.5). Work n^3 a sweep.
///
/// # Panics
/// When the matrix is not square.
#[must_use]
pub fn symmetric(matrix: &Array2<f64>) -> Spectrum {
    let n = matrix.nrows();
    assert_eq!(n, matrix.ncols(), "a symmetric matrix is square");
    let (mut a, mut vectors) = (matrix.clone(), Array2::eye(n));
    let scale: f64 = a.iter().map(|x| x * x).sum();
    for _ in 0..SWEEPS {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|p| a[p] * a[p]).sum();
        if off <= 1e-30 * scale {
            break;
        }
        for p in 0..n {
            interrupt::check();
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[[j, j]].total_cmp(&a[[i, i]]));
    let values = order.iter().map(|&i| a[[i, i]]).collect();
    let sorted = Array2::from_shape_fn((n, n), |(row, column)| vectors[[row, order[column]]]);
    Spectrum { values, vectors: sorted }
}

/// Makes `a[p, q]` zero.
fn rotate(a: &mut Array2<f64>, vectors: &mut Array2<f64>, p: usize, q: usize) {
    if a[[p, q]] == 0.0 {
        return;
    }
    let theta = (a[[q, q]] - a[[p, p]]) / (2.0 * a[[p, q]]);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    let turn = |x: f64, y: f64| (c * x - s * y, s * x + c * y);
    for k in 0..a.nrows() {
        (a[[k, p]], a[[k, q]]) = turn(a[[k, p]], a[[k, q]]);
    }
    for k in 0..a.nrows() {
        (a[[p, k]], a[[q, k]]) = turn(a[[p, k]], a[[q, k]]);
        (vectors[[k, p]], vectors[[k, q]]) = turn(vectors[[k, p]], vectors[[k, q]]);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_known_matrix_has_its_known_spectrum() {
        // second differences: 2 - 2 cos(pi k / 4)
        let spectrum = symmetric(&array![[2.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 2.0]]);
        let root = 2f64.sqrt();
        for (value, expected) in spectrum.values.iter().zip([2.0 + root, 2.0, 2.0 - root]) {
            assert!((value - expected).abs() < 1e-12, "{value}");
        }
    }

    #[test]
    fn vectors_rebuild_the_matrix() {
        let matrix = Array2::from_shape_fn((7, 7), |(i, j)| 1.0 / (i + j + 1) as f64);
        let Spectrum { values, vectors } = symmetric(&matrix);
        let diagonal = Array2::from_diag(&ndarray::Array1::from(values));
        let rebuilt = vectors.dot(&diagonal).dot(&vectors.t());
        assert!((&rebuilt - &matrix).iter().all(|x| x.abs() < 1e-12));
        assert!((vectors.t().dot(&vectors) - Array2::<f64>::eye(7)).iter().all(|x| x.abs() < 1e-12));
    }
}
