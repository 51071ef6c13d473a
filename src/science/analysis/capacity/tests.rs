//! Capacities of made-up replicates.

use super::*;
use crate::science::seed::{Purpose, Streams, standard_normal};

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn size(samples: u64, values: &[f64]) -> Size {
    Size {
        samples,
        dataset_bits: samples as f64,
        memorized_bits: values.iter().map(|&v| Some(v)).collect(),
        train_error: values.iter().map(|&v| Some(if v >= samples as f64 { 0.0 } else { 0.1 })).collect(),
    }
}

#[test]
fn a_clear_peak_is_found_with_its_place_and_fall() {
    let sizes = [size(10, &[10.0, 10.0]), size(20, &[20.0, 19.0]), size(40, &[15.0, 14.5])];
    let estimate = capacity(10, &sizes).unwrap();
    assert_eq!((estimate.peak_samples, estimate.saturated), (20, Some(true)));
    assert!((estimate.capacity_bits.interval.mean - 19.5).abs() < 1e-12);
    assert!((estimate.bits_per_parameter.interval.mean - 1.95).abs() < 1e-12);
    assert_eq!(estimate.lossless_samples, Some(20));
    // half of the draws at 20, none at 40
    assert_eq!(estimate.lossless_samples_median, Some(20.0));
}

#[test]
fn a_curve_that_still_rises_is_not_saturated() {
    let sizes = [size(10, &[10.0, 10.0]), size(20, &[19.0, 20.0])];
    assert_eq!(capacity(10, &sizes).unwrap().saturated, Some(false));
    assert_eq!(Converged::of(100.0, 101.9), Converged::Yes);
    assert_eq!(Converged::of(100.0, 102.1), Converged::No);
}

#[test]
fn a_curve_says_of_no_size_more_than_its_data_have() {
    // two held half of their data, one all of it: the interval of the mean alone would reach to 70
    let estimate = capacity(10, &[size(32, &[10.0, 9.0, 11.0]), size(64, &[20.0, 25.0, 64.0])]).unwrap();
    let shown = estimate.curve[1].memorized_bits.unwrap();
    assert_eq!(shown.no_interval, None);
    assert!(shown.ci95_high.unwrap() <= 64.0, "{shown:?}");
    assert!(Interval::of(&[20.0, 25.0, 64.0]).unwrap().ci95_high.unwrap() > 70.0);
}

#[test]
fn one_replicate_that_errs_does_not_hold_its_data() {
    let estimate = capacity(10, &[size(64, &[20.0]), size(128, &[10.0])]).unwrap();
    assert_eq!(estimate.capacity_bits.interval.no_interval, Some(NoInterval::OneReplicate));
    assert_eq!(estimate.curve[0].memorized_bits.unwrap().no_interval, Some(NoInterval::OneReplicate));
}

#[test]
fn failed_replicates_are_left_out_of_every_size() {
    let mut sizes = [size(10, &[10.0, 9.0, 8.0]), size(20, &[12.0, 13.0, 50.0])];
    sizes[0].memorized_bits[2] = None;
    let estimate = capacity(10, &sizes).unwrap();
    assert_eq!(estimate.replicates, 2);
    assert!((estimate.capacity_bits.interval.mean - 12.5).abs() < 1e-12);
}

#[test]
fn choosing_the_peak_by_the_others_removes_the_bias_of_the_maximum() {
    // ten sizes of equal truth 0 with unit noise: the plug-in maximum of eight
    // replicates' means reads about .54, the leave-one-out estimate 0
    let mut stream = Streams { seed: 3, replicate: 0 }.stream(Purpose::TrainingData);
    let (mut plug_in, mut leave_one_out) = (0.0, 0.0);
    let repetitions = 8000;
    for _ in 0..repetitions {
        let sizes: Vec<Size> = (0..10)
            .map(|n| size(n, &std::array::from_fn::<f64, 8, _>(|_| standard_normal(&mut stream))))
            .collect();
        let estimate = capacity(1, &sizes).unwrap();
        leave_one_out += estimate.capacity_bits.interval.mean / f64::from(repetitions);
        let top = estimate.curve.iter().map(|p| p.memorized_bits.unwrap().mean).fold(f64::MIN, f64::max);
        plug_in += top / f64::from(repetitions);
    }
    assert!((plug_in - 0.544).abs() < 0.02, "{plug_in}");
    // four standard errors of 8000 estimates, each of sd .53
    assert!(leave_one_out.abs() < 0.024, "{leave_one_out}");
}
