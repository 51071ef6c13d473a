//! What a trial costs, told before it runs: its memory at the most, and its work by kind. A pure
//! function of its spec, the same on every machine.

use super::work::Workload;
use crate::science::data::DataShape;
use crate::science::estimator::demand::{self, Demand, Scale};
use crate::science::estimator::{Estimator, snapshot_step};
use crate::science::injection::Site;
use crate::science::network::footprint::{BYTES, Footprint, Usage, count};
use crate::science::network::{Network, Size};
use crate::science::regularizer::{self, Regularizer};
use crate::science::source::drawing;
use crate::science::source::{Drawing, Source};
use crate::science::training::Training;

/// Parts of a trial's spec that decide what it costs: all but its seeds.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// Where the data comes from.
    pub dataset: &'a Source,
    /// What is trained.
    pub network: &'a Network,
    /// What restricts it.
    pub regularizers: &'a [Regularizer],
    /// How it is trained.
    pub training: &'a Training,
    /// What is measured.
    pub estimators: &'a [Estimator],
}

/// What a trial costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Size of its network.
    pub size: Size,
    /// Bytes that it holds at the most.
    pub bytes: u64,
    /// What it computes.
    pub work: Workload,
}

/// Bytes of a trial whatever its spec: stacks, streams and its report.
pub const LEAST_BYTES: f64 = 1_048_576.0;

/// Copies of a checkpoint's bytes while it is stored: its own, and two of the database.
const COPIES_OF_A_CHECKPOINT: f64 = 3.0;

/// Trainings that take fewer seconds on the reference machine are never saved.
const SECONDS_BEFORE_A_CHECKPOINT: f64 = 5.0;

/// What a trial of these parts costs.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
pub fn of(parts: Parts) -> Cost {
    let trial = Trial::new(parts);
    let demand = demand::of_all(parts.estimators, &trial.scale());
    let work = trial.work(&demand);
    let bytes = LEAST_BYTES + trial.bytes(&demand);
    Cost { size: parts.network.architecture().size(&trial.data), bytes: bytes as u64, work }
}

/// Counts of a trial from which memory and work follow.
struct Trial<'a> {
    parts: Parts<'a>,
    data: DataShape,
    footprint: Footprint,
    drawing: Drawing,
    usage: Usage,
    /// Bytes of a draw, and of the parameters.
    draw: f64,
    parameters: f64,
    /// Steps before which the parameters are kept.
    snapshots: f64,
    looks: f64,
    is_watched: bool,
}

impl<'a> Trial<'a> {
    fn new(parts: Parts<'a>) -> Self {
        let process = parts.dataset.process();
        let data = process.shape();
        let batch = parts.training.batch_size.of(data.samples);
        let acts = |site| parts.regularizers.iter().any(|regularizer| regularizer.site() == Some(site));
        let usage = Usage {
            batch,
            is_sampled: batch < data.samples,
            disturbs_hidden: acts(Site::Hidden),
            disturbs_inputs: acts(Site::Inputs),
            binary: regularizer::binary(parts.regularizers),
        };
        let footprint = parts.network.architecture().footprint(&data, usage);
        let steps = parts.training.steps;
        let shares = parts.estimators.iter().flat_map(|estimator| estimator.snapshots());
        let snapshots: std::collections::BTreeSet<u64> =
            shares.map(|share| snapshot_step(*share, steps)).collect();
        let patience = parts.regularizers.iter().find_map(|regularizer| regularizer.patience());
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let looks = patience.map_or(0.0, |patience| (steps / patience.interval.max(1)) as f64);
        Self {
            parts,
            data,
            footprint,
            drawing: process.drawing(),
            usage,
            draw: drawing::bytes(&data),
            parameters: BYTES * footprint.parameters,
            snapshots: count(snapshots.len()),
            looks,
            is_watched: patience.is_some(),
        }
    }

    fn samples(&self) -> f64 {
        count(self.data.samples)
    }

    fn batch(&self) -> f64 {
        count(self.usage.batch)
    }

    fn threads(&self) -> f64 {
        count(self.parts.training.optimizer.threads().unwrap_or(1))
    }

    fn scale(&self) -> Scale<'a> {
        Scale {
            data: self.data,
            architecture: self.parts.network.architecture(),
            regularizers: self.parts.regularizers,
            training: self.parts.training,
            footprint: self.footprint,
            draw: self.draw,
            further: self.network() + self.kept() + self.moving(),
        }
    }

    /// Bytes of the running form of the network.
    fn network(&self) -> f64 {
        self.footprint.bytes(self.batch(), self.samples())
    }

    /// Bytes that a training leaves: its parameters and their snapshots.
    fn kept(&self) -> f64 {
        self.parameters + self.snapshots * (self.parameters + BYTES * self.footprint.adapted)
    }

    /// Bytes that live as long as steps are taken: gradients, slots of the optimizer, weights with
    /// noise, the best parameters that were seen, the order of the samples.
    fn moving(&self) -> f64 {
        let slots = count(self.parts.training.optimizer.slots());
        let is_disturbed = self.parts.regularizers.iter().any(|regularizer| regularizer.disturbs_weights());
        let copies = 1.0 + slots + f64::from(is_disturbed) + f64::from(self.is_watched);
        let order = if self.usage.is_sampled { BYTES * self.samples() } else { 0.0 };
        copies * self.parameters + order
    }

    /// Bytes that are held at the most.
    fn bytes(&self, demand: &Demand) -> f64 {
        let scale = self.scale();
        let draws = self.drawing.rule + self.draw * (1.0 + f64::from(self.is_watched));
        let reading = BYTES * self.footprint.reading * self.samples();
        let building = self.network() + BYTES * self.footprint.building + reading;
        let looking = if self.is_watched { scale.evaluated() } else { 0.0 };
        // threads that share parameters have all else for themselves, and a copy from before the step
        let further = self.threads() - 1.0;
        let threads = further * (self.network() + self.moving() + 3.0 * self.parameters);
        let stepping =
            self.network() + self.kept() + self.moving() + looking.max(self.checkpoint()) + threads;
        let adapted = BYTES * self.footprint.adapted;
        let measured = self.network() + self.kept() + adapted + self.draw + 2.0 * scale.outputs();
        let measuring = measured + demand.kept + demand.passing.max(reading);
        draws + self.drawing.scratch.max(building).max(stepping).max(measuring)
    }

    /// Bytes of a checkpoint while it is saved; none of a training too short for one.
    fn checkpoint(&self) -> f64 {
        if self.training().reference_seconds() < SECONDS_BEFORE_A_CHECKPOINT {
            return 0.0;
        }
        let slots = count(self.parts.training.optimizer.slots());
        let best = f64::from(self.is_watched);
        let encoded = self.parameters * (1.0 + slots + best + self.snapshots);
        COPIES_OF_A_CHECKPOINT * encoded
    }

    /// Work of all steps.
    fn training(&self) -> Workload {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let steps = self.parts.training.steps as f64;
        self.step() * steps
    }

    fn step(&self) -> Workload {
        let pass = (self.footprint.ahead + self.footprint.back) * self.batch();
        let slots = count(self.parts.training.optimizer.slots());
        let noise = self.parts.regularizers.iter().filter(|regularizer| regularizer.disturbs_weights());
        let update = 4.0 + 4.0 * slots.min(3.0) + NOISE * count(noise.count());
        let temperature = self.parts.training.optimizer.temperature().map_or(0.0, |_| NOISE);
        let elements =
            pass.elements + self.footprint.packing + (update + temperature) * self.footprint.parameters;
        Workload { products: pass.products, elements, steps: 1.0, ..Workload::default() }
    }

    /// Work of evaluating so many samples.
    fn evaluating(&self, samples: f64) -> Workload {
        let pass = self.footprint.ahead * (samples * self.footprint.repeats);
        let passes = samples / self.footprint.capacity(self.batch(), self.samples()).max(1.0);
        Workload {
            products: pass.products,
            elements: pass.elements + self.footprint.packing * passes.max(1.0),
            operations: self.footprint.encoding * samples,
            steps: passes,
            ..Workload::default()
        }
    }

    fn work(&self, demand: &Demand) -> Workload {
        let n = self.samples();
        let codes = n * self.footprint.code;
        // a draw to train on, one that is held out, and one that is watched
        let draws = 2.0 + f64::from(self.is_watched);
        let drawn = Workload { operations: self.drawing.sample * n * draws, ..Workload::default() };
        let start = Workload {
            operations: drawing::NORMAL * self.footprint.parameters + self.footprint.fitting,
            ..Workload::default()
        };
        let single = (self.footprint.ahead + self.footprint.back) * demand.gradients;
        let gradients = Workload {
            // a product with one row waits for its weights
            elements: single.elements
                + 2.0 * single.products
                + demand.gradients * (self.footprint.packing + self.footprint.parameters),
            steps: demand.gradients,
            ..Workload::default()
        };
        let built = Workload { operations: self.footprint.encoding * n, ..Workload::default() };
        let training = self.training() + start + built + self.evaluating(n * self.looks);
        let measuring = Workload {
            codes: codes * (demand.codes + self.looks),
            operations: demand.operations + self.drawing.judgment * n * demand.judgments,
            trials: 1.0,
            ..Workload::default()
        };
        drawn
            + training * (1.0 + demand.trainings)
            + self.evaluating(2.0 * n)
            + self.evaluating(demand.evaluations)
            + gradients
            + measuring
    }
}

/// Plain operations of a normal number that is drawn many at a time.
const NOISE: f64 = 60.0;
