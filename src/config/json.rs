//! A configuration as JSON text.

use serde_json::Value;

use super::ConfigError;

/// Parses the text of a configuration.
///
/// # Errors
/// [`ConfigError::BadJson`], with the place where the text stops being JSON.
pub fn parse_json(text: &str) -> Result<Value, ConfigError> {
    serde_json::from_str(text).map_err(|error| {
        ConfigError::BadJson(match not_finite_at(text, error.line(), error.column()) {
            Some(word) => format!(
                "the configuration has `{word}` in line {}, but JSON allows only finite numbers",
                error.line()
            ),
            None => format!("the configuration is not valid JSON: {error}"),
        })
    })
}

/// The number at this place of a text, if it is infinite or NaN, as other programs may write it.
fn not_finite_at(text: &str, line: usize, column: usize) -> Option<&str> {
    let line = text.lines().nth(line.checked_sub(1)?)?;
    let mut words = line.split(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
    words.find(|word| {
        // A parser may point at a number's start or at its end.
        let start = word.as_ptr() as usize - line.as_ptr() as usize;
        let near = (start..=start + word.len() + 1).contains(&column);
        near && word.parse().is_ok_and(|number: f64| !number.is_finite())
    })
}
