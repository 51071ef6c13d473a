//! Backups that the service keeps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A backup in the folder `backups` of the data directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupView {
    /// Name of the file.
    pub name: String,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal digits; `null` if it is not known any more.
    pub sha256: Option<String>,
    /// Time of the backup.
    pub created_at: String,
}

/// The backups that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupList {
    /// The backups, the newest first.
    pub items: Vec<BackupView>,
}
