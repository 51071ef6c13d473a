//! Results as a flat table: one row a cell, the same bytes for the same job.

use std::collections::BTreeSet;

use serde_json::Value;

use super::ValidJobSpec;
use super::analysis::CellRegularization;
use super::results::{CellResult, TrialOutcome, measured};
use super::search::Stage;
use crate::science::analysis::interval::Interval;

/// The results as CSV (RFC 4180, lines end in LF). Numbers have the shortest
/// form that reads back to the same value; what does not exist is empty.
///
/// # Panics
/// Never: writing to memory cannot fail.
#[must_use]
pub fn csv(results: &[CellResult]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let table = table(results);
    for row in &table {
        writer.write_record(row).expect("rows of one length go to memory");
    }
    writer.into_inner().expect("memory is always flushed")
}

/// The trials as CSV: one row a trial, with its digest and what it measured.
///
/// # Panics
/// Never: writing to memory cannot fail.
#[must_use]
pub fn trials_csv(job: &ValidJobSpec, trials: &[TrialOutcome], digests: &[Option<&str>]) -> Vec<u8> {
    let first = trials.first().map(|trial| job.place_of(trial).0).unwrap_or_default();
    let axes: Vec<String> = first.0.keys().cloned().collect();
    let names: BTreeSet<&String> =
        trials.iter().filter_map(measured).flat_map(|measured| measured.measurements.keys()).collect();
    let mut header: Vec<String> = ["trial", "replicate", "state", "digest"].map(String::from).into();
    header.extend(axes.iter().map(|axis| guarded(axis)));
    header.extend(names.iter().map(|name| (*name).clone()));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).expect("memory takes every row");
    for (trial, digest) in trials.iter().zip(digests) {
        let (coordinates, replicate) = job.place_of(trial);
        let values = measured(trial).map(|measured| &measured.measurements);
        let mut row = vec![
            trial.index.to_string(),
            replicate.to_string(),
            trial.state.to_string(),
            digest.unwrap_or_default().to_owned(),
        ];
        row.extend(axes.iter().map(|axis| coordinate(&coordinates.0[axis])));
        row.extend(names.iter().map(|name| number(values.and_then(|values| values.get(*name).copied()))));
        writer.write_record(&row).expect("rows of one length go to memory");
    }
    writer.into_inner().expect("memory is always flushed")
}

/// Header and rows.
#[must_use]
pub fn table(results: &[CellResult]) -> Vec<Vec<String>> {
    let axes: Vec<&String> = results.first().map(|r| r.cell.0.keys().collect()).unwrap_or_default();
    let names: BTreeSet<&String> = results.iter().flat_map(|r| r.measurements.keys()).collect();
    let is_search = results.iter().any(|result| result.stage.is_some());
    let mut header: Vec<String> = axes.iter().map(|axis| guarded(axis)).collect();
    header.extend(is_search.then(|| "stage".to_owned()));
    header.extend(
        ["parameters", "dataset_bits", "trials_succeeded", "trials_failed", "trials_diverged"]
            .map(String::from),
    );
    for name in &names {
        header.extend(interval_names(name));
    }
    let mut rows = vec![header];
    for result in results {
        let mut row: Vec<String> = axes.iter().map(|axis| coordinate(&result.cell.0[*axis])).collect();
        if is_search {
            row.push(result.stage.map_or("", Stage::as_str).to_owned());
        }
        row.push(result.parameters.to_string());
        row.push(number(Some(result.dataset_bits)));
        let trials = result.trials;
        row.extend([trials.succeeded, trials.failed, trials.diverged].map(|count| count.to_string()));
        for name in &names {
            row.extend(interval_numbers(
                result.measurements.get(*name).map(|measurement| &measurement.interval),
            ));
        }
        rows.push(row);
    }
    rows
}

/// The knobs of a job as CSV: one row a setting, the baseline of each kind of data first.
///
/// # Panics
/// Never: writing to memory cannot fail.
#[must_use]
pub fn regularization_csv(all: &[CellRegularization]) -> Vec<u8> {
    let settings = || all.iter().flat_map(|one| one.settings().map(move |setting| (one.samples, setting)));
    let axes: Vec<&String> =
        settings().next().map(|(_, first)| first.cell.0.keys().collect()).unwrap_or_default();
    let bits: BTreeSet<&str> = settings().flat_map(|(_, setting)| setting.bits.keys().copied()).collect();
    let gaps: BTreeSet<&str> = settings().flat_map(|(_, setting)| setting.gaps.keys().copied()).collect();
    let theory: BTreeSet<&str> = settings().flat_map(|(_, setting)| setting.theory.keys().copied()).collect();
    let mut header: Vec<String> = axes.iter().map(|axis| guarded(axis)).collect();
    header.extend(["knob", "strength", "samples", "trials_succeeded"].map(String::from));
    header.extend(bits.iter().chain(&gaps).flat_map(|name| interval_names(name)));
    header.extend(theory.iter().map(|name| (*name).to_owned()));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).expect("memory takes every row");
    for (samples, setting) in settings() {
        let mut row: Vec<String> = axes.iter().map(|axis| coordinate(&setting.cell.0[*axis])).collect();
        row.extend([
            guarded(&setting.knob),
            number(setting.strength),
            samples.to_string(),
            setting.n.to_string(),
        ]);
        row.extend(bits.iter().flat_map(|name| interval_numbers(setting.bits.get(name))));
        row.extend(gaps.iter().flat_map(|name| interval_numbers(setting.gaps.get(name))));
        row.extend(theory.iter().map(|name| number(setting.theory.get(name).copied())));
        writer.write_record(&row).expect("rows of one length go to memory");
    }
    writer.into_inner().expect("memory is always flushed")
}

/// Columns of a quantity.
fn interval_names(name: &str) -> [String; 4] {
    ["", "_sd", "_ci95_low", "_ci95_high"].map(|part| format!("{name}{part}"))
}

/// What stands in them.
fn interval_numbers(interval: Option<&Interval>) -> [String; 4] {
    let end = |of: fn(&Interval) -> Option<f64>| number(interval.and_then(of));
    [end(|i| Some(i.mean)), end(|i| i.sd), end(|i| i.ci95_low), end(|i| i.ci95_high)]
}

fn number(value: Option<f64>) -> String {
    value.map(|value| Value::from(value).to_string()).unwrap_or_default()
}

fn coordinate(value: &Value) -> String {
    match value {
        Value::String(text) => guarded(text),
        Value::Number(number) => number.to_string(),
        other => guarded(&other.to_string()),
    }
}

/// A text that a spreadsheet would run as a formula is quoted with an apostrophe.
fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::job::results::{CellMeasurement, TrialCounts, UpperBounds};
    use crate::job::sweep::Coordinates;
    use crate::science::bits::Bits;
    use crate::science::estimator::Bound;
    use crate::science::source::Ledger;

    #[test]
    fn a_row_holds_coordinates_counts_and_intervals() {
        let measurement = CellMeasurement {
            unit: "bits",
            estimator: "memorized_bits".into(),
            bound: Bound::Lower,
            interval: Interval::of(&[1.0, 3.0]).unwrap(),
        };
        let Value::Object(cell) =
            json!({"/dataset/samples": 100, "/network/activation": "=relu", "/regularizers": [{"a": 1}]})
        else {
            unreachable!()
        };
        let result = CellResult {
            cell: Coordinates(cell),
            stage: None,
            parameters: 7,
            dataset_bits: 0.1,
            ledger: Ledger::of_noise(Bits(0.1)),
            upper_bounds: UpperBounds { weights_bits: 224.0, dataset_bits: 0.1, readout_bits: None },
            trials: TrialCounts { succeeded: 2, ..TrialCounts::default() },
            measurements: BTreeMap::from([("memorized_bits".into(), measurement)]),
        };
        let text = String::from_utf8(csv(&[result])).unwrap();
        let mut lines = text.lines();
        assert_eq!(
            lines.next().unwrap(),
            "/dataset/samples,/network/activation,/regularizers,parameters,dataset_bits,trials_succeeded,\
             trials_failed,trials_diverged,memorized_bits,memorized_bits_sd,memorized_bits_ci95_low,memorized_bits_ci95_high"
        );
        let row = lines.next().unwrap();
        assert!(
            row.starts_with("100,'=relu,\"[{\"\"a\"\":1}]\",7,0.1,2,0,0,2.0,1.4142135623730951,"),
            "{row}"
        );
    }

    #[test]
    fn no_results_make_a_header_only() {
        assert_eq!(csv(&[]), b"parameters,dataset_bits,trials_succeeded,trials_failed,trials_diverged\n");
    }
}
