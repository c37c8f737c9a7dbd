//! How many tests ran, by the runners' reports.

use std::fmt;

use anyhow::{Context, Result};
use serde::Deserialize;

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

/// Sums the lines `test result: ok. 3 passed; 0 failed; 1 ignored; …` of a run of `cargo test`, which has no stable report for
/// programs.
pub fn cargo(output: &str) -> Count {
    let results = output.lines().filter_map(|line| line.strip_prefix("test result:"));
    let number = |line: &str, word: &str| {
        let counts = line.split([';', '.']).filter_map(|count| count.trim().split_once(' '));
        counts
            .filter(|(_, what)| *what == word)
            .filter_map(|(number, _)| number.parse::<u32>().ok())
            .sum::<u32>()
    };
    results.fold(Count::default(), |sum, line| Count {
        passed: sum.passed + number(line, "passed"),
        skipped: sum.skipped + number(line, "ignored"),
    })
}

/// Reads the report of Vitest's JSON reporter.
pub fn vitest(report: &str) -> Result<Count> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Report {
        num_passed_tests: u32,
        num_pending_tests: u32,
        num_todo_tests: u32,
    }
    let report: Report = serde_json::from_str(report).context("Vitest's report cannot be read")?;
    Ok(Count { passed: report.num_passed_tests, skipped: report.num_pending_tests + report.num_todo_tests })
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
    fn vitest_counts_what_ran_and_what_was_left_out() {
        let report = r#"{"numTotalTests":16,"numPassedTests":12,"numFailedTests":1,"numPendingTests":2,"numTodoTests":1}"#;
        assert_eq!(vitest(report).unwrap(), Count { passed: 12, skipped: 3 });
        assert!(vitest("{}").is_err());
    }
}
