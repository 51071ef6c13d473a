//! Certificates: what the last calibration of each build said.

use super::writer::Transaction;
use super::{Store, StoreError};

impl Transaction<'_> {
    /// Stores the certificate of an arithmetic; an earlier one is replaced.
    pub(super) async fn save_certificate(
        &mut self,
        profile: &str,
        certificate_json: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "insert into certificates (numeric_profile, certificate, issued_ms) values (?1, ?2, ?3)
             on conflict (numeric_profile) do update
             set certificate = excluded.certificate, issued_ms = excluded.issued_ms",
        )
        .bind(profile)
        .bind(certificate_json)
        .bind(self.now_ms)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }
}

impl Store {
    /// The certificate of an arithmetic and when it was issued, if there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn certificate(&self, profile: &str) -> Result<Option<(String, i64)>, StoreError> {
        let row = sqlx::query_as("select certificate, issued_ms from certificates where numeric_profile = ?")
            .bind(profile)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row)
    }
}
