//! Findings: the pages in docs/findings are what a run of their presets gives.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use bitgauge::presets::{Extent, PRESETS, Preset};

/// Presets that take seconds; the others are run every night.
const SHORT: [&str; 5] = [
    "symmetry-breaking",
    "binary-units",
    "stochastic-depth",
    "capacity-and-gradients",
    "capacity-and-overfitting",
];

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/findings")
}

/// Rows of a table of results by what names them, each quantity with mean and interval.
type Rows = BTreeMap<String, BTreeMap<String, [Option<f64>; 3]>>;

fn rows(path: &Path) -> Rows {
    let mut reader =
        csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let header: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let first = header.iter().position(|name| name == "parameters").unwrap();
    let row = |record: csv::StringRecord| {
        let number = |name: String| {
            let at = header.iter().position(|known| *known == name)?;
            record[at].parse::<f64>().ok()
        };
        let quantities = header.iter().filter(|name| header.contains(&format!("{name}_ci95_low")));
        let quantities = quantities.map(|name| {
            let numbers = ["", "_ci95_low", "_ci95_high"].map(|end| number(format!("{name}{end}")));
            (name.clone(), numbers)
        });
        (record.iter().take(first).collect::<Vec<_>>().join(" "), quantities.collect())
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// Whether a job has trainings on real threads, which nobody can repeat.
fn is_repeatable(preset: &str) -> bool {
    let job = Preset::find(preset).unwrap().job(Extent::Quick);
    job.trainings().all(|training| training.optimizer.threads().is_none())
}

/// A new run of these presets gives their pages and files, byte for byte; where threads race,
/// numbers within the intervals of both.
fn agree(presets: &[&str]) {
    let directory = tempfile::tempdir().unwrap();
    let notes = directory.path().join("notes");
    std::fs::create_dir(&notes).unwrap();
    for file in std::fs::read_dir(pages().join("notes")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), notes.join(file.file_name())).unwrap();
    }
    let status = Command::new(env!("CARGO_BIN_EXE_bitgauge"))
        .args(["findings", "--directory"])
        .arg(directory.path())
        .args(presets)
        .status()
        .unwrap();
    assert!(status.success());
    for preset in presets {
        if !is_repeatable(preset) {
            agree_within_intervals(preset, directory.path());
            continue;
        }
        let belongs = |name: &str| {
            name == format!("{preset}.md")
                || name.starts_with(&format!("{preset}."))
                || name.starts_with(&format!("{preset}-"))
        };
        let is_other = |name: &str| {
            PRESETS.iter().any(|other| {
                other.id != *preset && other.id.starts_with(preset) && name.starts_with(other.id)
            })
        };
        for folder in ["", "data"] {
            for file in std::fs::read_dir(directory.path().join(folder)).unwrap() {
                let name = file.unwrap().file_name().into_string().unwrap();
                if !belongs(&name) || is_other(&name) {
                    continue;
                }
                let read = |root: &Path| std::fs::read(root.join(folder).join(&name));
                let page =
                    read(&pages()).unwrap_or_else(|error| panic!("{name} is not in docs/findings: {error}"));
                assert!(
                    page == read(directory.path()).unwrap(),
                    "{name} has other bytes: run `bitgauge findings {preset}`"
                );
            }
        }
    }
}

fn agree_within_intervals(preset: &str, directory: &Path) {
    let table = format!("data/{preset}.csv");
    let (page, new) = (rows(&pages().join(&table)), rows(&directory.join(&table)));
    assert!(!page.is_empty() && page.keys().eq(new.keys()), "{preset}: other settings");
    for ((setting, page), new) in page.iter().zip(new.values()) {
        assert!(page.keys().eq(new.keys()), "{preset}: other quantities at {setting}");
        for ((quantity, page), new) in page.iter().zip(new.values()) {
            let half = |[mean, low, _]: &[Option<f64>; 3]| Some((*mean)? - (*low)?);
            let apart = page[0].zip(new[0]).map_or(0.0, |(a, b)| (a - b).abs());
            let room = half(page).unwrap_or(0.0) + half(new).unwrap_or(0.0);
            let rounding = 1e-9 * page[0].unwrap_or(0.0).abs();
            assert_eq!(page[0].is_some(), new[0].is_some(), "{preset}: {quantity} at {setting}");
            assert!(apart <= room + rounding, "{preset}: {quantity} at {setting}: {page:?}, now {new:?}");
        }
    }
}

#[test]
fn short_presets_agree_with_their_pages() {
    agree(&SHORT);
}

#[test]
#[ignore = "minutes: just nightly"]
fn every_preset_agrees_with_its_page() {
    agree(&PRESETS.iter().map(|preset| preset.id).collect::<Vec<_>>());
}

#[test]
fn every_preset_has_a_page_whose_verdicts_the_overview_counts() {
    let overview = std::fs::read_to_string(pages().join("README.md")).unwrap();
    for preset in PRESETS {
        let page = std::fs::read_to_string(pages().join(format!("{}.md", preset.id))).unwrap();
        let count = |word: &str| page.lines().filter(|line| line.starts_with(&format!("| {word} |"))).count();
        let counted = format!("| {} | {} | {} |", count("yes"), count("**no**"), count("open"));
        let line = overview.lines().find(|line| line.contains(&format!("({}.md)", preset.id))).unwrap();
        assert!(line.contains(&counted), "{line} {counted}");
        assert!(page.contains(&format!("\"preset\": \"{}\"", preset.id)) && page.contains("data/"));
        assert!(!line.ends_with("|  |"), "{}: nothing is said of what it means", preset.id);
        for figure in page.split("](data/").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            assert!(pages().join("data").join(figure).exists(), "{figure}");
        }
    }
}
