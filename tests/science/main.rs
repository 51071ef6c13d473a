//! Measurements against what theory says they are, through the same code path
//! as any job.

mod conclusions;
mod decoders;
mod determinism;
mod generative;
mod held;
mod known_answers;
mod masks;
mod measurements;
mod probes;
mod regularization;
mod settings;
mod statistics;
mod stopping;
mod symmetry;
mod trial_specs;

use std::ops::ControlFlow;
use std::sync::Arc;

use bitgauge::evaluation::{Analyses, CellResult, Evaluation};
use bitgauge::job::TrialState;
use bitgauge::outcome::TrialOutcome;
use bitgauge::science::kernel::isa::Isa;
use bitgauge::science::seed::{Purpose, Streams};
use bitgauge::science::source::Dataset;
use bitgauge::science::training::{self, Control, Task, Trained};
use bitgauge::science::trial::{self, TrialReport, TrialSpec};
use bitgauge::spec::ValidJobSpec;
use bitgauge::spec::admission::Limits;
use serde_json::Value;

/// Never stops.
struct Free;

impl Control for Free {
    fn step(&mut self, _: u64, _: u64, _: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[must_use]
fn parse(spec: &Value) -> ValidJobSpec {
    ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default()).unwrap()
}

/// Runs every trial of a job on two threads.
#[must_use]
fn run(spec: &Value) -> (Vec<CellResult>, Analyses) {
    let Evaluation { results, analyses, .. } = evaluate(spec);
    (results, analyses)
}

/// Runs every trial of a job on two threads and evaluates it.
#[must_use]
fn evaluate(spec: &Value) -> Evaluation {
    let job = parse(spec);
    let trials = u32::try_from(job.cell_count()).unwrap() * job.common().seeds;
    let one = |number: u32| {
        let report = trial::run(&job.trial(number), &mut Free).unwrap();
        let state = match &report {
            TrialReport::Succeeded(_) => TrialState::Succeeded,
            TrialReport::Diverged(_) => TrialState::Diverged,
        };
        TrialOutcome { number, state, report: Some(report), digest: None, probe: None }
    };
    let half = |parity: u32| (0..trials).filter(|i| i % 2 == parity).map(one).collect::<Vec<_>>();
    let mut outcomes = std::thread::scope(|scope| {
        let even = scope.spawn(|| half(0));
        let odd = half(1);
        let mut all = even.join().unwrap();
        all.extend(odd);
        all
    });
    outcomes.sort_by_key(|outcome| outcome.number);
    Evaluation::of(Arc::new(job), outcomes)
}

/// Trains the network of a trial, for what no estimator reports.
fn train(trial: &TrialSpec) -> (Trained, Dataset) {
    let streams = Streams { seed: trial.seed, replicate: trial.replicate };
    let distribution = trial.dataset.process().distribution(&mut streams.stream(Purpose::Rule));
    let dataset = distribution.draw(&mut streams.stream(Purpose::TrainingData));
    let task = Task {
        dataset: &dataset,
        validation: None,
        training: &trial.training,
        regularizers: &trial.regularizers,
        streams,
        isa: Isa::detect(),
        snapshots: &[],
        held: None,
    };
    let trained = training::train(&trial.network, &task, &mut Free).unwrap();
    (trained, dataset)
}
