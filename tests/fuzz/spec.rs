//! The text of a job spec: read, checked, planned, written and read again.

use bitgauge::presets;
use bitgauge::spec::admission::{Limits, Machine};
use bitgauge::spec::{Rejection, ValidJobSpec};
use bitgauge::store::NewJob;

use super::{fuzz, kinds_of, specs};

#[test]
fn no_spec_is_too_much() {
    let mut seeds = specs();
    seeds.push(br#"{"preset": "binary-units", "form": "quick", "overrides": {"seeds": 3}}"#.to_vec());
    let limits = Limits::default();
    let machine = Machine { workers: 2, memory: 4 << 30, speed: None };
    fuzz("spec", seeds, |input| match presets::parse(input, &limits) {
        Err(Rejection::Syntax(fault)) => format!("syntax: {}", kinds_of(&[fault])),
        Err(Rejection::Invalid(faults)) => {
            assert!(!faults.is_empty(), "refused without a reason");
            format!("invalid: {}", kinds_of(&faults))
        }
        Ok(spec) => {
            let job = NewJob::on(&machine, &spec, 1_700_000_000_000, None);
            assert!(job.trials > 0 && spec.cell_count() > 0);
            let stored = ValidJobSpec::from_stored(&job.spec_json).expect("what was accepted can be read");
            assert_eq!(stored.document(), spec.document());
            format!("accepted: {} {}", spec.estimators().count(), spec.search().is_some())
        }
    });
}
