//! An evaluation as the rows that the store keeps of it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::evaluation::analysis::CellCapacity;
use crate::evaluation::{ANALYSIS_VERSION, Analysis, CellResult, Evaluation, Parts, Verdict};
use crate::store::{
    CapacityRow, CellRow, DocumentPart, DocumentRow, Kinds, MeasurementRow, NewEvaluation, VerdictRow,
};

/// Everything that is stored of a job that ended at this time.
#[must_use]
pub(super) fn rows(evaluation: &Evaluation, finished_ms: Option<i64>) -> NewEvaluation {
    let results = evaluation.results.iter().enumerate();
    NewEvaluation {
        analysis_version: ANALYSIS_VERSION,
        finished_ms,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        numeric_profile: evaluation.numeric_profile(),
        seed: evaluation.spec.common().seed,
        headline_json: text(&evaluation.analyses.headline()),
        cells: results.clone().map(|(number, result)| cell(number, result)).collect(),
        measurements: results.flat_map(|(number, result)| measurements(number, result)).collect(),
        capacities: capacities(evaluation),
        verdicts: evaluation.verdicts.iter().enumerate().map(verdict).collect(),
        documents: documents(evaluation),
    }
}

/// What is answered of a job: each result, and the analyses with and without curves.
fn documents(evaluation: &Evaluation) -> Vec<DocumentRow> {
    let result = |(number, result): (usize, &CellResult)| {
        DocumentRow::of(DocumentPart::Result, count(number), text(result).as_bytes())
    };
    let analysis = |part, analysis: &Analysis<'_>| DocumentRow::of(part, 0, text(analysis).as_bytes());
    let results = evaluation.results.iter().enumerate().map(result);
    let whole = analysis(DocumentPart::Analysis, &Analysis::from(evaluation));
    let outline = analysis(DocumentPart::Outline, &Analysis::without_curves(evaluation));
    results.chain([whole, outline]).collect()
}

fn cell(number: usize, result: &CellResult) -> CellRow {
    CellRow {
        cell: count(number),
        stage: result.stage.map(|stage| stage.as_str().to_owned()),
        coordinates_json: text(&result.cell),
        kinds: kinds(&result.parts),
        samples: whole(result.parts.samples),
        parameters: whole(result.parameters),
        dataset_bits: result.dataset_bits,
        succeeded: whole(result.trials.succeeded),
        failed: whole(result.trials.failed),
        diverged: whole(result.trials.diverged),
        cancelled: whole(result.trials.cancelled),
    }
}

fn measurements(number: usize, result: &CellResult) -> impl Iterator<Item = MeasurementRow> {
    result.measurements.iter().map(move |(quantity, measured)| MeasurementRow {
        cell: count(number),
        quantity: quantity.clone(),
        unit: measured.unit.clone().into_owned(),
        estimator: measured.estimator.clone(),
        bound: word(&measured.bound),
        n: whole(measured.interval.n as u64),
        mean: measured.interval.mean,
        sd: measured.interval.sd,
        ci95_low: measured.interval.ci95_low,
        ci95_high: measured.interval.ci95_high,
        interval_method: measured.interval_method.clone().into_owned(),
    })
}

fn capacities(evaluation: &Evaluation) -> Vec<CapacityRow> {
    let all = &evaluation.analyses.capacity;
    let Some(axes) = all.first().map(|capacity| &capacity.cell) else { return Vec::new() };
    // a capacity is one of all sizes: its kinds are those of any cell at its place
    let place = |cell: &Map<String, Value>| -> String {
        let own = cell.iter().filter(|(path, _)| axes.0.contains_key(*path));
        text(&own.collect::<BTreeMap<_, _>>())
    };
    let parts: BTreeMap<String, &Parts> =
        evaluation.results.iter().map(|result| (place(&result.cell.0), &result.parts)).collect();
    let row = |(number, capacity): (usize, &CellCapacity)| {
        let estimate = &capacity.estimate;
        let bits = &estimate.capacity_bits.interval;
        CapacityRow {
            number: count(number),
            coordinates_json: text(&capacity.cell),
            kinds: parts.get(&place(&capacity.cell.0)).map(|parts| kinds(parts)).unwrap_or_default(),
            parameters: whole(estimate.parameters),
            n: whole(estimate.replicates as u64),
            capacity_bits: bits.mean,
            ci95_low: bits.ci95_low,
            ci95_high: bits.ci95_high,
            lower_bound_95: estimate.capacity_bits.lower_bound_95,
            bits_per_parameter: estimate.bits_per_parameter.interval.mean,
            interval_method: bits.no_interval.map_or("hall_t", |why| why.name()).to_owned(),
            peak_samples: whole(estimate.peak_samples),
            peak_dataset_bits: estimate.peak_dataset_bits,
            saturated: estimate.saturated,
            converged: word(&estimate.converged),
            estimator: estimate.estimator.clone(),
        }
    };
    all.iter().enumerate().map(row).collect()
}

fn verdict((number, verdict): (usize, &Verdict)) -> VerdictRow {
    VerdictRow {
        number: count(number),
        says: verdict.says.clone(),
        quantity: verdict.quantity.clone(),
        verdict: word(&verdict.verdict),
        coordinates_json: text(&verdict.cell),
        measured: verdict.measured,
        expected: verdict.expected,
        p_adjusted: verdict.p_adjusted,
        document_json: text(verdict),
    }
}

fn kinds(parts: &Parts) -> Kinds {
    Kinds {
        source: parts.source.clone(),
        network: parts.network.clone(),
        regularizers_json: text(&parts.regularizers),
        optimizer: parts.optimizer.clone(),
    }
}

/// JSON of something that is made of texts and finite numbers.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers are JSON")
}

/// The name in JSON of a variant without fields.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        other => unreachable!("a variant without fields is a word, not {other:?}"),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
