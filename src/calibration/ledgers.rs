//! Ledgers against enumeration: every outcome of a small source is counted here, by
//! other means than the source has.

use serde_json::{Value, json};

use super::{Case, Check, Reading};
use crate::evaluation::results::CellResult;
use crate::spec::claim::Relation;

/// One case for each source, in groups of a kind.
pub(super) fn ledgers() -> Vec<Case> {
    [labels(), free_strings(), ruled_strings(), numbers()].into_iter().flatten().collect()
}

fn of_labels() -> Value {
    json!({"kind": "linear"})
}

fn of_strings() -> Value {
    json!({"kind": "made", "hidden": [4]})
}

fn bit(p: f64, bit: u32) -> f64 {
    if bit == 1 { p } else { 1.0 - p }
}

/// Labels of inputs: free, flipped, of a rule.
fn labels() -> Vec<Case> {
    vec![
        case(
            "ledger of random labels",
            json!({"kind": "random_labels", "inputs": 2, "classes": 3, "samples": 5}),
            &of_labels(),
            &[("all bits", all, libm::log2(243.0))],
        ),
        case(
            "ledger of flipped labels",
            json!({"kind": "teacher_labels", "inputs": 3, "samples": 1, "rule": {"kind": "linear"}, "flips": 0.3}),
            &of_labels(),
            &[("noise bits", noise, entropy(1, |label| bit(0.3, label[0]))), ("all bits", all, 1.0)],
        ),
        case(
            "ledger of a hidden parity",
            json!({"kind": "teacher_labels", "inputs": 5, "samples": 1, "rule": {"kind": "parity", "degree": 2},
                   "input_distribution": "sign"}),
            &of_labels(),
            // of 10 pairs, with m of 5 inputs negative, m (5 - m) are odd
            &[("rule bits", rule, libm::log2(10.0)), ("structure bits", structure, entropy_of_pairs())],
        ),
        case(
            "ledger of questions with several right answers",
            json!({"kind": "symmetric_targets", "answers": 2, "samples": 3, "form": {"kind": "symbols", "questions": 2}}),
            &of_labels(),
            // four symbols dealt to two questions, two each
            &[("rule bits", rule, libm::log2(6.0)), ("noise bits", noise, 3.0), ("all bits", all, 6.0)],
        ),
    ]
}

/// Mean over the signs of five inputs of the entropy of the parity of a hidden pair of them.
fn entropy_of_pairs() -> f64 {
    let h =
        |odd: f64| -[odd, 1.0 - odd].into_iter().filter(|p| *p > 0.0).map(|p| p * libm::log2(p)).sum::<f64>();
    // 1, 5, 10, 10, 5, 1 of 32 settings have 0, 4, 6, 6, 4, 0 odd pairs
    (10.0 * h(0.4) + 20.0 * h(0.6)) / 32.0
}

/// Strings without a rule.
fn free_strings() -> Vec<Case> {
    vec![
        case(
            "ledger of a set of strings",
            json!({"kind": "random_strings", "length": 3, "samples": 4, "collection": "set"}),
            &of_strings(),
            // 8 x 7 x 6 x 5 / 4!
            &[("all bits", all, libm::log2(70.0))],
        ),
        case(
            "ledger of biased bits",
            json!({"kind": "biased_bits", "length": 6, "probability": 0.2, "samples": 1}),
            &of_strings(),
            &[("all bits", all, entropy(6, |string| string.iter().map(|b| bit(0.2, *b)).product()))],
        ),
        case(
            "ledger of keyed facts",
            json!({"kind": "keyed_facts", "key": 2, "value": 1, "alphabet": 2, "samples": 2}),
            &of_strings(),
            // two keys of four, and two values
            &[("all bits", all, libm::log2(6.0 * 4.0))],
        ),
        case(
            "ledger of a sequence of strings",
            json!({"kind": "random_strings", "length": 3, "alphabet": 5, "samples": 4}),
            &of_strings(),
            &[("all bits", all, libm::log2(libm::pow(5.0, 12.0)))],
        ),
    ]
}

/// Strings that a rule makes more likely than others.
fn ruled_strings() -> Vec<Case> {
    vec![
        case(
            "ledger of Markov strings",
            json!({"kind": "markov_strings", "length": 6, "alphabet": 2, "certainty": 0.9, "samples": 1}),
            &of_strings(),
            // each symbol mostly follows itself; any other table is as good
            &[
                (
                    "noise bits",
                    noise,
                    entropy(6, |string| {
                        string.windows(2).map(|pair| bit(0.9, u32::from(pair[0] == pair[1]))).product::<f64>()
                            / 2.0
                    }),
                ),
                ("all bits", all, 6.0),
            ],
        ),
        case(
            "ledger of a codebook with flips",
            json!({"kind": "codebook", "information": 2, "length": 6, "code": "repetition", "flips": 0.1, "samples": 1}),
            &of_strings(),
            &[
                (
                    "noise bits",
                    noise,
                    entropy(6, |string| {
                        let of =
                            |bits: &[u32], word| bits.iter().map(|b| bit(0.1, b ^ word)).product::<f64>();
                        let half = |bits: &[u32]| 0.5 * (of(bits, 0) + of(bits, 1));
                        half(&string[..3]) * half(&string[3..])
                    }),
                ),
                ("all bits", all, 6.0),
            ],
        ),
    ]
}

/// Digits and real numbers.
fn numbers() -> Vec<Case> {
    vec![
        case(
            "ledger of noisy digits",
            json!({"kind": "noisy_digits", "digits": 6, "noise": 0.001, "samples": 1}),
            &json!({"kind": "mlp", "hidden": [4]}),
            // two thousandths hold 2000 of a million numbers
            &[("structure bits", structure, libm::log2(500.0)), ("all bits", all, 6.0 * libm::log2(10.0))],
        ),
        case(
            "ledger of Gaussian vectors",
            json!({"kind": "gaussian_vectors", "variances": [4.0, 1.0, 0.25], "distortion": 0.85, "samples": 2}),
            &json!({"kind": "autoencoder", "hidden": [], "code": 1}),
            // the level is .3: the third number is not sent
            &[("all bits", all, libm::log2(4.0 / 0.3) + libm::log2(1.0 / 0.3))],
        ),
        case(
            "ledger of a linear regression",
            json!({"kind": "linear_regression", "inputs": 2, "signal": 1.0, "noise": 1.0, "samples": 2}),
            &of_labels(),
            // the mean of ln(1 + E) over an exponential E is Gompertz's constant
            &[("structure bits", structure, 0.596_347_362_323_194 * std::f64::consts::LOG2_E)],
        ),
    ]
}

type Part = fn(&CellResult) -> f64;

fn rule(cell: &CellResult) -> f64 {
    cell.ledger.rule.map_or(f64::NAN, |bits| bits.0)
}

fn all(cell: &CellResult) -> f64 {
    cell.dataset_bits
}

fn noise(cell: &CellResult) -> f64 {
    cell.ledger.noise.0
}

fn structure(cell: &CellResult) -> f64 {
    cell.ledger.structure.0
}

fn case(name: &'static str, dataset: Value, network: &Value, known: &[(&str, Part, f64)]) -> Case {
    let checks = known.iter().map(|(quantity, part, expected)| {
        let part = *part;
        Check {
            quantity: (*quantity).to_owned(),
            unit: "bits",
            relation: Relation::Equal,
            expected: *expected,
            absolute: 1e-9,
            standard_errors: 0.0,
            source: "enumeration of all outcomes, or a closed form",
            measure: Box::new(move |evaluation| {
                Some(Reading { value: part(evaluation.results.first()?), standard_error: 0.0 })
            }),
        }
    });
    let spec = json!({"dataset": dataset, "network": network, "training": {"steps": 1}, "seeds": 1});
    Case { name, quick: true, spec, checks: checks.collect() }
}

/// Entropy in bits of a string of so many bits with these probabilities.
fn entropy(length: u32, probability: impl Fn(&[u32]) -> f64) -> f64 {
    let strings =
        (0..1u32 << length).map(|number| (0..length).map(|i| number >> i & 1).collect::<Vec<u32>>());
    strings.map(|string| probability(&string)).filter(|p| *p > 0.0).map(|p| -p * libm::log2(p)).sum()
}
