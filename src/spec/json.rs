//! JSON documents: strict reading, where a field that stands twice is a fault instead of
//! silently winning, and changes at a pointer.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::fault::Fault;
use crate::science::family::pointer_of;

/// Reads a document; refuses duplicate fields and anything after its end.
///
/// # Errors
/// The first fault, with its pointer, line and column.
pub fn parse(text: &[u8]) -> Result<Value, Fault> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let strict: Strict = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| Fault::new(pointer_of(error.path()), error.into_inner().to_string()))?;
    deserializer.end().map_err(|error| Fault::new("", error.to_string()))?;
    Ok(strict.0)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Strict)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, _>()? {
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format!("duplicate field `{key}`")));
            }
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

/// Sets the value at `pointer`, whose parent must be an object or hold that index.
pub(super) fn set(value: &mut Value, pointer: &str, new: Value) -> bool {
    if pointer.is_empty() {
        *value = new;
        return true;
    }
    let Some((parent, key)) = pointer.rsplit_once('/') else { return false };
    match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.insert(unescape(key), new);
            true
        }
        Some(Value::Array(items)) => match key.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
            Some(item) => {
                *item = new;
                true
            }
            None => false,
        },
        _ => false,
    }
}

/// A segment of a JSON pointer as the key it stands for.
pub(super) fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// A value as text that is the same for equal values: `1`, `1.0` and `1e0` are one number.
#[must_use]
pub fn canonical(value: &Value) -> String {
    /// Whole numbers up to here are told apart as `f64`.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            Some(x) if x.fract() == 0.0 && x.abs() <= EXACT => (x as i64).to_string(),
            _ => number.to_string(),
        },
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(fields) => {
            let fields: BTreeMap<&String, String> =
                fields.iter().map(|(name, value)| (name, canonical(value))).collect();
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_read_as_usual() {
        let text = br#"{"a": [1, -2, 2.5, true, null, "x"], "b": {}}"#;
        assert_eq!(parse(text).unwrap(), json!({"a": [1, -2, 2.5, true, null, "x"], "b": {}}));
    }

    #[test]
    fn a_field_that_stands_twice_is_refused() {
        let fault = parse(br#"{"a": {"b": 1, "b": 2}}"#).unwrap_err();
        assert!(fault.pointer.starts_with("/a") && fault.detail.contains("duplicate field `b`"), "{fault:?}");
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "{", "[1,]", "{\"a\":NaN}", "{\"a\":1e999}", "1 2", "{'a':1}", "\u{feff}{}"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
        assert!(parse(&[0xff, 0xfe]).is_err());
    }

    #[test]
    fn equal_values_are_equal_however_they_are_written() {
        for (a, b) in [
            (json!(1), json!(1.0)),
            (json!(0), json!(-0.0)),
            (json!([{"b": 2.0, "a": 1}]), json!([{"a": 1, "b": 2}])),
            (json!(1e3), json!(1000)),
        ] {
            assert_eq!(canonical(&a), canonical(&b));
        }
        for (a, b) in [(json!(1), json!("1")), (json!(0.1), json!(0.2)), (json!([1, 2]), json!([12]))] {
            assert_ne!(canonical(&a), canonical(&b));
        }
    }

    proptest! {
        #[test]
        fn every_finite_float_survives_text(bits in any::<u64>()) {
            let x = f64::from_bits(bits);
            prop_assume!(x.is_finite());
            let text = serde_json::to_vec(&json!([x])).unwrap();
            let back = parse(&text).unwrap()[0].as_f64().unwrap();
            prop_assert_eq!(back.to_bits(), x.to_bits());
        }
    }
}
