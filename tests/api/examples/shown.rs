//! Answers in the form of examples: short, and without what differs from run to run.

use serde_json::{Map, Value, json};

/// Lines of a text that an example shows, and characters of each.
pub const LINES: usize = 6;
const WIDTH: usize = 300;

/// The ids that stand for those of a run, in the order in which they come.
const IDS: [&str; 3] = [
    "019b0000-0000-7000-8000-000000000001",
    "019b0000-0000-7000-8000-000000000002",
    "019b0000-0000-7000-8000-000000000003",
];

/// The backup that stands for those of a run.
const BACKUP: &str = "backup-20260101T120000.000Z.sqlite";
const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Ids of a run that were seen.
#[derive(Default)]
pub struct Ids(Vec<String>);

impl Ids {
    fn stand_in(&mut self, id: &str) -> &'static str {
        let place = self.0.iter().position(|seen| seen == id).unwrap_or_else(|| {
            self.0.push(id.to_owned());
            self.0.len() - 1
        });
        IDS[place.min(IDS.len() - 1)]
    }

    fn replaced(&mut self, text: &str) -> String {
        let mut rest = text;
        let mut out = String::new();
        while let Some(start) = (0..rest.len()).find(|start| rest.get(*start..).is_some_and(is_id)) {
            out += &rest[..start];
            out += self.stand_in(&rest[start..start + 36]);
            rest = &rest[start + 36..];
        }
        out + rest
    }
}

/// Whether a text begins with a UUID of version 7.
fn is_id(text: &str) -> bool {
    let Some(head) = text.as_bytes().get(..36) else { return false };
    head[14] == b'7'
        && head.iter().enumerate().all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// An answer as an example: one item of each list, the first lines of a text.
pub fn shown(value: &Value, ids: &mut Ids) -> Value {
    match value {
        // tools would look for what it leads to
        Value::Object(fields) if fields.contains_key("$ref") => json!({}),
        Value::Object(fields) => {
            let shown = fields.iter().map(|(name, value)| (name.clone(), field(name, value, ids)));
            Value::Object(shown.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().take(1).map(|item| shown(item, ids)).collect(),
        Value::String(text) => {
            let lines = text.lines().take(LINES).map(|line| line.chars().take(WIDTH).collect::<String>());
            let text: Vec<String> = lines.map(|line| ids.replaced(&line)).collect();
            json!(text.join("\n"))
        }
        other => other.clone(),
    }
}

fn field(name: &str, value: &Value, ids: &mut Ids) -> Value {
    match value {
        Value::String(_) if name.ends_with("_at") => json!("2026-01-01T12:00:00Z"),
        Value::String(_) if name == "next_cursor" => json!("the cursor of the next page"),
        Value::Number(_) if name.ends_with("seconds") => json!(0.25),
        // of a backup
        Value::String(text) if name == "name" && text.starts_with("backup-") => json!(BACKUP),
        Value::String(_) if name == "sha256" => json!(SHA256),
        Value::Number(_) if name == "bytes" => json!(2_097_152),
        other => shown(other, ids),
    }
}

/// Whether a documented answer is what was answered. In texts, numbers may differ: times are among them.
pub fn same(documented: &Value, answered: &Value) -> bool {
    match (documented, answered) {
        (Value::String(documented), Value::String(answered)) => {
            documented == answered
                || documented.contains('\n') && unnumbered(documented) == unnumbered(answered)
        }
        _ => documented == answered,
    }
}

/// A text with one sign for each run of digits and spaces: columns move with their numbers.
fn unnumbered(text: &str) -> String {
    let mut out = String::new();
    for sign in text.chars() {
        let sign = if sign.is_ascii_digit() || ".-+e ".contains(sign) { '0' } else { sign };
        if !(sign == '0' && out.ends_with('0')) {
            out.push(sign);
        }
    }
    out
}
