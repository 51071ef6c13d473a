//! Schemas in the form that generators of clients read: a choice of names is one enum of strings, and
//! a schema that accepts anything is an object without demands.

use serde_json::{Map, Value, json};

/// Rewrites a schema and all schemas in it.
pub fn plain(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("items") == Some(&Value::Bool(true)) {
                fields.insert("items".to_owned(), json!({}));
            }
            if let Some(names) = names(fields) {
                as_enum(fields, &names);
            }
            fields.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

/// The names that a schema chooses from, each with what it means; `None` for any other schema.
fn names(fields: &Map<String, Value>) -> Option<Vec<(String, Option<String>)>> {
    let mut all = Vec::new();
    for branch in fields.get("oneOf")?.as_array()? {
        let meaning = branch["description"].as_str().map(str::to_owned);
        match (branch["const"].as_str(), branch["enum"].as_array()) {
            (Some(name), None) => all.push((name.to_owned(), meaning)),
            (None, Some(names)) => {
                for name in names {
                    all.push((name.as_str()?.to_owned(), meaning.clone()));
                }
            }
            _ => return None,
        }
    }
    Some(all)
}

fn as_enum(fields: &mut Map<String, Value>, names: &[(String, Option<String>)]) {
    fields.remove("oneOf");
    fields.insert("type".to_owned(), json!("string"));
    fields.insert("enum".to_owned(), names.iter().map(|(name, _)| name.as_str()).collect());
    let meanings = names.iter().filter_map(|(name, meaning)| {
        let one_line = meaning.as_ref()?.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(format!("\n* `{name}`: {one_line}"))
    });
    let meanings: String = meanings.collect();
    if !meanings.is_empty() {
        let about = fields.get("description").and_then(Value::as_str).unwrap_or_default();
        let text = format!("{about}\n{meanings}");
        fields.insert("description".to_owned(), text.trim().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_of_names_is_an_enum_and_other_choices_stay() {
        let mut schema = json!({
            "description": "State.",
            "oneOf": [
                {"const": "queued", "description": "It\nwaits.", "type": "string"},
                {"enum": ["a", "b"], "type": "string"},
            ],
        });
        plain(&mut schema);
        let expected = json!({"description": "State.\n\n* `queued`: It waits.", "type": "string", "enum": ["queued", "a", "b"]});
        assert_eq!(schema, expected);
        let mut other = json!({"oneOf": [{"type": "string"}, {"const": "a"}], "items": {"items": true}});
        plain(&mut other);
        assert_eq!(other, json!({"oneOf": [{"type": "string"}, {"const": "a"}], "items": {"items": {}}}));
    }
}
