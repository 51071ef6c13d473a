//! The schemas of the page: what is sent, field by field.

use serde_json::Value;

use super::markup::{escape, kind, line, paragraphs};
use super::operations::table;

/// A section with all schemas.
pub fn section(api: &Value) -> String {
    let all = api["components"]["schemas"].as_object().into_iter().flatten();
    let articles: String = all.map(|(name, schema)| article(name, schema)).collect();
    format!("<section>\n<h2>Schemas</h2>\n{articles}</section>\n")
}

fn article(name: &str, schema: &Value) -> String {
    let name = escape(name);
    let variants = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    let body = match variants {
        Some(variants) => {
            let shared = fields(schema);
            format!("{shared}{}", variants.iter().map(variant).collect::<String>())
        }
        None if schema["properties"].is_object() => fields(schema),
        None => format!("<p>{}</p>\n", kind(schema)),
    };
    format!(
        "<article id=\"schema-{name}\">\n<h3>{name}</h3>\n{}{body}</article>\n",
        paragraphs(&schema["description"])
    )
}

/// One of several forms.
fn variant(schema: &Value) -> String {
    let about = line(schema["description"].as_str().unwrap_or_default());
    if schema["properties"].is_object() {
        let title = schema["properties"]["kind"]["const"].as_str().map(escape).unwrap_or_default();
        return format!(
            "<details>\n<summary><code>{title}</code> {about}</summary>\n{}</details>\n",
            fields(schema)
        );
    }
    format!("<p>{}: {about}</p>\n", kind(schema))
}

fn fields(schema: &Value) -> String {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let row = |(name, property): (&String, &Value)| {
        let mark = if required.contains(&name.as_str()) { ", required" } else { "" };
        format!(
            "<tr><td><code>{}</code></td><td>{}{mark}</td><td>{}</td></tr>\n",
            escape(name),
            kind(property),
            line(property["description"].as_str().unwrap_or_default()),
        )
    };
    table(["field", "type", "meaning"], &properties.map(row).collect::<String>())
}
