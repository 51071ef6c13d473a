//! Why a verdict is what it is, in words.

use super::decision::{Decision, Question, Sides, Why};
use crate::evaluation::holds::Holds;
use crate::science::estimator::Bound;
use crate::spec::claim::Relation;

/// One sentence.
pub(super) fn because(
    question: &Question,
    decision: &Decision,
    holds: Holds,
    more_replicates: Option<u64>,
) -> String {
    match (decision, holds) {
        (Decision::Exact(_), _) => "the number is known exactly".to_owned(),
        (Decision::Undecidable(why), _) => undecidable(question, *why),
        (Decision::Tested { sides, .. }, Holds::Yes) => shown(*sides).to_owned(),
        (Decision::Tested { sides, .. }, Holds::No) => refuted(*sides).to_owned(),
        (Decision::Tested { .. }, Holds::Open) => open(question, more_replicates),
    }
}

fn undecidable(question: &Question, why: Why) -> String {
    match why {
        Why::NoNumber => "the cell has no value".to_owned(),
        Why::BoundsNothing => {
            "a difference, ratio, slope or median of bounds bounds nothing: make the claim about the statistic".to_owned()
        }
        Why::NoInterval => {
            let why = question.evidence.no_interval().map_or("there is no interval", |why| why.words());
            why.to_owned()
        }
    }
}

const fn shown(sides: Sides) -> &'static str {
    match sides {
        Sides::Both => "the adjusted interval lies inside what is allowed",
        Sides::Equivalence => "two one-sided tests: the adjusted interval lies inside the tolerance",
        Sides::Low => "the truth is at least the adjusted lower bound, which suffices",
        Sides::High => "the truth is at most the adjusted upper bound, which suffices",
    }
}

const fn refuted(sides: Sides) -> &'static str {
    match sides {
        Sides::Both | Sides::Equivalence => "the adjusted interval lies outside of what is allowed",
        Sides::Low => "the truth is at least the adjusted lower bound, which is too much",
        Sides::High => "the truth is at most the adjusted upper bound, which is too little",
    }
}

fn open(question: &Question, more_replicates: Option<u64>) -> String {
    let relation = match question.claim.relation {
        Relation::AtLeast => "at least",
        Relation::AtMost => "at most",
        Relation::Equal => "equal",
    };
    let limit = match question.bound {
        Some(Bound::Lower) if !question.can_be_shown() => {
            Some(format!("a lower bound cannot show that the truth is {relation} this"))
        }
        Some(Bound::Upper) if !question.can_be_shown() => {
            Some(format!("an upper bound cannot show that the truth is {relation} this"))
        }
        _ => None,
    };
    let more = more_replicates
        .map(|more| format!("about {more} more replicate{} would decide", if more == 1 { "" } else { "s" }));
    // a sign test needs no interval
    let held = match question.evidence.no_interval() {
        None => "the adjusted interval holds the limit",
        Some(_) => "too few replicates lie on one side of the limit",
    };
    match (limit, more) {
        (Some(limit), Some(more)) => format!("{limit}; {more} that it is not"),
        (Some(limit), None) => limit,
        (None, Some(more)) => format!("{held}; {more}"),
        (None, None) => held.to_owned(),
    }
}
