//! Minibatches: every sample once an epoch, in a fresh random order.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::science::seed::Stream;

/// Draws batches of a fixed size without replacement; the few samples that do
/// not fill a last batch of an epoch are left out of that epoch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sampler {
    order: Vec<u32>,
    batch: usize,
    position: usize,
    stream: Stream,
}

impl Sampler {
    pub(super) fn new(samples: usize, batch: usize, stream: Stream) -> Self {
        let samples = u32::try_from(samples).expect("sources hold at most ten million samples");
        // an exhausted position makes the first call shuffle
        Self { order: (0..samples).collect(), batch, position: samples as usize, stream }
    }

    /// Whether `other` draws such batches from as many samples, and stands at a
    /// place that this one could.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let samples = self.order.len();
        samples == other.order.len()
            && self.batch == other.batch
            && other.position <= samples
            && other.order.iter().all(|&row| (row as usize) < samples)
    }

    /// Rows of the next batch.
    pub(super) fn next(&mut self) -> &[u32] {
        if self.position + self.batch > self.order.len() {
            self.shuffle();
            self.position = 0;
        }
        self.position += self.batch;
        &self.order[self.position - self.batch..self.position]
    }

    /// Fisher and Yates.
    #[expect(clippy::cast_possible_truncation, reason = "indices are below ten million")]
    fn shuffle(&mut self) {
        for i in (1..self.order.len()).rev() {
            let j = self.stream.random_range(0..=i as u32);
            self.order.swap(i, j as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    fn an_epoch_shows_every_sample_once_in_changing_order() {
        let stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::Minibatches);
        let mut sampler = Sampler::new(12, 4, stream);
        let mut epoch = || -> Vec<u32> { (0..3).flat_map(|_| sampler.next().to_vec()).collect() };
        let (first, second) = (epoch(), epoch());
        assert_ne!(first, second);
        for mut rows in [first, second] {
            rows.sort_unstable();
            assert_eq!(rows, (0..12).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_uneven_epoch_leaves_a_random_rest_out() {
        let stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::Minibatches);
        let mut sampler = Sampler::new(5, 2, stream);
        let mut seen = [0u32; 5];
        for _ in 0..1000 {
            sampler.next().iter().for_each(|&row| seen[row as usize] += 1);
        }
        // 2000 rows in 500 epochs of 4 out of 5: each is expected 400 times, sd 9
        assert!(seen.iter().all(|&count| (360..=440).contains(&count)), "{seen:?}");
    }
}
