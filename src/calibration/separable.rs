//! Whether a hyperplane through the origin parts two classes of points, with a certificate either
//! way: a second opinion on trainings, which may miss a plane that there is.
//!
//! The point of least norm in the convex hull of `y_i x_i`, y = -1 or +1 (Wolfe 1976, Finding the
//! nearest point in a polytope, algorithm 4.2). Where a plane w exists, `y_i w x_i > 0`, the point
//! is such a w. Where none exists the origin lies in the hull (Gordan 1873): a plane of margin m
//! would keep the hull at a distance of m from it.

/// Distance to the origin, in parts of the longest point, below which it counts as reached.
const ZERO: f64 = 1e-10;
/// Corrals that are tried at most; a few times the dimension are enough.
const MOST_STEPS: usize = 10_000;

/// Whether some w has `w z > 0` for all of `points` [n d]; `None` where neither could be shown.
pub(super) fn is_separable(points: &[Vec<f64>]) -> Option<bool> {
    let longest = points.iter().map(|z| dot(z, z)).fold(0.0, f64::max);
    let first = (0..points.len()).min_by(|&a, &b| norm(&points[a]).total_cmp(&norm(&points[b])))?;
    let (mut corral, mut weights) = (vec![first], vec![1.0]);
    for _ in 0..MOST_STEPS {
        let nearest = combined(points, &corral, &weights);
        let (next, least) =
            points.iter().map(|z| dot(z, &nearest)).enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b))?;
        if least > 0.0 {
            return Some(true);
        }
        if dot(&nearest, &nearest) <= ZERO * ZERO * longest {
            return Some(false);
        }
        if corral.contains(&next) {
            return None; // rounding stands in the way
        }
        corral.push(next);
        weights.push(0.0);
        descend(points, &mut corral, &mut weights)?;
    }
    None
}

/// To the point of least norm in the hull of a corral, leaving out those that it does not need.
fn descend(points: &[Vec<f64>], corral: &mut Vec<usize>, weights: &mut Vec<f64>) -> Option<()> {
    loop {
        let affine = affine_weights(points, corral)?;
        if affine.iter().all(|weight| *weight > 0.0) {
            *weights = affine;
            return Some(());
        }
        let pairs = || weights.iter().zip(&affine).filter(|(_, to)| **to <= 0.0);
        let share = pairs().map(|(from, to)| from / (from - to)).fold(1.0, f64::min);
        let gone =
            weights.iter().zip(&affine).position(|(from, to)| *to <= 0.0 && from / (from - to) <= share)?;
        weights.iter_mut().zip(&affine).for_each(|(from, to)| *from += share * (to - *from));
        corral.remove(gone);
        weights.remove(gone);
    }
}

/// Weights of the point of least norm in the plane through the points of a corral: with Q their
/// products, `(Q + 1) u` = 1, normalized to the sum 1.
fn affine_weights(points: &[Vec<f64>], corral: &[usize]) -> Option<Vec<f64>> {
    let product = |i: &usize, j: &usize| dot(&points[*i], &points[*j]);
    let scale = corral.iter().map(|i| product(i, i)).fold(f64::MIN_POSITIVE, f64::max);
    let row = |i| corral.iter().map(|j| 1.0 + product(i, j) / scale).chain([1.0]).collect();
    let solution = solved(corral.iter().map(row).collect())?;
    let sum: f64 = solution.iter().sum();
    Some(solution.into_iter().map(|u| u / sum).collect())
}

/// Gauss's elimination of [n, n + 1] with the largest pivot of each column.
fn solved(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = rows.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))?;
        rows.swap(column, pivot);
        let own = rows[column].clone();
        if own[column] == 0.0 {
            return None;
        }
        for (_, row) in rows.iter_mut().enumerate().filter(|(number, _)| *number != column) {
            let factor = row[column] / own[column];
            row.iter_mut().zip(&own).for_each(|(x, o)| *x -= factor * o);
        }
    }
    Some(rows.iter().enumerate().map(|(i, row)| row[n] / row[i]).collect())
}

fn combined(points: &[Vec<f64>], corral: &[usize], weights: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; points[0].len()];
    for (&i, weight) in corral.iter().zip(weights) {
        sum.iter_mut().zip(&points[i]).for_each(|(sum, x)| *sum += weight * x);
    }
    sum
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(z: &[f64]) -> f64 {
    dot(z, z)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams, standard_normal};

    /// `2 sum_{k<d} C(N-1, k)` of the labelings of N points in general position are separable.
    #[test]
    fn as_many_labelings_are_separable_as_cover_counts() {
        for (d, n, count) in [(2, 6, 12), (3, 8, 58), (4, 9, 186), (9, 9, 512)] {
            for replicate in 0..4 {
                let mut stream = Streams { seed: 3, replicate }.stream(Purpose::TrainingData);
                let points: Vec<Vec<f64>> =
                    (0..n).map(|_| (0..d).map(|_| standard_normal(&mut stream)).collect()).collect();
                let labelled = |labels: u32| -> Vec<Vec<f64>> {
                    let sign = |i: usize| if labels >> i & 1 == 1 { 1.0 } else { -1.0 };
                    points.iter().enumerate().map(|(i, x)| x.iter().map(|x| sign(i) * x).collect()).collect()
                };
                let found = (0..1u32 << n).filter(|labels| is_separable(&labelled(*labels)).unwrap()).count();
                assert_eq!(found, count, "{n} points in {d} dimensions");
            }
        }
    }

    #[test]
    fn a_margin_of_a_millionth_is_seen() {
        let thin = |height: f64| vec![vec![1.0, height], vec![-1.0, height], vec![0.5, 3.0]];
        assert_eq!(is_separable(&thin(1e-6)), Some(true));
        assert_eq!(is_separable(&thin(-1e-6)), Some(false));
        assert_eq!(is_separable(&thin(0.0)), Some(false));
    }
}
