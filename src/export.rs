//! Encoders of typed tables, chosen by one [`Format`], which know nothing of what a table is
//! about; and the report of a job for terminals, which does.

mod csv;
mod flat;
mod latex;
mod markdown;
mod ndjson;
#[cfg(feature = "parquet")]
mod parquet;
pub mod report;
mod shown;
mod text;

use std::io::{self, Write};

use crate::table::Table;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180; lines end in LF.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Apache Parquet, with typed columns.
    #[cfg(feature = "parquet")]
    Parquet,
    /// A pipe table of Markdown.
    Markdown,
    /// A `tabular` of LaTeX with the rules of booktabs.
    Latex,
    /// Aligned columns for a terminal.
    Text,
}

impl Format {
    /// Every format. Each table of a job can be fetched in each.
    pub const ALL: &[Self] = &[
        Self::Csv,
        Self::Ndjson,
        #[cfg(feature = "parquet")]
        Self::Parquet,
        Self::Markdown,
        Self::Latex,
        Self::Text,
    ];

    /// How the names of files end that this build cannot write: a feature of the package was left out.
    pub const LEFT_OUT: &[&str] = if cfg!(feature = "parquet") { &[] } else { &["parquet"] };

    /// How the names of such files end.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
            Self::Markdown => "md",
            Self::Latex => "tex",
            Self::Text => "txt",
        }
    }

    /// What a file or an answer in this format is called.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
            #[cfg(feature = "parquet")]
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Latex => "application/x-tex",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// Writes a table, row by row: memory does not grow with the number of rows.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn write(self, table: Table, output: &mut (dyn Write + Send)) -> io::Result<()> {
        match self {
            Self::Csv => csv::write(table, output),
            Self::Ndjson => ndjson::write(table, output),
            #[cfg(feature = "parquet")]
            Self::Parquet => parquet::write(table, output),
            Self::Markdown => markdown::write(table, output),
            Self::Latex => latex::write(table, output),
            Self::Text => text::write(table, output),
        }
    }

    /// The whole table in memory.
    ///
    /// # Panics
    /// Never: memory takes every row.
    #[must_use]
    pub fn bytes(self, table: Table) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(table, &mut bytes).expect("memory takes every row");
        bytes
    }
}
