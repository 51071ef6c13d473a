//! How fast this machine is: trainings of three shapes, a moment each, against the reference machine. What is measured is time
//! of the processor, so that other programs that run at the start are not taken for a slow machine.

use std::ops::ControlFlow;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use crate::science::training::Control;
use crate::science::trial::work::Speed;
use crate::science::trial::{self, TrialSpec};

/// How long each training is watched, and how often: the least counts, for others may use its caches.
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
    let against = |seconds: f64, reference: f64| (seconds / reference).clamp(1.0 / MOST, MOST);
    let (wide, narrow) = (wide(), narrow());
    let of_wide = least(&|| Watch::seconds_of_a_step(&wide));
    Speed {
        products: against(of_wide, WIDE),
        steps: against(least(&|| Watch::seconds_of_a_step(&narrow)), NARROW),
        evaluation: against(least(&evaluation), EVALUATION),
        crowded: crowded(&wide, of_wide, workers),
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
    let start = processor();
    drop(trial::run(&spec, &mut ()));
    processor().saturating_sub(start).as_secs_f64()
}

/// Time of the processor that this thread has had.
fn processor() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// How much longer steps take while all workers run: for what they share, and for a turn where they are more than cores.
#[expect(clippy::cast_precision_loss, reason = "workers are few")]
fn crowded(spec: &TrialSpec, alone: f64, workers: usize) -> f64 {
    if workers < 2 {
        return 1.0;
    }
    let together = || {
        let all: Vec<f64> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..workers).map(|_| scope.spawn(|| Watch::seconds_of_a_step(spec))).collect();
            all.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        all.iter().sum::<f64>() / all.len().max(1) as f64
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let turns = (workers as f64 / cores as f64).max(1.0);
    turns * (least(&together) / alone).clamp(1.0, MOST)
}

fn least(once: &dyn Fn() -> f64) -> f64 {
    (0..TIMES).map(|_| once()).fold(f64::INFINITY, f64::min)
}

/// Stops a training after a while.
struct Watch {
    began: Option<Duration>,
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
        (self.taken, self.took) = (done, processor().saturating_sub(began));
        if self.took > WATCHED && done > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn began(&mut self) {
        self.began = Some(processor());
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
