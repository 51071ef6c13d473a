//! Which answers a number can give to a claim, and that interval and verdict agree.

use super::*;
use crate::evaluation::verdicts::family;
use crate::science::analysis::interval::{Interval, NoInterval};
use crate::spec::Coordinates;
use crate::spec::claim::Middle;

fn claim(relation: Relation, about: Option<About>) -> Claim {
    Claim {
        says: "s".into(),
        quantity: "q".into(),
        about,
        of: Middle::Mean,
        at: Coordinates::default(),
        minus: None,
        over: None,
        relation,
        expected: 2.0,
        tolerance: 0.5,
        reason: None,
    }
}

fn number(evidence: Evidence, bound: Bound) -> Number {
    Number { cell: Coordinates::default(), evidence, bound, compares: false }
}

/// Replicates around a mean, with so small a spread that everything is decided.
fn sharp(mean: f64) -> Evidence {
    Evidence::Mean(Interval::of(&[-2.0, -1.0, 0.0, 0.0, 1.0, 2.0].map(|x| mean + 1e-3 * x)).unwrap())
}

fn verdict(claim: &Claim, number: &Number) -> (Decision, Holds, Option<(f64, f64)>) {
    let decision = Question::of(claim, number).decide();
    let level = family::levels(&[decision.p()])[0];
    let interval = level.and_then(|level| decision.interval(&number.evidence, level.alpha));
    (decision, decision.holds(level), interval)
}

fn holds(relation: Relation, mean: f64, bound: Bound, about: Option<About>) -> Holds {
    verdict(&claim(relation, about), &number(sharp(mean), bound)).1
}

#[test]
fn a_number_itself_is_shown_and_refuted() {
    use Holds::{No, Yes};
    use Relation::{AtLeast, AtMost, Equal};
    let of = |relation, mean| holds(relation, mean, Bound::Exact, None);
    assert_eq!([of(AtLeast, 1.0), of(AtLeast, 1.6), of(AtLeast, 9.0)], [No, Yes, Yes]);
    assert_eq!([of(AtMost, 1.0), of(AtMost, 2.4), of(AtMost, 9.0)], [Yes, Yes, No]);
    assert_eq!([of(Equal, 1.0), of(Equal, 1.6), of(Equal, 2.4), of(Equal, 9.0)], [No, Yes, Yes, No]);
}

#[test]
fn bounds_point_one_way() {
    use Holds::{No, Open, Yes};
    use Relation::{AtLeast, AtMost, Equal};
    let lower = |relation| [1.0, 2.0, 9.0].map(|mean| holds(relation, mean, Bound::Lower, None));
    assert_eq!(lower(AtLeast), [Open, Yes, Yes]);
    assert_eq!(lower(AtMost), [Open, Open, No]);
    assert_eq!(lower(Equal), [Open, Open, No]);
    let upper = |relation| [1.0, 2.0, 9.0].map(|mean| holds(relation, mean, Bound::Upper, None));
    assert_eq!(upper(AtLeast), [No, Open, Open]);
    assert_eq!(upper(AtMost), [Yes, Yes, Open]);
    assert_eq!(upper(Equal), [No, Open, Open]);
    // of the number as it is reported everything can be said
    let reported = |relation| holds(relation, 2.0, Bound::Lower, Some(About::Statistic));
    assert_eq!([reported(AtLeast), reported(AtMost), reported(Equal)], [Yes; 3]);
}

#[test]
fn differences_of_bounds_bound_nothing() {
    let difference = Number { compares: true, ..number(sharp(2.0), Bound::Lower) };
    let of = |about| verdict(&claim(Relation::AtLeast, about), &difference);
    assert_eq!(of(Some(About::Truth)).0, Decision::Undecidable(Why::BoundsNothing));
    assert_eq!((of(None).1, of(Some(About::Statistic)).1), (Holds::Yes, Holds::Yes));
    let exact = Number { compares: true, ..number(sharp(2.0), Bound::Exact) };
    assert_eq!(verdict(&claim(Relation::AtLeast, Some(About::Truth)), &exact).1, Holds::Yes);
}

#[test]
fn without_an_interval_nothing_is_decided_but_what_is_known_exactly() {
    let one = Evidence::Mean(Interval::of(&[9.0]).unwrap());
    let of = |evidence| verdict(&claim(Relation::AtLeast, None), &number(evidence, Bound::Exact));
    assert_eq!(of(one).0, Decision::Undecidable(Why::NoInterval));
    assert_eq!(of(Evidence::Open(Some(9.0), NoInterval::NoMethod)).1, Holds::Open);
    assert_eq!(of(Evidence::Open(None, NoInterval::NoMethod)).0, Decision::Undecidable(Why::NoNumber));
    assert_eq!(of(Evidence::Exact(9.0)).0, Decision::Exact(Holds::Yes));
    assert_eq!(of(Evidence::Exact(1.4)).0, Decision::Exact(Holds::No));
}

#[test]
fn the_interval_agrees_with_the_verdict() {
    let mut seen = [0; 3];
    for place in 0..200 {
        let mean = 0.5 + 0.015 * f64::from(place);
        let spread = [-0.3, -0.1, 0.0, 0.05, 0.15, 0.4].map(|x| mean + x);
        let evidence = Evidence::Mean(Interval::of(&spread).unwrap());
        for (bound, relation) in [
            (Bound::Exact, Relation::Equal),
            (Bound::Exact, Relation::AtLeast),
            (Bound::Lower, Relation::AtLeast),
            (Bound::Lower, Relation::AtMost),
            (Bound::Upper, Relation::AtMost),
        ] {
            let asked = claim(relation, None);
            let number = number(evidence.clone(), bound);
            let (least, most) = Question::of(&asked, &number).allowed();
            let (_, holds, interval) = verdict(&asked, &number);
            let (low, high) = interval.unwrap();
            let by_picture = match (low >= least && high <= most, high < least || low > most) {
                (true, _) => Holds::Yes,
                (_, true) => Holds::No,
                _ => Holds::Open,
            };
            assert_eq!(holds, by_picture, "{mean} {bound:?} {relation:?} [{low}, {high}]");
            seen[holds as usize] += 1;
        }
    }
    assert!(seen.iter().all(|n| *n > 20), "{seen:?}");
}

#[test]
fn what_would_decide_is_counted() {
    // mean 1.6, sd 1: .1 above the limit 1.5, one of the two tails at .05
    let values = [-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0].map(|x: f64| 1.6 + x * (7.0f64 / 8.0).sqrt());
    let evidence = Evidence::Mean(Interval::of(&values).unwrap());
    let asked = claim(Relation::AtLeast, None);
    let number = number(evidence, Bound::Exact);
    let more = Question::of(&asked, &number).more_replicates(0.05).unwrap();
    // ((1.96 + .84) / .1)^2 = 785 in all
    assert!((770..=790).contains(&more), "{more}");
    let asked = claim(Relation::AtMost, None);
    let lower = Number { bound: Bound::Lower, ..number };
    assert_eq!(Question::of(&asked, &lower).more_replicates(0.05), None);
}
