//! `bitgauge presets`: the jobs that come with the binary.

use comfy_table::{Table, presets};

use super::terminal::{SUCCESS, print};
use crate::presets::{PRESETS, Preset};

/// Lists them with their questions and costs.
pub fn list() -> anyhow::Result<u8> {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["preset", "trials", "full", "question"]);
    for view in PRESETS.iter().map(Preset::view) {
        let trials = |plan: &crate::spec::admission::Plan| plan.trials.to_string();
        table.add_row([view.id.to_owned(), trials(&view.quick), trials(&view.full), view.question]);
    }
    print(
        format!("{table}\n\nrun one with: bitgauge run --preset NAME (and --full for the full form)\n")
            .as_bytes(),
    )?;
    Ok(SUCCESS)
}
