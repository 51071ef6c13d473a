//! Peaks: where along a rising axis a quantity is largest, by draw.

use super::interval::Interval;
use super::jackknife::{Scale, Scaled};

/// Where a curve over rising places is largest: the vertex of the parabola through the
/// largest value and its neighbours, in the logarithm of the place. `None` where the largest
/// value is the first or the last: the peak may lie outside.
#[must_use]
pub fn vertex(places: &[f64], values: &[f64]) -> Option<f64> {
    let top = (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b]))?;
    if top == 0 || top + 1 >= values.len() {
        return None;
    }
    let x = [top - 1, top, top + 1].map(|i| libm::log2(places[i]));
    let y = [top - 1, top, top + 1].map(|i| values[i]);
    // Lagrange's parabola around its middle
    let (left, right) = (x[1] - x[0], x[2] - x[1]);
    let (down, up) = ((y[1] - y[0]) / left, (y[2] - y[1]) / right);
    let bend = down - up;
    let shift = if bend > 0.0 { 0.5 * (down * right + up * left) / bend } else { 0.0 };
    Some(libm::exp2(x[1] + shift))
}

/// Geometric mean of positive numbers, with an interval of their logarithms.
#[must_use]
pub fn geometric(values: &[f64]) -> Option<Scaled> {
    let logarithms: Vec<f64> = values.iter().map(|value| libm::log2(*value)).collect();
    let interval = Interval::of(&logarithms)?;
    Some(Scaled { value: libm::exp2(interval.mean), interval, scale: Scale::Log2 })
}

impl From<Scaled> for Interval {
    /// The number with its ends; the spread stays on the other scale.
    fn from(scaled: Scaled) -> Self {
        let ends = scaled.ends_95();
        Self {
            mean: scaled.value,
            sd: None,
            skewness: None,
            ci95_low: ends.map(|ends| ends.0),
            ci95_high: ends.map(|ends| ends.1),
            ..scaled.interval
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_has_its_vertex_on_any_grid() {
        let curve = |place: f64| 3.0 - (place.log2() - 5.3).powi(2);
        for places in [vec![8.0, 16.0, 32.0, 64.0, 128.0], vec![5.0, 20.0, 45.0, 50.0, 300.0]] {
            let values: Vec<f64> = places.iter().map(|place| curve(*place)).collect();
            let found = vertex(&places, &values).unwrap();
            assert!((found.log2() - 5.3).abs() < 1e-9, "{found}");
        }
    }

    #[test]
    fn a_peak_at_an_end_is_none() {
        assert_eq!(vertex(&[1.0, 2.0, 4.0], &[3.0, 2.0, 1.0]), None);
        assert_eq!(vertex(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(vertex(&[], &[]), None);
        assert_eq!(vertex(&[1.0, 2.0, 4.0], &[1.0, 1.0, 1.0]), None);
    }

    #[test]
    fn a_geometric_mean_is_that_of_the_logarithms() {
        let interval = Interval::from(geometric(&[1.0, 4.0]).unwrap());
        assert!((interval.mean - 2.0).abs() < 1e-12);
        let (low, high) = (interval.ci95_low.unwrap(), interval.ci95_high.unwrap());
        assert!((low * high - 4.0).abs() < 1e-9 && low < 1.0);
    }
}
