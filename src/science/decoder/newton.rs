//! The minimum of a convex function of few numbers, by Newton's steps with a safeguard.

/// A function at a point: value, gradient and second derivatives.
pub(super) struct Local<const J: usize> {
    pub(super) value: f64,
    pub(super) gradient: [f64; J],
    pub(super) curvature: [[f64; J]; J],
}

/// The least value found from `start`, never above the value there. Steps are those of Levenberg
/// and Marquardt, so that no scale of the numbers matters: a step that does not lower the value is
/// shortened, and where the infimum lies at infinity the search ends on the way, `enough` above 0.
pub(super) fn least<const J: usize>(at: impl Fn(&[f64; J]) -> Local<J>, start: [f64; J], enough: f64) -> f64 {
    let (mut point, mut here, mut damping) = (start, at(&start), 0.0);
    for _ in 0..200 {
        if !here.value.is_finite() || here.value < enough {
            break;
        }
        let step = step(&here, damping);
        let promised = -dot(&step, &here.gradient);
        if !promised.is_finite() || promised <= 1e-12 * here.value.abs() {
            break;
        }
        let mut next = point;
        next.iter_mut().zip(step).for_each(|(x, dx)| *x += dx);
        let there = at(&next);
        if there.value < here.value {
            (point, here, damping) = (next, there, if damping < 1e-6 { 0.0 } else { 0.1 * damping });
        } else if damping > 1e12 {
            break;
        } else {
            damping = f64::max(1e-3, 10.0 * damping);
        }
    }
    here.value
}

pub(super) fn dot<const J: usize>(a: &[f64; J], b: &[f64; J]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Solves `(H + damping diag H) step = -gradient` by Cholesky's decomposition of H scaled to a unit
/// diagonal; a direction without curvature is not taken.
fn step<const J: usize>(local: &Local<J>, damping: f64) -> [f64; J] {
    const SINGULAR: f64 = 1e-12;
    let scale: [f64; J] = std::array::from_fn(|j| libm::sqrt(local.curvature[j][j].max(0.0)));
    let mut factor = [[0.0; J]; J];
    let mut solved = [0.0; J];
    for i in 0..J {
        for j in 0..=i {
            let unit = scale[i] * scale[j];
            let mut sum = if unit > 0.0 { local.curvature[i][j] / unit } else { 0.0 };
            if i == j {
                sum += damping;
            }
            sum -= (0..j).map(|k| factor[i][k] * factor[j][k]).sum::<f64>();
            factor[i][j] = match (i == j, factor[j][j] > 0.0) {
                (true, _) if sum > SINGULAR => libm::sqrt(sum),
                (false, true) => sum / factor[j][j],
                _ => 0.0,
            };
        }
        let before: f64 = (0..i).map(|k| factor[i][k] * solved[k]).sum();
        let wanted = if scale[i] > 0.0 { -local.gradient[i] / scale[i] } else { 0.0 };
        solved[i] = if factor[i][i] > 0.0 { (wanted - before) / factor[i][i] } else { 0.0 };
    }
    for i in (0..J).rev() {
        let after: f64 = (i + 1..J).map(|k| factor[k][i] * solved[k]).sum();
        solved[i] = if factor[i][i] > 0.0 { (solved[i] - after) / factor[i][i] } else { 0.0 };
    }
    std::array::from_fn(|i| if scale[i] > 0.0 { solved[i] / scale[i] } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half of (x - a)' Q (x - a) + 1.
    fn quadratic(point: &[f64; 2]) -> Local<2> {
        let (q, a) = ([[4e12, 1e6], [1e6, 1.0]], [1e-6, 3.0]);
        let out = [point[0] - a[0], point[1] - a[1]];
        let gradient = [q[0][0] * out[0] + q[0][1] * out[1], q[1][0] * out[0] + q[1][1] * out[1]];
        Local { value: 1.0 + 0.5 * dot(&gradient, &out), gradient, curvature: q }
    }

    #[test]
    fn a_quadratic_is_done_in_one_step_whatever_its_scales() {
        let step = step(&quadratic(&[0.0, 0.0]), 0.0);
        assert!((step[0] - 1e-6).abs() < 1e-15 && (step[1] - 3.0).abs() < 1e-9, "{step:?}");
        assert!((least(quadratic, [0.0, 0.0], 1e-12) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_function_without_curvature_in_one_direction_is_minimal_in_the_other() {
        let at = |point: &[f64; 2]| Local {
            value: libm::cosh(point[0]),
            gradient: [libm::sinh(point[0]), 0.0],
            curvature: [[libm::cosh(point[0]), 0.0], [0.0, 0.0]],
        };
        assert!((least(at, [3.0, 5.0], 1e-12) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn an_infimum_at_infinity_is_approached() {
        let at = |point: &[f64; 1]| {
            let e = libm::exp(-point[0]);
            let p = e / (1.0 + e);
            Local { value: libm::log1p(e), gradient: [-p], curvature: [[p * (1.0 - p)]] }
        };
        assert!(least(at, [0.0], 1e-9) < 1e-9);
    }
}
