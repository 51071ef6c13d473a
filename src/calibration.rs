//! Calibration: jobs whose results are known from theory, and the certificate that says how well
//! the measurements agree with them.

mod channels;
mod decoders;
mod dynamics;
mod ledgers;
mod regression;
mod samples;
mod separable;
mod suite;
mod thresholds;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::evaluation::Evaluation;
use crate::spec::claim::Relation;
pub use suite::suite;

/// One job with the values that theory predicts for its results.
pub struct Case {
    /// Name of the case in the certificate, and of its job.
    pub name: &'static str,
    /// Whether the quick suite contains the case.
    pub quick: bool,
    /// The job, as anyone could POST it.
    pub spec: Value,
    checks: Vec<Check>,
}

/// One known value.
struct Check {
    quantity: String,
    unit: &'static str,
    relation: Relation,
    expected: f64,
    /// Allowed deviation: an absolute part, and a number of standard errors.
    absolute: f64,
    standard_errors: f64,
    source: &'static str,
    measure: Measure,
}

type Measure = Box<dyn Fn(&Evaluation) -> Option<Reading> + Send + Sync>;

/// A measured value with its standard error over replicates.
#[derive(Debug, Clone, Copy)]
struct Reading {
    value: f64,
    standard_error: f64,
}

/// One row of a calibration certificate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalibrationRow {
    /// Name of the calibration case.
    pub case: String,
    /// Name of the measured quantity.
    pub quantity: String,
    /// Unit of the quantity.
    pub unit: String,
    /// Required relation between the measured and the expected value.
    pub relation: Relation,
    /// The value that theory predicts.
    pub expected: f64,
    /// The measured value; `null` if the case yields none.
    pub measured: Option<f64>,
    /// Standard error of the measured value over replicates; 0 for a deterministic quantity.
    pub standard_error: Option<f64>,
    /// Allowed deviation from the expected value, in the unit of the quantity.
    pub tolerance: f64,
    /// Whether the measured value satisfies the relation within the tolerance.
    pub met: bool,
    /// Source of the expected value.
    pub source: String,
}

/// Calibration certificate: measured against known values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Version of bitgauge.
    pub version: String,
    /// Identifier of the arithmetic of the build.
    pub numeric_profile: String,
    /// Whether only the quick suite was run.
    pub quick: bool,
    /// Whether every row is met.
    pub met: bool,
    /// Duration of the calibration, in seconds.
    pub seconds: f64,
    /// One row for each known value.
    pub rows: Vec<CalibrationRow>,
}

impl Case {
    /// The rows of the case, from the evaluation of its job.
    #[must_use]
    pub fn rows(&self, evaluation: &Evaluation) -> Vec<CalibrationRow> {
        self.checks.iter().map(|check| check.row(self.name, (check.measure)(evaluation))).collect()
    }

    /// The rows of the case when its job failed.
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

/// A mean over the replicates of the case's only cell.
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
