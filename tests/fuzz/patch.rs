//! A merge patch on a spec.

use bitgauge::spec::admission::Limits;
use bitgauge::spec::patch::merge;
use bitgauge::spec::{Rejection, ValidJobSpec, json};
use serde_json::Value;

use super::{fuzz, kinds_of, specs};

#[test]
fn no_patch_is_too_much() {
    let base: Vec<Value> = specs().iter().map(|spec| serde_json::from_slice(spec).unwrap()).collect();
    let mut seeds: Vec<Vec<u8>> = [
        r#"{"training": {"learning_rate": 0.01}}"#,
        r#"{"sweep": null, "seeds": 5, "network": {"hidden": [8, 8]}}"#,
        r#"{"dataset": {"kind": "codebook", "codewords": 16, "length": 8, "samples": 64}}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    seeds.extend(specs());
    let limits = Limits::default();
    let mut turn = 0;
    fuzz("patch", seeds, |input| {
        let Ok(patch) = json::parse(input) else { return "syntax".to_owned() };
        turn += 1;
        let mut document = base[turn % base.len()].clone();
        merge(&mut document, &patch);
        // RFC 7396: once more changes nothing
        let mut again = document.clone();
        merge(&mut again, &patch);
        assert_eq!(again, document);
        match ValidJobSpec::of_document(document, &limits) {
            Ok(_) => "accepted".to_owned(),
            Err(Rejection::Syntax(fault)) => kinds_of(&[fault]),
            Err(Rejection::Invalid(faults)) => kinds_of(&faults),
        }
    });
}
