//! Text of the description as HTML: escaped, with paragraphs, code and links to schemas.

use serde_json::Value;

/// Escaped text; nothing where there is none.
pub fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

/// Text with the characters that HTML reserves replaced.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text in one line, with code between backticks.
pub fn line(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(i, part)| {
        let part = escape(part);
        if i % 2 == 1 { format!("<code>{part}</code>") } else { part }
    });
    parts.collect()
}

/// Text with a paragraph for each of its own.
pub fn paragraphs(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(|paragraph| format!("<p>{}</p>\n", line(paragraph))).collect()
}

/// The type that a schema describes, with links to schemas by name.
pub fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = escape(reference.rsplit('/').next().unwrap_or_default());
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for (choice, between) in [("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")] {
        if let Some(choices) = schema[choice].as_array() {
            let kinds: Vec<String> = choices.iter().map(kind).collect();
            return kinds.join(between);
        }
    }
    if let Some(value) = schema.get("const") {
        return format!("<code>{}</code>", escape(&value.to_string()));
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> =
            values.iter().map(|value| format!("<code>{}</code>", escape(&value.to_string()))).collect();
        return values.join(" or ");
    }
    let names: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => vec!["any"],
    };
    let named = |name: &&str| match *name {
        "array" if schema["items"].is_object() => format!("array of {}", kind(&schema["items"])),
        name => escape(name),
    };
    let kinds: Vec<String> = names.iter().map(named).collect();
    format!("{}{}", kinds.join(" or "), limits(schema))
}

/// What a number or text may be.
fn limits(schema: &Value) -> String {
    let limit = |name: &str, words: &str| {
        schema.get(name).map(|value| format!("{words} {}", escape(value.to_string().trim_matches('"'))))
    };
    let all = [
        limit("minimum", "at least"),
        limit("exclusiveMinimum", "above"),
        limit("maximum", "at most"),
        limit("exclusiveMaximum", "below"),
        limit("minLength", "characters at least"),
        limit("maxLength", "characters at most"),
        limit("default", "default"),
    ];
    let all: Vec<String> = all.into_iter().flatten().collect();
    if all.is_empty() { String::new() } else { format!("; {}", all.join(", ")) }
}
