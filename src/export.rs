//! Encoders of typed tables, chosen by one [`Format`], which know nothing of what a table is
//! about; and the report of a job for terminals, which does.

mod csv;
pub mod report;
mod text;

use std::io::{self, Write};

use crate::table::Table;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180; lines end in LF.
    Csv,
    /// Aligned columns for a terminal.
    Text,
}

impl Format {
    /// Every format. Each table of a job can be fetched in each.
    pub const ALL: [Self; 2] = [Self::Csv, Self::Text];

    /// How the names of such files end.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Text => "txt",
        }
    }

    /// What a file or an answer in this format is called.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// Writes a table, row by row.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn write(self, table: Table, output: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Csv => csv::write(table, output),
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
