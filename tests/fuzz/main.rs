//! Inputs that nobody meant: made from good ones by small changes, again and again, and kept where they
//! were answered in a way that was not seen before. No input may panic, take long or take much memory.
//!
//! Each target runs for `BITGAUGE_FUZZ_SECONDS` (15 by default, 900 nightly) from the seed
//! `BITGAUGE_FUZZ_SEED` (0); a failure prints its input. Inputs that failed once stay in `tests/fuzz/corpus`.

mod checkpoint;
mod cursor;
mod mutation;
mod patch;
mod spec;
mod work;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use mutation::Mutator;

/// Inputs that are kept in memory at most.
const MOST_KEPT: usize = 3000;

/// An input may take so long. Machines are shared: what takes this long takes too long anywhere.
const LONGEST: Duration = Duration::from_secs(5);

/// The process may hold so much at its peak.
const MOST_BYTES: u64 = 1 << 30;

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a whole number"))
}

/// Feeds `answer` inputs made from `seeds` until the time is over. What it returns tells how the input
/// was answered, so that inputs with new answers are changed further.
fn fuzz(target: &str, seeds: Vec<Vec<u8>>, mut answer: impl FnMut(&[u8]) -> String) {
    let end = Instant::now() + Duration::from_secs(variable("BITGAUGE_FUZZ_SECONDS", 15));
    let mut mutator = Mutator::new(variable("BITGAUGE_FUZZ_SEED", 0), &seeds);
    let mut kept = seeds;
    kept.extend(corpus(target));
    let (mut seen, mut count) = (BTreeSet::new(), 0_u64);
    let mut try_one = |input: &[u8]| {
        let start = Instant::now();
        let answered = catch_unwind(AssertUnwindSafe(|| answer(input)));
        let took = start.elapsed();
        let shown = || input.escape_ascii().to_string();
        let answered = answered.unwrap_or_else(|_| panic!("{target}: a panic on {}", shown()));
        assert!(took < LONGEST, "{target}: {took:?} for {}", shown());
        seen.insert(answered)
    };
    for input in &kept {
        try_one(input);
    }
    while Instant::now() < end {
        let input = mutator.next(&kept);
        count += 1;
        if try_one(&input) && kept.len() < MOST_KEPT {
            kept.push(input);
        }
    }
    assert!(count > 100, "{target}: {count} inputs are few");
    let peak = peak_bytes();
    assert!(peak < MOST_BYTES, "{target}: {peak} bytes at the peak");
    println!("{target}: {count} inputs, {} kept, {} answers", kept.len(), seen.len());
}

/// What failed once, a file each.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/tests/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kibibytes.unwrap_or_default() * 1024
}

/// Faults without the numbers and words that are the input's own.
fn kinds_of(faults: &[bitgauge::spec::Fault]) -> String {
    let plain =
        |text: &str| text.split(|c: char| c.is_ascii_digit() || c == '"').step_by(2).collect::<String>();
    let mut kinds: Vec<String> =
        faults.iter().map(|fault| format!("{} {}", plain(&fault.pointer), plain(&fault.detail))).collect();
    kinds.sort();
    kinds.dedup();
    kinds.truncate(4);
    kinds.join("; ")
}

/// All job specs that come with the program.
fn specs() -> Vec<Vec<u8>> {
    use bitgauge::presets::{Extent, PRESETS};
    let presets =
        PRESETS.iter().flat_map(|preset| [Extent::Quick, Extent::Full].map(|form| preset.document(form)));
    presets.map(|document| document.to_string().into_bytes()).collect()
}
