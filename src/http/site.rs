//! The web page: three files of `web/dist` that are part of the program, served to everybody (the API asks for
//! the token, not they), and a few lines of text for those who ask for the address without a browser.

use std::borrow::Cow;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::RawQuery;
use axum::http::header::{CACHE_CONTROL, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{MethodRouter, get};

use super::accept::chosen;
use super::compression::tightly_compressed as compressed;
use super::tag::tagged;
use super::{Problem, Service};
use crate::outcome::Digest;

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
/// What has its digest in its address never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Addresses of the page: what stands there is made in the browser.
const PAGES: [&str; 11] = [
    "/jobs",
    "/jobs/{id}",
    "/jobs/{id}/{part}",
    "/new",
    "/compare",
    "/measurements",
    "/findings",
    "/findings/{preset}",
    "/certificate",
    "/workers",
    "/about",
];

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its name below `web/dist`.
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! files {
    ($($name:literal $media_type:literal),* $(,)?) => {
        [$(File { name: $name, media_type: $media_type, bytes: include_bytes!(concat!("../../web/dist/", $name)) }),*]
    };
}

/// All of it.
const FILES: [File; 4] = files![
    "index.html" "text/html; charset=utf-8",
    "app.js" "text/javascript; charset=utf-8",
    "app.css" "text/css; charset=utf-8",
    "icon.svg" "image/svg+xml",
];

impl File {
    /// What is served. A debug build takes what lies in the repository, so that a page that was built anew is seen
    /// without building the program.
    fn bytes(self) -> Cow<'static, [u8]> {
        #[cfg(debug_assertions)]
        if let Ok(bytes) = std::fs::read(format!("{}/web/dist/{}", env!("CARGO_MANIFEST_DIR"), self.name)) {
            return bytes.into();
        }
        self.bytes.into()
    }

    /// The first digits of its digest, as `index.html` names it.
    fn version(bytes: &[u8]) -> String {
        Digest::of(bytes).as_str()[..12].to_owned()
    }

    /// The file; for ever, where the address names this version.
    fn answer(self, headers: &HeaderMap, query: Option<&str>) -> Response {
        let bytes = self.bytes();
        let is_fixed = query == Some(&format!("v={}", Self::version(&bytes)));
        let mut response = tagged(headers, self.media_type, bytes);
        if is_fixed {
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
        }
        response
    }
}

/// Every address of the page; no token is asked for.
pub fn routes() -> Router<Service> {
    let mut routes = Router::new().route("/", compressed(get(root)));
    for page in PAGES {
        routes = routes.route(page, compressed(get(index)));
    }
    for file in &FILES[1..] {
        let handler = move |RawQuery(query): RawQuery, headers: HeaderMap| async move {
            file.answer(&headers, query.as_deref())
        };
        let handlers: MethodRouter<Service> = get(handler);
        routes = routes.route(&format!("/{}", file.name), compressed(handlers));
    }
    routes
}

/// The page itself; which part of it is shown follows from the address.
async fn index(headers: HeaderMap) -> Response {
    FILES[0].answer(&headers, None)
}

/// The page for browsers; where to go for everybody else.
async fn root(headers: HeaderMap) -> Result<Response, Problem> {
    static WELCOME: LazyLock<String> = LazyLock::new(|| {
        let version = env!("CARGO_PKG_VERSION");
        format!(
            "bitgauge {version}: measures in bits how much neural networks memorize\n\n\
             /             this address in a browser: the web page\n\
             /v1/presets   jobs that come with it; start one with\n\
             \x20             curl --json '{{\"preset\": \"symmetry-breaking\"}}' HOST/v1/jobs\n\
             /v1/jobs      jobs and their results\n\
             /docs         the API as a page; /openapi.yaml, /openapi.json for programs\n"
        )
    });
    let mut response = match chosen(&headers, &[TEXT, HTML].map(essence))? {
        0 => tagged(&headers, TEXT, WELCOME.as_str()),
        _ => index(headers).await,
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// What a browser sees where there is nothing, which the page says in words; a problem for everybody else.
pub async fn nothing_here(headers: HeaderMap) -> Result<Response, Problem> {
    let is_browser = headers.get("accept").is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    if !is_browser {
        return Err(Problem::of_status(StatusCode::NOT_FOUND));
    }
    let mut response = index(HeaderMap::new()).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    Ok(response)
}

/// A media type without its parameters.
fn essence(media_type: &'static str) -> &'static str {
    media_type.split(';').next().unwrap_or(media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedded(name: &str) -> &'static [u8] {
        FILES.iter().find(|file| file.name == name).unwrap().bytes
    }

    #[test]
    fn the_page_names_the_files_by_their_digests_and_loads_nothing_else() {
        let page = std::str::from_utf8(embedded("index.html")).unwrap();
        for file in &FILES[1..] {
            let address = format!("\"/{}?v={}\"", file.name, File::version(file.bytes));
            assert!(page.contains(&address), "{address} is not in {page}");
        }
        for forbidden in ["<style", "style=", "http://", "https://", "onclick", "<script>"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        let style = std::str::from_utf8(embedded("app.css")).unwrap();
        assert!(!style.contains("url(") && !style.contains("@import"));
    }
}
