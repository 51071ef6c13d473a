//! The operations of the page: a list of contents, and a section for each tag.

use serde_json::Value;

use super::markup::{kind, line, paragraphs, text};

const METHODS: [&str; 5] = ["get", "post", "patch", "put", "delete"];

/// One operation of the description.
struct Operation<'a> {
    method: &'static str,
    path: &'a str,
    /// Of all operations of the path.
    shared: &'a Value,
    own: &'a Value,
}

fn operations<'a>(api: &'a Value, tag: &Value) -> Vec<Operation<'a>> {
    let paths = api["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        let found = METHODS.into_iter().filter(|method| item.get(method).is_some());
        found.map(move |method| Operation { method, path, shared: &item["parameters"], own: &item[method] })
    });
    all.filter(|operation| operation.own["tags"][0] == *tag).collect()
}

/// Links to all operations.
pub fn contents(api: &Value) -> String {
    let tags = api["tags"].as_array().into_iter().flatten();
    let of_tag = |tag: &Value| {
        let entries = operations(api, &tag["name"]).into_iter().map(|operation| {
            let id = text(&operation.own["operationId"]);
            let (method, path) = (operation.method.to_uppercase(), super::markup::escape(operation.path));
            format!("<li><a href=\"#{id}\"><b>{method}</b> <code>{path}</code></a></li>\n")
        });
        format!("<h2>{}</h2>\n<ul>\n{}</ul>\n", text(&tag["name"]), entries.collect::<String>())
    };
    format!("<nav aria-label=\"Operations\">\n{}</nav>\n", tags.map(of_tag).collect::<String>())
}

/// A section for each tag, with all its operations.
pub fn sections(api: &Value) -> String {
    let tags = api["tags"].as_array().into_iter().flatten();
    let of_tag = |tag: &Value| {
        let all: String = operations(api, &tag["name"]).iter().map(|operation| operation.html(api)).collect();
        let (name, about) = (text(&tag["name"]), text(&tag["description"]));
        format!("<section>\n<h2>{name}</h2>\n<p>{about}</p>\n{all}</section>\n")
    };
    tags.map(of_tag).collect()
}

impl Operation<'_> {
    fn html(&self, api: &Value) -> String {
        let (id, method) = (text(&self.own["operationId"]), self.method.to_uppercase());
        let summary = line(self.own["summary"].as_str().unwrap_or_default());
        let path = super::markup::escape(self.path);
        [
            format!("<article id=\"{id}\">\n<h3><b>{method}</b> <code>{path}</code></h3>\n"),
            format!("<p class=\"summary\">{summary}</p>\n"),
            paragraphs(&self.own["description"]),
            self.parameters(api),
            self.body(),
            self.responses(api),
            "</article>\n".to_owned(),
        ]
        .concat()
    }

    fn parameters(&self, api: &Value) -> String {
        let lists = [self.shared, &self.own["parameters"]];
        let all = lists.into_iter().filter_map(Value::as_array).flatten();
        let row = |parameter: &Value| {
            let parameter = resolved(api, parameter);
            let is_required = parameter["required"] == true;
            format!(
                "<tr><td><code>{}</code></td><td>{}{}</td><td>{}</td><td>{}</td></tr>\n",
                text(&parameter["name"]),
                text(&parameter["in"]),
                if is_required { ", required" } else { "" },
                kind(&parameter["schema"]),
                line(parameter["description"].as_str().unwrap_or_default()),
            )
        };
        table(["parameter", "in", "type", "meaning"], &all.map(row).collect::<String>())
    }

    fn body(&self) -> String {
        let content = self.own["requestBody"]["content"].as_object().into_iter().flatten();
        let row = |(media_type, body): (&String, &Value)| {
            format!(
                "<tr><td>{}</td><td>{}</td></tr>\n",
                super::markup::escape(media_type),
                kind(&body["schema"])
            )
        };
        table(["request body", "type"], &content.map(row).collect::<String>())
    }

    fn responses(&self, api: &Value) -> String {
        let responses = self.own["responses"].as_object().into_iter().flatten();
        let row = |(status, response): (&String, &Value)| {
            let response = resolved(api, response);
            let content = response["content"].as_object().into_iter().flatten();
            let kinds = content.map(|(media_type, body)| {
                format!("{}: {}", super::markup::escape(media_type), kind(&body["schema"]))
            });
            let about = response["description"].as_str().unwrap_or_default();
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                super::markup::escape(status),
                line(about),
                kinds.collect::<Vec<_>>().join("<br>"),
            )
        };
        table(["answer", "meaning", "type"], &responses.map(row).collect::<String>())
    }
}

/// A table, if it has rows.
pub fn table<const N: usize>(columns: [&str; N], rows: &str) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let head: String = columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    format!("<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n")
}

/// What a reference names, or the value itself.
fn resolved<'a>(api: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| api.pointer(pointer)).unwrap_or(value)
}
