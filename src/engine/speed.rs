//! How fast this machine is: trainings of three shapes, a moment each, against the reference machine.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::science::training::Control;
use crate::science::trial::work::Speed;
use crate::science::trial::{self, TrialSpec};

/// How long each training is watched, and how often: the least counts, for others may run beside it.
const WATCHED: Duration = Duration::from_millis(20);
const TIMES: usize = 6;

/// A factor beyond which no measurement is believed.
const MOST: f64 = 1000.0;

/// Seconds of the reference machine: a step of the wide network, one of the narrow one, and the trial
/// that evaluates.
const WIDE: f64 = 0.94e-3;
const NARROW: f64 = 0.78e-3;
const EVALUATION: f64 = 8.5e-3;

/// The speed of one worker alone, and with as many beside it as there are. Takes less than a second
/// where the program is optimized.
#[must_use]
pub fn measure(workers: usize) -> Speed {
    let least = |once: &dyn Fn() -> f64| (0..TIMES).map(|_| once()).fold(f64::INFINITY, f64::min);
    let against = |seconds: f64, reference: f64| (seconds / reference).clamp(1.0 / MOST, MOST);
    let (wide, narrow) = (wide(), narrow());
    Speed {
        products: against(least(&|| Watch::seconds_of_a_step(&wide)), WIDE),
        steps: against(least(&|| Watch::seconds_of_a_step(&narrow)), NARROW),
        evaluation: against(least(&evaluation), EVALUATION),
        crowded: crowded(&wide, workers),
    }
}

/// Seconds of a trial that mostly evaluates.
fn evaluation() -> f64 {
    let spec = spec(json!({
        "dataset": {"kind": "teacher_labels", "inputs": 16, "samples": 4000, "rule": {"kind": "linear"}, "flips": 0.1},
        "network": {"kind": "linear"},
        "training": {"steps": 1, "batch_size": 1},
        "estimators": [{"kind": "memorized_bits"}, {"kind": "generalization_gap"}],
    }));
    let start = Instant::now();
    drop(trial::run(&spec, &mut ()));
    start.elapsed().as_secs_f64()
}

/// How much longer steps take while all workers run.
fn crowded(spec: &TrialSpec, workers: usize) -> f64 {
    if workers < 2 {
        return 1.0;
    }
    let alone = Watch::seconds_of_a_step(spec);
    let together: Vec<f64> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..workers).map(|_| scope.spawn(|| Watch::seconds_of_a_step(spec))).collect();
        all.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    #[expect(clippy::cast_precision_loss, reason = "workers are few")]
    let mean = together.iter().sum::<f64>() / together.len().max(1) as f64;
    (mean / alone).clamp(1.0, MOST)
}

/// Stops a training after a while.
struct Watch {
    began: Option<Instant>,
    taken: u64,
    took: Duration,
}

impl Watch {
    fn seconds_of_a_step(spec: &TrialSpec) -> f64 {
        let mut watch = Self { began: None, taken: 0, took: Duration::ZERO };
        drop(trial::run(spec, &mut watch));
        #[expect(clippy::cast_precision_loss, reason = "steps are few")]
        let taken = watch.taken.max(1) as f64;
        watch.took.as_secs_f64() / taken
    }
}

impl Control for Watch {
    fn step(&mut self, done: u64, _of: u64, _save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        let Some(began) = self.began else { return ControlFlow::Continue(()) };
        (self.taken, self.took) = (done, began.elapsed());
        if self.took > WATCHED && done > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn began(&mut self) {
        self.began = Some(Instant::now());
    }
}

fn wide() -> TrialSpec {
    spec(json!({
        "dataset": {"kind": "random_labels", "inputs": 64, "samples": 256},
        "network": {"kind": "mlp", "hidden": [256, 256]},
        "training": {"steps": 1_000_000},
        "estimators": [],
    }))
}

/// Few units and many samples: numbers come from beyond the first cache, as in most trainings.
fn narrow() -> TrialSpec {
    spec(json!({
        "dataset": {"kind": "random_labels", "inputs": 8, "samples": 8192},
        "network": {"kind": "mlp", "hidden": [64], "activation": "tanh"},
        "training": {"steps": 1_000_000},
        "estimators": [],
    }))
}

fn spec(mut parts: Value) -> TrialSpec {
    (parts["regularizers"], parts["seed"], parts["replicate"]) = (json!([]), json!(0), json!(0));
    serde_json::from_value(parts).expect("a valid spec")
}
