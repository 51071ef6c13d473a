//! Named random streams: every draw in a trial comes from a `ChaCha8` stream
//! keyed by (seed, replicate, purpose), so that no purpose can disturb another
//! and the same replicate is paired across cells.
//!
//! A generator seeded with 64 bits of user seed holds at most 64 bits: ledgers
//! speak about the distribution of a source and an observer who cannot invert `ChaCha`.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// A reproducible generator (`ChaCha` with 8 rounds; stable across versions).
pub type Stream = ChaCha8Rng;

/// What a stream is drawn for. The name is part of the key: renaming one
/// changes every result and needs a new numeric profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The rule behind the data, shared by all draws of a trial.
    Rule,
    /// The training draw of the source.
    TrainingData,
    /// An independent draw of the same distribution, for nulls and test losses.
    HeldOutData,
    /// An independent draw of the same distribution that early stopping may look at.
    ValidationData,
    /// Targets drawn anew at the same inputs, for reference networks.
    RedrawnTargets,
    /// The initial weights.
    InitialWeights,
    /// Weights of a network that are drawn once and never trained.
    FixedWeights,
    /// Noise that belongs to the network itself, as a VAE's.
    NetworkNoise,
    /// Draws of an evaluation that is an expectation.
    EvaluationNoise,
    /// Resampled replicates of an analysis.
    Bootstrap,
    /// Samples and noise that an estimator probes a trained network with.
    Probe,
    /// Samples drawn from the distribution of a trained network.
    GeneratedSamples,
    /// The order in which samples enter minibatches.
    Minibatches,
    /// Noise of the optimizer.
    Optimizer,
    /// The noise of the regularizer at this place in the spec's list.
    Regularizer(usize),
}

/// The root of all randomness of one trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    /// The job's seed.
    pub seed: u64,
    /// Which independent draw of (data, weights, noise) this is.
    pub replicate: u64,
}

impl Streams {
    /// The streams of one of several threads that share their parameters; those of
    /// thread 0 are the trial's own.
    #[must_use]
    pub fn of_thread(self, thread: u64) -> Self {
        // trials are numbered below 2^32
        Self { replicate: self.replicate | thread << 32, ..self }
    }

    /// The streams of a reference network, which is trained beside the trial's own.
    #[must_use]
    pub fn of_reference(self, reference: u32) -> Self {
        // above threads
        Self { replicate: self.replicate | (u64::from(reference) + 1) << 48, ..self }
    }

    /// Streams for noise that acts once more after training, on draws that training has not seen.
    #[must_use]
    pub fn after_training(self) -> Self {
        // threads are numbered far below 2^31
        Self { replicate: self.replicate | 1 << 63, ..self }
    }

    /// The stream for one purpose.
    #[must_use]
    pub fn stream(self, purpose: Purpose) -> Stream {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&self.replicate.to_le_bytes());
        key[16..24].copy_from_slice(b"bitgauge");
        key[24..].copy_from_slice(&fnv1a(&purpose.name()).to_le_bytes());
        Stream::from_seed(key)
    }
}

impl Purpose {
    fn name(self) -> String {
        match self {
            Self::Rule => "rule".into(),
            Self::TrainingData => "training data".into(),
            Self::HeldOutData => "held-out data".into(),
            Self::ValidationData => "validation data".into(),
            Self::RedrawnTargets => "redrawn targets".into(),
            Self::InitialWeights => "initial weights".into(),
            Self::FixedWeights => "fixed weights".into(),
            Self::NetworkNoise => "network noise".into(),
            Self::EvaluationNoise => "evaluation noise".into(),
            Self::Bootstrap => "bootstrap".into(),
            Self::Probe => "probe".into(),
            Self::GeneratedSamples => "generated samples".into(),
            Self::Minibatches => "minibatches".into(),
            Self::Optimizer => "optimizer".into(),
            Self::Regularizer(place) => format!("regularizer {place}"),
        }
    }
}

/// A standard normal number by the polar method (Marsaglia & Bray 1964) on
/// `libm`: the platform's logarithm differs between machines, and so do library
/// samplers that call it.
pub fn standard_normal(stream: &mut Stream) -> f64 {
    use rand::RngExt;
    loop {
        let u = 2.0 * stream.random::<f64>() - 1.0;
        let v = 2.0 * stream.random::<f64>() - 1.0;
        let s = u * u + v * v;
        if s > 0.0 && s < 1.0 {
            return u * libm::sqrt(-2.0 * libm::log(s) / s);
        }
    }
}

/// FNV-1a, 64 bits: a fixed public hash, so that keys never depend on a
/// library's choice.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn fnv1a_matches_its_published_vectors() {
        assert_eq!(fnv1a(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    fn normal_numbers_have_the_moments_and_tail_of_the_normal_law() {
        let mut stream = Streams { seed: 1, replicate: 0 }.stream(Purpose::TrainingData);
        let n = 200_000;
        let draws: Vec<f64> = (0..n).map(|_| standard_normal(&mut stream)).collect();
        let moment = |p: i32| draws.iter().map(|x| x.powi(p)).sum::<f64>() / f64::from(n);
        // four standard errors of each moment: sqrt(E x^2p / n)
        for (p, expected, square) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let error = 4.0 * f64::sqrt(square / f64::from(n));
            assert!((moment(p) - expected).abs() < error, "moment {p}: {}", moment(p));
        }
        let tail = draws.iter().filter(|x| x.abs() > 1.96).count() as f64 / f64::from(n);
        assert!((tail - 0.05).abs() < 4.0 * f64::sqrt(0.05 * 0.95 / f64::from(n)), "{tail}");
    }

    #[test]
    fn every_part_of_the_key_changes_the_stream() {
        let first =
            |seed, replicate, purpose| -> u64 { Streams { seed, replicate }.stream(purpose).random() };
        let draws = [
            first(0, 0, Purpose::TrainingData),
            first(1, 0, Purpose::TrainingData),
            first(0, 1, Purpose::TrainingData),
            first(0, 0, Purpose::HeldOutData),
            first(0, 0, Purpose::Regularizer(0)),
            first(0, 0, Purpose::Regularizer(1)),
        ];
        for (i, a) in draws.iter().enumerate() {
            assert!(draws[i + 1..].iter().all(|b| a != b));
        }
        assert_eq!(draws[0], first(0, 0, Purpose::TrainingData));
    }
}
