//! Student's t: tails and quantiles, the same bits on every machine.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::science::special::regularized_beta;

/// Chance that Student's t lies further from 0 than `t`, on either side.
///
/// # Panics
/// Without a degree of freedom.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
pub fn student_tails(t: f64, freedom: usize) -> f64 {
    assert!(freedom > 0, "a positive number of degrees of freedom is valid");
    let (v, square) = (freedom as f64, t * t);
    if square.is_infinite() {
        return 0.0;
    }
    regularized_beta(0.5 * v, 0.5, v / (v + square), square / (v + square))
}

/// Chance that Student's t lies above `t`.
///
/// # Panics
/// Without a degree of freedom.
#[must_use]
pub fn student_upper_tail(t: f64, freedom: usize) -> f64 {
    let beyond = 0.5 * student_tails(t, freedom);
    if t > 0.0 { beyond } else { 1.0 - beyond }
}

/// Quantile of Student's t at p above one half.
///
/// # Panics
/// Without a degree of freedom.
#[must_use]
pub fn student_quantile(p: f64, freedom: usize) -> f64 {
    /// More than jobs have: cells differ in their numbers of replicates little.
    const KEPT: usize = 1000;
    thread_local! {
        // ten thousand cells of ten quantities each ask for the same one
        static KNOWN: RefCell<BTreeMap<(u64, usize), f64>> = const { RefCell::new(BTreeMap::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= KEPT {
            known.clear();
        }
        *known.entry((p.to_bits(), freedom)).or_insert_with(|| computed_quantile(p, freedom))
    })
}

/// Newton's steps from 0 on. The tail falls and is convex, so that no step goes too far.
#[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
fn computed_quantile(p: f64, freedom: usize) -> f64 {
    const MOST_STEPS: usize = 200;
    let v = freedom as f64;
    let log_height =
        libm::lgamma(0.5 * (v + 1.0)) - libm::lgamma(0.5 * v) - 0.5 * libm::log(std::f64::consts::PI * v);
    let density = |t: f64| libm::exp(log_height - 0.5 * (v + 1.0) * libm::log1p(t * t / v));
    let mut t = 0.0;
    for _ in 0..MOST_STEPS {
        let step = (0.5 * student_tails(t, freedom) - (1.0 - p)) / density(t);
        t += step;
        if step.abs() <= 4.0 * f64::EPSILON * t {
            break;
        }
    }
    t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_have_their_certified_values() {
        // tests/reference/special.py, 40 digits of mpmath
        for (p, freedom, certified) in [
            (0.975, 1, 12.706_204_736_174_705),
            (0.975, 2, 4.302_652_729_749_464),
            (0.975, 3, 3.182_446_305_283_709_6),
            (0.975, 7, 2.364_624_251_592_785_3),
            (0.95, 7, 1.894_578_605_090_007_4),
            (0.95, 1, 6.313_751_514_675_043),
            (0.975, 15, 2.131_449_545_559_775_7),
            (0.975, 31, 2.039_513_446_396_408_5),
            (0.95, 127, 1.656_940_343_542_064_7),
            (0.975, 999, 1.962_341_461_133_45),
            (0.975, 100_000, 1.959_987_707_534_609_6),
        ] {
            let found = student_quantile(p, freedom);
            assert!((found - certified).abs() < 1e-10 * certified, "{p} {freedom}: {found}");
        }
    }

    #[test]
    fn quantiles_match_the_printed_tables() {
        // any table of Student's t, e.g. NIST handbook 1.3.6.7.2
        for (p, freedom, table) in
            [(0.975, 1, 12.706), (0.975, 7, 2.365), (0.95, 7, 1.895), (0.975, 30, 2.042), (0.95, 1, 6.314)]
        {
            assert!((student_quantile(p, freedom) - table).abs() < 5e-4, "{p} {freedom}");
        }
    }

    #[test]
    fn tails_have_their_certified_values() {
        for (t, freedom, certified) in [
            (0.5, 3, 0.651_447_964_848_151),
            (2.5, 7, 0.040_992_218_585_752_9),
            (-2.5, 7, 0.040_992_218_585_752_9),
            (12.0, 7, 6.358_310_378_185_1e-6),
            (40.0, 4, 2.334_016_322_601_268_6e-6),
            (1e-3, 9, 0.999_223_930_325_973_3),
            (6.0, 127, 1.921_239_317_836_927_2e-8),
            (30.0, 1000, 1.537_468_744_404_348_2e-141),
        ] {
            let found = student_tails(t, freedom);
            assert!((found - certified).abs() < 1e-10 * certified, "{t} {freedom}: {found}");
        }
        assert_eq!((student_tails(0.0, 5), student_tails(f64::INFINITY, 5)), (1.0, 0.0));
    }
}
