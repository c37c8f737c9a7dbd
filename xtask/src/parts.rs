//! A task made of parts: each runs even if an earlier one failed, and a table at the end shows the results.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process::say;

/// One part: its name in the table, and what it does. It returns a remark for the table.
pub struct Part<'a> {
    pub name: &'static str,
    pub run: Box<dyn FnOnce() -> Result<String> + 'a>,
}

struct Outcome {
    name: &'static str,
    result: Result<String>,
    time: Duration,
}

/// Runs the parts in order, prints the table and fails if any part did.
pub fn run(parts: Vec<Part>) -> Result<()> {
    let outcomes: Vec<Outcome> = parts
        .into_iter()
        .map(|Part { name, run }| {
            say(format!("── {name} ──"));
            let start = Instant::now();
            let result = run();
            if let Err(error) = &result {
                say(format!("{error:#}"));
            }
            Outcome { name, result, time: start.elapsed() }
        })
        .collect();
    print!("\n{}", table(&outcomes));
    let failed: Vec<_> =
        outcomes.iter().filter(|outcome| outcome.result.is_err()).map(|outcome| outcome.name).collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn table(outcomes: &[Outcome]) -> String {
    let width = outcomes.iter().map(|outcome| outcome.name.len()).max().unwrap_or(0);
    let line = |Outcome { name, result, time }: &Outcome| {
        let (word, remark) = match result {
            Ok(remark) => ("ok    ", remark.clone()),
            Err(error) => ("FAILED", format!("{error:#}").lines().next().unwrap_or_default().to_owned()),
        };
        format!("{name:width$}  {word}  {:>4} s  {remark}", time.as_secs()).trim_end().to_owned() + "\n"
    };
    outcomes.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn a_failure_fails_the_whole_and_stops_nothing() {
        let ran = RefCell::new(Vec::new());
        let part = |name, ok| Part {
            name,
            run: Box::new({
                let ran = &ran;
                move || {
                    ran.borrow_mut().push(name);
                    if ok { Ok(String::new()) } else { bail!("no") }
                }
            }),
        };
        let error = run(vec![part("one", true), part("two", false), part("three", true)]).unwrap_err();
        assert_eq!(error.to_string(), "failed: two");
        assert_eq!(*ran.borrow(), ["one", "two", "three"]);
    }

    #[test]
    fn the_table_has_a_line_a_part() {
        let outcomes = [
            Outcome { name: "rust", result: Ok("7 passed".into()), time: Duration::from_secs(61) },
            Outcome { name: "browser", result: Err(anyhow::anyhow!("why\nmore")), time: Duration::ZERO },
        ];
        assert_eq!(table(&outcomes), "rust     ok        61 s  7 passed\nbrowser  FAILED     0 s  why\n");
    }
}
