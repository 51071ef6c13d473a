//! `bitgauge presets`: the jobs that come with the binary.

use comfy_table::{CellAlignment, Table, presets};

use super::terminal::{SUCCESS, duration, print};
use crate::app::{Options, memory};
use crate::engine::speed;
use crate::presets::{PRESETS, PresetView};
use crate::spec::admission::Machine;
use crate::words::cut;

/// Width of the table.
const WIDTH: usize = 100;

/// Lists them with what they cost and their questions.
pub fn list(json: bool) -> anyhow::Result<u8> {
    let options = Options::default();
    let speed = Some(speed::measure(options.workers));
    let machine = Machine { workers: options.workers, memory: memory::budget(None), speed };
    let views: Vec<PresetView> = PRESETS.iter().map(|preset| preset.view().on(&machine)).collect();
    if json {
        let mut text = serde_json::to_string_pretty(&views)?;
        text.push('\n');
        print(text.as_bytes())?;
        return Ok(SUCCESS);
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["preset", "quick", "full", "title"]);
    for column in [1, 2] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let longest = views.iter().map(|view| view.id.len()).max().unwrap_or_default();
    let room = WIDTH - longest - 2 * 10 - 6;
    for view in views {
        let cost = |plan: &crate::spec::admission::Plan| duration(plan.estimated_wall_seconds);
        let title = cut(&view.title, room);
        table.add_row([view.id.to_owned(), cost(&view.quick), cost(&view.full), title]);
    }
    print(
        format!(
            "{table}\n\nquick, full: estimated time on all cores of this machine\nrun one with: bitgauge run --preset NAME (and --full for the full form)\n"
        )
        .as_bytes(),
    )?;
    Ok(SUCCESS)
}
