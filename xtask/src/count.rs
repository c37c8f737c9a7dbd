//! How many tests ran, read from what the runners print.

use std::fmt;

/// Tests by result. Failed ones need no counting: they fail the runner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    pub passed: u32,
    pub skipped: u32,
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{} passed", self.passed)?;
        if self.skipped > 0 {
            write!(formatter, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// Sums cargo's lines `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
pub fn cargo(output: &str) -> Count {
    let results = output.lines().filter_map(|line| line.strip_prefix("test result:"));
    results.fold(Count::default(), |sum, line| Count {
        passed: sum.passed + before(line, "passed"),
        skipped: sum.skipped + before(line, "ignored"),
    })
}

/// Reads Vitest's line `Tests  1 failed | 12 passed | 2 skipped (15)`.
pub fn vitest(output: &str) -> Count {
    let plain = without_colours(output);
    let line = plain.lines().rfind(|line| line.trim_start().starts_with("Tests ")).unwrap_or_default();
    Count { passed: before(line, "passed"), skipped: before(line, "skipped") + before(line, "todo") }
}

/// The number before a word, 0 when the word is not there.
fn before(line: &str, word: &str) -> u32 {
    let words: Vec<&str> =
        line.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

/// Drops the escape sequences that colour a terminal's text.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| plain + piece.split_once('m').map_or(piece, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_results_are_summed_over_programs() {
        let output = "running 3 tests\ntest a ... ok\n\
            test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            test result: ok. 4 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 1.50s\n";
        assert_eq!(cargo(output), Count { passed: 7, skipped: 2 });
        assert_eq!(cargo("running 0 tests\n"), Count::default());
    }

    #[test]
    fn vitest_counts_tests_and_not_files() {
        let output = " Test Files  2 passed (2)\n      Tests  1 failed | 12 passed | 2 skipped (15)\n";
        assert_eq!(vitest(output), Count { passed: 12, skipped: 2 });
        let coloured = "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m9 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (9)\u{1b}[39m";
        assert_eq!(vitest(coloured), Count { passed: 9, skipped: 0 });
        assert_eq!(vitest("No test files found"), Count::default());
    }
}
