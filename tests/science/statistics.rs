//! Intervals that hold what they say, comparisons and lines through sizes.

use bitgauge::science::analysis::capacity::Converged;
use bitgauge::science::analysis::evidence::Evidence;
use bitgauge::science::analysis::interval::{Interval, NoInterval};
use bitgauge::science::analysis::regularization::{KeptAndGap, Knob, spread};
use bitgauge::science::analysis::scaling::{ScalingPoint, scaling};
use bitgauge::science::seed::{Purpose, Stream, Streams, standard_normal};
use bitgauge::spec::quantity::PeakQuantity;
use serde_json::{Value, json};

use super::run;

/// Least squares in 20 dimensions: what it memorizes of noise of variance 1 is d / 2 nats.
fn least_squares(repetition: u64) -> Value {
    json!({
        "dataset": {"kind": "linear_regression", "inputs": 20, "samples": 200, "noise": 1.0},
        "network": {"kind": "linear", "bias": false},
        "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 0.3, "schedule": "constant", "steps": 300},
        "estimators": [{"kind": "generalization_gap"}],
        "seeds": 8, "seed": repetition,
    })
}

#[test]
fn intervals_hold_a_known_answer_as_often_as_they_say() {
    const REPETITIONS: u32 = 200;
    let truth = 10.0 * std::f64::consts::LOG2_E;
    let (mut both, mut below) = (0, 0);
    for repetition in 0..REPETITIONS {
        let (cells, _) = run(&least_squares(repetition.into()));
        let interval: Interval = cells[0].measurements["noise_bits"].interval;
        both += u32::from(interval.ci95_low.unwrap() <= truth && truth <= interval.ci95_high.unwrap());
        below += u32::from(interval.lower_bound_95().unwrap() <= truth);
    }
    let share = |count: u32| f64::from(count) / f64::from(REPETITIONS);
    println!("two-sided {}, one-sided {}", share(both), share(below));
    assert!((0.92..=0.98).contains(&share(both)), "{}", share(both));
    assert!(share(below) >= 0.93, "{}", share(below));
}

#[test]
fn capacity_grows_on_a_line_and_is_compared_in_pairs() {
    let (_, analysis) = run(&json!({
        "dataset": {"kind": "random_labels"},
        "network": {"kind": "linear", "bias": false},
        "training": {"learning_rate": 0.05, "steps": 1500},
        "sweep": [
            {"path": "/dataset/inputs", "values": [8, 16, 32]},
            {"path": "/training/steps", "values": [1500, 3000]},
            {"path": "/dataset/samples", "values": [12, 24, 48, 96]},
        ],
        "seeds": 16,
    }));
    assert_eq!((analysis.capacity.len(), analysis.scaling.len()), (6, 2));
    for line in &analysis.scaling {
        assert!(line.cell.0.contains_key("/training/steps") && line.cell.0.len() == 1);
        let slope = line.scaling.bits_per_parameter;
        assert!(line.scaling.r_squared > 0.97, "{line:?}");
        assert!((1.0..2.0).contains(&slope.value), "{slope:?}");
        // through a capacity that is only known to be at least so large no line is known
        let on_the_line = analysis
            .capacity
            .iter()
            .filter(|c| c.cell.0.get("/training/steps") == line.cell.0.get("/training/steps"));
        let censored = Some(NoInterval::Censored);
        let is_censored =
            on_the_line.into_iter().any(|c| c.estimate.capacity_bits.interval.no_interval == censored);
        // a replicate that fails to learn makes the lower end long
        let ends = slope.ci95_low.zip(slope.ci95_high);
        assert_eq!(ends.is_none(), is_censored, "{line:?}");
        assert!(ends.is_none_or(|(low, high)| low > 0.5 && high < 2.0), "{slope:?}");
    }
    // half of the steps have a run of twice as many beside them
    let checked = analysis.capacity.iter().filter(|c| c.estimate.converged != Converged::NotChecked);
    assert_eq!(checked.count(), 3);
    let of = |quantity: &str, axis: &str| {
        let all = analysis.comparison.iter().filter(|c| c.quantity == quantity && c.axis == axis);
        all.map(|c| c.comparison.significant == Some(true)).collect::<Vec<_>>()
    };
    assert_eq!(of("capacity_bits", "/dataset/inputs"), [true; 4], "twice and four times the inputs");
    assert_eq!(of("capacity_bits", "/training/steps").len(), 3);
    assert_eq!(of("memorized_bits", "/training/steps").len(), 12);
    assert!(of("memorized_bits", "/dataset/samples").is_empty());
}

/// The error of least-norm regression is without limit at n = d (Hastie et al. 2022).
#[test]
fn overfitting_peaks_where_a_fit_just_fills_its_weights() {
    let (_, analysis) = run(&json!({
        "dataset": {"kind": "linear_regression", "inputs": 40, "noise": 0.5},
        "network": {"kind": "linear", "bias": false},
        "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 0.2, "steps": 3000, "schedule": "constant",
                     "initialization": {"kind": "constant", "value": 0.0}},
        "sweep": [{"path": "/dataset/samples", "values": [10, 20, 28, 40, 57, 80, 160]}],
        "estimators": [{"kind": "generalization_gap"}],
        "seeds": 16,
    }));
    let peak = analysis.peaks.iter().find(|peak| peak.quantity == PeakQuantity::TestCrossEntropy).unwrap();
    assert_eq!((peak.inside, peak.draws, peak.over_capacity), (16, 16, None));
    // within a quarter of the grid's step, which is a factor of sqrt 2
    assert!((0.917..1.091).contains(&(peak.samples.mean / 40.0)), "{peak:?}");
}

/// Random labels: a bit a sample, so that the peak over the capacity is that of samples.
#[test]
fn a_peak_is_told_in_capacities_of_the_same_network() {
    let (_, analysis) = run(&json!({
        "dataset": {"kind": "random_labels", "inputs": 20},
        "network": {"kind": "mlp", "hidden": [10]},
        "training": {"steps": 1500, "learning_rate": 0.02},
        "sweep": [{"path": "/dataset/samples", "values": [110, 220, 330, 440, 550, 700, 1000]}],
        "seeds": 8,
    }));
    let capacity = analysis.capacity[0].estimate.capacity_bits.interval.mean;
    let peak = analysis.peaks.iter().find(|peak| peak.quantity == PeakQuantity::GeneralizationGap).unwrap();
    let over = peak.over_capacity.unwrap();
    assert!((peak.dataset_bits - peak.samples.mean).abs() < 1e-9);
    assert!((over.mean / (peak.samples.mean / capacity) - 1.0).abs() < 0.1, "{peak:?} {capacity}");
    // the network is at its worst when it is about full
    assert!((0.5..2.0).contains(&over.mean), "{over:?}");
}

/// Networks of one axis that differ in numbers alone lie on one line, others on their own.
#[test]
fn each_family_of_an_axis_has_its_own_line() {
    let case = |name: &str, network: serde_json::Value| json!({"name": name, "set": {"/network": network}});
    let mlp =
        |activation: &str, hidden: u32| json!({"kind": "mlp", "hidden": [hidden], "activation": activation});
    let mut cases = vec![];
    for hidden in [2, 3, 5] {
        for activation in ["tanh", "relu"] {
            cases.push(case(&format!("{activation} {hidden}"), mlp(activation, hidden)));
        }
    }
    let (_, analysis) = run(&json!({
        "dataset": {"kind": "random_labels", "inputs": 5},
        "network": {"kind": "mlp", "hidden": [2]},
        "training": {"steps": 100, "learning_rate": 0.05},
        "sweep": [{"path": "network", "cases": cases}, {"path": "/dataset/samples", "values": [20, 40]}],
        "seeds": 2,
    }));
    let lines: Vec<(String, usize)> = analysis
        .scaling
        .iter()
        .map(|line| (serde_json::Value::Object(line.cell.0.clone()).to_string(), line.scaling.sizes))
        .collect();
    let expected = ["tanh", "relu"].map(|name| (format!("{{\"/network/activation\":\"{name}\"}}"), 3));
    assert_eq!(lines, expected);
}

/// One row of the table in docs/findings/coverage.md.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn coverage_row(name: &str, truth: f64, ends: &[Option<(f64, f64)>]) -> f64 {
    let printed: Vec<(f64, f64)> = ends.iter().flatten().copied().collect();
    let held = printed.iter().filter(|(low, high)| *low <= truth && truth <= *high).count();
    let mut widths: Vec<f64> = printed.iter().map(|(low, high)| high - low).collect();
    widths.sort_by(f64::total_cmp);
    let share = |count: usize, of: usize| count as f64 / of as f64;
    let coverage = share(held, printed.len());
    let error = (coverage * (1.0 - coverage) / printed.len() as f64).sqrt();
    println!(
        "| {name} (simulated) | {truth:.4} | {} | {:.3} | {coverage:.3} +- {error:.3} | - | {:.3} |",
        ends.len(),
        share(printed.len(), ends.len()),
        widths[widths.len() / 2]
    );
    coverage
}

/// Gaps of knobs on lines in bits, each shifted, with a shift of each replicate and noise.
fn made_up_knobs(shifts: &[f64], between: f64, noise: f64, stream: &mut Stream) -> Vec<Knob> {
    let replicates: Vec<f64> = (0..16).map(|_| between * standard_normal(stream)).collect();
    let mut knob = |shift: f64| {
        let own: Vec<f64> =
            replicates.iter().map(|replicate| shift + replicate + noise * standard_normal(stream)).collect();
        let at = |bits: f64| own.iter().map(|extra| KeptAndGap { bits, gap: bits / 100.0 + extra }).collect();
        Knob { points: [100.0, 60.0, 30.0, 5.0].into_iter().map(at).collect() }
    };
    shifts.iter().map(|shift| knob(*shift)).collect()
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
#[ignore = "two thousand repeats: for docs/findings/coverage.md and the nightly run"]
fn simulated_coverage() {
    const REPEATS: usize = 2000;
    const MARGIN: f64 = 0.03;
    let mut stream = Streams { seed: 12, replicate: 0 }.stream(Purpose::TrainingData);
    let baseline = vec![KeptAndGap { bits: 100.0, gap: 1.0 }; 16];
    // shifts of variance .01^2 between nine knobs, replicates .02 apart, noise .02: the ratio is
    // .01 / sqrt(.02^2 + .02^2)
    let shifts =
        [-1.0, -1.0, -1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0].map(|x: f64| 0.01 * x * (8.0f64 / 6.0).sqrt());
    let ratios = (0..REPEATS).map(|_| {
        let spread = spread(&baseline, &made_up_knobs(&shifts, 0.02, 0.02, &mut stream))?;
        let ratio = spread.ratio?;
        ratio.ci95_low.zip(ratio.ci95_high)
    });
    let coverage = coverage_row("ratio of the axis", 0.01 / 0.0008f64.sqrt(), &ratios.collect::<Vec<_>>());
    assert!((0.92..0.99).contains(&coverage), "{coverage}");
    // the largest difference of two knobs, and how often it is called within the margin
    for (largest, most_yes, most_no) in [(0.0, 1.0, 0.05), (MARGIN, 0.06, 0.05), (2.0 * MARGIN, 0.01, 1.0)] {
        let shifts = [0.0, largest, 0.0, 0.5 * largest, 0.0, largest];
        let (mut yes, mut no, mut ends) = (0, 0, Vec::new());
        for _ in 0..REPEATS {
            let spread = spread(&baseline, &made_up_knobs(&shifts, 0.02, 0.02, &mut stream)).unwrap();
            let evidence = Evidence::Apart(spread.pairs.iter().map(|pair| pair.difference).collect());
            yes += u32::from(evidence.p_at_least(MARGIN).unwrap() <= 0.05);
            no += u32::from(evidence.p_at_most(MARGIN).unwrap() <= 0.05);
            ends.push(evidence.ends(0.05));
        }
        let share = |count: u32| f64::from(count) / REPEATS as f64;
        let name = format!(
            "largest difference of six knobs, margin {MARGIN}: yes in {:.3}, no in {:.3}",
            share(yes),
            share(no)
        );
        assert!(coverage_row(&name, largest, &ends) >= 0.94);
        assert!(share(yes) <= most_yes && share(no) <= most_no, "{name}");
    }
    let slopes = (0..REPEATS).map(|_| {
        // bits that fall short of two a parameter by a skewed number
        let mut point = |parameters: u64| {
            let short = |stream: &mut Stream| -5.0 * standard_normal(stream).abs().powi(2);
            let bits: Vec<f64> = (0..8).map(|_| 2.0 * parameters as f64 + 5.0 + short(&mut stream)).collect();
            ScalingPoint { parameters, bits: Evidence::Mean(Interval::of(&bits).unwrap()), replicates: 8 }
        };
        let slope = scaling(&[point(50), point(100), point(200)])?.bits_per_parameter;
        slope.ci95_low.zip(slope.ci95_high)
    });
    let coverage = coverage_row("slope of three sizes, skewed bits", 2.0, &slopes.collect::<Vec<_>>());
    assert!((0.93..0.99).contains(&coverage), "{coverage}");
}
