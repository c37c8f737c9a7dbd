//! Digests of JSON values, whatever the order of their keys and the way their numbers are written.

use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};

/// Hexadecimal digits of a digest in a file name.
const SHORT: usize = 16;

/// The SHA-256 of a value in canonical form, in hexadecimal: keys sorted, no spaces, 64.0 as 64.
pub fn digest(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The beginning of a digest, for file names and messages.
pub fn short(digest: &str) -> &str {
    digest.get(..SHORT).unwrap_or(digest)
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            let write_field = |(key, value): (&String, &Value), text: &mut String| {
                *text += &Value::from(key.as_str()).to_string();
                text.push(':');
                write(value, text);
            };
            write_all(['{', '}'], fields, text, write_field);
        }
        Value::Array(items) => write_all(['[', ']'], items, text, write),
        Value::Number(number) => *text += &whole(number).to_string(),
        other => *text += &other.to_string(),
    }
}

fn write_all<T>(
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    text: &mut String,
    mut write: impl FnMut(T, &mut String),
) {
    text.push(open);
    for (k, item) in items.into_iter().enumerate() {
        if k > 0 {
            text.push(',');
        }
        write(item, text);
    }
    text.push(close);
}

/// A number as a whole one, if it is.
fn whole(number: &Number) -> Number {
    let whole = |value: f64| {
        let size = i64::try_from(crate::named::whole(value.abs())?).ok()?;
        Some(if value < 0.0 { -size } else { size })
    };
    number.as_f64().and_then(whole).map_or_else(|| number.clone(), Number::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        digest(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_digest_is_of_the_content_and_not_of_its_form() {
        let one = r#"{"a": [1, 2.5, "x"], "b": {"c": null, "d": 64}}"#;
        assert_eq!(of(one), of(r#"{"b":{"d":64.0,"c":null},"a":[1.0,2.5,"x"]}"#));
        assert_eq!(of(r#"{"below": -5}"#), of(r#"{"below": -5.0}"#));
        for other in [r#"{"a": [2.5, 1, "x"], "b": {"c": null, "d": 64}}"#, r#"{"a": [1, 2.5, "x"]}"#] {
            assert_ne!(of(one), of(other));
        }
        // `printf '{"a":1}' | sha256sum`
        assert_eq!(of(r#"{ "a": 1.0 }"#), "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862");
        assert_eq!(short(&of("{}")).len(), SHORT);
    }
}
