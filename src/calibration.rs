//! Calibration: jobs whose results theory knows, and the certificate that says
//! how well the instrument met them.

mod channels;
mod dynamics;
mod ledgers;
mod regression;
mod samples;
mod suite;
mod thresholds;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::evaluation::Evaluation;
use crate::spec::claim::Relation;
pub use suite::suite;

/// One job with what theory says of its results.
pub struct Case {
    /// Its name in the certificate, and of its job.
    pub name: &'static str,
    /// Whether the short suite has it.
    pub quick: bool,
    /// The job, as anyone could POST it.
    pub spec: Value,
    checks: Vec<Check>,
}

/// One number that is known.
struct Check {
    quantity: String,
    unit: &'static str,
    relation: Relation,
    expected: f64,
    /// Allowed deviation: so much, and so many standard errors.
    absolute: f64,
    standard_errors: f64,
    source: &'static str,
    measure: Measure,
}

type Measure = Box<dyn Fn(&Evaluation) -> Option<Reading>>;

/// A measured number with its standard error over seeds.
#[derive(Debug, Clone, Copy)]
struct Reading {
    value: f64,
    standard_error: f64,
}

/// One line of a certificate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalibrationRow {
    /// The case.
    pub case: String,
    /// What was measured.
    pub quantity: String,
    /// Its unit.
    pub unit: String,
    /// How it must stand to what is expected.
    pub relation: Relation,
    /// What theory says.
    pub expected: f64,
    /// What was measured; absent when the case gave no number.
    pub measured: Option<f64>,
    /// Its standard error over independent draws; 0 of what no draw can change.
    pub standard_error: Option<f64>,
    /// Deviation that is allowed.
    pub tolerance: f64,
    /// Whether the measured number is where it must be.
    pub met: bool,
    /// Where the expected number comes from.
    pub source: String,
}

/// What the instrument made of numbers that are known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Version of bitgauge.
    pub version: String,
    /// Arithmetic of the build.
    pub numeric_profile: String,
    /// Whether it is the short suite alone.
    pub quick: bool,
    /// Whether every row is met.
    pub met: bool,
    /// How long it took.
    pub seconds: f64,
    /// One row for each known number.
    pub rows: Vec<CalibrationRow>,
}

impl Case {
    /// The case's lines from the evaluation of its job.
    #[must_use]
    pub fn rows(&self, evaluation: &Evaluation) -> Vec<CalibrationRow> {
        self.checks.iter().map(|check| check.row(self.name, (check.measure)(evaluation))).collect()
    }

    /// The case's lines when its job failed.
    #[must_use]
    pub fn failed(&self) -> Vec<CalibrationRow> {
        self.checks.iter().map(|check| check.row(self.name, None)).collect()
    }
}

impl Check {
    fn row(&self, case: &str, reading: Option<Reading>) -> CalibrationRow {
        let error = reading.map_or(0.0, |reading| reading.standard_error);
        let tolerance = self.absolute + self.standard_errors * error;
        let met = reading.is_some_and(|reading| {
            let apart = reading.value - self.expected;
            match self.relation {
                Relation::Equal => apart.abs() <= tolerance,
                Relation::AtMost => apart <= tolerance,
                Relation::AtLeast => apart >= -tolerance,
            }
        });
        CalibrationRow {
            case: case.to_owned(),
            quantity: self.quantity.clone(),
            unit: self.unit.to_owned(),
            relation: self.relation,
            expected: self.expected,
            measured: reading.map(|reading| reading.value),
            standard_error: reading.map(|reading| reading.standard_error),
            tolerance,
            met,
            source: self.source.to_owned(),
        }
    }
}

/// A mean over the seeds of the case's only cell.
fn mean(quantity: &'static str) -> Measure {
    Box::new(move |evaluation| {
        let interval = evaluation.results.first()?.measurements.get(quantity)?.interval;
        #[expect(clippy::cast_precision_loss, reason = "few seeds")]
        let error = interval.sd.unwrap_or_default() / libm::sqrt(interval.n as f64);
        Some(Reading { value: interval.mean, standard_error: error })
    })
}

fn check(
    quantity: &'static str,
    unit: &'static str,
    expected: f64,
    absolute: f64,
    source: &'static str,
) -> Check {
    Check {
        quantity: quantity.to_owned(),
        unit,
        relation: Relation::Equal,
        expected,
        absolute,
        standard_errors: 0.0,
        source,
        measure: mean(quantity),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ValidJobSpec;
    use crate::spec::admission::Limits;

    #[test]
    fn every_case_is_a_job_that_anyone_could_post() {
        for case in suite() {
            let spec = ValidJobSpec::parse(case.spec.to_string().as_bytes(), &Limits::default());
            assert!(spec.is_ok(), "{}: {:?}", case.name, spec.err());
            assert!(!case.checks.is_empty());
        }
    }

    #[test]
    fn rows_are_met_within_their_tolerance_alone() {
        let check = |relation| Check {
            quantity: "q".into(),
            unit: "bits",
            relation,
            expected: 2.0,
            absolute: 0.1,
            standard_errors: 3.0,
            source: "",
            measure: Box::new(|_| None),
        };
        let met = |relation, value, standard_error| {
            check(relation).row("c", Some(Reading { value, standard_error })).met
        };
        assert!(met(Relation::Equal, 2.09, 0.0) && !met(Relation::Equal, 2.11, 0.0));
        assert!(met(Relation::Equal, 1.7, 0.07) && !met(Relation::Equal, 1.7, 0.06));
        assert!(met(Relation::AtMost, -5.0, 0.0) && !met(Relation::AtMost, 2.2, 0.0));
        assert!(met(Relation::AtLeast, 9.0, 0.0) && !met(Relation::AtLeast, 1.8, 0.0));
        assert!(!check(Relation::AtMost).row("c", None).met, "no number is no proof");
        assert!(!met(Relation::Equal, f64::NAN, 0.0) && !met(Relation::AtMost, f64::NAN, 0.0));
    }
}
