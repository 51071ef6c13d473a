//! A trial: one configuration, one replicate, one report. A pure function.

pub mod cost;
mod drawn;
mod measuring;
pub mod report;
pub mod spec;
pub mod work;

use crate::science::bits::{Bits, Nats};
use crate::science::kernel::isa::Isa;
use crate::science::training::{self, Control, Ending};
use drawn::Drawn;
pub use report::{Diverged, Measured, TrialReport, Unfinished};
pub use spec::TrialSpec;

pub use crate::science::kernel::NUMERIC_PROFILE;

/// Runs a trial on the best instruction set of this machine.
///
/// # Errors
/// [`Unfinished`] when `control` says stop, or when what was measured cannot be.
pub fn run(spec: &TrialSpec, control: &mut dyn Control) -> Result<TrialReport, Unfinished> {
    run_on(Isa::detect(), spec, control)
}

/// Runs a trial on a given instruction set; the report does not depend on it.
///
/// # Errors
/// As [`run`].
pub fn run_on(isa: Isa, spec: &TrialSpec, control: &mut dyn Control) -> Result<TrialReport, Unfinished> {
    let drawn = Drawn::new(isa, spec);
    let task = drawn.task(&drawn.dataset);
    let trained = training::train(&spec.network, &task, control)?;
    let parameters = trained.network.layout().trainable();
    let diverged = |step, last_finite_loss: Option<Nats>| {
        TrialReport::Diverged(Diverged {
            numeric_profile: NUMERIC_PROFILE.to_owned(),
            reproducible: spec.is_reproducible(),
            parameters: parameters as u64,
            dataset_bits: drawn.process.ledger().dataset(),
            step,
            last_finite_loss_bits: last_finite_loss.map(Bits::from),
        })
    };
    let (steps, is_held) = match trained.ending {
        Ending::Completed { steps, is_held } => (steps, is_held),
        Ending::Diverged { step, last_finite_loss } => return Ok(diverged(step, last_finite_loss)),
    };
    let measurements = measuring::measure(&drawn, trained, control)?;
    if measurements.values().any(|value| !value.is_finite()) {
        // finite weights can still overflow on the way to an output
        return Ok(diverged(steps, None));
    }
    Ok(TrialReport::Succeeded(Measured {
        numeric_profile: NUMERIC_PROFILE.to_owned(),
        reproducible: spec.is_reproducible(),
        parameters: parameters as u64,
        dataset_bits: drawn.process.ledger().dataset(),
        steps,
        ended_when_held: is_held,
        measurements,
    }))
}
