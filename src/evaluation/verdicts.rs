//! Verdicts: what the measured numbers say of a job's claims. The one place that decides, by the
//! rules of docs/math/verdicts.md.

mod decision;
mod family;
mod number;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::analysis::Analyses;
use super::holds::Holds;
use super::results::CellResult;
use super::wanted::{IsWanted, go_on};
use crate::outcome::TrialOutcome;
use crate::science::estimator::Bound;
use crate::spec::claim::{About, Claim, Middle, Relation};
use crate::spec::{Coordinates, ValidJobSpec};
use decision::{Decision, Question};
use family::Level;
use number::{Judge, Number};

/// The verdict on a claim in one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The statement in words.
    pub says: String,
    /// Name of the quantity that decides the claim.
    pub quantity: String,
    /// Coordinates of the judged cell.
    pub cell: Coordinates,
    /// Coordinates of the reference cell whose quantity is subtracted, paired by replicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minus: Option<Coordinates>,
    /// Coordinates of the reference cell by whose mean the quantity is divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Coordinates>,
    /// Whether the claim is about the truth or about the reported number.
    pub about: About,
    /// Which number over replicates the claim is about.
    pub of: Middle,
    /// What the number says of the truth: the quantity itself, or a bound of it.
    pub bound: Bound,
    /// The claimed relation between the quantity and the expected value.
    pub relation: Relation,
    /// The expected value, in the unit of the quantity.
    pub expected: f64,
    /// Allowed deviation from the expected value, in its unit.
    pub tolerance: f64,
    /// Why this value and this tolerance, as the spec states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The measured value; `null` if the cell yields none.
    pub measured: Option<f64>,
    /// The measured value minus the expected one, in the unit of the quantity.
    pub effect: Option<f64>,
    /// Lower end of the 95 % interval of the measured value, by itself.
    pub ci95_low: Option<f64>,
    /// Upper end of the 95 % interval of the measured value, by itself.
    pub ci95_high: Option<f64>,
    /// Chance of such replicates if the verdict were wrong, by itself; `null` where nothing is
    /// tested.
    pub p_value: Option<f64>,
    /// The same, corrected for all verdicts of the job (Holm 1979); below .05 the claim is decided.
    pub p_adjusted: Option<f64>,
    /// Lower end of the interval on which the verdict rests, widened for all verdicts of the job.
    pub adjusted_low: Option<f64>,
    /// Upper end of the interval on which the verdict rests; `null` where a bound has none on
    /// this side.
    pub adjusted_high: Option<f64>,
    /// Whether the claim holds.
    pub verdict: Holds,
    /// Why, in words.
    pub because: String,
    /// About how many replicates more would decide an open claim (chance 80 %, if the measured
    /// value is right); `null` where none would.
    pub more_replicates: Option<u64>,
}

/// Judges every claim in every cell that it is about; `None` once nobody waits for it.
pub(super) fn verdicts(
    job: &ValidJobSpec,
    outcomes: &[TrialOutcome],
    results: &[CellResult],
    analyses: &Analyses,
    is_wanted: IsWanted,
) -> Option<Vec<Verdict>> {
    let judge = Judge::new(job, outcomes, results, analyses);
    let mut asked: Vec<(&Claim, Number, Decision)> = Vec::new();
    for checked in job.claims() {
        for number in judge.numbers(checked, is_wanted)? {
            let decision = Question::of(&checked.claim, &number).decide();
            asked.push((&checked.claim, number, decision));
        }
    }
    go_on(is_wanted)?;
    let chances: Vec<Option<f64>> = asked.iter().map(|(_, _, decision)| decision.p()).collect();
    let levels = family::levels(&chances);
    let mut all = Vec::with_capacity(asked.len());
    for ((claim, number, decision), level) in asked.into_iter().zip(levels) {
        go_on(is_wanted)?;
        all.push(verdict(claim, number, decision, level));
    }
    Some(all)
}

fn verdict(claim: &Claim, number: Number, decision: Decision, level: Option<Level>) -> Verdict {
    let cell = number.cell.clone();
    let question = Question::of(claim, &number);
    let holds = decision.holds(level);
    let raw = number.evidence.ends(0.05);
    let adjusted = level.and_then(|level| decision.interval(&number.evidence, level.alpha));
    let finite = |end: Option<f64>| end.filter(|end| end.is_finite());
    let measured = number.evidence.value();
    let more_replicates =
        level.filter(|_| holds == Holds::Open).and_then(|l| question.more_replicates(l.alpha));
    Verdict {
        says: claim.says.clone(),
        quantity: claim.quantity.clone(),
        minus: claim.minus.clone(),
        over: claim.over.clone(),
        about: question.about,
        of: claim.of,
        bound: number.bound,
        relation: claim.relation,
        expected: claim.expected,
        tolerance: claim.tolerance,
        reason: claim.reason.clone(),
        measured,
        effect: measured.map(|measured| measured - claim.expected),
        ci95_low: finite(raw.map(|ends| ends.0)),
        ci95_high: finite(raw.map(|ends| ends.1)),
        p_value: decision.p(),
        p_adjusted: level.map(|level| level.p_adjusted),
        adjusted_low: finite(adjusted.map(|ends| ends.0)),
        adjusted_high: finite(adjusted.map(|ends| ends.1)),
        verdict: holds,
        because: words::because(&question, &decision, holds, more_replicates),
        more_replicates,
        cell,
    }
}
