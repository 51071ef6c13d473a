//! `GET /docs`: the description of the API as a page to read, made from the description itself. It
//! has no script and loads nothing but its own style sheet.

mod markup;
mod operations;
mod schemas;

use std::sync::OnceLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::Problem;
use super::extract::{NoParameters, Query};
use super::openapi::JSON;
use markup::{paragraphs, text};

const STYLE: &str = include_str!("docs/style.css");

/// The page.
pub async fn page(Query(NoParameters {}): Query<NoParameters>) -> Result<Response, Problem> {
    static PAGE: OnceLock<String> = OnceLock::new();
    let made =
        tokio::task::spawn_blocking(|| PAGE.get_or_init(made)).await.map_err(|_| Problem::internal())?;
    Ok(([(CONTENT_TYPE, "text/html; charset=utf-8")], made.as_str()).into_response())
}

/// Its style sheet.
pub async fn style(Query(NoParameters {}): Query<NoParameters>) -> Result<Response, Problem> {
    Ok(([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response())
}

fn made() -> String {
    let api: Value = serde_json::from_str(JSON).expect("a test holds the description");
    let info = &api["info"];
    let title = text(&info["title"]);
    let head = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}: HTTP API</title>\n<link rel=\"stylesheet\" href=\"/docs.css\">\n</head>\n"
    );
    let intro = format!(
        "<header>\n<h1>{title} {}</h1>\n<p>{}</p>\n{}<p>The same for machines: <a href=\"/openapi.yaml\">openapi.yaml</a>, \
         <a href=\"/openapi.json\">openapi.json</a>.</p>\n</header>\n",
        text(&info["version"]),
        text(&info["summary"]),
        paragraphs(&info["description"]),
    );
    let body = [
        intro,
        operations::contents(&api),
        "<main>\n".to_owned(),
        operations::sections(&api),
        schemas::section(&api),
        "</main>\n".to_owned(),
    ];
    format!("{head}<body>\n{}</body>\n</html>\n", body.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_schema_has_its_place_and_every_link_leads_there() {
        let (api, page): (Value, String) = (serde_json::from_str(JSON).unwrap(), made());
        for (path, item) in api["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                if let Some(id) = operation["operationId"].as_str() {
                    assert!(page.contains(&format!("id=\"{id}\"")), "{path} {id}");
                }
            }
        }
        for name in api["components"]["schemas"].as_object().unwrap().keys() {
            assert!(page.contains(&format!("id=\"schema-{name}\"")), "{name}");
        }
        for link in page.split("href=\"#").skip(1) {
            let place = link.split('"').next().unwrap();
            assert_eq!(page.matches(&format!("id=\"{place}\"")).count(), 1, "{place}");
        }
    }

    #[test]
    fn the_page_loads_nothing_from_elsewhere_and_has_no_script_or_inline_style() {
        let page = made();
        for forbidden in ["<script", "<style", "style=", "src=", "href=\"http", "onclick", "javascript:"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
