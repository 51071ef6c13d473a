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
type Surface = fn(Setting, u64) -> (f64, f64);

fn noise(at: Setting, replicate: u64, purpose: Purpose) -> f64 {
    // draws are shared between settings, but for a part
    let own = at.samples ^ at.learning_rate().to_bits() ^ at.steps;
    let shared = standard_normal(&mut Streams { seed: 7, replicate }.stream(purpose));
    let own = standard_normal(&mut Streams { seed: own, replicate }.stream(purpose));
    0.8 * shared + 0.6 * own
}

/// The true mean: most, 300 bits, at 250 samples and rate .08, from 1000 steps on.
fn truth(at: Setting) -> f64 {
    let size = (at.samples as f64 / 250.0).ln();
    let rate = (at.learning_rate() / 0.08).ln();
    // too few steps lose bits
    let steps = (at.steps as f64 / 4000.0).ln().min(0.0);
    300.0 * (1.0 - 0.5 * size * size - 0.03 * rate * rate - 0.03 * steps * steps)
}

fn smooth(at: Setting, replicate: u64) -> (f64, f64) {
    (truth(at) * (1.0 + 0.04 * noise(at, replicate, Purpose::TrainingData)), 0.1)
}

/// Runs a search to its end.
fn search(job: &ValidJobSpec, surface: Surface) -> (Found, f64) {
    let mut trials: Vec<TrialOutcome> = Vec::new();
    loop {
        let round = next(job, &trials);
        if round.probes.is_empty() {
            let known = known(&trials, 0);
            let spent = work(job, 0, known.keys().map(|(setting, _)| *setting));
            return (found(job, 0, &known).expect("a report"), spent);
        }
        for probe in round.probes {
            let (bits, error) = surface(probe.setting(), probe.replicate);
            let measurements =
                BTreeMap::from([("memorized_bits".to_owned(), bits), ("train_error".to_owned(), error)]);
            let measured = Measured {
                numeric_profile: String::new(),
                reproducible: true,
                parameters: 101,
                dataset_bits: Bits(1.0),
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
        let (found, spent) = search(&job, smooth);
        let Found::Peak(peak) = found else { panic!("{found:?}") };
        let best = truth(Setting::new(250, 0.08, peak.setting.steps));
        reached.push(truth(peak.setting) / best);
        assert!(reached.last().unwrap() > &0.95, "{seed}: {:?}", peak.setting);
        inside += u32::from(peak.is_inside == Some(true));
        // ten sizes, seven rates and eight draws, each at the steps that were settled on
        let grid = 560.0 * peak.setting.steps as f64 / 1000.0;
        let (once, twice) = peak.pairs();
        assert!(twice.is_empty() || once.len() == 8);
        assert!(spent <= 600.0 && spent < grid, "{spent}");
    }
    let mean = reached.iter().sum::<f64>() / reached.len() as f64;
    assert!(mean > 0.985, "{reached:?}");
    assert!(inside >= 15, "few draws beyond the peak do not always tell: {inside}");
}

#[test]
fn steps_are_doubled_until_they_are_enough_or_the_budget_is_not() {
    let job = job(json!({"kind": "capacity", "work": 2000.0}));
    let (Found::Peak(peak), _) = search(&job, smooth) else { panic!() };
    assert!(peak.setting.steps >= 2000, "{:?}", peak.setting);
    let (once, twice) = peak.pairs();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert_eq!(Converged::of(mean(&once), mean(&twice)), Converged::Yes);
}

#[test]
fn reports_rest_on_draws_that_chose_nothing_and_the_budget_holds() {
    for budget in [20.0, 60.0, 150.0] {
        let (found, spent) = search(&job(json!({"kind": "capacity", "work": budget})), smooth);
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
    let (found, _) = search(&job(json!({"kind": "lossless", "work": 2000.0})), threshold);
    let Found::Threshold(threshold) = found else { panic!("{found:?}") };
    let median = threshold.median().unwrap();
    assert!(1.96 * median.standard_error <= 0.03 * median.size, "{median:?}");
    assert!((median.size - 200.0).abs() < 4.0 * median.standard_error, "{median:?}");
    assert!(threshold.raise().unwrap().mean.abs() < 1e-9);
}
