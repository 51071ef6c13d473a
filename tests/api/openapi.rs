//! The description against the program: schemas, routes, examples.

use std::collections::BTreeSet;

use bitgauge::http::{documented_routes, openapi};
use bitgauge::presets;
use bitgauge::spec::ValidJobSpec;
use bitgauge::spec::admission::Limits;
use serde_json::Value;

use super::harness::{DESCRIPTION, validate};

const MARK: &str = "\n  schemas:\n";

#[test]
fn the_schemas_are_those_of_the_types() {
    let yaml = serde_yaml_ng::to_string(&openapi::schemas()).unwrap();
    let indented = indented(&yaml);
    let (hand_written, _) = openapi::DOCUMENT.split_once(MARK).unwrap();
    let generated = format!("{hand_written}{MARK}{indented}");
    let value: Value = serde_yaml_ng::from_str(&generated).unwrap();
    let json = format!("{}\n", serde_json::to_string_pretty(&value).unwrap());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.yaml"), &generated).unwrap();
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"), &json).unwrap();
        return;
    }
    assert!(generated == openapi::DOCUMENT, "openapi.yaml is out of date: run `just openapi`");
    assert!(json == openapi::JSON, "openapi.json is out of date: run `just openapi`");
}

/// YAML two levels deeper. Words that older readers of YAML take for truth values are in quotes.
pub fn indented(yaml: &str) -> String {
    let line = |line: &str| {
        let (before, word) = line.rsplit_once(' ').unwrap_or(("", line));
        let is_value = before.trim() == "-" || before.ends_with(':');
        match word {
            "yes" | "no" | "on" | "off" | "y" | "n" if is_value => format!("    {before} '{word}'\n"),
            _ if line.is_empty() => "\n".to_owned(),
            _ => format!("    {line}\n"),
        }
    };
    yaml.lines().map(line).collect()
}

#[test]
fn every_route_is_documented_and_nothing_else() {
    let methods = ["get", "put", "post", "delete", "patch", "head", "options"];
    let documented: BTreeSet<(String, String)> = DESCRIPTION["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let verbs = item.as_object().unwrap().keys().filter(|key| methods.contains(&key.as_str()));
            verbs.map(|verb| (path.clone(), verb.clone())).collect::<Vec<_>>()
        })
        .collect();
    let routed: BTreeSet<(String, String)> = documented_routes()
        .into_iter()
        .flat_map(|(path, verbs)| {
            verbs.iter().map(move |verb| (path.clone().into_owned(), (*verb).to_owned()))
        })
        .collect();
    assert_eq!(documented, routed);
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(DESCRIPTION.pointer(pointer).is_some(), "{reference}");
                }
                fields.values().for_each(walk);
            }
            Value::Array(items) => items.iter().for_each(walk),
            _ => {}
        }
    }
    walk(&DESCRIPTION);
}

#[test]
fn documented_examples_are_accepted() {
    let examples = DESCRIPTION
        .pointer("/paths/~1v1~1jobs/post/requestBody/content/application~1json/examples")
        .and_then(Value::as_object)
        .unwrap();
    for (name, example) in examples {
        let text = example["value"].to_string();
        assert!(presets::parse(text.as_bytes(), &Limits::default()).is_ok(), "{name}");
    }
}

#[test]
fn example_files_are_accepted_and_valid_against_the_schema() {
    let files = |directory: &str| {
        let directory = format!("{}/{directory}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    };
    let mut seen = 0;
    for path in files("examples").chain(files("examples/claims")) {
        let text = std::fs::read(&path).unwrap();
        let spec = ValidJobSpec::parse(&text, &Limits::default());
        assert!(spec.is_ok(), "{}: {:?}", path.display(), spec.err());
        let value: Value = serde_json::from_slice(&text).unwrap();
        validate(&serde_json::json!({"$ref": "#/components/schemas/JobSpec"}), &value);
        seen += 1;
    }
    assert!(seen >= 18);
}
