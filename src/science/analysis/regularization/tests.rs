//! Spreads of made-up knobs.

use super::*;
use crate::science::seed::{Purpose, Stream, Streams, standard_normal};

/// Knobs on lines of slope 1 in bits, each shifted, with a shift of each draw and noise.
fn knobs(shifts: &[f64], draws: usize, seeds: f64, noise: f64, stream: &mut Stream) -> Vec<Knob> {
    let by_draw: Vec<f64> = (0..draws).map(|_| seeds * standard_normal(stream)).collect();
    let mut knob = |shift: f64| {
        // one number a draw and knob, so that interpolation leaves its size
        let own: Vec<f64> =
            by_draw.iter().map(|draw| shift + draw + noise * standard_normal(stream)).collect();
        let at = |bits: f64| own.iter().map(|extra| KeptAndGap { bits, gap: bits / 100.0 + extra }).collect();
        Knob { points: [100.0, 60.0, 30.0, 5.0].into_iter().map(at).collect() }
    };
    shifts.iter().map(|shift| knob(*shift)).collect()
}

fn baseline(draws: usize) -> Vec<KeptAndGap> {
    vec![KeptAndGap { bits: 100.0, gap: 1.0 }; draws]
}

#[test]
fn paths_are_read_where_they_cross() {
    let path =
        [(100.0, 5.0), (50.0, 3.0), (60.0, 2.0), (0.0, 1.0)].map(|(bits, gap)| KeptAndGap { bits, gap });
    assert_eq!(crossing(&path, 75.0), Some(4.0));
    assert_eq!(crossing(&path, 30.0), Some(1.5));
    // 55: 3.2 on the way down, 2.5 up, 1 + 55/60 down again
    let expected = (3.2 + 2.5 + 1.0 + 55.0 / 60.0) / 3.0;
    assert!((crossing(&path, 55.0).unwrap() - expected).abs() < 1e-12);
    assert_eq!(crossing(&path, 100.0), None);
}

#[test]
fn one_curve_without_noise_is_one_axis() {
    let mut stream = Streams { seed: 1, replicate: 0 }.stream(Purpose::TrainingData);
    let all = knobs(&[0.0; 6], 8, 0.0, 0.0, &mut stream);
    let spread = spread(&baseline(8), &all).unwrap();
    assert!(spread.knob_sd.value < 1e-9 && (spread.explained_by_bits.value - 1.0).abs() < 1e-12);
    assert_eq!(spread.levels.len(), 9);
    assert!(spread.deviations.iter().flatten().all(|d| d.mean.abs() < 1e-12));
}

#[test]
fn components_are_those_that_were_put_in_and_intervals_cover_them() {
    let mut stream = Streams { seed: 2, replicate: 0 }.stream(Purpose::TrainingData);
    // shifts of variance 1 (n - 1 in the denominator), draws .5, noise .5: seeds sqrt .5
    let shifts = [-1.0, -1.0, -1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0].map(|x: f64| x * (8.0f64 / 6.0).sqrt());
    let (mut covered, mut knob, mut seed) = ([0; 2], 0.0, 0.0);
    let repetitions = 400;
    for _ in 0..repetitions {
        let all = knobs(&shifts, 8, 0.5, 0.5, &mut stream);
        let spread = spread(&baseline(8), &all).unwrap();
        knob += spread.knob_sd.value.powi(2) / f64::from(repetitions);
        seed += spread.seed_sd.value.powi(2) / f64::from(repetitions);
        for (i, (estimate, truth)) in
            [(spread.ratio.unwrap(), 2f64.sqrt()), (spread.knob_sd, 1.0)].iter().enumerate()
        {
            let (low, high) = (estimate.ci95_low.unwrap(), estimate.ci95_high.unwrap());
            covered[i] += u32::from(low <= *truth && *truth <= high);
        }
    }
    assert!((knob - 1.0).abs() < 0.05, "{knob}");
    assert!((seed - 0.5).abs() < 0.05, "{seed}");
    for covered in covered {
        let share = f64::from(covered) / f64::from(repetitions);
        assert!((0.9..=0.99).contains(&share), "{share}");
    }
}

#[test]
fn equal_knobs_do_not_differ_by_what_chance_adds() {
    let mut stream = Streams { seed: 3, replicate: 0 }.stream(Purpose::TrainingData);
    let repetitions = 200;
    let above = (0..repetitions).filter(|_| {
        let all = knobs(&[0.0; 8], 8, 0.2, 0.5, &mut stream);
        let spread = spread(&baseline(8), &all).unwrap();
        spread.ratio.unwrap().ci95_high.unwrap() > 1.0
    });
    assert!(above.count() < 4);
}

#[test]
fn a_knob_that_is_too_weak_is_compared_nowhere() {
    let mut stream = Streams { seed: 4, replicate: 0 }.stream(Purpose::TrainingData);
    let mut all = knobs(&[0.0, 0.1, 0.2], 4, 0.1, 0.1, &mut stream);
    all[2].points.truncate(1);
    let spread = spread(&baseline(4), &all).unwrap();
    assert_eq!((spread.deviations[2], spread.knobs_at_level[0]), (None, 2));
    assert!(super::spread(&baseline(4), &all[1..]).is_none());
    assert!(super::spread(&baseline(1), &all).is_none());
}

#[test]
fn many_knobs_are_not_compared_pair_by_pair() {
    let mut stream = Streams { seed: 5, replicate: 0 }.stream(Purpose::TrainingData);
    let pairs = |count: usize, stream: &mut Stream| {
        let all = knobs(&vec![0.0; count], 2, 0.1, 0.1, stream);
        spread(&baseline(2), &all).unwrap().pairs.len()
    };
    assert_eq!((pairs(64, &mut stream), pairs(65, &mut stream)), (64 * 63 / 2, 0));
}
