//! `cargo xtask evidence`: the results of the studies into docs/evidence.md and the page.
//!
//! The prose of the document is written by hand. Between `<!-- study NAME -->` and `<!-- end -->` stand the numbers of that
//! study's result, or that it has not been run; these lines are replaced.

mod figure;
mod study;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::say;
use crate::workspace;
use study::Study;

const DOCUMENT: &str = "docs/evidence.md";
const FIGURES: &str = "docs/evidence";
/// What the page shows next to its own numbers.
const PAGE: &str = "www/evidence/results.json";

#[derive(Args)]
pub struct Options {
    /// Change nothing; fail if a file is not what the results make
    #[arg(long)]
    check: bool,
}

/// Brings the document, its figures and the page's numbers up to date with the results, or checks that they are.
pub fn run(options: &Options) -> Result<()> {
    for (file, text) in made()? {
        let path = workspace::root().join(&file);
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            continue;
        }
        if options.check {
            bail!("{} is not what the studies' results make: run `cargo xtask evidence`", file.display());
        }
        fs::create_dir_all(path.parent().expect("a file is in a folder"))?;
        fs::write(&path, text)?;
        say(format!("written: {}", file.display()));
    }
    Ok(())
}

/// Every file that the results make, with its contents.
fn made() -> Result<Vec<(PathBuf, String)>> {
    let path = workspace::root().join(DOCUMENT);
    let document = fs::read_to_string(&path).with_context(|| format!("{DOCUMENT} cannot be read"))?;
    let studies = studies(workspace::root())?;
    let mut files = vec![(PathBuf::from(DOCUMENT), filled(&document, &studies)?)];
    for study in &studies {
        if let Some(result) = &study.result {
            let figure = Path::new(FIGURES).join(&study.name).with_extension("svg");
            files.push((figure, figure::draw(result)?));
        }
    }
    files.push((PathBuf::from(PAGE), study::for_page(&studies)));
    Ok(files)
}

/// The studies of the workspace, by name.
fn studies(root: &Path) -> Result<Vec<Study>> {
    let mut names: Vec<String> = fs::read_dir(root.join("studies"))?
        .filter_map(|entry| {
            entry.ok()?.file_name().into_string().ok()?.strip_suffix(".json").map(str::to_owned)
        })
        .collect();
    names.sort();
    names.into_iter().map(|name| Study::read(root, name)).collect()
}

/// The document with the results of `studies` between its marks.
fn filled(document: &str, studies: &[Study]) -> Result<String> {
    const END: &str = "<!-- end -->";
    let mut left: Vec<&str> = studies.iter().map(|study| study.name.as_str()).collect();
    let mut text = String::new();
    let mut rest = document;
    while let Some(start) = rest.find("<!-- study ") {
        let (before, marked) = rest.split_at(start);
        let (mark, after) = marked.split_once("-->\n").context("a mark of a study does not end")?;
        let name = mark["<!-- study ".len()..].trim();
        let study = studies.iter().find(|study| study.name == name);
        let study =
            study.with_context(|| format!("{DOCUMENT} has a mark of {name}, which is not in studies/"))?;
        left.retain(|&other| other != name);
        let (_, behind) =
            after.split_once(END).with_context(|| format!("the part of {name} has no {END}"))?;
        text += &format!("{before}{mark}-->\n\n{}\n{END}", study.markdown());
        rest = behind;
    }
    if !left.is_empty() {
        bail!("{DOCUMENT} has no part of {}", left.join(", "));
    }
    Ok(text + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_between_the_marks_are_replaced_and_nothing_else() {
        let study = |name: &str| Study::without_result(name.to_owned(), "Is it so?");
        let studies = [study("a"), study("b")];
        let document =
            "# Evidence\n<!-- study a -->\nold\n<!-- end -->\nprose\n<!-- study b -->\n<!-- end -->\nend\n";
        let text = filled(document, &studies).unwrap();
        assert!(!text.contains("old") && text.contains("prose\n") && text.ends_with("end\n"));
        assert_eq!(text.matches("Not yet run").count(), 2);
        assert_eq!(filled(&text, &studies).unwrap(), text);
        let missing = filled("<!-- study a -->\n<!-- end -->\n", &studies).unwrap_err().to_string();
        assert!(missing.contains("no part of b"), "{missing}");
        let unknown = filled("<!-- study c -->\n<!-- end -->\n", &studies).unwrap_err().to_string();
        assert!(unknown.contains("mark of c"), "{unknown}");
    }

    #[test]
    fn the_document_and_the_page_show_the_results_that_are_there() {
        run(&Options { check: true }).unwrap();
    }
}
