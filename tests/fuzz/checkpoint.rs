//! Checkpoints that came back changed, also with a checksum that fits: the training ends all the same.

use std::ops::ControlFlow;

use bitgauge::science::training::{Control, Unusable};
use bitgauge::science::trial::{self, TrialSpec};
use bitgauge::spec::ValidJobSpec;
use bitgauge::spec::admission::Limits;
use crc::{CRC_32_ISCSI, Crc};
use serde_json::json;

use super::fuzz;

/// Saves after so many steps; or goes on from a checkpoint.
#[derive(Default)]
struct Hand {
    save_after: Option<u64>,
    saved: Option<Vec<u8>>,
    resume: Option<Vec<u8>>,
    resumed: String,
}

impl Control for Hand {
    fn step(&mut self, done: u64, _of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        if self.saved.is_none() && self.save_after.is_some_and(|after| done >= after) {
            self.saved = save();
        }
        ControlFlow::Continue(())
    }

    fn resume(&mut self) -> Option<Vec<u8>> {
        self.resume.take()
    }

    fn resumed(&mut self, outcome: Result<u64, Unusable>) {
        self.resumed = outcome.map_or_else(|error| error.to_string(), |_| "goes on".to_owned());
    }
}

fn trials() -> Vec<TrialSpec> {
    let regularizers = [
        json!([{"kind": "dropout", "rate": 0.1}, {"kind": "early_stopping", "patience": 4000}]),
        json!([{"kind": "gradient_noise", "eta": 0.001}]),
    ];
    let of = |regularizers: &serde_json::Value| {
        let spec = json!({
            "dataset": {"kind": "random_labels", "inputs": 4, "samples": 12},
            "network": {"kind": "mlp", "hidden": [3]},
            "regularizers": regularizers,
            "training": {"steps": 4000, "batch_size": 4},
            "seeds": 1,
        });
        ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default()).expect("it may run").trial(0)
    };
    regularizers.iter().map(of).collect()
}

#[test]
fn no_checkpoint_is_too_much() {
    let trials = trials();
    let seeds: Vec<Vec<u8>> = trials
        .iter()
        .map(|trial| {
            let mut hand = Hand { save_after: Some(1), ..Hand::default() };
            trial::run(trial, &mut hand).expect("it runs");
            hand.saved.expect("a checkpoint was made")
        })
        .collect();
    let checksum = Crc::<u32>::new(&CRC_32_ISCSI);
    let mut turn = 0;
    fuzz("checkpoint", seeds, |input| {
        turn += 1;
        let mut state = input.to_vec();
        // most with a checksum that fits, so that they come further
        if turn % 8 != 0 && state.len() > 4 {
            let length = state.len() - 4;
            let sum = checksum.checksum(&state[..length]);
            state[length..].copy_from_slice(&sum.to_le_bytes());
        }
        let mut hand = Hand { resume: Some(state), ..Hand::default() };
        trial::run(&trials[turn % trials.len()], &mut hand).expect("it starts anew at the worst");
        hand.resumed
    });
}
