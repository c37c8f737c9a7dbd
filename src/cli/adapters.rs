//! `emascope adapters`: lists the graphics adapters.

use clap::ArgMatches;
use comfy_table::CellAlignment;
use emascope::gpu::{ListedAdapter, adapters};
use emascope::report::{Style, empty_grid};
use pollster::block_on;
use serde_json::json;

use super::arguments::{AdaptersFlags, parsed};

/// Lists the adapters.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    let flags: AdaptersFlags = parsed(matches);
    let adapters = block_on(adapters())?;
    let text = if flags.json { json!({ "adapters": adapters }).to_string() } else { as_text(&adapters) };
    Ok(super::print(&(text + "\n"))?)
}

fn as_text(adapters: &[ListedAdapter]) -> String {
    let mut grid = empty_grid(&["number", "name", "backend", "kind", "driver", ""], Style::Text);
    for column in grid.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Left);
    }
    for adapter in adapters {
        grid.add_row([
            adapter.number.to_string(),
            adapter.name.clone(),
            adapter.backend.clone(),
            adapter.kind.to_string(),
            adapter.driver.clone(),
            if adapter.default { "default" } else { "" }.to_owned(),
        ]);
    }
    grid.to_string()
}
