//! The family mechanism: a new kind costs one file, its `mod` line and its line in the
//! family's list.
//!
//! A family (sources, networks, regularizers, optimizers, estimators) is a
//! serde-tagged enum made by [`family!`] from a list of its items. Validation,
//! JSON form, catalogue, `OpenAPI` schema and contract tests all follow from that
//! list. Knows nothing of any particular item.

use garde::Validate;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// One member of a family: its parameters as they stand in a job spec.
pub trait Item:
    Serialize + DeserializeOwned + JsonSchema + Validate<Context = ()> + Clone + PartialEq
{
    /// One line for the catalogue: what it is, with its source.
    const SUMMARY: &'static str;

    /// A valid example with every field stated; contract tests run on it.
    fn example() -> Self;
}

/// A closed list of items, told apart in JSON by the field `kind`.
pub trait Family: Serialize + DeserializeOwned + JsonSchema + Clone {
    /// The plural under which the catalogue lists the family.
    const NAME: &'static str;

    /// Which kind this is.
    fn kind(&self) -> Kind;

    /// What the catalogue says of each kind, in list order.
    fn entries(schemas: &mut SchemaGenerator) -> Vec<Entry>;

    /// One valid example of each kind, in list order.
    fn examples() -> Vec<Self>;
}

/// A kind of a family: what the field `kind` of its items says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind(&'static str);

impl Kind {
    /// The kind of a variant of the family's enum.
    #[must_use]
    pub const fn of_variant(variant: &'static str) -> Self {
        Self(variant)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&snake_case(self.0))
    }
}

/// One line of the catalogue.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Entry {
    /// The value of the field `kind`.
    pub kind: String,
    /// What it is.
    pub summary: &'static str,
    /// A valid example with every field stated.
    pub example: Value,
    /// JSON schema of the item's fields.
    pub schema: Schema,
}

/// A fault found while reading an item, with the place where it lies inside
/// the item. Serde errors carry text only, so place and text travel joined by
/// a unit separator and are split again by [`locate`].
#[must_use]
pub fn located(pointer: &str, detail: &str) -> String {
    format!("{pointer}\u{1f}{detail}")
}

/// Splits a message made by [`located`], however deep, into the pointer below
/// `outer` and the text.
#[must_use]
pub fn locate(outer: &str, message: &str) -> (String, String) {
    let mut parts: Vec<&str> = message.split('\u{1f}').collect();
    let detail = parts.pop().unwrap_or_default().to_owned();
    let mut pointer = outer.to_owned();
    for part in parts {
        pointer.push_str(part);
    }
    (pointer, detail)
}

/// Reads an item from the fields that remain once `kind` is taken out.
///
/// # Errors
/// The first structural fault, as text made by [`located`].
pub fn read_item<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, String> {
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| {
        let pointer = pointer_of(error.path());
        located(&pointer, &error.into_inner().to_string())
    })
}

/// The JSON pointer (RFC 6901) of a path that serde walked.
#[must_use]
pub fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// `RandomLabels` -> `random_labels`: the same rule as serde's `snake_case`.
#[must_use]
pub fn snake_case(variant: &str) -> String {
    let mut name = String::with_capacity(variant.len() + 4);
    for (i, c) in variant.char_indices() {
        if c.is_ascii_uppercase() && i > 0 {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// The catalogue's view of one item.
#[must_use]
pub fn entry<T: Item>(variant: &str, tagged: &impl Serialize, schemas: &mut SchemaGenerator) -> Entry {
    Entry {
        kind: snake_case(variant),
        summary: T::SUMMARY,
        example: serde_json::to_value(tagged).expect("an item of plain fields is valid JSON"),
        schema: T::json_schema(schemas),
    }
}

/// Makes the enum of a family from its list.
///
/// - `as Rule`: every kind implements this trait, and a value of the family dereferences
///   to `dyn Rule`, so that its methods are called on the value itself.
/// - `with with_network`: a macro of this name hands the item of a value to an
///   expression, with the item's own type (a static `match`, so that nothing is
///   dispatched dynamically inside); needs `($)` before everything else.
///
/// ```text
/// family! {
///     /// Where data comes from.
///     Source "sources" as RandomProcess { RandomLabels(random_labels::RandomLabels), }
/// }
/// ```
macro_rules! family {
    ($(#[$meta:meta])* $name:ident $plural:literal as $behaviour:ident {
        $($variant:ident($item:ty)),+ $(,)?
    }) => {
        $crate::science::family::family! { @list $(#[$meta])* $name $plural { $($variant($item)),+ } }
        $crate::science::family::family! { @behaviour $name $behaviour { $($variant),+ } }
    };
    (($d:tt) $(#[$meta:meta])* $name:ident $plural:literal as $behaviour:ident with $with:ident {
        $($variant:ident($item:ty)),+ $(,)?
    }) => {
        $crate::science::family::family! { @list $(#[$meta])* $name $plural { $($variant($item)),+ } }
        $crate::science::family::family! { @behaviour $name $behaviour { $($variant),+ } }
        $crate::science::family::family! { @with ($d) $name $with { $($variant),+ } }
    };
    (($d:tt) $(#[$meta:meta])* $name:ident $plural:literal with $with:ident {
        $($variant:ident($item:ty)),+ $(,)?
    }) => {
        $crate::science::family::family! { @list $(#[$meta])* $name $plural { $($variant($item)),+ } }
        $crate::science::family::family! { @with ($d) $name $with { $($variant),+ } }
    };
    (@behaviour $name:ident $behaviour:ident { $($variant:ident),+ }) => {
        impl std::ops::Deref for $name {
            type Target = dyn $behaviour;
            fn deref(&self) -> &Self::Target {
                match self { $(Self::$variant(item) => item,)+ }
            }
        }
    };
    (@with ($d:tt) $name:ident $with:ident { $($variant:ident),+ }) => {
        macro_rules! $with {
            ($d value:expr, $d item:ident => $d body:expr) => {
                match $d value { $($name::$variant($d item) => $d body,)+ }
            };
        }
    };
    (@list $(#[$meta:meta])* $name:ident $plural:literal { $($variant:ident($item:ty)),+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, schemars::JsonSchema)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum $name {
            $(#[expect(missing_docs, reason = "documented on the item")] $variant($item),)+
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error;
                use $crate::science::family;
                let mut fields =
                    serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
                let kind = match fields.remove("kind") {
                    Some(serde_json::Value::String(kind)) => kind,
                    Some(_) => return Err(D::Error::custom(family::located("/kind", "expected a string"))),
                    None => return Err(D::Error::missing_field("kind")),
                };
                $(if kind == family::snake_case(stringify!($variant)) {
                    return family::read_item(fields).map(Self::$variant).map_err(D::Error::custom);
                })+
                let known = [$(family::snake_case(stringify!($variant))),+].join(", ");
                Err(D::Error::custom(family::located(
                    "/kind",
                    &format!("unknown kind `{kind}`, expected one of {known}"),
                )))
            }
        }

        impl garde::Validate for $name {
            type Context = ();
            fn validate_into(
                &self,
                context: &(),
                parent: &mut dyn FnMut() -> garde::Path,
                report: &mut garde::Report,
            ) {
                match self { $(Self::$variant(item) => item.validate_into(context, parent, report),)+ }
            }
        }

        impl $crate::science::family::Family for $name {
            const NAME: &'static str = $plural;
            fn kind(&self) -> $crate::science::family::Kind {
                match self {
                    $(Self::$variant(_) => $crate::science::family::Kind::of_variant(stringify!($variant)),)+
                }
            }
            fn entries(schemas: &mut schemars::SchemaGenerator) -> Vec<$crate::science::family::Entry> {
                use $crate::science::family::{Item, entry};
                vec![$(entry::<$item>(
                    stringify!($variant),
                    &Self::$variant(<$item as Item>::example()),
                    schemas,
                )),+]
            }
            fn examples() -> Vec<Self> {
                use $crate::science::family::Item;
                vec![$(Self::$variant(<$item as Item>::example())),+]
            }
        }
    };
}
pub(crate) use family;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_texts_part_again_at_any_depth() {
        let inner = located("/beta1", "expected a number");
        assert_eq!(
            locate("/training", &located("/optimizer", &inner)),
            ("/training/optimizer/beta1".into(), "expected a number".into())
        );
        assert_eq!(locate("/seeds", "plain"), ("/seeds".into(), "plain".into()));
    }

    #[test]
    fn names_follow_serde() {
        assert_eq!(snake_case("RandomLabels"), "random_labels");
        assert_eq!(snake_case("Mlp"), "mlp");
    }
}
