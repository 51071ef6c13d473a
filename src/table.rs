//! Typed tables: columns with name, unit and type, and rows of values. How one is written is
//! for others to know.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

/// A table whose rows are made as they are asked for.
pub struct Table<'a> {
    /// What the entries of each row are, in their order.
    pub columns: Vec<Column>,
    /// The rows, each with one entry for every column.
    pub rows: Box<dyn Iterator<Item = Row> + 'a>,
    /// Where all rows come from, once for all of them: formats that programs read repeat it in
    /// every row, formats that people read state it once.
    pub origin: Vec<(Column, Entry)>,
}

/// The entries of one row.
pub type Row = Vec<Entry>;

/// What the entries of a column are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name, as JSON and CSV have it.
    pub name: String,
    /// Unit of the values, where they have one.
    pub unit: Option<Cow<'static, str>>,
    /// Type of the values.
    pub kind: Kind,
    /// Whether the column says where a row lies, and not what was found there.
    pub is_coordinate: bool,
    /// Whether its name is that of an axis, which a user chose.
    pub is_axis: bool,
}

/// Type of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// Whole numbers.
    Integer,
    /// Real numbers.
    Real,
    /// Real numbers with their spread and interval.
    Estimate,
    /// Whether something is so.
    Truth,
    /// Any JSON.
    Json,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// There is none.
    Missing,
    /// A word.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Real(f64),
    /// A number with its spread and interval.
    Estimate(Estimate),
    /// Whether something is so: programs read `true` and `false`, people yes and no.
    Truth(bool),
    /// Any JSON.
    Json(Value),
}

/// A mean with its spread and interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Mean.
    pub mean: f64,
    /// Standard deviation of single replicates.
    pub sd: Option<f64>,
    /// Both ends of the 95 % interval of the mean.
    pub interval: Option<(f64, f64)>,
}

impl Column {
    /// A column of what was found.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), unit: None, kind, is_coordinate: false, is_axis: false }
    }

    /// A column that says where a row lies, with a name of ours.
    #[must_use]
    pub fn place(name: impl Into<String>, kind: Kind) -> Self {
        Self { is_coordinate: true, ..Self::new(name, kind) }
    }

    /// The same with a unit.
    #[must_use]
    pub fn in_unit(self, unit: impl Into<Cow<'static, str>>) -> Self {
        Self { unit: Some(unit.into()), ..self }
    }

    /// A column that says where a row lies, of the type that all of these values have.
    #[must_use]
    pub fn coordinate<'v>(name: &str, values: impl IntoIterator<Item = &'v Value>) -> Self {
        let mut kinds = values.into_iter().map(kind_of);
        let first = kinds.next().unwrap_or(Kind::Text);
        let kind = kinds.fold(first, |all, kind| match (all, kind) {
            (all, kind) if all == kind => all,
            (Kind::Integer | Kind::Real, Kind::Integer | Kind::Real) => Kind::Real,
            _ => Kind::Json,
        });
        Self { name: name.to_owned(), unit: None, kind, is_coordinate: true, is_axis: true }
    }
}

fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Number(number) if number.as_i64().is_some() => Kind::Integer,
        Value::Number(_) => Kind::Real,
        Value::String(_) => Kind::Text,
        _ => Kind::Json,
    }
}

impl Entry {
    /// A JSON value by its own type.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.clone()),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Self::Integer(whole),
                (None, Some(real)) => Self::Real(real),
                (None, None) => Self::Json(value.clone()),
            },
            other => Self::Json(other.clone()),
        }
    }

    /// A count.
    #[must_use]
    pub fn count(count: u64) -> Self {
        i64::try_from(count).map_or(Self::Missing, Self::Integer)
    }
}

impl From<Option<bool>> for Entry {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Self::Missing, Self::Truth)
    }
}

impl From<Option<f64>> for Entry {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Real)
    }
}

impl<'a> Table<'a> {
    /// A table of these rows. A coordinate that has the name of another column is called
    /// `axis_NAME`, for a name says which column is meant.
    #[must_use]
    pub fn new(mut columns: Vec<Column>, rows: impl Iterator<Item = Row> + 'a) -> Self {
        let others: BTreeSet<String> =
            columns.iter().filter(|column| !column.is_axis).map(|column| column.name.clone()).collect();
        for axis in columns.iter_mut().filter(|column| column.is_axis) {
            while others.contains(&axis.name) {
                axis.name.insert_str(0, "axis_");
            }
        }
        Self { columns, rows: Box::new(rows), origin: Vec::new() }
    }

    /// The same with where its rows come from; what the columns state already is left out.
    #[must_use]
    pub fn from(self, origin: Vec<(Column, Entry)>) -> Self {
        let is_new = |(column, _): &(Column, Entry)| self.columns.iter().all(|own| own.name != column.name);
        let origin = origin.into_iter().filter(is_new).collect();
        Self { origin, ..self }
    }

    /// The columns at these places alone, in their order.
    #[must_use]
    pub fn select(self, places: Vec<usize>) -> Table<'a> {
        let columns = places.iter().map(|place| self.columns[*place].clone()).collect();
        let rows = self.rows.map(move |row| places.iter().map(|place| row[*place].clone()).collect());
        Table { columns, rows: Box::new(rows), origin: self.origin }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn coordinates_have_the_type_of_all_their_values() {
        let kind = |values: &[Value]| Column::coordinate("x", values).kind;
        assert_eq!(kind(&[json!(1), json!(2)]), Kind::Integer);
        assert_eq!(kind(&[json!(1), json!(2.5)]), Kind::Real);
        assert_eq!(kind(&[json!("a"), json!("b")]), Kind::Text);
        assert_eq!(kind(&[json!("a"), json!(1)]), Kind::Json);
        assert_eq!(kind(&[json!([])]), Kind::Json);
    }

    #[test]
    fn columns_are_chosen_and_put_in_order() {
        let columns = ["a", "b", "c"].map(|name| Column::new(name, Kind::Integer)).to_vec();
        let rows = [1, 2].into_iter().map(|i| vec![Entry::Integer(i); 3]);
        let table = Table::new(columns, rows).select(vec![2, 0]);
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["c", "a"]);
        assert_eq!(table.rows.map(|row| row.len()).collect::<Vec<_>>(), [2, 2]);
    }

    #[test]
    fn an_axis_never_shares_its_name_with_another_column() {
        let columns = vec![Column::coordinate("bits", &[json!("a")]), Column::new("bits", Kind::Real)];
        let table = Table::new(columns, std::iter::empty());
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["axis_bits", "bits"]);
        let origin = vec![
            (Column::new("bits", Kind::Text), Entry::Missing),
            (Column::new("job", Kind::Text), Entry::Missing),
        ];
        assert_eq!(table.from(origin).origin.len(), 1);
    }
}
