//! The job that an argument names: a file, standard input or a preset, with changes.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::Value;

use crate::presets::{Extent, Preset};

#[derive(Debug, Args)]
pub(super) struct JobArguments {
    /// File with the job spec, or - for standard input
    #[arg(required_unless_present = "preset")]
    spec: Option<PathBuf>,
    /// A job that comes with the binary; `bitgauge presets` lists them
    #[arg(long, conflicts_with = "spec", value_parser = preset)]
    preset: Option<&'static Preset>,
    /// The preset's full form: more replicates, narrower intervals
    #[arg(long, requires = "preset")]
    full: bool,
    /// Change the spec at a JSON pointer, such as /seeds=32 or /training/optimizer={"kind":"sgd"}; may be repeated
    #[arg(long = "set", value_name = "/path=value", value_parser = change)]
    changes: Vec<Change>,
}

/// A value for a place in the spec.
#[derive(Debug, Clone, PartialEq)]
struct Change {
    pointer: String,
    value: Value,
}

fn preset(id: &str) -> Result<&'static Preset, String> {
    Preset::find(id).ok_or_else(|| "there is no such preset; `bitgauge presets` lists them".to_owned())
}

/// `/path=value`; a value that is no JSON is a text.
fn change(text: &str) -> Result<Change, String> {
    let (pointer, value) = text.split_once('=').ok_or("must be /path=value")?;
    if !pointer.starts_with('/') {
        return Err("the path is a JSON pointer and begins with /".to_owned());
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok(Change { pointer: pointer.to_owned(), value })
}

impl JobArguments {
    /// Where the job comes from, and its document.
    pub(super) fn text(&self) -> anyhow::Result<(String, Vec<u8>)> {
        let form = if self.full { Extent::Full } else { Extent::Quick };
        let (from, text) = match (self.preset, &self.spec) {
            (Some(preset), _) => {
                (format!("preset {}", preset.id), preset.document(form).to_string().into_bytes())
            }
            (None, path) => {
                let path = path.as_deref().unwrap_or(Path::new("-"));
                (path.display().to_string(), read(path)?)
            }
        };
        if self.changes.is_empty() {
            return Ok((from, text));
        }
        let mut document: Value = serde_json::from_slice(&text).with_context(|| from.clone())?;
        for change in &self.changes {
            apply(&mut document, change)?;
        }
        Ok((from, document.to_string().into_bytes()))
    }
}

/// Sets the value; only its last part may be new.
fn apply(document: &mut Value, change: &Change) -> anyhow::Result<()> {
    let Change { pointer, value } = change;
    if let Some(place) = document.pointer_mut(pointer) {
        place.clone_from(value);
        return Ok(());
    }
    let (parent, last) = pointer.rsplit_once('/').unwrap_or_default();
    let name = last.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.insert(name, value.clone());
        }
        Some(Value::Array(items)) if name == "-" || name == items.len().to_string() => {
            items.push(value.clone());
        }
        Some(_) => bail!("--set {pointer}: {parent} has no place {name:?}"),
        None => bail!("--set {pointer}: the spec has no {parent}; set that first"),
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut text).context("standard input")?;
    } else {
        text = std::fs::read(path).with_context(|| path.display().to_string())?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_set_where_the_pointer_leads() {
        let mut document = json!({"seeds": 2, "training": {"steps": 5}, "tags": ["a"]});
        for text in ["/seeds=8", "/training/batch_size=full", "/tags/-=b", "/tags/0=\"c\"", "/name=x=y"] {
            apply(&mut document, &change(text).unwrap()).unwrap();
        }
        let expected = json!({"seeds": 8, "training": {"steps": 5, "batch_size": "full"}, "tags": ["c", "b"], "name": "x=y"});
        assert_eq!(document, expected);
        for text in ["/a/b=1", "/seeds/x=1", "/tags/7=1"] {
            assert!(apply(&mut document, &change(text).unwrap()).is_err(), "{text}");
        }
        assert!(change("seeds=1").is_err() && change("/seeds").is_err());
    }
}
