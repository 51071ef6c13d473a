//! The invariants of ARCHITECTURE.md that the compiler does not hold: who may
//! import whom, where SQL and axum live, and how long files are.

#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/tokens.rs"]
mod tokens;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use imports::{Imports, Tree, circle, disorder};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Each room with the rooms that it may import beside itself, from the ground up: a room imports
/// only what stands before it.
const LAYERS: [(&str, &[&str]); 28] = [
    ("telemetry", &[]),
    ("table", &[]),
    ("job", &[]),
    ("science", &[]),
    ("catalog", &["science"]),
    ("spec", &["science"]),
    ("words", &["spec"]),
    ("outcome", &["job", "spec", "science"]),
    ("search", &["job", "outcome", "spec", "science"]),
    ("evaluation", &["table", "job", "search", "outcome", "spec", "science"]),
    ("calibration", &["evaluation", "spec", "science"]),
    ("presets", &["search", "spec"]),
    ("figure", &["words", "evaluation", "outcome", "spec", "science"]),
    ("drawing", &["words", "figure", "evaluation", "job", "outcome", "spec", "science"]),
    ("export", &["table", "words", "job", "evaluation", "spec", "science"]),
    ("findings", &["words", "drawing", "figure", "export", "evaluation", "presets", "spec", "science"]),
    (
        "report",
        &[
            "table",
            "words",
            "job",
            "drawing",
            "figure",
            "export",
            "calibration",
            "evaluation",
            "outcome",
            "spec",
            "science",
        ],
    ),
    ("work", &["job", "outcome", "science"]),
    ("engine", &["work", "job", "science"]),
    ("nats", &["work", "job", "outcome", "science"]),
    ("store", &["work", "job", "search", "outcome", "spec", "science"]),
    ("evaluator", &["store", "job", "evaluation", "outcome"]),
    ("certification", &["evaluator", "store", "job", "calibration", "spec", "science"]),
    ("coordinator", &["certification", "evaluator", "store", "job", "search"]),
    ("api", &["job", "calibration", "evaluation", "outcome", "spec", "science"]),
    ("client", &["api"]),
    (
        "http",
        &[
            "api",
            "catalog",
            "presets",
            "drawing",
            "figure",
            "export",
            "report",
            "table",
            "certification",
            "evaluator",
            "store",
            "evaluation",
            "search",
            "job",
            "outcome",
            "spec",
            "science",
        ],
    ),
    (
        "app",
        &[
            "api",
            "http",
            "coordinator",
            "certification",
            "evaluator",
            "nats",
            "engine",
            "store",
            "work",
            "calibration",
            "job",
            "spec",
            "science",
        ],
    ),
];

/// The command line stands above everything.
const ABOVE: [&str; 3] = ["cli", "lib", "main"];

/// Rooms of `science` from the ground up: each may import those before it.
const SCIENCE: [&str; 23] = [
    "interrupt",
    "bits",
    "special",
    "entropy",
    "eigen",
    "family",
    "seed",
    "analysis",
    "kernel",
    "data",
    "evaluation",
    "layout",
    "injection",
    "optimizer",
    "initialization",
    "regularizer",
    "network",
    "training",
    "source",
    "decoder",
    "estimator",
    "invariant",
    "trial",
];

/// Lists of families: they name their members, which have the list's traits.
const FAMILY_LISTS: [&str; 8] = [
    "science/estimator.rs",
    "science/initialization.rs",
    "science/network.rs",
    "science/network/features/map.rs",
    "science/network/head.rs",
    "science/optimizer.rs",
    "science/regularizer.rs",
    "science/source.rs",
];

/// Each crate that only some layers may name.
const CRATES: [(&str, &[&str]); 26] = [
    ("sqlx", &["store"]),
    ("flate2", &["store"]),
    ("axum", &["http"]),
    ("hyper", &["http"]),
    ("hyper_util", &["http"]),
    ("tower_http", &["http"]),
    (
        "tokio",
        &[
            "work",
            "store",
            "engine",
            "nats",
            "evaluator",
            "certification",
            "coordinator",
            "http",
            "app",
            "cli",
        ],
    ),
    ("clap", &["cli", "telemetry"]),
    ("anyhow", &["app", "cli"]),
    (
        "tracing",
        &[
            "telemetry",
            "store",
            "engine",
            "nats",
            "evaluator",
            "certification",
            "coordinator",
            "http",
            "app",
            "cli",
        ],
    ),
    ("tracing_subscriber", &["telemetry"]),
    ("uuid", &["job"]),
    ("statrs", &[]),
    ("plotters", &["drawing"]),
    ("comfy_table", &["export", "cli"]),
    ("csv", &["export"]),
    ("metrics", &["http"]),
    ("metrics_exporter_prometheus", &["http"]),
    ("ureq", &["client"]),
    ("parquet", &["export"]),
    ("resvg", &["drawing"]),
    ("svg2pdf", &["drawing"]),
    ("tracing_appender", &["telemetry"]),
    ("tokio_io_timeout", &["http"]),
    ("rustix", &["store", "engine", "cli"]),
    ("async_nats", &["nats"]),
];

/// Rooms of pure functions.
const PURE: [&str; 15] = [
    "table",
    "job",
    "science",
    "catalog",
    "spec",
    "words",
    "outcome",
    "search",
    "evaluation",
    "calibration",
    "figure",
    "drawing",
    "export",
    "report",
    "api",
];

/// Words of the standard library that a pure layer has no use for; only training
/// that is about threads has them.
const IMPURE: [&str; 6] = ["std::fs", "std::net", "std::env", "std::time", "std::thread", "std::process"];

fn files_below(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Modules that exist in tests alone.
const TEST_FILES: [&str; 3] = ["gradient_check.rs", "reference.rs", "tests.rs"];

fn is_test_file(name: &str) -> bool {
    TEST_FILES.iter().any(|file| name.ends_with(file))
}

/// Every source file below `src`: its path there, its layer, and its code
/// without comments.
fn sources() -> Vec<(String, String, String)> {
    let root = Path::new(ROOT).join("src");
    let mut files = Vec::new();
    files_below(&root, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let layer = name.split(['/', '.']).next().unwrap().to_owned();
            (name, layer, code.join("\n"))
        })
        .collect()
}

/// The names that follow `prefix` in the code, as whole words.
fn names_after<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    code.match_indices(prefix)
        .filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        .map(|(at, _)| {
            let rest = &code[at + prefix.len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            &rest[..end]
        })
        .collect()
}

#[test]
fn layers_import_only_what_lies_below() {
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.into();
    for (i, (layer, may)) in LAYERS.iter().enumerate() {
        let before: Vec<&str> = LAYERS[..i].iter().map(|(layer, _)| *layer).collect();
        let above: Vec<&&str> = may.iter().filter(|used| !before.contains(used)).collect();
        assert!(above.is_empty(), "{layer} stands below {above:?}");
    }
    for (name, layer, code) in sources() {
        if ABOVE.contains(&layer.as_str()) {
            continue;
        }
        let may = allowed.get(layer.as_str()).unwrap_or_else(|| panic!("{name} belongs to no room"));
        for used in names_after(&code, "crate::") {
            let is_allowed = used == layer || may.contains(&used);
            assert!(is_allowed, "src/{name} imports {used}; {layer} may import {may:?}");
        }
        // `use crate::{..}` would slip past the check above
        assert!(!code.contains("crate::{"), "src/{name}: one import a line");
    }
}

/// Imports of every file below `src`.
fn imports(family_lists: &[&str]) -> Imports {
    let root = Path::new(ROOT).join("src");
    let names: Vec<String> = sources().into_iter().map(|(name, ..)| name).collect();
    let codes: Vec<String> = names.iter().map(|name| fs::read_to_string(root.join(name)).unwrap()).collect();
    Tree::new(names.iter().map(String::as_str).zip(codes.iter().map(String::as_str))).imports(family_lists)
}

/// Fails when files of a room import each other in a circle; a family's list and its
/// members may.
fn no_circles_below(room: &str, family_lists: &[&str]) {
    let lies_below =
        |name: &str| name.strip_prefix(room).is_some_and(|rest| rest.starts_with('/') || rest == ".rs");
    let mut imports = imports(family_lists);
    imports.retain(|name, _| lies_below(name));
    assert!(!imports.is_empty(), "there is no room {room}");
    if let Some(circle) = circle(&imports) {
        panic!("these files import each other in a circle: {}", circle.join(" -> "));
    }
}

/// Fails when a room of a layer imports one that does not stand before it in `order`.
fn rooms_stand_in_order(layer: &str, order: &[&str]) {
    let faults = disorder(&imports(&[]), layer, order);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_files_of_science_import_each_other_in_a_circle() {
    no_circles_below("science", &FAMILY_LISTS);
}

#[test]
fn no_files_of_other_rooms_import_each_other_in_a_circle() {
    let rooms = LAYERS.iter().map(|(room, _)| *room).filter(|room| *room != "science");
    rooms.for_each(|room| no_circles_below(room, &FAMILY_LISTS));
}

#[test]
fn rooms_of_science_import_only_those_before_them() {
    rooms_stand_in_order("science", &SCIENCE);
}

#[test]
fn crates_are_named_only_where_they_belong() {
    for (name, layer, code) in sources() {
        for (package, layers) in CRATES {
            let uses = names_after(&code, &format!("{package}::")).len();
            assert!(uses == 0 || layers.contains(&layer.as_str()), "src/{name} names {package}");
        }
    }
}

#[test]
fn pure_layers_touch_nothing_outside() {
    for (name, layer, code) in sources() {
        if !PURE.contains(&layer.as_str()) || is_test_file(&name) {
            continue;
        }
        let product = code.split("#[cfg(test)]").next().unwrap();
        for impure in IMPURE {
            let is_hogwild = name == "science/training/hogwild.rs" && impure == "std::thread";
            assert!(is_hogwild || !product.contains(impure), "src/{name} uses {impure}");
        }
        for random in ["rand::rng()", "thread_rng", "StdRng", "from_os_rng"] {
            assert!(!code.contains(random), "src/{name} uses {random}: randomness is an argument");
        }
    }
}

#[test]
fn unsafe_code_lives_in_the_kernel() {
    for (name, _, code) in sources() {
        let is_kernel = name.starts_with("science/kernel");
        let has_unsafe = code.contains("unsafe {") || code.contains("unsafe fn");
        assert!(is_kernel || !has_unsafe, "src/{name} has unsafe code");
    }
}

#[test]
fn fused_multiply_adds_are_compiled_for_the_machine() {
    // elsewhere they are calls of a function, ten times as slow as what they replace
    for (name, _, code) in sources() {
        let is_kernel = name.starts_with("science/kernel") || is_test_file(&name);
        assert!(is_kernel || !code.contains(".mul_add("), "src/{name}: write a * b + c, or a kernel");
    }
}

#[test]
fn files_begin_with_what_they_are_for_and_stay_short() {
    let root = Path::new(ROOT).join("src");
    let mut lengths = Vec::new();
    for (name, _, _) in sources() {
        let text = fs::read_to_string(root.join(&name)).unwrap();
        assert!(text.starts_with("//! "), "src/{name} does not say what it is for");
        let lines = text.lines().count();
        assert!(lines <= 400, "src/{name} has {lines} lines");
        lengths.push(lines);
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 150, "half of the files have more than {median} lines");
}
