//! Decoders against closed forms, and their nulls over many draws.

use ndarray::{Array2, array};

use super::*;
use crate::science::data::{Dataset, Targets};
use crate::science::entropy::binary_entropy;
use crate::science::evaluation::{Evaluation, Prediction};
use crate::science::family::{Family, Item};
use crate::science::seed::{Purpose, Stream, Streams, standard_normal};
use crate::science::source::linear_regression::LinearRegression;
use crate::science::source::random_labels::RandomLabels;
use crate::science::source::teacher_labels::TeacherLabels;
use crate::science::source::{Distribution, RandomProcess, Source, TargetShape};

fn stream(replicate: u64) -> Stream {
    Streams { seed: 5, replicate }.stream(Purpose::Probe)
}

/// A draw of labels by a rule, and the sides on which their rule sees them, +1 or -1.
struct Flipped {
    distribution: Box<dyn Distribution>,
    dataset: Dataset,
    rule: Vec<f32>,
    labels: Vec<f32>,
}

fn flipped(samples: usize, flips: f64, replicate: u64) -> Flipped {
    let source = TeacherLabels { inputs: 3, samples, flips, ..TeacherLabels::example() };
    let distribution = source.distribution(&mut stream(replicate));
    let dataset = distribution.draw(&mut stream(replicate + 1_000_000));
    let mut logs = [0.0; 2];
    let mut side = |sample: usize| {
        distribution.bayes_sample(&dataset, sample, &mut logs);
        if logs[1] > logs[0] { 1.0 } else { -1.0 }
    };
    let rule = (0..samples).map(&mut side).collect();
    let labels = dataset.targets.symbols().iter().map(|label| if *label == 1 { 1.0 } else { -1.0 }).collect();
    Flipped { distribution, dataset, rule, labels }
}

fn column(values: impl IntoIterator<Item = f32>) -> Array2<f32> {
    let values: Vec<f32> = values.into_iter().collect();
    Array2::from_shape_vec((values.len(), 1), values).unwrap()
}

/// Noise bits after their cost, by each decoder.
fn noise(of: &Flipped, logits: &Array2<f32>, references: Option<&Array2<f32>>) -> [Option<f64>; 5] {
    let evaluation = Evaluation::new(logits.clone(), &of.dataset.targets);
    let given =
        Given { evaluation: &evaluation, dataset: &of.dataset, distribution: &*of.distribution, references };
    Decoder::ALL.map(|decoder| decoder.noise(&given).map(|bits| bits.0))
}

#[test]
fn every_label_is_read_behind_logits_of_any_scale() {
    let of = flipped(256, 0.2, 0);
    let bayes = Bits::from(of.distribution.bayes_cross_entropy(&of.dataset)).0;
    for scale in [1e-20, 1e-6, 0.01, 1.0, 1e9] {
        let read = noise(&of, &column(of.labels.iter().map(|side| scale * side)), None);
        let paid = [4.0, libm::log2(257.0), 8.0];
        for (bits, paid) in read[1..4].iter().zip(paid) {
            assert!((bits.unwrap() - (bayes - paid)).abs() < 1e-6, "{scale} {read:?} {bayes}");
        }
        assert_eq!(read[4], None, "there are no references");
    }
}

#[test]
fn the_rule_beside_the_network_costs_what_two_frequencies_do() {
    // the rule is on one side throughout; the network says +1 to the first n, -1 to the others, so
    // that both frequencies can be met exactly: n H2(k/n) each
    let of = flipped(4000, 0.3, 1);
    let chosen: Vec<usize> = (0..4000).filter(|i| of.rule[*i] > 0.0).take(1200).collect();
    let inputs = Array2::from_shape_fn((1200, 3), |(i, j)| of.dataset.inputs[[chosen[i], j]]);
    let labels: Vec<u32> = chosen.iter().map(|i| of.dataset.targets.symbols()[[*i, 0]]).collect();
    let dataset = Dataset { inputs, targets: Targets::labels(labels.clone(), 2) };
    let logits = column((0..1200).map(|i| if i < 500 { 3.0 } else { -3.0 }));
    let evaluation = Evaluation::new(logits, &dataset.targets);
    let given = Given {
        evaluation: &evaluation,
        dataset: &dataset,
        distribution: &*of.distribution,
        references: None,
    };
    let frequency = |labels: &[u32]| {
        let ones: u32 = labels.iter().sum();
        binary_entropy(f64::from(ones) / labels.len() as f64).0 * labels.len() as f64
    };
    let expected = frequency(&labels[..500]) + frequency(&labels[500..]);
    let code = Bits::from(Decoder::Assisted.code(&given).unwrap()).0;
    assert!((code - expected).abs() < 1e-7, "{code} {expected}");
}

#[test]
fn bits_below_zero_are_bounded_by_what_is_paid() {
    // sure and wrong, of every scale: the rule's own predictor is one of the blends
    let of = flipped(64, 0.1, 2);
    for scale in [1e-3, 1.0, 1e8] {
        let logits = column((0..64).map(|i| scale * standard_normal(&mut stream(i)) as f32));
        let read = noise(&of, &logits, Some(&column((0..64).map(|i| scale * (i % 7) as f32))));
        assert!(read[3].unwrap() >= -6.0 && read[4].unwrap() >= -9.0, "{read:?}");
    }
}

#[test]
fn what_never_saw_the_labels_reads_at_most_nothing_in_the_mean() {
    // networks that know the rule in part, in their own scale, and references like them
    for (samples, flips, knows) in [(8, 0.2, 1.0), (16, 0.5, 0.0), (40, 0.1, 2.0), (40, 0.3, 0.0)] {
        let mut sums = [0.0; 5];
        let draws = 3000;
        for draw in 0..draws {
            let of = flipped(samples, flips, 10 + draw);
            let mut noise_of = stream(draw + 5_000_000);
            let mut network = || {
                let logits = of.rule.iter().map(|side| {
                    #[expect(clippy::cast_possible_truncation, reason = "logits are in f32")]
                    let noise = standard_normal(&mut noise_of) as f32;
                    knows * side + noise
                });
                column(logits.collect::<Vec<f32>>())
            };
            let (own, references) = (network(), network());
            let read = noise(&of, &own, Some(&references));
            sums.iter_mut().zip(read).for_each(|(sum, bits)| *sum += bits.unwrap());
        }
        for (decoder, sum) in Decoder::ALL.iter().zip(sums) {
            assert!(sum <= 0.0, "{samples} {flips} {knows} {decoder:?} {}", sum / draws as f64);
        }
    }
}

#[test]
fn without_a_noisy_rule_nothing_is_read_beside_it() {
    let of = flipped(32, 0.0, 3);
    let read = noise(&of, &column(of.labels.iter().copied()), None);
    assert_eq!(read[3], None);
    // all labels follow from the rule: what is left is the cost
    assert!((read[1].unwrap() + 2.5).abs() < 1e-6 && (read[2].unwrap() + libm::log2(33.0)).abs() < 1e-9);
    assert!(read.iter().flatten().all(|bits| bits.is_finite()));
}

#[test]
fn references_take_away_what_all_networks_say() {
    // labels without a rule; the network's logits are its label's side and something that any
    // network says of these inputs, much larger
    let source = RandomLabels { inputs: 1, samples: 400, ..RandomLabels::example() };
    let dataset = source.draw(&mut stream(4));
    let mut noise = stream(6);
    #[expect(clippy::cast_possible_truncation, reason = "logits are in f32")]
    let shared: Vec<f32> = (0..400).map(|_| 20.0 * standard_normal(&mut noise) as f32).collect();
    let sides = dataset.targets.symbols().iter().map(|label| if *label == 1 { 1.0 } else { -1.0 });
    let logits = column(sides.zip(&shared).map(|(side, shared)| side + shared));
    let evaluation = Evaluation::new(logits, &dataset.targets);
    let references = column(shared);
    let of = |references| {
        let given = Given { evaluation: &evaluation, dataset: &dataset, distribution: &source, references };
        Decoder::LikelihoodRatio.noise(&given).map(|bits| bits.0)
    };
    assert!((of(Some(&references)).unwrap() - (400.0 - libm::log2(400.0))).abs() < 1e-3);
    assert_eq!(of(None), None);
}

#[test]
fn normal_densities_blend_with_the_rules_own() {
    let source = LinearRegression { inputs: 2, samples: 300, noise: 0.25, ..LinearRegression::example() };
    let distribution = source.distribution(&mut stream(7));
    let dataset = distribution.draw(&mut stream(8));
    // the network's mean is right but for noise of its own: least squares of y in both means, and the
    // mean square left, say the shortest code of any blend
    let mut noise = stream(9);
    let rule: Vec<f64> = (0..300).map(|i| distribution.bayes_normal(&dataset, i).unwrap().0[0]).collect();
    let y: Vec<f64> = dataset.targets.reals().iter().map(|y| f64::from(*y)).collect();
    #[expect(clippy::cast_possible_truncation, reason = "means are in f32")]
    let mean: Vec<f32> = y.iter().map(|y| (y + 0.3 * standard_normal(&mut noise)) as f32).collect();
    // y = rule + t (mean - rule) + rest
    let pairs = || rule.iter().zip(&mean).zip(&y).map(|((r, m), y)| (f64::from(*m) - r, y - r));
    let t = pairs().map(|(x, y)| x * y).sum::<f64>() / pairs().map(|(x, _)| x * x).sum::<f64>();
    let left = pairs().map(|(x, y)| (y - t * x) * (y - t * x)).sum::<f64>() / 300.0;
    let expected = 150.0 * (1.0 + (std::f64::consts::TAU * left).ln());
    let prediction = Prediction::Gaussian { mean: column(mean), log_sd: None };
    let evaluation = Evaluation::new(prediction, &dataset.targets);
    let given =
        Given { evaluation: &evaluation, dataset: &dataset, distribution: &*distribution, references: None };
    let code = Decoder::Assisted.code(&given).unwrap().0;
    assert!((code - expected).abs() < 1e-6, "{code} {expected}");
    assert_eq!(Decoder::Hard.code(&given), None);
}

#[test]
fn ignorance_is_a_temperature_too() {
    // a prior far from uniform: no temperature of a wrong network comes near it
    let source: Source = serde_json::from_value(
        serde_json::json!({"kind": "biased_bits", "length": 1, "probability": 0.02, "samples": 50}),
    )
    .unwrap();
    let distribution = source.process().distribution(&mut stream(0));
    let dataset = distribution.draw(&mut stream(1));
    let evaluation = Evaluation::new(Array2::from_elem((50, 1), 30.0), &dataset.targets);
    let given =
        Given { evaluation: &evaluation, dataset: &dataset, distribution: &*distribution, references: None };
    assert_eq!(Decoder::Recalibrated.memorized(&given), Some(Bits(0.0)));
    assert!((Decoder::Recalibrated.memorized_paid(&given).unwrap().0 + 0.5 * libm::log2(50.0)).abs() < 1e-12);
}

#[test]
fn the_rules_predictors_are_distributions_and_cost_what_their_sources_say() {
    let mut noisy = 0;
    let more = [
        serde_json::json!({"kind": "codebook", "information": 3, "length": 8, "samples": 40}),
        serde_json::json!({"kind": "symmetric_targets", "answers": 3, "samples": 50, "form": {"kind": "symbols", "questions": 4}}),
        serde_json::json!({"kind": "noisy_digits", "digits": 3, "noise": 0.013, "samples": 200}),
    ];
    let more = more.map(|source| serde_json::from_value(source).unwrap());
    for source in Source::examples().into_iter().chain(more) {
        let process = source.process();
        let distribution = process.distribution(&mut stream(2));
        let dataset = distribution.draw(&mut stream(3));
        if !distribution.has_noisy_rule() {
            continue;
        }
        noisy += 1;
        let cost = match process.shape().targets {
            TargetShape::Symbols { length, alphabet } => {
                let mut logs = vec![f64::NAN; length * alphabet];
                let mut cost = 0.0;
                for (sample, targets) in dataset.targets.symbols().rows().into_iter().enumerate() {
                    distribution.bayes_sample(&dataset, sample, &mut logs);
                    for (logs, target) in logs.chunks_exact(alphabet).zip(targets) {
                        let total: f64 = logs.iter().map(|log| log.exp()).sum();
                        assert!((total - 1.0).abs() < 1e-9, "{source:?} {total}");
                        cost -= logs[*target as usize];
                    }
                }
                cost
            }
            TargetShape::Reals { .. } => {
                let of = |sample| {
                    let (mean, variance) = distribution.bayes_normal(&dataset, sample).unwrap();
                    let y = f64::from(dataset.targets.reals()[[sample, 0]]);
                    0.5 * ((y - mean[0]).powi(2) / variance + (std::f64::consts::TAU * variance).ln())
                };
                (0..dataset.len()).map(of).sum()
            }
        };
        let expected = distribution.bayes_cross_entropy(&dataset).0;
        assert!((cost - expected).abs() < 1e-3, "{source:?} {cost} {expected}");
    }
    assert!(noisy >= 5, "{noisy}");
}

#[test]
fn temperatures_do_not_depend_on_the_scale_of_logits() {
    let labels = Targets::labels(vec![1, 1, 1, 0, 0], 2);
    let of = |scale: f32| {
        let logits = array![[2.0f32], [3.0], [-1.0], [-2.5], [0.5]] * scale;
        let evaluation = Evaluation::new(logits, &labels);
        evaluation.cross_entropy_at(evaluation.best_inverse_temperature()).0
    };
    for scale in [-80, -30, 10, 27, 80].map(|power| libm::ldexpf(1.0, power)) {
        assert!((of(scale) - of(1.0)).abs() < 1e-9, "{scale}: {} {}", of(scale), of(1.0));
    }
    // logits of very different sizes: the slope has a bend, and steps along one side of it are short
    let mixed = array![[1e8f32], [2.0], [1e-3], [-3e7], [5e6]];
    let evaluation = Evaluation::new(mixed, &labels);
    let best = evaluation.best_inverse_temperature();
    let code = evaluation.cross_entropy_at(best).0;
    let scan = (-400..100).map(|i| evaluation.cross_entropy_at(libm::exp(f64::from(i) / 10.0)).0);
    assert!(code <= scan.fold(5.0 * std::f64::consts::LN_2, f64::min) + 1e-9, "{best} {code}");
}
