//! What every source's ledger is held against: enumeration of all strings, and
//! draws.

use ndarray::{Array2, s};

use crate::science::bits::Bits;
use crate::science::seed::{Purpose, Stream, Streams};
use crate::science::source::{Dataset, RandomProcess, TargetShape, Targets};

pub(crate) fn rule_stream() -> Stream {
    Streams { seed: 17, replicate: 0 }.stream(Purpose::Rule)
}

pub(crate) fn stream(replicate: u64) -> Stream {
    Streams { seed: 18, replicate }.stream(Purpose::TrainingData)
}

/// Some samples of a dataset.
pub(crate) fn rows(data: &Dataset, samples: std::ops::Range<usize>) -> Dataset {
    let inputs = data.inputs.slice(s![samples.clone(), ..]).to_owned();
    Dataset { inputs, targets: data.targets.rows(samples) }
}

/// Every string of the alphabet, for a source of one string without inputs: the
/// stated probabilities sum to one, their entropy is the ledger's noise, the
/// distribution's code lengths are theirs, and the mean of the prior is the whole ledger.
pub(crate) fn enumerate(source: &dyn RandomProcess, probability: impl Fn(&[u32]) -> f64) {
    let TargetShape::Symbols { length, alphabet } = source.shape().targets else { unreachable!() };
    let distribution = source.distribution(&mut rule_stream());
    let count = alphabet.pow(u32::try_from(length).unwrap());
    let (mut total, mut entropy, mut prior) = (0.0, 0.0, 0.0);
    for number in 0..count {
        let place = |j: usize| number / alphabet.pow(u32::try_from(j).unwrap()) % alphabet;
        let string: Vec<u32> = (0..length).map(|j| u32::try_from(place(j)).unwrap()).collect();
        let p = probability(&string);
        if p == 0.0 {
            continue;
        }
        let symbols = Array2::from_shape_vec((1, length), string.clone()).unwrap();
        let data = Dataset { inputs: Array2::zeros((1, 0)), targets: Targets::Symbols { symbols, alphabet } };
        let code = distribution.bayes_cross_entropy(&data).0;
        assert!((code + p.ln()).abs() < 1e-9, "{string:?}: {code} {}", -p.ln());
        total += p;
        entropy -= p * p.log2();
        prior += p * Bits::from(distribution.prior_cross_entropy(&data)).0;
    }
    let ledger = source.ledger();
    assert!((total - 1.0).abs() < 1e-9, "{total}");
    assert!((ledger.noise.0 - entropy).abs() < 1e-9, "{} {entropy}", ledger.noise.0);
    assert!((ledger.dataset().0 - prior).abs() < 1e-9, "{} {prior}", ledger.dataset().0);
}

/// A draw has the shape that it promised, and its code lengths have the ledger's
/// means, within five standard errors. Of densities only differences mean bits.
pub(crate) fn draws(source: &dyn RandomProcess) {
    const BLOCKS: usize = 40;
    let distribution = source.distribution(&mut rule_stream());
    let data = distribution.draw(&mut stream(0));
    let (shape, ledger) = (source.shape(), source.ledger());
    assert_eq!(
        (data.len(), data.inputs.ncols(), data.targets.shape()),
        (shape.samples, shape.inputs, shape.targets)
    );
    let per_sample = |bits: Bits| bits.0 / data.len() as f64;
    let block = data.len() / BLOCKS;
    let mean = |code: &dyn Fn(&Dataset) -> f64, expected: f64, what: &str| {
        let blocks: Vec<f64> =
            (0..BLOCKS).map(|i| code(&rows(&data, i * block..(i + 1) * block)) / block as f64).collect();
        let mean = blocks.iter().sum::<f64>() / BLOCKS as f64;
        let variance = blocks.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (BLOCKS - 1) as f64;
        let error = 5.0 * (variance / BLOCKS as f64).sqrt() + 1e-9;
        assert!((mean - expected).abs() < error, "{what}: {mean} {expected} {error}");
    };
    let prior = |data: &Dataset| Bits::from(distribution.prior_cross_entropy(data)).0;
    let bayes = |data: &Dataset| Bits::from(distribution.bayes_cross_entropy(data)).0;
    mean(&|data| prior(data) - bayes(data), per_sample(ledger.structure), "structure");
    if let Targets::Symbols { symbols, alphabet } = &data.targets {
        assert!(symbols.iter().all(|&symbol| (symbol as usize) < *alphabet));
        mean(&prior, per_sample(ledger.dataset()), "dataset");
        mean(&bayes, per_sample(ledger.noise), "noise");
    }
    assert_eq!(distribution.draw(&mut stream(0)), data, "equal streams, equal draws");
    assert!(distribution.draw(&mut stream(1)) != data, "other streams, other draws");
}
