//! What evidence says at any level, against closed forms.

use super::*;

fn mean(values: &[f64]) -> Interval {
    Interval::of(values).unwrap()
}

#[test]
fn a_median_has_the_chances_of_a_sign_test() {
    let evidence = Evidence::Median(vec![3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0, 3.5]);
    assert_eq!(evidence.value(), Some(3.25));
    // all eight are at least 1, seven are at least 1.5
    assert!((evidence.p_at_most(1.0).unwrap() - 1.0 / 256.0).abs() < 1e-12);
    assert!((evidence.p_at_most(1.5).unwrap() - 9.0 / 256.0).abs() < 1e-12);
    assert!((evidence.p_at_least(9.0).unwrap() - 1.0 / 256.0).abs() < 1e-12);
    // 1/256 on each side: the interval from the least to the largest misses in 1 of 128
    assert_eq!(evidence.ends(0.05), Some((1.0, 9.0)));
    assert_eq!(evidence.ends(1e-3), Some((f64::NEG_INFINITY, f64::INFINITY)));
}

#[test]
fn equal_values_decide_a_median_and_no_mean() {
    let zeros = [0.0; 8];
    let evidence = Evidence::Median(zeros.to_vec());
    for p in [evidence.p_at_most(0.0), evidence.p_at_least(0.0)] {
        assert!((p.unwrap() - 1.0 / 256.0).abs() < 1e-12);
    }
    assert_eq!(evidence.ends(0.05), Some((0.0, 0.0)));
    let evidence = Evidence::Mean(mean(&zeros));
    assert_eq!((evidence.p_at_most(-1.0), evidence.no_interval()), (None, Some(NoInterval::NoSpread)));
}

#[test]
fn the_largest_of_contenders_pays_for_the_choice() {
    let (a, b) = (mean(&[3.0, 5.0, 4.0, 4.5]), mean(&[3.0, 6.0, 1.0, 5.5]));
    let evidence = Evidence::Largest(Largest { value: 4.0, top: a, contenders: vec![a, b] });
    assert_eq!(evidence.p_at_most(3.0).unwrap(), 3.0 * a.p_at_most(3.0).unwrap());
    assert_eq!(evidence.p_at_least(6.0).unwrap(), b.p_at_least(6.0).unwrap());
    let (low, high) = evidence.ends(0.05).unwrap();
    assert_eq!((low, high), (a.ends(0.05 / 3.0).unwrap().0, b.ends(0.05).unwrap().1));
}

#[test]
fn a_half_is_shown_by_sizes_on_its_side() {
    let counted = |size, successes| Counted { size, successes, n: 8 };
    let evidence = Evidence::HalfOf(vec![counted(10.0, 8), counted(20.0, 4), counted(40.0, 0)]);
    assert_eq!(evidence.value(), Some(20.0));
    // three sizes are at least 10: three times 1/256
    assert!((evidence.p_at_most(10.0).unwrap() - 3.0 / 256.0).abs() < 1e-12);
    assert!((evidence.p_at_least(40.0).unwrap() - 3.0 / 256.0).abs() < 1e-12);
    assert_eq!((evidence.p_at_most(50.0), evidence.p_at_least(5.0)), (Some(1.0), Some(1.0)));
    assert_eq!(evidence.ends(0.05), Some((10.0, 40.0)));
}

#[test]
fn two_are_close_when_all_pairs_are_and_apart_when_one_is() {
    let (near, far) = (mean(&[0.01, -0.01, 0.02, 0.0]), mean(&[-0.5, -0.6, -0.4, -0.45]));
    let both = Evidence::Apart(vec![near, far]);
    assert!((both.value().unwrap() - 0.4875).abs() < 1e-12);
    assert_eq!(both.p_at_most(0.1).unwrap(), 4.0 * far.p_at_least(-0.1).unwrap());
    assert_eq!(both.p_at_least(0.1).unwrap(), far.p_at_most(-0.1).unwrap());
    let (low, high) = both.ends(0.05).unwrap();
    assert!((low - -far.ends(0.05 / 4.0).unwrap().1).abs() < 1e-12, "{low}");
    assert!((high - -far.ends(0.05).unwrap().0).abs() < 1e-12, "{high}");
    let close = Evidence::Apart(vec![near]);
    assert!(close.p_at_least(0.05).unwrap() < 0.05 && close.ends(0.05).unwrap().0 == 0.0);
}

#[test]
fn parts_of_a_sum_add_up_in_squares_on_each_side() {
    let (a, b) = (mean(&[3.0, 5.0, 4.0, 4.5]), mean(&[3.0, 6.0, 1.0, 5.5]));
    let term = |by, of: Interval| Term { by, scale: Scale::Linear, of: Evidence::Mean(of) };
    let sum = Evidence::Sum(vec![term(2.0, a), term(-1.0, b)]);
    let value = 2.0 * a.mean - b.mean;
    assert!((sum.value().unwrap() - value).abs() < 1e-12);
    let (low, high) = sum.ends(0.05).unwrap();
    let ((a_low, a_high), (b_low, b_high)) = (a.ends(0.05).unwrap(), b.ends(0.05).unwrap());
    let down = (2.0 * (a.mean - a_low)).hypot(b_high - b.mean);
    let up = (2.0 * (a_high - a.mean)).hypot(b.mean - b_low);
    assert!((low - (value - down)).abs() < 1e-12 && (high - (value + up)).abs() < 1e-12);
    // chances invert the ends: of either side a half of what both miss
    assert!((sum.p_at_most(low).unwrap() - 0.025).abs() < 1e-6);
    assert!((sum.p_at_least(high).unwrap() - 0.025).abs() < 1e-6);
    assert_eq!((sum.p_at_most(high), sum.p_at_least(low)), (Some(1.0), Some(1.0)));
    // one part alone is that part
    let one = Evidence::Sum(vec![term(1.0, a)]);
    let (ends, own) = (one.ends(0.1).unwrap(), a.ends(0.1).unwrap());
    assert!((ends.0 - own.0).abs() < 1e-12 && (ends.1 - own.1).abs() < 1e-12);
    let censored = b.without_ends(NoInterval::Censored);
    let open = Evidence::Sum(vec![term(2.0, a), term(-1.0, censored)]);
    assert_eq!((open.no_interval(), open.p_at_most(0.0)), (Some(NoInterval::CensoredPart), None));
}

#[test]
fn a_part_that_may_be_none_leaves_an_end_of_a_sum_of_logarithms_open() {
    let (sure, unsure) = (mean(&[3.0, 5.0, 4.0, 4.5]), mean(&[8.0, 0.1, 0.2, 9.0]));
    assert!(unsure.ends(0.05).unwrap().0 < 0.0);
    let term = |by, of: Interval| Term { by, scale: Scale::Log2, of: Evidence::Mean(of) };
    let rising = Evidence::Sum(vec![term(-1.0, sure), term(1.0, unsure)]);
    let (low, high) = rising.ends(0.05).unwrap();
    assert!(low == f64::NEG_INFINITY && high.is_finite(), "{low} {high}");
    assert!(rising.p_at_most(-1000.0).unwrap() > 0.025);
    assert!(rising.p_at_least(high).unwrap() < 0.026);
    let falling = Evidence::Sum(vec![term(-1.0, unsure), term(1.0, sure)]);
    let (low, high) = falling.ends(0.05).unwrap();
    assert!(low.is_finite() && high == f64::INFINITY, "{low} {high}");
    // what does not count takes nothing away
    let without = Evidence::Sum(vec![term(0.0, unsure), term(1.0, sure)]);
    assert!(without.ends(0.05).is_some_and(|(low, high)| low.is_finite() && high.is_finite()));
}
