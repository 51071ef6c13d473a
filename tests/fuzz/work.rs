//! What workers are told and say, as text.

use bitgauge::spec::ValidJobSpec;
use bitgauge::spec::admission::Limits;
use bitgauge::work::{Assignment, Completion, Lease};

use super::{fuzz, specs};

#[test]
fn no_message_is_too_much() {
    let limits = Limits::default();
    let assignment = |spec: &Vec<u8>| {
        let spec = ValidJobSpec::parse(spec, &limits).ok()?;
        (spec.search().is_none()).then(|| Assignment {
            lease: Lease { job: bitgauge::job::JobId::at(1_700_000_000_000), number: 3, epoch: 2 },
            attempt: 1,
            trial: spec.trial(0),
            trial_seconds: 60.0,
            checkpoint: None,
            passed_over: None,
        })
    };
    let assignments = specs().iter().filter_map(assignment).collect::<Vec<_>>();
    let mut seeds: Vec<Vec<u8>> = assignments.iter().map(|told| serde_json::to_vec(told).unwrap()).collect();
    let completions =
        [Completion::Failed { detail: "no luck".into() }, Completion::Died { detail: "by signal 9".into() }];
    seeds.extend(completions.iter().map(|said| serde_json::to_vec(said).unwrap()));
    fuzz("work", seeds, |input| {
        let told = serde_json::from_slice::<Assignment>(input);
        let said = serde_json::from_slice::<Completion>(input);
        if let Ok(told) = &told {
            assert_eq!(
                serde_json::from_slice::<Assignment>(&serde_json::to_vec(told).unwrap()).unwrap(),
                *told
            );
        }
        let words = |error: &serde_json::Error| {
            error.to_string().split(|c: char| c.is_ascii_digit()).next().map(str::to_owned)
        };
        format!("{:?} {:?}", told.as_ref().err().map(words), said.as_ref().err().map(words))
    });
}
