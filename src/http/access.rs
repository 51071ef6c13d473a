//! Who may ask: the bearer token and the names under which the server answers.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

/// Names of this machine itself.
const LOOPBACK_NAMES: [&str; 2] = ["localhost", "ip6-localhost"];

/// Who may ask, and by which name of the host.
#[derive(Debug, Clone, Default)]
pub struct Access {
    token: Option<[u8; 32]>,
    hosts: Vec<String>,
}

impl Access {
    /// Access for whoever knows the token (everybody without one), by the
    /// addresses of the server, the loopback names and `hosts`.
    #[must_use]
    pub fn new(token: Option<&str>, hosts: &[String]) -> Self {
        let hosts = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        Self { token: token.map(|token| Sha256::digest(token).into()), hosts }
    }

    /// Whether a token is asked for.
    #[must_use]
    pub fn needs_token(&self) -> bool {
        self.token.is_some()
    }

    /// Whether this is the token. Takes the same time wherever they differ: the
    /// digests are compared, and every byte of them.
    #[must_use]
    pub fn admits(&self, offered: &[u8]) -> bool {
        let Some(token) = &self.token else { return true };
        let offered: [u8; 32] = Sha256::digest(offered).into();
        let differing = token.iter().zip(offered).fold(0, |bits, (a, b)| bits | (a ^ b));
        std::hint::black_box(differing) == 0
    }

    /// Whether the server goes by this name (`host`, `host:port`). A page of
    /// another site can have its name point here (DNS rebinding); an address
    /// cannot be rebound.
    #[must_use]
    pub fn answers_to(&self, authority: &str) -> bool {
        let Some(host) = host_of(authority) else { return false };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<IpAddr>().is_ok()
            || LOOPBACK_NAMES.contains(&host.as_str())
            || self.hosts.contains(&host)
    }
}

/// The host of `host[:port]`, in lower case.
fn host_of(authority: &str) -> Option<String> {
    let authority: axum::http::uri::Authority = authority.parse().ok()?;
    let has_user = authority.as_str().contains('@');
    let port_is_number = authority.as_str().len() == authority.host().len() || authority.port_u16().is_some();
    (!has_user && port_is_number && !authority.host().is_empty())
        .then(|| authority.host().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_admitted() {
        let access = Access::new(Some("open sesame"), &[]);
        assert!(access.admits(b"open sesame"));
        for wrong in ["", "open sesam", "open sesame ", "Open sesame"] {
            assert!(!access.admits(wrong.as_bytes()), "{wrong:?}");
        }
        assert!(Access::new(None, &[]).admits(b"anything"));
    }

    #[test]
    fn the_server_answers_to_its_own_names_only() {
        let access = Access::new(None, &["Bits.example".to_owned()]);
        for own in
            ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "10.0.0.7", "bits.example:443"]
        {
            assert!(access.answers_to(own), "{own}");
        }
        for other in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "user@localhost",
            "localhost:x",
            "a b",
            "bits.example.",
        ] {
            assert!(!access.answers_to(other), "{other}");
        }
    }
}
