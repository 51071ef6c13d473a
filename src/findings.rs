//! Findings: a page for each preset that was run, and the overview of all. Pure: what ran
//! goes in, text comes out, and equal results give equal bytes.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::drawing::{self, Look};
use crate::evaluation::analysis::{CellRegularization, MatchedSpread};
use crate::evaluation::{Evaluation, Holds, Verdict, tables};
use crate::export::Format;
use crate::export::report::{self, decided, expected, measured};
use crate::figure::Request;
use crate::presets::{Extent, Preset};
use crate::science::analysis::interval::Interval;
use crate::science::analysis::scaling::Estimate;
use crate::spec::quantity::{ClaimedQuantity, MatchedBits};
use crate::words::{chance, setting};

/// A page with the files that it shows.
#[derive(Debug)]
pub struct Page {
    /// The page itself, Markdown.
    pub text: String,
    /// Names and contents of the files beside it, in the folder `data`.
    pub files: Vec<(String, Vec<u8>)>,
    /// Its line in the overview.
    pub line: Line,
}

/// What the overview says of a preset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Name of the preset.
    pub preset: String,
    /// The claim in a few words.
    pub title: String,
    /// The first paragraph of its notes.
    pub summary: String,
    /// Which form was run.
    pub form: Extent,
    /// Statements that hold, that do not, and that stay open.
    pub verdicts: [usize; 3],
}

/// Where the pages of full forms lie, below those of quick ones.
pub const FULL: &str = "full/";

/// Writes the page of a preset. `notes` say what it means and where its limits are; their first
/// paragraph is what the overview says.
#[must_use]
pub fn page(preset: &Preset, form: Extent, evaluation: &Evaluation, notes: &str) -> Page {
    let (id, common) = (preset.id, evaluation.spec.common());
    let analyses = &evaluation.analyses;
    let mut files = vec![(format!("{id}.csv"), Format::Csv.bytes(tables::results(evaluation, |_| true)))];
    if !analyses.regularization.is_empty() {
        let table = Format::Csv.bytes(tables::regularization(evaluation));
        files.push((format!("{id}-regularization.csv"), table));
    }
    let tables: Vec<String> = files.iter().map(|(name, _)| format!("[{name}](data/{name})")).collect();
    let count = |holds| evaluation.verdicts.iter().filter(|verdict| verdict.verdict == holds).count();
    let line = Line {
        preset: id.to_owned(),
        title: common.name.clone(),
        summary: notes.trim().lines().take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" "),
        form,
        verdicts: [Holds::Yes, Holds::No, Holds::Open].map(count),
    };
    let mut text = format!("# {}\n\n{}\n\n", common.name, common.question);
    let (flag, field, root, changes) = match form {
        Extent::Quick => ("", "", "../..", String::new()),
        Extent::Full => {
            let changes = format!(
                " with the changes of [examples/claims/full/{id}.json](../../../examples/claims/full/{id}.json) (the quick form: [{id}](../{id}.md))"
            );
            (" --full", ", \"form\": \"full\"", "../../..", changes)
        }
    };
    let _ = writeln!(
        text,
        "```sh\nbitgauge run --preset {id}{flag}\ncurl --json '{{\"preset\": \"{id}\"{field}}}' http://127.0.0.1:8080/v1/jobs\n```\n\n\
         The spec is [examples/claims/{id}.json]({root}/examples/claims/{id}.json){changes}; {} replicates of each setting, {} trials.\n\n\
         ## What was found\n\n{}\n",
        common.seeds,
        evaluation.outcomes.len(),
        notes.trim()
    );
    let _ = writeln!(
        text,
        "\n## Verdicts\n\n| | statement | where | measured | expected | adjusted p | because |\n|---|---|---|---|---|---|---|"
    );
    for verdict in &evaluation.verdicts {
        text.push_str(&verdict_row(verdict));
    }
    for all in &analyses.regularization {
        if all.claimed(&evaluation.spec).next().is_some() {
            text.push_str(&by_decoder(all));
            text.push_str(&deviations(all));
        }
    }
    text.push_str("\n## Figures\n\n");
    for (name, svg) in figures(evaluation) {
        let _ = writeln!(text, "![{}: {name}](data/{id}-{name}.svg)\n", common.name);
        files.push((format!("{id}-{name}.svg"), svg.into_bytes()));
    }
    let _ = writeln!(
        text,
        "## Results\n\nEvery quantity with its interval: {}. In short:\n\n```text\n{}```",
        tables.join(", "),
        in_short(&report::text(evaluation, None))
    );
    Page { text, files, line }
}

/// The overview: one line a preset.
#[must_use]
pub fn overview(lines: &[Line]) -> String {
    let mut text = "# Findings\n\n\
        Tests of claims about noise and memorization in neural networks (most of them from a 2016 essay), one page per preset. A verdict\n\
        is decided with a chance of at most 5 % of being wrong anywhere on a page (Holm); `open` says why it is not decided. Every page is written by `bitgauge findings` from the\n\
        preset of the same name, and a test compares quick ones with a new run; full forms have more replicates or longer training. [search.md](search.md), [mutations.md](mutations.md) and\n\
        [performance.md](performance.md) describe the instrument itself.\n\n\
        | claim | yes | no | open | in a sentence |\n|---|---|---|---|---|\n"
        .to_owned();
    for line in lines {
        let [yes, no, open] = line.verdicts;
        let (folder, form) = if line.form == Extent::Full { (FULL, ", full form") } else { ("", "") };
        let _ = writeln!(
            text,
            "| [{}{form}]({folder}{}.md) | {yes} | {no} | {open} | {} |",
            line.title, line.preset, line.summary
        );
    }
    text
}

/// The job's own figure, and where that is of an analysis the measurement that its claims are
/// about.
fn figures(evaluation: &Evaluation) -> Vec<(&'static str, String)> {
    let job = &evaluation.spec;
    let own = drawing::svg(evaluation, &Request::default(), &Look::default());
    let y = job.claims().iter().find_map(|claim| match claim.quantity {
        ClaimedQuantity::PeakOverCapacity(quantity) => Some(quantity.name().to_owned()),
        _ => None,
    });
    let request = Request { kind: Some("measurement".into()), y, ..Request::default() };
    let measurement = drawing::svg(evaluation, &request, &Look::default());
    let mut all: Vec<(&str, String)> = own.ok().map(|svg| ("figure", svg)).into_iter().collect();
    if let Ok(svg) = measurement {
        // eighty settings side by side are no picture, nor is what a search measured at one size each
        let is_legible = job.search().is_none() && job.cell_count() <= MOST_CELLS;
        if is_legible && all.iter().all(|(_, own)| *own != svg) {
            all.push(("measurement", svg));
        }
    }
    all
}

/// Settings beyond which measurements are not drawn beside a figure of an analysis.
const MOST_CELLS: usize = 30;

fn verdict_row(verdict: &Verdict) -> String {
    let word = match verdict.verdict {
        Holds::Yes => "yes",
        Holds::No => "**no**",
        Holds::Open => "open",
    };
    format!(
        "| {word} | {} | {} | {} {} | {} | {} | {} |\n",
        verdict.says,
        setting(&verdict.cell).replace('|', "\\|"),
        decided(verdict),
        measured(verdict),
        expected(verdict),
        verdict.p_adjusted.map_or(String::new(), chance),
        verdict.because,
    )
}

/// What depends on how the bits are read.
fn by_decoder(all: &CellRegularization) -> String {
    let mut text = "\nHow much knobs differ at matched bits, by the bits that are matched: standard deviation between knobs over that between\n\
        replicates, share of the variance that the bits explain, and the largest difference between two knobs, each with its 95 %\n\
        interval by itself.\n\n\
        | matched | gap | ratio | explained | largest difference | of |\n|---|---|---|---|---|---|\n"
        .to_owned();
    let estimate = |estimate: &Estimate| match estimate.ci95_low.zip(estimate.ci95_high) {
        Some((low, high)) => format!("{:.3} [{low:.3}, {high:.3}]", estimate.value),
        None => format!("{:.3}", estimate.value),
    };
    for spread in &all.spreads {
        let most = spread.spread.largest_difference;
        let difference = most.map_or(String::new(), |pair| estimate(&Estimate::of_mean(&pair.difference)));
        let name = |knob: usize| &spread.knobs[knob];
        let of =
            most.map_or(String::new(), |pair| format!("{} less {}", name(pair.knobs.0), name(pair.knobs.1)));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {difference} | {of} |",
            spread.bits.name(),
            spread.gap.name(),
            spread.spread.ratio.as_ref().map_or(String::new(), estimate),
            estimate(&spread.spread.explained_by_bits),
        );
    }
    text
}

/// How far each knob lies above the mean of all at the same bits.
fn deviations(all: &CellRegularization) -> String {
    // the strongest reading of memory; bits of a layer are another matter
    let (layer, memorized): (Vec<&MatchedBits>, _) =
        MatchedBits::ALL.iter().rev().partition(|bits| **bits == MatchedBits::Layer);
    let bits = memorized.into_iter().chain(layer).find(|bits| all.at(**bits).next().is_some());
    let Some(bits) = bits else { return String::new() };
    let spreads: Vec<&MatchedSpread> = all.at(*bits).collect();
    let Some(first) = spreads.first() else { return String::new() };
    let heads: String = spreads.iter().map(|spread| format!(" {} |", spread.gap.name())).collect();
    let mut text = format!(
        "\nDeviation of each knob from the mean of all knobs at the same {}, with 95 % intervals over replicates:\n\n\
         | knob |{heads}\n|---|{}\n",
        bits.name(),
        "---|".repeat(spreads.len())
    );
    for (knob, name) in first.knobs.iter().enumerate() {
        let of_spread = |spread: &&MatchedSpread| match spread.spread.deviations.get(knob).copied().flatten()
        {
            Some(Interval { mean, ci95_low: Some(low), ci95_high: Some(high), .. }) => {
                format!(" {mean:.3} [{low:.3}, {high:.3}] |")
            }
            _ => " reaches no matched level |".to_owned(),
        };
        let _ = writeln!(text, "| {name} |{}", spreads.iter().map(of_spread).collect::<String>());
    }
    text
}

/// The table alone: its verdicts and analyses stand above.
fn in_short(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.starts_with("mean [95"));
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}
