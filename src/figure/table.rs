//! Results for a terminal: an aligned table with intervals, then what the cells
//! say together. Knows nothing of who prints it.

use std::collections::BTreeSet;
use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};

use super::words::{brief, number, setting, short};
use crate::job::analysis::{CellCapacity, CellPeak, CellScaling, Holds, Verdict, analyze};
use crate::job::claim::ClaimRelation;
use crate::job::results::{CellMeasurement, CellResult, TrialOutcome, results};
use crate::job::search::Stage;
use crate::job::{TrialState, ValidJobSpec};
use crate::science::analysis::capacity::Converged;
use crate::science::analysis::interval::Interval;
use crate::science::estimator::all_quantities;

/// The whole text; `seconds` of training where they are known.
#[must_use]
pub fn text(spec: &ValidJobSpec, trials: &[TrialOutcome], seconds: Option<f64>) -> String {
    let (results, analysis) = (results(spec, trials), analyze(spec, trials));
    let mut out = String::new();
    let name = if spec.frame().name.is_empty() { "job" } else { &spec.frame().name };
    let seeds = spec.frame().seeds;
    let count = |state| trials.iter().filter(|trial| trial.state == state).count();
    let seconds = seconds.map(|seconds| format!(", {seconds:.1} s of training")).unwrap_or_default();
    let _ = writeln!(
        out,
        "{name}: {} of {} trials succeeded, {} diverged, {} failed; {seeds} seeds{seconds}",
        count(TrialState::Succeeded),
        trials.len(),
        count(TrialState::Diverged),
        count(TrialState::Failed),
    );
    // what chose is in --json and --csv; here stands what was measured
    let shown: Vec<&CellResult> =
        results.iter().filter(|result| result.stage != Some(Stage::Tuning)).collect();
    let claimed: BTreeSet<&str> = spec.frame().claims.iter().map(|claim| claim.quantity.as_str()).collect();
    let _ = writeln!(out, "\n{}\n", table(&shown, &claimed));
    if results.iter().any(|r| !r.measurements.is_empty()) {
        out.push_str("mean [95 % interval over seeds]; --json and --csv have every quantity\n");
    }
    for capacity in &analysis.capacity {
        out.push_str(&capacity_line(capacity));
        out.push_str(&search_line(capacity));
    }
    for line in &analysis.scaling {
        out.push_str(&scaling_line(line));
    }
    for peak in &analysis.peaks {
        out.push_str(&peak_line(peak));
    }
    for spread in analysis.regularization.iter().flat_map(|all| &all.spreads) {
        let _ = writeln!(out, "one axis? {}", spread.says);
    }
    for verdict in &analysis.verdicts {
        out.push_str(&verdict_line(verdict));
    }
    for note in &analysis.notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

/// Of what is measured the headlines and what the claims are about; only these, if there are
/// claims.
fn table(results: &[&CellResult], claimed: &BTreeSet<&str>) -> Table {
    let measured: BTreeSet<&str> =
        results.iter().flat_map(|r| r.measurements.keys()).map(String::as_str).collect();
    let of_analyses = claimed.iter().all(|name| !measured.contains(name));
    let shown: Vec<(&str, &str)> = all_quantities()
        .into_iter()
        .map(|(_, quantity)| quantity)
        .filter(|q| if of_analyses { q.headline } else { claimed.contains(q.name) })
        .filter(|quantity| measured.contains(quantity.name))
        .map(|quantity| (quantity.name, quantity.unit.name()))
        .collect();
    let axes: Vec<&String> = results.first().map(|r| r.cell.0.keys().collect()).unwrap_or_default();
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    let mut header: Vec<String> = axes.iter().map(|axis| short(axis)).collect();
    header.extend(["parameters", "dataset_bits"].map(String::from));
    header.extend(shown.iter().map(|(name, _)| (*name).to_owned()));
    let columns = header.len();
    table.set_header(header);
    for result in results {
        let mut row: Vec<String> = axes.iter().map(|axis| brief(&result.cell.0[*axis])).collect();
        row.push(result.parameters.to_string());
        row.push(number(result.dataset_bits));
        row.extend(
            shown.iter().map(|(name, _)| {
                result.measurements.get(*name).map_or_else(|| "-".to_owned(), with_interval)
            }),
        );
        table.add_row(row);
    }
    for column in axes.len()..columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn verdict_line(verdict: &Verdict) -> String {
    let word = match verdict.verdict {
        Holds::Yes => "yes",
        Holds::No => "NO",
        Holds::Open => "open",
    };
    let place =
        if verdict.cell.0.is_empty() { String::new() } else { format!(" at {}", setting(&verdict.cell)) };
    format!(
        "{word:>4}: {}{place}: {} {}, expected {}\n",
        verdict.says,
        decided(verdict),
        measured(verdict),
        expected(verdict)
    )
}

/// What was measured, with its interval.
#[must_use]
pub fn measured(verdict: &Verdict) -> String {
    let interval = match (verdict.ci95_low, verdict.ci95_high) {
        (Some(low), Some(high)) => format!(" [{}, {}]", number(low), number(high)),
        _ => String::new(),
    };
    verdict.measured.map_or_else(|| "no number".to_owned(), number) + &interval
}

/// What was expected, with what is allowed.
#[must_use]
pub fn expected(verdict: &Verdict) -> String {
    let relation = match verdict.relation {
        ClaimRelation::Equal => "",
        ClaimRelation::AtMost => "at most ",
        ClaimRelation::AtLeast => "at least ",
    };
    let tolerance =
        if verdict.tolerance > 0.0 { format!(" +- {}", number(verdict.tolerance)) } else { String::new() };
    format!("{relation}{}{tolerance}", number(verdict.expected))
}

/// The quantity that decides, and what it is compared with.
#[must_use]
pub fn decided(verdict: &Verdict) -> String {
    match (&verdict.minus, &verdict.over) {
        (Some(other), _) => format!("{} less that at {}:", verdict.quantity, setting(other)),
        (None, Some(other)) => format!("{} over that at {}:", verdict.quantity, setting(other)),
        (None, None) => verdict.quantity.clone(),
    }
}

fn peak_line(peak: &CellPeak) -> String {
    let place = if peak.cell.0.is_empty() { String::new() } else { format!(" at {}", setting(&peak.cell)) };
    let ends = |interval: &Interval| match (interval.ci95_low, interval.ci95_high) {
        (Some(low), Some(high)) => format!("{} [{}, {}]", number(interval.mean), number(low), number(high)),
        _ => number(interval.mean),
    };
    let filled =
        peak.over_capacity.map_or(String::new(), |over| format!(", {} times the capacity", ends(&over)));
    format!(
        "largest {}{place}: N = {}{filled}; inside the axis in {} of {} draws\n",
        peak.quantity,
        ends(&peak.samples),
        peak.inside,
        peak.draws
    )
}

fn capacity_line(capacity: &CellCapacity) -> String {
    let estimate = &capacity.estimate;
    let (bits, each) = (&estimate.capacity_bits, &estimate.bits_per_parameter);
    let place =
        if capacity.cell.0.is_empty() { String::new() } else { format!(" at {}", setting(&capacity.cell)) };
    let interval = |low: Option<f64>, high: Option<f64>| match (low, high) {
        (Some(low), Some(high)) => format!(" [{}, {}]", number(low), number(high)),
        _ => String::new(),
    };
    let bound = bits.lower_bound_95.map(|bound| format!(", one-sided 95 % lower bound {}", number(bound)));
    let peak = match estimate.saturated {
        Some(true) => "inside the axis",
        Some(false) => "at the end of the axis or not separated from it: the capacity may be larger",
        None => "from a single draw: biased upward",
    };
    let lossless = match (estimate.lossless_samples, estimate.lossless_bits_per_parameter) {
        (Some(samples), Some(each)) => format!("up to N = {samples} ({} bits/parameter)", number(each)),
        _ => "at no size".to_owned(),
    };
    format!(
        "capacity{place}: {}{} bits{}; {}{} bits/parameter of {} parameters\n  \
         peak at N = {} ({} dataset bits), {peak}; lossless {lossless}; {} replicates, estimator {}\n",
        number(bits.interval.mean),
        interval(bits.interval.ci95_low, bits.interval.ci95_high),
        bound.unwrap_or_default(),
        number(each.interval.mean),
        interval(each.interval.ci95_low, each.interval.ci95_high),
        estimate.parameters,
        estimate.peak_samples,
        number(estimate.peak_dataset_bits),
        estimate.replicates,
        estimate.estimator,
    )
}

/// What a search chose, and what it cost.
fn search_line(capacity: &CellCapacity) -> String {
    let Some(search) = &capacity.search else { return String::new() };
    let raise = search.raise_of_twice_the_steps.map_or_else(
        || "not checked with twice the steps".to_owned(),
        |raise| format!("twice the steps change it by {:+.1} %", 100.0 * raise.mean),
    );
    let verdict = match capacity.estimate.converged {
        Converged::Yes => "converged",
        Converged::No => "not converged: lower bound only",
        Converged::NotChecked => "lower bound only",
    };
    format!(
        "  chosen by {} tuning trainings: learning rate {}, {} steps; {raise}: {verdict}; work {:.0} of {:.0}\n",
        search.tuning_trainings, search.learning_rate, search.steps, search.work, search.work_limit,
    )
}

fn scaling_line(line: &CellScaling) -> String {
    let scaling = &line.scaling;
    let place = if line.cell.0.is_empty() { String::new() } else { format!(" at {}", setting(&line.cell)) };
    let slope = scaling.bits_per_parameter;
    let interval = match (slope.ci95_low, slope.ci95_high) {
        (Some(low), Some(high)) => format!(" [{}, {}]", number(low), number(high)),
        _ => String::new(),
    };
    format!(
        "scaling{place}: {}{interval} bits for each further parameter over {} sizes, r^2 {}\n",
        number(slope.value),
        scaling.sizes,
        number(scaling.r_squared),
    )
}

fn with_interval(measurement: &CellMeasurement) -> String {
    let interval = &measurement.interval;
    match (interval.ci95_low, interval.ci95_high) {
        (Some(low), Some(high)) => {
            format!("{} [{}, {}]", number(interval.mean), number(low), number(high))
        }
        _ => number(interval.mean),
    }
}
