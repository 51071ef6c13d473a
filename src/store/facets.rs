//! Facets: what a job has to do with (tags, kinds, replicates), so that a filter which few jobs pass
//! finds them without looking at all. They may say too much and never too little: lists that find
//! jobs by them look again.

use sqlx::{QueryBuilder, Sqlite};

use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::JobId;

/// Jobs that are few: a list of their results is sorted as a whole.
pub(super) const FEW: usize = 200;

/// A part of a filter, of which each job says whether it may pass.
pub(super) enum Part<'a> {
    /// One of these values of a facet.
    AnyOf(&'static str, &'a [String]),
    /// So many replicates at least.
    Replicates(u32),
    /// A text in the name, in whatever case.
    Name(&'a str),
}

impl Part<'_> {
    /// The jobs that may pass.
    fn jobs(&self) -> QueryBuilder<Sqlite> {
        let mut query = QueryBuilder::new("");
        match self {
            Self::Name(text) => {
                // an index has names and ids alone
                query.push("select id from jobs where name like ").push_bind(like(text)).push(" escape '\\'");
            }
            facet => {
                query.push("select distinct job from facets where ");
                facet.push_of(&mut query);
            }
        }
        query
    }

    fn push_of(&self, query: &mut QueryBuilder<Sqlite>) {
        match self {
            Self::AnyOf(facet, values) => {
                query.push(format!("facet = '{facet}' and value in ("));
                let mut list = query.separated(", ");
                for value in *values {
                    list.push_bind(value.clone());
                }
                query.push(")");
            }
            Self::Replicates(least) => {
                query.push("facet = 'replicates' and value >= ").push_bind(format!("{least:010}"));
            }
            Self::Name(_) => {}
        }
    }

    /// Leaves out jobs that cannot pass, before their rows are looked at.
    pub(super) fn push(&self, query: &mut QueryBuilder<Sqlite>) {
        if matches!(self, Self::Name(_)) {
            return;
        }
        query.push(" and exists (select 1 from facets where ");
        self.push_of(query);
        query.push(" and job = jobs.id)");
    }
}

impl Transaction<'_> {
    /// The tags of a job, in the place of those that it had.
    pub(super) async fn tag_job(&mut self, job: JobId) -> Result<(), StoreError> {
        self.facets(
            job,
            &[
                "delete from facets where job = ? and facet = 'tag'",
                "insert or ignore into facets (facet, value, job)
                 select 'tag', value, jobs.id from jobs, json_each(jobs.tags) where jobs.id = ?",
            ],
        )
        .await
    }

    /// What the rows of a job's evaluations have to do with, in the place of what they had.
    pub(super) async fn describe_job(&mut self, job: JobId) -> Result<(), StoreError> {
        self.facets(
            job,
            &[
                "delete from facets where job = ? and facet <> 'tag'",
                "insert or ignore into facets (facet, value, job) select 'source', source, job from cells where job = ?",
                "insert or ignore into facets (facet, value, job) select 'network', network, job from cells where job = ?",
                "insert or ignore into facets (facet, value, job) select 'optimizer', optimizer, job from cells where job = ?",
                "insert or ignore into facets (facet, value, job)
                 select 'regularizer', value, cells.job from cells, json_each(cells.regularizers) where job = ?",
                "insert or ignore into facets (facet, value, job)
                 select 'regularizer', '', job from cells where job = ? and regularizers = '[]'",
                "insert or ignore into facets (facet, value, job)
                 select 'replicates', printf('%010d', max(n)), job from (
                     select job, n from measurements union all select job, n from capacities)
                 where job = ? group by job",
            ],
        )
        .await
    }

    async fn facets(&mut self, job: JobId, statements: &[&'static str]) -> Result<(), StoreError> {
        for statement in statements {
            sqlx::query(*statement).bind(job.to_string()).execute(&mut *self.connection).await?;
        }
        Ok(())
    }
}

impl Store {
    /// The jobs that may pass the first of these parts that few pass.
    pub(super) async fn few(&self, parts: &[Part<'_>]) -> Result<Option<Vec<String>>, StoreError> {
        for part in parts {
            let mut query = part.jobs();
            query.push(format!(" limit {}", FEW + 1));
            let found: Vec<String> = query.build_query_scalar().fetch_all(&self.readers).await?;
            if found.len() <= FEW {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// A pattern of the text itself, wherever it stands.
pub(super) fn like(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
