//! A client of the HTTP API, for the command line. Knows addresses, tokens and problem documents;
//! nothing of what is asked.

use std::fmt::Write;
use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
pub use ureq::http::Method;
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use crate::api::ProblemDocument;

/// A connection to a service takes no longer.
const CONNECT: Duration = Duration::from_secs(5);

/// A service somewhere.
#[derive(Debug)]
pub struct Client {
    server: String,
    token: Option<String>,
    agent: Agent,
}

/// Why there is no answer, or no good one.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not one that this program can ask.
    #[error("{0}")]
    Address(String),
    /// The service cannot be reached, or went away.
    #[error("{server}: {error}")]
    Unreachable {
        /// Where it should be.
        server: String,
        /// What happened.
        error: String,
    },
    /// The service refused.
    #[error("{}", words(.0))]
    Refused(Box<ProblemDocument>),
    /// The answer is not what this version expects.
    #[error("an answer of another version of the service: {0}")]
    Unexpected(String),
}

/// The problem in words: a line for it, and one for each fault.
fn words(problem: &ProblemDocument) -> String {
    let mut text = format!("{} ({})", problem.detail, problem.status);
    for fault in &problem.errors {
        let place = if fault.pointer.is_empty() { "(document)" } else { &fault.pointer };
        let _ = write!(text, "\n  {place}: {}", fault.detail);
    }
    text
}

impl Client {
    /// A client of the service at this address.
    ///
    /// # Errors
    /// [`ClientError::Address`] when it does not begin with `http://`.
    pub fn new(server: &str, token: Option<String>) -> Result<Self, ClientError> {
        if server.starts_with("https://") {
            return Err(ClientError::Address(
                "this program has no TLS: give the address behind the proxy, or a tunnel to it (ssh -L 8080:127.0.0.1:8080 HOST)".into(),
            ));
        }
        if !server.starts_with("http://") {
            return Err(ClientError::Address(format!("{server:?} does not begin with http://")));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .user_agent(concat!("bitgauge/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { server: server.trim_end_matches('/').to_owned(), token, agent: config.into() })
    }

    /// Asks for a JSON document.
    ///
    /// # Errors
    /// When there is none.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        read(self.send(Method::GET, path, None, &[])?)
    }

    /// Sends a JSON document and returns the one that answers; `null` where the answer is empty.
    ///
    /// # Errors
    /// When it is refused.
    pub fn send_json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<T, ClientError> {
        read(self.send(method, path, body, headers)?)
    }

    /// Asks for something whose answer has no body.
    ///
    /// # Errors
    /// When it was not done.
    pub fn send_only(&self, method: Method, path: &str) -> Result<(), ClientError> {
        self.send(method, path, None, &[]).map(drop)
    }

    /// Asks for a document of any kind, as it comes.
    ///
    /// # Errors
    /// When there is none.
    pub fn bytes(&self, path: &str) -> Result<impl Read + use<>, ClientError> {
        Ok(self.send(Method::GET, path, None, &[])?.into_body().into_reader())
    }

    /// The events of a stream, one after the other: name and data.
    ///
    /// # Errors
    /// When there is no such stream.
    pub fn events(
        &self,
        path: &str,
    ) -> Result<impl Iterator<Item = Result<(String, Value), ClientError>> + use<>, ClientError> {
        let server = self.server.clone();
        let body = self.send(Method::GET, path, None, &[("accept", "text/event-stream")])?.into_body();
        let mut lines = BufReader::new(body.into_reader()).lines();
        Ok(std::iter::from_fn(move || {
            let (mut name, mut data) = (String::new(), String::new());
            loop {
                match lines.next()? {
                    Ok(line) if line.is_empty() && name.is_empty() && data.is_empty() => {}
                    Ok(line) if line.is_empty() => {
                        let data = serde_json::from_str(&data).unwrap_or(Value::Null);
                        return Some(Ok((std::mem::take(&mut name), data)));
                    }
                    Ok(line) => {
                        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
                        match field {
                            "event" => value.trim().clone_into(&mut name),
                            "data" => data.push_str(value.trim()),
                            _ => {}
                        }
                    }
                    Err(error) => {
                        let error = error.to_string();
                        return Some(Err(ClientError::Unreachable { server: server.clone(), error }));
                    }
                }
            }
        }))
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<Response<Body>, ClientError> {
        let unreachable = |error: ureq::Error| ClientError::Unreachable {
            server: self.server.clone(),
            error: error.to_string(),
        };
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.server));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let text = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(text).map_err(|error| ClientError::Address(error.to_string()))?;
        let response = self.agent.run(request).map_err(unreachable)?;
        if response.status().is_client_error() || response.status().is_server_error() {
            let status = response.status();
            let text = response.into_body().read_to_string().unwrap_or_default();
            return Err(match serde_json::from_str(&text) {
                Ok(problem) => ClientError::Refused(Box::new(problem)),
                Err(_) => ClientError::Unexpected(format!("{path}: {status}")),
            });
        }
        Ok(response)
    }
}

fn read<T: DeserializeOwned>(response: Response<Body>) -> Result<T, ClientError> {
    // results of a large job are larger than what a client reads by default
    const MOST_BYTES: u64 = 1 << 31;
    let unexpected = |error: String| ClientError::Unexpected(error);
    let bytes = response.into_body().into_with_config().limit(MOST_BYTES).read_to_vec();
    let bytes = bytes.map_err(|error| unexpected(error.to_string()))?;
    let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
    serde_json::from_slice(text).map_err(|error| unexpected(error.to_string()))
}
