//! The port for work: one contract, run against every queue; and the local engine on it.

mod contract;
mod engine;
mod memory;
mod nats;
mod nats_access;
mod nats_garbled;
mod nats_server;
mod simulation;
mod store;

use std::collections::BTreeMap;

use bitgauge::job::JobId;
use bitgauge::science::bits::Bits;
use bitgauge::science::trial::{Measured, TrialReport, TrialSpec};
use bitgauge::spec::ValidJobSpec;
use bitgauge::spec::admission::Limits;
use bitgauge::work::Completion;
use serde_json::json;

/// A job of so many small trials.
fn job(trials: u32) -> ValidJobSpec {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8},
        "network": {"kind": "linear"},
        "training": {"steps": 20},
        "budget": {"trial_seconds": 60},
        "seeds": trials,
    });
    ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default()).unwrap()
}

/// A job whose trials need some hundred megabytes.
fn large_job(trials: u32) -> ValidJobSpec {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 400, "samples": 60_000},
        "network": {"kind": "linear"},
        "training": {"steps": 20},
        "budget": {"trial_seconds": 60},
        "seeds": trials,
    });
    ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default()).unwrap()
}

fn specs(job: &ValidJobSpec, trials: u32) -> Vec<TrialSpec> {
    (0..trials).map(|number| job.trial(number)).collect()
}

fn id(milliseconds: u64) -> JobId {
    JobId::at(1_700_000_000_000 + milliseconds)
}

/// A report that says how many bits were memorized.
fn report(bits: f64) -> TrialReport {
    TrialReport::Succeeded(Measured {
        numeric_profile: "made up".into(),
        reproducible: true,
        parameters: 5,
        dataset_bits: Bits(8.0),
        steps: 20,
        ended_when_held: false,
        measurements: BTreeMap::from([("memorized_bits".to_owned(), bits)]),
    })
}

fn reported(bits: f64) -> Completion {
    Completion::of(&report(bits), 0.5)
}
