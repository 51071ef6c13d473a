//! The jackknife: intervals of what is computed from all replicates together.

use super::interval::Interval;

/// 95 % interval of `estimate` over replicates 0 .. n, each left out once: Student's interval of the
/// pseudo-values (Tukey 1958) on the scale of `there`, where their distribution is nearer a
/// normal one, with its ends taken `back`. `None` where a number is missing or not finite.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
pub fn jackknife(
    n: usize,
    estimate: impl Fn(&[usize]) -> Option<f64>,
    there: impl Fn(f64) -> f64,
    back: impl Fn(f64) -> f64,
) -> Option<(f64, f64)> {
    let all: Vec<usize> = (0..n).collect();
    let whole = there(estimate(&all)?);
    let pseudo = |left: usize| {
        let rest: Vec<usize> = all.iter().copied().filter(|replicate| *replicate != left).collect();
        Some(n as f64 * whole - (n as f64 - 1.0) * there(estimate(&rest)?))
    };
    let interval = Interval::of(&(0..n).map(pseudo).collect::<Option<Vec<f64>>>()?)?;
    let ends = (back(interval.ci95_low?), back(interval.ci95_high?));
    (ends.0.is_finite() && ends.1.is_finite()).then_some(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_mean_it_is_students_interval() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        let mean = |draws: &[usize]| Some(draws.iter().map(|i| values[*i]).sum::<f64>() / draws.len() as f64);
        let (low, high) = jackknife(8, mean, |x| x, |x| x).unwrap();
        let interval = Interval::of(&values).unwrap();
        assert!((low - interval.ci95_low.unwrap()).abs() < 1e-9);
        assert!((high - interval.ci95_high.unwrap()).abs() < 1e-9);
        assert_eq!(jackknife(1, mean, |x| x, |x| x), None);
        assert_eq!(jackknife(8, |draws| (draws.len() == 8).then_some(1.0), |x| x, |x| x), None);
    }
}
