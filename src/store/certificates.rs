//! Certificates: what the last calibration of each build said.

use super::{Store, StoreError};

impl Store {
    /// Stores the certificate of an arithmetic; an earlier one is replaced.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn save_certificate(
        &self,
        profile: String,
        certificate_json: String,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |transaction| {
                Box::pin(async move {
                    sqlx::query(
                        "insert into certificates (numeric_profile, certificate, issued_ms) values (?1, ?2, ?3)
                         on conflict (numeric_profile) do update
                         set certificate = excluded.certificate, issued_ms = excluded.issued_ms",
                    )
                    .bind(profile)
                    .bind(certificate_json)
                    .bind(transaction.now_ms)
                    .execute(&mut *transaction.connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

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
