//! The sections of the report, each from the evaluation of the job or from its receipt.

use super::html::{Html, definitions, element, table};
use super::receipt::Receipt;
use crate::drawing::{self, Look};
use crate::evaluation::tables::EvaluatedTable;
use crate::evaluation::{Evaluation, Holds};
use crate::export::report::{decided, expected, measured};
use crate::figure::{Request, kinds_of};
use crate::job::TrialState;
use crate::outcome::Digest;
use crate::science::estimator::{Bound, all_quantities};
use crate::words::{at, chance, setting};
use std::collections::BTreeSet;

/// Rows of a table in the page: all are in the table's files.
const MOST_ROWS: usize = 200;
/// Figures of the page.
const MOST_FIGURES: usize = 5;
/// Digests of trials in the page.
const MOST_DIGESTS: usize = 1000;

fn count(evaluation: &Evaluation, state: TrialState) -> usize {
    evaluation.outcomes.iter().filter(|outcome| outcome.state == state).count()
}

/// Where the job stands.
pub fn summary(page: &mut Html, evaluation: &Evaluation, receipt: &Receipt) {
    let trials = format!(
        "{} of {} trials succeeded, {} diverged, {} failed; {} replicates of each setting",
        count(evaluation, TrialState::Succeeded),
        evaluation.outcomes.len(),
        count(evaluation, TrialState::Diverged),
        count(evaluation, TrialState::Failed),
        evaluation.spec.common().seeds,
    );
    let tags = receipt.tags.join(", ");
    let rows = [("State", receipt.state.clone()), ("Trials", trials), ("Tags", tags)];
    definitions(page, rows.into_iter().filter(|(_, value)| !value.is_empty()));
}

/// What the results say of each claim.
pub fn verdicts(page: &mut Html, evaluation: &Evaluation, receipt: &Receipt) {
    if evaluation.verdicts.is_empty() {
        return;
    }
    element(page, "h2", "Verdicts");
    page.raw("<div class=\"scroll\"><table>\n<thead><tr>");
    for head in ["", "claim", "where", "measured", "expected", "adjusted p", "because"] {
        page.raw("<th scope=\"col\">");
        page.text(head);
        page.raw("</th>");
    }
    page.raw("</tr></thead>\n<tbody>\n");
    for verdict in evaluation.verdicts.iter().take(MOST_ROWS) {
        let word = match verdict.verdict {
            Holds::Yes => "yes",
            Holds::No => "no",
            Holds::Open => "open",
        };
        page.raw(&format!("<tr><td class=\"{word}\">{word}</td>"));
        let p = verdict.p_adjusted.map_or_else(String::new, chance);
        let number = format!("{} {}", decided(verdict), measured(verdict));
        let texts =
            [&verdict.says, &setting(&verdict.cell), &number, &expected(verdict), &p, &verdict.because];
        for text in texts {
            page.raw("<td>");
            page.text(text);
            page.raw("</td>");
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n");
    element(
        page,
        "p",
        "Verdicts are decided with a chance of at most 5 % of being wrong anywhere in this job (Holm).",
    );
    let stated = match receipt.claims_before_looking {
        Some(true) => "The claims were stated before any trial of the same kind had been run here.",
        Some(false) => "Trials of the same kind had been run here before the claims were stated.",
        None => return,
    };
    element(page, "p", stated);
}

/// What there is to draw, for light and for dark ground.
pub fn figures(page: &mut Html, evaluation: &Evaluation) {
    element(page, "h2", "Figures");
    for kind in kinds_of(evaluation).into_iter().take(MOST_FIGURES) {
        let request = Request { kind: Some(kind.to_owned()), ..Request::default() };
        for theme in ["light", "dark"] {
            let look = Look { theme: Some(theme.to_owned()), ..Look::default() };
            if let Ok(svg) = drawing::svg(evaluation, &request, &look) {
                page.raw(&format!("<figure class=\"{theme}\">\n{svg}</figure>\n"));
            }
        }
    }
}

/// Tables that have rows.
pub fn tables(page: &mut Html, evaluation: &Evaluation) {
    element(page, "h2", "Results");
    element(page, "p", "Means over replicates with 95 % intervals in brackets.");
    table(page, EvaluatedTable::Results.of(evaluation), MOST_ROWS);
    for (title, which) in
        [("Capacities", EvaluatedTable::Capacities), ("Differences", EvaluatedTable::Comparison)]
    {
        if which.of(evaluation).rows.next().is_some() {
            element(page, "h3", title);
            table(page, which.of(evaluation), MOST_ROWS);
        }
    }
}

/// The bits of the data, each composition once.
pub fn ledger(page: &mut Html, evaluation: &Evaluation) {
    element(page, "h2", "Ledger");
    element(page, "p", "Exactly known bits of the data, by the smallest and largest cell of the sweep.");
    let mut all: Vec<_> = evaluation.results.iter().collect();
    all.sort_by(|a, b| a.dataset_bits.total_cmp(&b.dataset_bits));
    let ends = all.first().into_iter().chain(all.last().filter(|_| all.len() > 1));
    for result in ends {
        let bits = |bits: f64| crate::words::number(bits);
        let ledger = &result.ledger;
        element(page, "h3", &setting(&result.cell));
        let rule = ledger.rule.map_or_else(|| "a continuum of rules".to_owned(), |rule| bits(rule.0));
        definitions(
            page,
            [
                ("dataset, bits", bits(result.dataset_bits)),
                ("structure, bits", bits(ledger.structure.0)),
                ("noise, bits", bits(ledger.noise.0)),
                ("rule, bits", rule),
                ("upper bound by the weights, bits", bits(result.upper_bounds.weights_bits)),
            ],
        );
    }
}

/// What a reader must know of the numbers.
pub fn limits(page: &mut Html, evaluation: &Evaluation) {
    element(page, "h2", "Limits");
    page.raw("<ul>\n");
    for note in &evaluation.analyses.notes {
        element(page, "li", note);
    }
    for capacity in &evaluation.analyses.capacity {
        for limit in capacity.limits() {
            element(page, "li", &format!("capacity{}: {limit}", at(&capacity.cell)));
        }
    }
    let measured = || evaluation.results.iter().flat_map(|result| &result.measurements);
    let reasons: BTreeSet<&str> =
        measured().filter_map(|(_, found)| Some(found.interval.no_interval?.words())).collect();
    for reason in reasons {
        element(page, "li", &format!("intervals: {reason}"));
    }
    page.raw("</ul>\n");
    let names: BTreeSet<&String> = measured().map(|(name, _)| name).collect();
    let bound = |bound: Bound| match bound {
        Bound::Exact => "itself",
        Bound::Lower => "in expectation a lower bound",
        Bound::Upper => "an upper bound",
        Bound::Null => "a null: in expectation at most 0",
    };
    let known = all_quantities();
    let known = known.iter().filter(|(_, quantity)| names.iter().any(|name| *name == quantity.name));
    element(page, "h3", "Quantities");
    let lines: Vec<(&str, String)> = known
        .map(|(kind, quantity)| {
            let Bound::Exact = quantity.bound else {
                let bound = bound(quantity.bound);
                return (quantity.name, format!("{} ({bound}; estimator {kind})", quantity.definition));
            };
            (quantity.name, format!("{} (estimator {kind})", quantity.definition))
        })
        .collect();
    definitions(page, lines);
}

/// The spec as it was sent.
pub fn spec(page: &mut Html, receipt: &Receipt) {
    element(page, "h2", "Spec");
    element(page, "pre", &serde_json::to_string_pretty(&receipt.spec).unwrap_or_default());
}

/// How well this build meets numbers that are known.
pub fn certificate(page: &mut Html, receipt: &Receipt) {
    element(page, "h2", "Certificate");
    let Some((issued, certificate)) = &receipt.certificate else {
        element(page, "p", "This data directory holds no calibration certificate of this build.");
        return;
    };
    let suite = if certificate.quick { "quick suite" } else { "full suite" };
    let met = if certificate.met { "every known value is met" } else { "not every known value is met" };
    let rows = [
        ("Issued", issued.clone()),
        ("Result", format!("{met}, {} values, {suite}", certificate.rows.len())),
        ("Version", certificate.version.clone()),
        ("Arithmetic", certificate.numeric_profile.clone()),
    ];
    definitions(page, rows);
}

/// What tells this job from all others, and its trials from others' trials.
pub fn receipt(page: &mut Html, evaluation: &Evaluation, receipt: &Receipt) {
    element(page, "h2", "Receipt");
    let digests: Vec<(u32, &Digest)> = evaluation
        .outcomes
        .iter()
        .filter_map(|outcome| Some((outcome.number, outcome.digest.as_ref()?)))
        .collect();
    let all: String = digests.iter().map(|(number, digest)| format!("{number} {digest}\n")).collect();
    let [accepted, started, ended] = receipt.times.clone().map(|time| time.unwrap_or_else(|| "-".to_owned()));
    let profile = evaluation.numeric_profile().unwrap_or_else(|| "-".to_owned());
    let rows = [
        ("Job", receipt.origin.job.clone()),
        ("Seed", receipt.origin.seed.to_string()),
        ("SHA-256 of the spec", receipt.origin.spec_digest.clone()),
        ("Trials with a digest", digests.len().to_string()),
        ("SHA-256 of all digests below", Digest::of(all.as_bytes()).to_string()),
        ("Arithmetic of the trials", profile),
        ("Accepted", accepted),
        ("Started", started),
        ("Ended", ended),
        ("Version of bitgauge", receipt.origin.version.to_owned()),
        ("Machine of this report", receipt.machine.clone()),
    ];
    definitions(page, rows);
    page.raw("<details><summary>Digest of each trial</summary>\n<pre>");
    for (number, digest) in digests.iter().take(MOST_DIGESTS) {
        page.text(&format!("{number} {digest}\n"));
    }
    page.raw("</pre></details>\n");
    if digests.len() > MOST_DIGESTS {
        element(page, "p", &format!("{} more are in the trials' files.", digests.len() - MOST_DIGESTS));
    }
}
