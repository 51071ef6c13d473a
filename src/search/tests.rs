//! Searches on surfaces whose peak is known.

use std::collections::BTreeMap;

use rand::RngExt;
use serde_json::{Value, json};

use super::*;
use crate::job::state::TrialState;
use crate::science::analysis::capacity::Converged;
use crate::science::bits::Bits;
use crate::science::seed::{Purpose, Streams, standard_normal};
use crate::science::trial::{Measured, TrialReport};
use crate::spec::admission::Limits;

fn job(search: Value) -> ValidJobSpec {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 100, "samples": 100},
        "network": {"kind": "linear"},
        "training": {"steps": 1000, "learning_rate": 0.01},
        "search": search, "seeds": 8,
    });
    ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default()).unwrap()
}

/// What a training at a setting gives: bits and training error.
type Surface<'a> = &'a dyn Fn(Setting, u64) -> (f64, f64);

fn noise(at: Setting, replicate: u64, purpose: Purpose) -> f64 {
    // draws are shared between settings, but for a part
    let own = at.samples ^ at.learning_rate().to_bits() ^ at.steps;
    let shared = standard_normal(&mut Streams { seed: 7, replicate }.stream(purpose));
    let own = standard_normal(&mut Streams { seed: own, replicate }.stream(purpose));
    0.8 * shared + 0.6 * own
}

/// The true mean: most, 100 bits, at 250 samples and rate .08, from 1000 steps on.
fn truth(at: Setting) -> f64 {
    let size = (at.samples as f64 / 250.0).ln();
    let rate = (at.learning_rate() / 0.08).ln();
    // too few steps lose bits
    let steps = (at.steps as f64 / 4000.0).ln().min(0.0);
    100.0 * (1.0 - 0.5 * size * size - 0.03 * rate * rate - 0.03 * steps * steps)
}

fn smooth(at: Setting, replicate: u64) -> (f64, f64) {
    (truth(at) * (1.0 + 0.04 * noise(at, replicate, Purpose::TrainingData)), 0.1)
}

/// Runs a search to its end.
fn search(job: &ValidJobSpec, surface: Surface<'_>) -> (Found, f64) {
    let known = known(&trained(job, surface), 0);
    let spent = work(job, 0, known.keys().map(|(setting, _)| *setting));
    (found(job, 0, &known).expect("a report"), spent)
}

/// All trainings of a search.
fn trained(job: &ValidJobSpec, surface: Surface<'_>) -> Vec<TrialOutcome> {
    let mut trials: Vec<TrialOutcome> = Vec::new();
    loop {
        let round = next(job, &trials);
        if round.probes.is_empty() {
            return trials;
        }
        for probe in round.probes {
            let (bits, error) = surface(probe.setting(), probe.replicate);
            let measurements =
                BTreeMap::from([("memorized_bits".to_owned(), bits), ("train_error".to_owned(), error)]);
            let measured = Measured {
                numeric_profile: String::new(),
                reproducible: true,
                parameters: 101,
                dataset_bits: Bits(probe.samples as f64),
                steps: probe.steps,
                ended_when_held: false,
                measurements,
            };
            trials.push(TrialOutcome {
                number: u32::try_from(trials.len()).unwrap(),
                state: TrialState::Succeeded,
                report: Some(TrialReport::Succeeded(measured)),
                digest: None,
                probe: Some(probe),
            });
        }
    }
}

#[test]
fn a_peak_is_found_within_the_tolerance_for_a_third_of_a_grid() {
    let (mut reached, mut inside) = (Vec::new(), 0);
    for seed in 0..20 {
        let mut spec = job(json!({"kind": "capacity"})).document().clone();
        // another start is another way
        spec["dataset"]["samples"] = (80 + 11 * seed).into();
        spec["training"]["learning_rate"] = (0.005 + 0.01 * f64::from(seed)).into();
        let job = ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default()).unwrap();
        let (found, spent) = search(&job, &smooth);
        let Found::Peak(peak) = found else { panic!("{found:?}") };
        let best = truth(Setting::new(250, 0.08, peak.setting.steps));
        reached.push(truth(peak.setting) / best);
        assert!(reached.last().unwrap() > &0.95, "{seed}: {:?}", peak.setting);
        inside +=
            u32::from(peak.fall().and_then(|fall| fall.lower_bound_95()).is_some_and(|bound| bound > 0.0));
        // ten sizes, seven rates and eight draws, each at the steps that were settled on
        let grid = 560.0 * peak.setting.steps as f64 / 1000.0;
        assert!(spent <= 600.0 && spent < grid, "{spent}");
    }
    let mean = reached.iter().sum::<f64>() / reached.len() as f64;
    assert!(mean > 0.985, "{reached:?}");
    assert!(inside >= 15, "few draws beyond the peak do not always tell: {inside}");
}

#[test]
fn steps_are_doubled_until_they_are_enough_or_the_budget_is_not() {
    let job = job(json!({"kind": "capacity", "work": 2000.0}));
    // chance must not hide two percent
    let quiet = |at: Setting, replicate: u64| {
        (truth(at) * (1.0 + 0.01 * noise(at, replicate, Purpose::TrainingData)), 0.1)
    };
    let (Found::Peak(peak), _) = search(&job, &quiet) else { panic!() };
    assert!(peak.setting.steps >= 2000, "{:?}", peak.setting);
    assert_eq!(Converged::of_raise(&peak.raise().unwrap()), Converged::Yes);
}

#[test]
fn reports_rest_on_draws_that_chose_nothing_and_the_budget_holds() {
    for budget in [20.0, 60.0, 150.0] {
        let (found, spent) = search(&job(json!({"kind": "capacity", "work": budget})), &smooth);
        let Found::Peak(peak) = found else { panic!() };
        assert_eq!(peak.report.len() % 8, 0);
        assert!(spent <= budget, "{budget} {spent}");
    }
}

#[test]
fn half_of_the_draws_learn_as_many_samples_as_the_search_says() {
    // each draw holds up to about 200, the rate matters a little
    fn threshold(at: Setting, replicate: u64) -> (f64, f64) {
        let mut stream = Streams { seed: 3, replicate }.stream(Purpose::TrainingData);
        let holds = 200.0 + 14.0 * standard_normal(&mut stream) + 0.01 * stream.random::<f64>();
        let rate = (at.learning_rate() / 0.08).ln();
        let over = (at.samples as f64 / (holds * (1.0 - 0.02 * rate * rate))).ln();
        let bits = at.samples as f64 * if over < 0.0 { 1.0 } else { (1.0 - 1.5 * over).max(0.0) };
        (bits, over.max(0.0))
    }
    let (found, _) = search(&job(json!({"kind": "lossless", "work": 2000.0})), &threshold);
    let Found::Threshold(threshold) = found else { panic!("{found:?}") };
    let median = threshold.median().unwrap();
    assert!(1.96 * median.standard_error <= 0.03 * median.size, "{median:?}");
    assert!((median.size - 200.0).abs() < 4.0 * median.standard_error, "{median:?}");
    assert!(threshold.raise().unwrap().mean.abs() < 1e-9);
}

/// A surface where each replicate holds all its data up to a size of its own, and loses beyond it.
fn kinked(seed: u64, spread: f64, steepness: f64) -> impl Fn(Setting, u64) -> (f64, f64) {
    move |at, replicate| {
        let mut stream = Streams { seed, replicate }.stream(Purpose::TrainingData);
        let holds = 200.0 * libm::exp(spread * standard_normal(&mut stream));
        let rate = (at.learning_rate() / 0.08).ln();
        let over = (at.samples as f64 / (holds * (1.0 - 0.02 * rate * rate).max(0.1))).ln();
        let share = if over < 0.0 { 1.0 } else { (1.0 - steepness * over).max(0.0) };
        (at.samples as f64 * share, if over < 0.0 { 0.0 } else { 0.05 })
    }
}

/// The most bits of any size on the mean of many replicates, at the best rate.
fn most(surface: Surface<'_>) -> f64 {
    let at = |samples| Setting::new(samples, 0.08, 1000);
    let mean = |samples| (0..2000).map(|r| surface(at(samples), 1 << 40 | r).0).sum::<f64>() / 2000.0;
    (100..300).map(mean).fold(0.0, f64::max)
}

#[test]
fn a_search_climbs_past_sizes_whose_data_are_all_held() {
    let mut missed = 0;
    for (spread, steepness) in [(0.02, 3.0), (0.06, 3.0), (0.02, 12.0), (0.06, 12.0), (0.001, 12.0)] {
        let best = most(&kinked(0, spread, steepness));
        for seed in 0..6 {
            let surface = kinked(seed, spread, steepness);
            let (found, spent) = search(&job(json!({"kind": "capacity"})), &surface);
            let Found::Peak(peak) = found else { panic!("{found:?}") };
            let bits: Vec<f64> = peak.bits().into_iter().flatten().collect();
            let mean = bits.iter().sum::<f64>() / bits.len() as f64;
            let place = (spread, steepness, seed, peak.setting, mean, best, spent);
            let interval = crate::science::analysis::interval::Interval::of(&bits).unwrap();
            assert!(mean > 0.9 * best, "{place:?}");
            missed += u32::from(interval.ci95_high.is_some_and(|high| high < 0.97 * best));
            assert!(peak.fall().unwrap().mean > 0.0, "{place:?}");
            // nothing is known beyond what is held, but that a size hardly larger yields less; unless
            // the work limit ended the search there
            if peak.is_lossless() && spent < 500.0 {
                let larger = Setting::new(peak.setting.samples * 1035 / 1000, 0.08, 1000);
                let there = (0..500).map(|r| surface(larger, 1 << 40 | r).0).sum::<f64>() / 500.0;
                assert!(there < mean, "{place:?} {there}");
            }
        }
    }
    // of 30: where all lose nearly everything at once, few replicates tell rates apart
    assert!(missed <= 2, "{missed}");
}

#[test]
fn a_budget_that_ends_on_a_plateau_leaves_a_lower_bound() {
    // everything is held at every size
    let plateau = |at: Setting, _: u64| (at.samples as f64, 0.0);
    let (found, _) = search(&job(json!({"kind": "capacity", "work": 60.0})), &plateau);
    let Found::Peak(peak) = found else { panic!("{found:?}") };
    assert!(peak.is_lossless());
    assert!(peak.fall().is_none_or(|fall| fall.mean < 0.0));
}

#[test]
fn reported_intervals_hold_the_mean_of_their_setting() {
    let mut held = 0;
    for seed in 0..40 {
        let surface = |at: Setting, replicate: u64| {
            let own = at.samples ^ at.learning_rate().to_bits() ^ at.steps;
            let mut shared = Streams { seed: 100 + seed, replicate }.stream(Purpose::TrainingData);
            let mut own = Streams { seed: own ^ seed << 40, replicate }.stream(Purpose::TrainingData);
            let noise = 0.8 * standard_normal(&mut shared) + 0.6 * standard_normal(&mut own);
            (truth(at) * (1.0 + 0.04 * noise), 0.1)
        };
        let (found, _) = search(&job(json!({"kind": "capacity"})), &surface);
        let Found::Peak(peak) = found else { panic!("{found:?}") };
        let bits: Vec<f64> = peak.bits().into_iter().flatten().collect();
        let interval = crate::science::analysis::interval::Interval::of(&bits).unwrap();
        let holds = interval.ci95_low.unwrap()..=interval.ci95_high.unwrap();
        held += u32::from(holds.contains(&truth(peak.setting)));
    }
    // 95 % of 40; the binomial probability of fewer than 34 is 1 %
    assert!(held >= 34, "{held}");
}

#[test]
fn sizes_beyond_the_memory_of_a_trial_are_not_asked_for() {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 65536, "samples": 2000},
        "network": {"kind": "linear"}, "training": {"steps": 10},
        "search": {"kind": "capacity", "work": 10000.0}, "seeds": 8,
        "budget": {"trial_seconds": 6e5},
    });
    let job = ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default()).unwrap();
    let plateau = |at: Setting, _: u64| (at.samples as f64, 0.0);
    let watched = |at: Setting, replicate: u64| {
        assert!(job.may_run(&at.cell(&job.cell(0)).unwrap()), "{at:?}");
        plateau(at, replicate)
    };
    let (found, _) = search(&job, &watched);
    let Found::Peak(peak) = found else { panic!("{found:?}") };
    assert!(peak.is_lossless() && peak.beyond.is_none(), "{:?}", peak.setting);
    assert!(peak.setting.samples > 2000, "{:?}", peak.setting);
}

/// Rates up to 0.64 yield more and more, each so little more than its neighbours that few replicates do
/// not tell them apart.
fn flat(at: Setting, replicate: u64) -> (f64, f64) {
    let size = (at.samples as f64 / 250.0).ln();
    let octaves = (0.64 / at.learning_rate()).log2().max(0.0);
    let mean = 100.0 * (1.0 - 0.5 * size * size - 0.012 * octaves);
    (mean * (1.0 + 0.04 * noise(at, replicate, Purpose::TrainingData)), 0.1)
}

#[test]
fn rates_far_away_are_tried_and_what_they_leave_open_is_said() {
    let (mut low, mut leapt) = (0, 0);
    for seed in 0..12 {
        let mut spec = job(json!({"kind": "capacity", "work": 1200.0})).document().clone();
        spec["dataset"]["samples"] = (150 + 11 * seed).into();
        spec["training"]["learning_rate"] = (0.01 + 0.002 * f64::from(seed)).into();
        let job = ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default()).unwrap();
        let Found::Peak(peak) = search(&job, &flat).0 else { panic!() };
        let open = peak.rate_shortfall.expect("there was room");
        let bits: Vec<f64> = peak.bits().into_iter().flatten().collect();
        let high = crate::science::analysis::interval::Interval::of(&bits).unwrap().ci95_high.unwrap();
        low += u32::from(high + open * 100.0 < 98.0);
        leapt += u32::from(peak.setting.learning_rate() >= 0.16);
    }
    assert!(low <= 1, "{low} of 12 miss what rates far away yield");
    assert!(leapt >= 9, "{leapt} of 12 come within two octaves of the best rate");
}

#[test]
fn without_room_nothing_is_said_of_rates_far_away() {
    let (found, _) = search(&job(json!({"kind": "capacity", "work": 20.0})), &smooth);
    let Found::Peak(peak) = found else { panic!() };
    assert_eq!(peak.rate_shortfall, None);
}

#[test]
fn a_search_of_a_version_that_did_not_look_far_keeps_its_report() {
    let job = job(json!({"kind": "capacity"}));
    let all = trained(&job, &smooth);
    let Some(Found::Peak(peak)) = found(&job, 0, &known(&all, 0)) else { panic!() };
    assert!(peak.rate_shortfall.is_some());
    let (rate, size) = (peak.setting.learning_rate(), peak.setting.samples);
    let is_far = |probe: Probe| {
        let at = probe.setting();
        at.samples == size && (at.learning_rate() / rate).ln().abs() > 1.0
    };
    let earlier: Vec<TrialOutcome> =
        all.iter().filter(|trial| !trial.probe.is_some_and(is_far)).cloned().collect();
    assert!(earlier.len() < all.len());
    let Some(Found::Peak(kept)) = found(&job, 0, &known(&earlier, 0)) else { panic!("nothing is left") };
    assert_eq!((kept.setting, &kept.report), (peak.setting, &peak.report));
    assert_eq!(kept.rate_shortfall, None);
}
