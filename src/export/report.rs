//! The report of a job for a terminal: a table of what was measured, then what the cells say
//! together. Knows nothing of who prints it.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::Format;
use crate::evaluation::analysis::{CellCapacity, CellPeak, CellScaling};
use crate::evaluation::{CellResult, Evaluation, Holds, Verdict, tables};
use crate::job::TrialState;
use crate::science::analysis::capacity::Converged;
use crate::science::analysis::interval::Interval;
use crate::science::estimator::all_quantities;
use crate::spec::claim::Relation;
use crate::spec::search::Stage;
use crate::words::{at, chance, number, setting};

/// The whole text; `seconds` of training where `run` prints it, with words on its flags.
#[must_use]
pub fn text(evaluation: &Evaluation, seconds: Option<f64>) -> String {
    let Evaluation { spec, outcomes, analyses, verdicts, .. } = evaluation;
    let mut out = String::new();
    let name = if spec.common().name.is_empty() { "job" } else { &spec.common().name };
    let seeds = spec.common().seeds;
    let count = |state| outcomes.iter().filter(|outcome| outcome.state == state).count();
    let is_run = seconds.is_some();
    let seconds = seconds.map(|seconds| format!(", {seconds:.1} s of training")).unwrap_or_default();
    let _ = writeln!(
        out,
        "{name}: {} of {} trials succeeded, {} diverged, {} failed; {seeds} replicates{seconds}",
        count(TrialState::Succeeded),
        outcomes.len(),
        count(TrialState::Diverged),
        count(TrialState::Failed),
    );
    let _ = writeln!(out, "\n{}", table(evaluation));
    if evaluation.results.iter().any(|result| !result.measurements.is_empty()) {
        out.push_str("mean [95 % interval over replicates]");
        out.push_str(if is_run {
            "; --json prints everything, --csv the results of each cell\n"
        } else {
            "\n"
        });
        out.push_str(&without_intervals(evaluation));
    }
    for capacity in &analyses.capacity {
        out.push_str(&capacity_line(capacity));
        out.push_str(&search_line(capacity));
    }
    for line in &analyses.scaling {
        out.push_str(&scaling_line(line));
    }
    for peak in &analyses.peaks {
        out.push_str(&peak_line(peak));
    }
    for spread in analyses.regularization.iter().flat_map(|all| all.claimed(spec)) {
        let _ = writeln!(out, "knobs: {}", spread.says);
    }
    for verdict in verdicts {
        out.push_str(&verdict_line(verdict));
    }
    for note in &analyses.notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

/// Why some means have no interval, if so.
fn without_intervals(evaluation: &Evaluation) -> String {
    let measured = evaluation.results.iter().flat_map(|result| result.measurements.values());
    let reasons: BTreeSet<&str> = measured.filter_map(|m| Some(m.interval.no_interval?.words())).collect();
    reasons.into_iter().map(|why| format!("intervals: {why}\n")).collect()
}

/// The table alone: the headline quantities, or those of the claims, if there are claims.
#[must_use]
pub fn table(evaluation: &Evaluation) -> String {
    let claims = evaluation.spec.claims().iter();
    let claimed: BTreeSet<&str> = claims.map(|checked| checked.claim.quantity.as_str()).collect();
    // tuning replicates are in --json and --csv only
    let is_shown = |result: &CellResult| result.stage != Some(Stage::Tuning);
    let shown = evaluation.results.iter().filter(|result| is_shown(result));
    let measured: BTreeSet<&str> =
        shown.flat_map(|result| result.measurements.keys()).map(String::as_str).collect();
    let of_analyses = claimed.iter().all(|name| !measured.contains(name));
    let quantities = all_quantities().into_iter().map(|(_, quantity)| quantity);
    let quantities: Vec<&str> = quantities
        .filter(|q| if of_analyses { q.headline } else { claimed.contains(q.name) })
        .map(|quantity| quantity.name)
        .collect();
    let table = tables::results(evaluation, is_shown);
    let place = |name: &str| table.columns.iter().position(|column| column.name == name);
    let axes = table.columns.iter().enumerate().filter(|(_, c)| c.is_coordinate && c.name != "stage");
    let mut places: Vec<usize> = axes.map(|(i, _)| i).collect();
    places.extend(["parameters", "dataset_bits"].into_iter().chain(quantities).filter_map(place));
    String::from_utf8(Format::Text.bytes(table.select(places))).expect("the encoder writes text")
}

fn verdict_line(verdict: &Verdict) -> String {
    let word = match verdict.verdict {
        Holds::Yes => "yes",
        Holds::No => "NO",
        Holds::Open => "open",
    };
    let place = at(&verdict.cell);
    format!(
        "{word:>4}: {}{place}: {} {}, expected {}{}; {}\n",
        verdict.says,
        decided(verdict),
        measured(verdict),
        expected(verdict),
        tested(verdict),
        verdict.because,
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

/// The chance of being wrong, corrected for all verdicts of the job.
#[must_use]
pub fn tested(verdict: &Verdict) -> String {
    verdict.p_adjusted.map_or(String::new(), |p| format!(", adjusted p {}", chance(p)))
}

/// What was expected, with what is allowed.
#[must_use]
pub fn expected(verdict: &Verdict) -> String {
    let relation = match verdict.relation {
        Relation::Equal => "",
        Relation::AtMost => "at most ",
        Relation::AtLeast => "at least ",
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
    let place = at(&peak.cell);
    let ends = |interval: &Interval| match (interval.ci95_low, interval.ci95_high) {
        (Some(low), Some(high)) => format!("{} [{}, {}]", number(interval.mean), number(low), number(high)),
        _ => number(interval.mean),
    };
    let filled =
        peak.over_capacity.map_or(String::new(), |over| format!(", {} times the capacity", ends(&over)));
    format!(
        "maximum of {}{place}: N = {}{filled}; inside the axis in {} of {} replicates\n",
        peak.quantity.name(),
        ends(&peak.samples),
        peak.inside,
        peak.draws
    )
}

fn capacity_line(capacity: &CellCapacity) -> String {
    let estimate = &capacity.estimate;
    let (bits, each) = (&estimate.capacity_bits, &estimate.bits_per_parameter);
    let place = at(&capacity.cell);
    let interval = |low: Option<f64>, high: Option<f64>| match (low, high) {
        (Some(low), Some(high)) => format!(" [{}, {}]", number(low), number(high)),
        _ => String::new(),
    };
    let bound = bits.lower_bound_95.map(|bound| format!(", one-sided 95 % lower bound {}", number(bound)));
    let peak = match estimate.saturated {
        Some(true) => "inside the axis",
        Some(false) => "at the end of the axis, or not significantly above it",
        None => "from a single replicate: biased upward",
    };
    let limits: String = capacity.limits().iter().map(|limit| format!("; {limit}")).collect();
    let lossless = match (estimate.lossless_samples, estimate.lossless_bits_per_parameter) {
        (Some(samples), Some(each)) => format!("up to N = {samples} ({} bits/parameter)", number(each)),
        _ => "at no size".to_owned(),
    };
    format!(
        "capacity{place}: {}{} bits{}; {}{} bits/parameter of {} parameters\n  \
         peak at N = {} ({} dataset bits), {peak}{limits}; lossless {lossless}; {} replicates, estimator {}\n",
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

/// The configuration that a search chose, and its work.
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
        Converged::Undecided => "undecided whether converged: lower bound only",
    };
    let censored = if search.holds_all_data {
        "; every replicate holds all its data: at least this, censored"
    } else {
        ""
    };
    format!(
        "  chosen by {} tuning trainings: learning rate {}, {} steps; {raise}: {verdict}{censored}; work {:.0} of {:.0}\n",
        search.tuning_trainings, search.learning_rate, search.steps, search.work, search.work_limit,
    )
}

fn scaling_line(line: &CellScaling) -> String {
    let scaling = &line.scaling;
    let place = at(&line.cell);
    let slope = scaling.bits_per_parameter;
    let interval = match (slope.ci95_low, slope.ci95_high) {
        (Some(low), Some(high)) => format!(" [{}, {}]", number(low), number(high)),
        _ => String::new(),
    };
    format!(
        "scaling{place}: {}{interval} bits per additional parameter over {} sizes, r^2 {}\n",
        number(slope.value),
        scaling.sizes,
        number(scaling.r_squared),
    )
}
