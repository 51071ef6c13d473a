//! Flags that say where NATS is, of the service and of workers elsewhere.

use std::path::PathBuf;

use clap::Args;

use crate::nats::{Access, ConnectionError, Endpoint};

#[derive(Debug, Args)]
pub(super) struct NatsFlags {
    /// File with the token for NATS
    #[arg(long, env = "BITGAUGE_NATS_TOKEN_FILE", value_name = "FILE")]
    nats_token_file: Option<PathBuf>,
    /// File with the seed of an nkey for NATS
    #[arg(long, env = "BITGAUGE_NATS_NKEY", value_name = "FILE")]
    nats_nkey: Option<PathBuf>,
    /// File with a JWT and the seed of its nkey for NATS (.creds)
    #[arg(long, env = "BITGAUGE_NATS_CREDENTIALS", value_name = "FILE")]
    nats_credentials: Option<PathBuf>,
    /// File with certificates of authorities to trust for NATS, beside those of the system
    #[arg(long, env = "BITGAUGE_NATS_CA", value_name = "FILE")]
    nats_ca: Option<PathBuf>,
    /// File with the certificate to show to NATS
    #[arg(long, env = "BITGAUGE_NATS_CERTIFICATE", value_name = "FILE", requires = "nats_key")]
    nats_certificate: Option<PathBuf>,
    /// File with the key of that certificate
    #[arg(long, env = "BITGAUGE_NATS_KEY", value_name = "FILE", requires = "nats_certificate")]
    nats_key: Option<PathBuf>,
}

impl NatsFlags {
    pub(super) fn endpoint(&self, url: &str) -> Result<Endpoint, ConnectionError> {
        let access = Access {
            token: self.nats_token_file.clone(),
            nkey: self.nats_nkey.clone(),
            credentials: self.nats_credentials.clone(),
            authority: self.nats_ca.clone(),
            certificate: self.nats_certificate.clone().zip(self.nats_key.clone()),
        };
        Endpoint::new(url, access)
    }
}
