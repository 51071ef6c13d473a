//! What a list of results is asked for; every fault of the query at once.

use axum::http::StatusCode;
use serde::Deserialize;

use super::super::Problem;
use crate::catalog::kind_names;
use crate::job::JobId;
use crate::science::estimator::all_quantities;
use crate::science::network::Network;
use crate::science::optimizer::Optimizer;
use crate::science::regularizer::Regularizer;
use crate::science::source::Source;
use crate::spec::Fault;
use crate::store::{PageRequest, ResultFilter, ResultSort};

const LIMIT: u32 = 100;
const MOST: u32 = 1000;
/// The name of a cell without any regularizer.
const NONE: &str = "none";

/// Parameters of the query. Those that take names take several, with commas between: any of them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    quantity: Option<String>,
    source: Option<String>,
    network: Option<String>,
    regularizer: Option<String>,
    optimizer: Option<String>,
    tag: Option<String>,
    job: Option<String>,
    name: Option<String>,
    n: Option<String>,
    tuning: Option<String>,
    sort: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// What is asked for.
#[derive(Debug)]
pub struct Asked {
    pub filter: ResultFilter,
    pub sort: ResultSort,
    pub page: PageRequest,
}

impl Parameters {
    /// A list of measurements.
    pub fn of_measurements(self) -> Result<Asked, Problem> {
        self.read("mean", true)
    }

    /// A list of capacities.
    pub fn of_capacities(self) -> Result<Asked, Problem> {
        self.read("capacity_bits", false)
    }

    /// The same for a file, which has every row.
    pub fn whole(self) -> Result<Self, Problem> {
        let mut faults = Faults::default();
        for (name, given) in [("limit", &self.limit), ("cursor", &self.cursor)] {
            if given.is_some() {
                faults.add(name, "a file has all rows: pages are of the list without a suffix");
            }
        }
        faults.none()?;
        Ok(self)
    }

    fn read(self, value: &str, is_measurements: bool) -> Result<Asked, Problem> {
        let mut faults = Faults::default();
        let quantities = names(self.quantity);
        if is_measurements {
            let known: Vec<&str> = all_quantities().iter().map(|(_, quantity)| quantity.name).collect();
            for name in quantities.iter().filter(|name| !known.contains(&name.as_str())) {
                faults.add("quantity", format!("there is no quantity {name:?}; GET /v1/catalog lists all"));
            }
        } else if !quantities.is_empty() {
            faults.add("quantity", "capacities are of one quantity; leave it out");
        }
        if !is_measurements && self.tuning.is_some() {
            faults.add("tuning", "no capacity rests on trainings that served for tuning; leave it out");
        }
        let regularizers = faults.kinds("regularizer", self.regularizer, &kind_names::<Regularizer>(), true);
        let filter = ResultFilter {
            sources: faults.kinds("source", self.source, &kind_names::<Source>(), false),
            networks: faults.kinds("network", self.network, &kind_names::<Network>(), false),
            optimizers: faults.kinds("optimizer", self.optimizer, &kind_names::<Optimizer>(), false),
            regularizers: regularizers
                .into_iter()
                .map(|n| if n == NONE { String::new() } else { n })
                .collect(),
            tags: names(self.tag),
            jobs: faults.jobs(self.job),
            name: self.name,
            least_n: faults.number("n", self.n, 1, u32::MAX),
            with_tuning: faults.truth("tuning", self.tuning),
            quantities,
        };
        let by_value = [format!("-{value}"), value.to_owned()];
        let sort = match self.sort.as_deref() {
            None | Some("-job") => ResultSort::JobDesc,
            Some("job") => ResultSort::JobAsc,
            Some(sort) if sort == by_value[0] => ResultSort::ValueDesc,
            Some(sort) if sort == by_value[1] => ResultSort::ValueAsc,
            Some(_) => {
                faults.add("sort", format!("must be one of -job, job, {}, {}", by_value[0], by_value[1]));
                ResultSort::JobDesc
            }
        };
        let is_by_value = matches!(sort, ResultSort::ValueDesc | ResultSort::ValueAsc);
        if is_measurements && is_by_value && filter.quantities.len() != 1 {
            faults.add("sort", "values of several quantities have no common order: name one quantity");
        }
        let limit = faults.number("limit", self.limit, 1, MOST).unwrap_or(LIMIT);
        faults.none()?;
        Ok(Asked { filter, sort, page: PageRequest { limit, cursor: self.cursor, skip: 0 } })
    }
}

/// The names of a list with commas.
fn names(list: Option<String>) -> Vec<String> {
    let list = list.unwrap_or_default();
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Every fault of a query.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, name: &str, detail: impl Into<String>) {
        self.0.push(Fault::new(format!("/{name}"), detail));
    }

    fn kinds(
        &mut self,
        name: &str,
        list: Option<String>,
        known: &[String],
        may_be_none: bool,
    ) -> Vec<String> {
        let found = names(list);
        let is_known = |kind: &String| known.contains(kind) || (may_be_none && kind == NONE);
        for kind in found.iter().filter(|kind| !is_known(kind)) {
            let none = if may_be_none { ", none" } else { "" };
            self.add(name, format!("there is no {name} {kind:?}; known are {}{none}", known.join(", ")));
        }
        found
    }

    fn jobs(&mut self, list: Option<String>) -> Vec<JobId> {
        let read = |text: String| {
            let id = text.parse().ok();
            if id.is_none() {
                self.add("job", format!("{text:?} is no id of a job (a uuid of version 7)"));
            }
            id
        };
        names(list).into_iter().filter_map(read).collect()
    }

    fn number(&mut self, name: &str, text: Option<String>, least: u32, most: u32) -> Option<u32> {
        let text = text?;
        let found = text.parse().ok().filter(|number| (least..=most).contains(number));
        if found.is_none() {
            self.add(name, format!("must be a number from {least} to {most}"));
        }
        found
    }

    fn truth(&mut self, name: &str, text: Option<String>) -> bool {
        match text.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                self.add(name, "must be true or false");
                false
            }
        }
    }

    fn none(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            return Ok(());
        }
        let problem = Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid-parameter",
            "the query is not valid; errors lists every fault",
        );
        Err(problem.with_errors(self.0))
    }
}
