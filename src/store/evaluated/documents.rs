//! What the API answers of the results of an ended job: made with its rows and stored beside them, compressed, so that no
//! answer waits for an evaluation.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use super::super::{Store, StoreError};
use super::rows::{Place, Row, Values};
use crate::job::JobId;

/// What a document is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// One cell.
    Result,
    /// All cells together.
    Analysis,
    /// The same without curves.
    Outline,
}

impl Part {
    const fn label(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Analysis => "analysis",
            Self::Outline => "outline",
        }
    }
}

/// A document, compressed.
#[derive(Debug, Clone)]
pub struct DocumentRow {
    part: Part,
    number: u32,
    body: Vec<u8>,
}

impl DocumentRow {
    /// The document with this text; `number` is that of the cell, and 0 for what is of all.
    ///
    /// # Panics
    /// Never: memory takes what is written.
    #[must_use]
    pub fn of(part: Part, number: u32, text: &[u8]) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let written = encoder.write_all(text).and_then(|()| encoder.finish());
        Self { part, number, body: written.expect("memory takes what is written") }
    }
}

impl Row for DocumentRow {
    const TABLE: &'static str = "documents";

    fn values(&self, at: Place, values: &mut Values) {
        values
            .push_bind(at.job.to_string())
            .push_bind(at.generation)
            .push_bind(self.part.label())
            .push_bind(self.number)
            .push_bind(self.body.clone());
    }
}

/// How many of these are of results; nothing where there are none at all.
pub(super) fn results(documents: &[DocumentRow]) -> Option<i64> {
    let results = documents.iter().filter(|document| document.part == Part::Result).count();
    (!documents.is_empty()).then_some(place(results))
}

/// Documents of results, in the order of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResults {
    /// Their texts.
    pub texts: Vec<Vec<u8>>,
    /// Place of the next one, if there are more.
    pub next: Option<usize>,
}

impl Store {
    /// Documents of so many results from a cell on; `None` of a job that has not ended, or that no such version of the
    /// analysis has evaluated yet.
    ///
    /// # Errors
    /// When the database cannot be read, or they are not as they were stored.
    pub async fn stored_results(
        &self,
        job: JobId,
        analysis_version: u32,
        from: usize,
        limit: usize,
    ) -> Result<Option<StoredResults>, StoreError> {
        let Some((all, texts)) = self.documents(job, analysis_version, Part::Result, from, limit).await?
        else {
            return Ok(None);
        };
        let next = from.saturating_add(texts.len());
        if texts.len() != limit.min(all.saturating_sub(from)) {
            return Err(self.damaged(format!("job {job} has not all its results")));
        }
        Ok(Some(StoredResults { texts, next: (next < all).then_some(next) }))
    }

    /// The document of this part of all cells together; `None` as for [`Store::stored_results`].
    ///
    /// # Errors
    /// As [`Store::stored_results`].
    pub async fn stored_document(
        &self,
        job: JobId,
        analysis_version: u32,
        part: Part,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((_, texts)) = self.documents(job, analysis_version, part, 0, 1).await? else {
            return Ok(None);
        };
        let text = texts.into_iter().next();
        text.map(Some).ok_or_else(|| self.damaged(format!("job {job} has no {}", part.label())))
    }

    /// How many results there are, and texts of documents from a number on.
    async fn documents(
        &self,
        job: JobId,
        analysis_version: u32,
        part: Part,
        from: usize,
        limit: usize,
    ) -> Result<Option<(usize, Vec<Vec<u8>>)>, StoreError> {
        let id = job.to_string();
        // one transaction sees the job and its documents at the same moment
        let mut reading = self.readers.begin().await?;
        let shown: Option<(i64, i64)> = sqlx::query_as(
            "select generation, results from jobs join evaluations using (generation)
             where id = ?1 and job = id and finished_ms is not null and deleted_ms is null
                   and jobs.analysis_version >= ?2 and results is not null",
        )
        .bind(&id)
        .bind(analysis_version)
        .fetch_optional(&mut *reading)
        .await?;
        let Some((generation, all)) = shown else { return Ok(None) };
        let (first, most) = (place(from), place(limit));
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
            "select number, body from documents
             where job = ?1 and generation = ?2 and part = ?3 and number >= ?4 order by number limit ?5",
        )
        .bind(&id)
        .bind(generation)
        .bind(part.label())
        .bind(first)
        .bind(most)
        .fetch_all(&mut *reading)
        .await?;
        drop(reading);
        let read = tokio::task::spawn_blocking(move || texts(first, &rows)).await;
        let texts = read.map_err(|_| StoreError::Internal("texts of documents".into()))?;
        let texts =
            texts.ok_or_else(|| self.damaged(format!("job {job}: a document is not as it was stored")))?;
        Ok(Some((usize::try_from(all).unwrap_or_default(), texts)))
    }
}

fn place(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The texts of rows that follow each other; nothing where one is missing or has changed.
fn texts(first: i64, rows: &[(i64, Vec<u8>)]) -> Option<Vec<Vec<u8>>> {
    let numbered = (first..).zip(rows);
    numbered.map(|(expected, (number, body))| (expected == *number).then(|| text(body)).flatten()).collect()
}

fn text(body: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut decoder = GzDecoder::new(body);
    decoder.read_to_end(&mut text).ok()?;
    // nothing follows
    decoder.into_inner().is_empty().then_some(text)
}
