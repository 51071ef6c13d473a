//! Checkpoints: everything that changes during a training, as bytes, so that
//! another run can go on from there and end with the same report.

use crc::{CRC_32_ISCSI, Crc};
use serde::{Deserialize, Serialize};

use super::control::Unusable;
use super::sampler::Sampler;
use super::state::State;
use super::trained::Snapshot;
use super::watch::Seen;
use crate::science::bits::Nats;
use crate::science::kernel::NUMERIC_PROFILE;
use crate::science::network::model::{Adapted, Model};
use crate::science::seed::Stream;

/// Version of the form below. A checkpoint of another one is not read.
const VERSION: u32 = 4;

static CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    version: u32,
    numeric_profile: String,
    taken: u64,
    parameters: Vec<f32>,
    slots: Vec<Vec<f32>>,
    /// What training changed in the network beside the parameters.
    adapted: Adapted,
    noise: Vec<Stream>,
    optimizer: Stream,
    sampler: Option<Sampler>,
    seen: Option<Seen>,
    last_finite_loss: Option<f64>,
    snapshots: Vec<Snapshot>,
}

/// The bytes of this moment, a checksum at their end.
pub(super) fn save<M: Model<f32>>(state: &State, model: &M) -> Vec<u8> {
    let checkpoint = Checkpoint {
        version: VERSION,
        numeric_profile: NUMERIC_PROFILE.to_owned(),
        taken: state.taken,
        parameters: state.parameters.clone(),
        slots: state.slots.clone(),
        adapted: model.adapted(),
        noise: state.noise.streams(),
        optimizer: state.optimizer_stream.clone(),
        sampler: state.sampler.clone(),
        seen: state.watch.as_ref().map(|watch| watch.seen.clone()),
        last_finite_loss: state.last_finite_loss.map(|loss| loss.0),
        snapshots: state.snapshots.clone(),
    };
    postcard::to_allocvec_crc32(&checkpoint, CHECKSUM.digest()).expect("plain numbers have a plain form")
}

/// Puts a saved moment back and says how many steps were taken by then. On an
/// error nothing has changed.
pub(super) fn restore<M: Model<f32>>(
    bytes: &[u8],
    state: &mut State,
    model: &mut M,
) -> Result<u64, Unusable> {
    let saved: Checkpoint =
        postcard::from_bytes_crc32(bytes, CHECKSUM.digest()).map_err(|_| Unusable::Damaged)?;
    if saved.version != VERSION || saved.numeric_profile != NUMERIC_PROFILE {
        return Err(Unusable::Foreign);
    }
    if !fits(&saved, state, model) {
        return Err(Unusable::Unfitting);
    }
    state.taken = saved.taken;
    state.parameters = saved.parameters;
    state.slots = saved.slots;
    model.restore(saved.adapted);
    state.noise.restore(saved.noise);
    state.optimizer_stream = saved.optimizer;
    state.sampler = saved.sampler;
    if let (Some(watch), Some(seen)) = (&mut state.watch, saved.seen) {
        watch.seen = seen;
    }
    state.last_finite_loss = saved.last_finite_loss.map(Nats);
    state.snapshots = saved.snapshots;
    Ok(saved.taken)
}

fn fits<M: Model<f32>>(saved: &Checkpoint, state: &State, model: &M) -> bool {
    let (size, adapted) = (state.parameters.len(), model.adapted());
    let is_like = |kept: &Snapshot| kept.parameters.len() == size && kept.adapted.is_like(&adapted);
    let sampler = match (&state.sampler, &saved.sampler) {
        (None, None) => true,
        (Some(own), Some(saved)) => own.is_like(saved),
        _ => false,
    };
    let seen = match (&state.watch, &saved.seen) {
        (None, None) => true,
        (Some(_), Some(seen)) => seen.best.as_ref().is_none_or(|(_, best)| is_like(best)),
        _ => false,
    };
    saved.taken <= state.steps()
        && saved.parameters.len() == size
        && saved.snapshots.iter().all(is_like)
        && saved.slots.len() == state.slots.len()
        && saved.slots.iter().all(|slot| slot.len() == size)
        && saved.adapted.is_like(&adapted)
        && saved.noise.len() == state.noise.streams().len()
        && sampler
        && seen
}

#[cfg(test)]
mod tests;
