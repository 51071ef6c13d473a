//! Intervals against a second implementation, and how often they cover.

use super::*;
use crate::science::seed::{Purpose, Streams, standard_normal};

#[test]
fn a_sample_without_skewness_has_students_interval() {
    // differences from the mean 5: -3, -1, 0, 0, 1, 3
    let interval = Interval::of(&[2.0, 4.0, 5.0, 5.0, 6.0, 8.0]).unwrap();
    let half = 2.570_581_835_636_315 * (20.0f64 / 5.0 / 6.0).sqrt();
    assert!((interval.mean - 5.0).abs() < 1e-12 && interval.skewness.unwrap().abs() < 1e-12);
    assert!((interval.ci95_low.unwrap() - (5.0 - half)).abs() < 1e-9, "{interval:?}");
    assert!((interval.ci95_high.unwrap() - (5.0 + half)).abs() < 1e-9);
    let one_sided = 5.0 - 2.015_048_373_333_023 * (20.0f64 / 5.0 / 6.0).sqrt();
    assert!((interval.lower_bound_95().unwrap() - one_sided).abs() < 1e-9);
}

#[test]
fn a_skewed_sample_has_halls_interval() {
    // tests/reference/intervals.py: Hall's g solved by bisection in 40 digits
    let interval = Interval::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
    for (found, certified) in [
        (interval.mean, 5.0),
        (interval.sd.unwrap(), 2.138_089_935_299_395),
        (interval.skewness.unwrap(), 0.656_25),
        (interval.ci95_low.unwrap(), 3.487_776_645_956_288),
        (interval.ci95_high.unwrap(), 7.326_587_653_087_531),
        (interval.p_at_most(3.0).unwrap(), 0.006_906_152_528_097_872),
        (interval.p_at_least(8.0).unwrap(), 0.012_585_626_891_817_14),
    ] {
        assert!((found - certified).abs() < 1e-9 * certified, "{found} {certified}");
    }
}

#[test]
fn an_end_of_an_interval_is_where_the_chance_is_half_of_what_it_misses() {
    let interval = Interval::of(&[0.3, 0.1, 0.0, 2.5, 0.7, 0.2]).unwrap();
    for alpha in [0.5, 0.05, 1e-3, 1e-7] {
        let (low, high) = interval.ends(alpha).unwrap();
        let (below, above) = (interval.p_at_most(low).unwrap(), interval.p_at_least(high).unwrap());
        assert!((below / (0.5 * alpha) - 1.0).abs() < 1e-5 && (above / (0.5 * alpha) - 1.0).abs() < 1e-5);
        let sum = interval.p_at_most(1.0).unwrap() + interval.p_at_least(1.0).unwrap();
        assert!((sum - 1.0).abs() < 1e-12);
    }
}

#[test]
fn it_holds_the_mean_of_skewed_and_of_normal_replicates() {
    let mut stream = Streams { seed: 7, replicate: 0 }.stream(Purpose::TrainingData);
    let sets = 4000;
    let mut share = |mean: f64, draw: fn(f64) -> f64| {
        let held = (0..sets).filter(|_| {
            let values: Vec<f64> = (0..8).map(|_| draw(standard_normal(&mut stream))).collect();
            let interval = Interval::of(&values).unwrap();
            interval.ci95_low.unwrap() <= mean && mean <= interval.ci95_high.unwrap()
        });
        held.count() as f64 / f64::from(sets)
    };
    // the square of a normal number has skewness 2.8; Student's holds its mean in 85 %
    let (normal, square) = (share(0.0, |z| z), share(1.0, |z| z * z));
    assert!((0.935..0.965).contains(&normal) && (0.90..0.95).contains(&square), "{normal} {square}");
}

#[test]
fn a_ratio_of_means_is_no_mean_of_ratios() {
    let interval = Interval::of_ratio(&[2.0, 4.0, 3.0], &[1.0, 1.0, 4.0]).unwrap();
    assert!((interval.mean - 1.5).abs() < 1e-12);
    // residuals (.5, 2.5, -3) over the mean 2: variance 7.75 / 4
    assert!((interval.sd.unwrap() - (7.75f64 / 4.0).sqrt()).abs() < 1e-12);
    assert_eq!(Interval::of_ratio(&[1.0, 2.0], &[1.0, -1.0]), None);
    assert_eq!(Interval::of_ratio(&[1.0, 2.0], &[1.0]), None);
}

#[test]
fn where_nothing_is_known_of_the_spread_there_is_no_interval() {
    let single = Interval::of(&[3.0]).unwrap();
    assert_eq!((single.mean, single.ci95_low, single.lower_bound_95()), (3.0, None, None));
    assert_eq!(single.no_interval, Some(NoInterval::OneReplicate));
    assert_eq!(Interval::of(&[]), None);
    for equal in [vec![2.0, 2.0], vec![0.0; 8], vec![5.0, 5.0, 5.0, 5.0, 1.0]] {
        let interval = Interval::of(&equal).unwrap();
        assert_eq!((interval.ci95_high, interval.no_interval), (None, Some(NoInterval::NoSpread)));
        assert_eq!(interval.p_at_most(0.0), None);
    }
    assert_eq!(Interval::of(&[5.0, 5.0, 5.0, 4.0, 1.0]).unwrap().no_interval, None);
}

#[test]
fn a_share_is_never_below_zero() {
    let share = Interval::of(&[0.0, 0.0, 0.01, 0.03]).unwrap().within(0.0, 1.0);
    assert_eq!(share.ci95_low, Some(0.0));
}
