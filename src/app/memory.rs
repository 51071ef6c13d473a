//! How much memory trials may have: what was stated, else a share of what the control group or the
//! machine has.

use std::fs;
use std::path::{Path, PathBuf};

use crate::spec::admission::Limits;

/// Share of all memory that trials may have: the rest is for the service, the database's cache and
/// what estimates miss.
const SHARE: (u64, u64) = (6, 10);

/// What trials may have where nothing tells how much there is.
const UNKNOWN: u64 = 4 << 30;

/// Bytes that all running trials may hold together.
#[must_use]
pub fn budget(stated: Option<u64>) -> u64 {
    let read = |path: &Path| fs::read_to_string(path).ok();
    stated.unwrap_or_else(|| available(&read).map_or(UNKNOWN, |bytes| bytes / SHARE.1 * SHARE.0))
}

/// What is admitted under such a budget.
#[must_use]
pub fn limits(budget: u64) -> Limits {
    Limits { trial_bytes: budget, ..Limits::default() }
}

/// The least of the machine's memory and the limits of this process's control groups.
fn available(read: &dyn Fn(&Path) -> Option<String>) -> Option<u64> {
    let machine = read(Path::new("/proc/meminfo")).and_then(|text| total(&text));
    let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().flat_map(files).filter_map(|file| read(&file)?.trim().parse().ok());
    machine.into_iter().chain(limits).min()
}

/// Bytes of the machine, from the text of `/proc/meminfo`.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// Where a control group and those around it state their limits, from a line of `/proc/self/cgroup`:
/// `0::/path` of version 2, `4:memory:/path` of version 1. Inside a container the path may be that of
/// the host, and the root is the container's own.
fn files(line: &str) -> Vec<PathBuf> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { return Vec::new() };
    let (root, name) = match controllers {
        "" => ("/sys/fs/cgroup", "memory.max"),
        controllers if controllers.split(',').any(|controller| controller == "memory") => {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        }
        _ => return Vec::new(),
    };
    let group = Path::new(path.trim_start_matches('/'));
    group.ancestors().map(|group| Path::new(root).join(group).join(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &'static [(&'static str, &'static str)]) -> impl Fn(&Path) -> Option<String> {
        move |path| files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned())
    }

    const MEMINFO: (&str, &str) = ("/proc/meminfo", "MemTotal:       16384 kB\nMemFree:  10 kB\n");

    #[test]
    fn the_machine_counts_where_no_group_has_a_limit() {
        assert_eq!(available(&machine(&[MEMINFO])), Some(16 << 20));
        let unlimited =
            machine(&[MEMINFO, ("/proc/self/cgroup", "0::/a\n"), ("/sys/fs/cgroup/a/memory.max", "max\n")]);
        assert_eq!(available(&unlimited), Some(16 << 20));
        assert_eq!(available(&machine(&[])), None);
    }

    #[test]
    fn the_least_limit_of_any_group_around_the_process_counts() {
        let second = machine(&[
            MEMINFO,
            ("/proc/self/cgroup", "0::/a/b\n"),
            ("/sys/fs/cgroup/a/memory.max", "4096\n"),
            ("/sys/fs/cgroup/a/b/memory.max", "8192\n"),
        ]);
        assert_eq!(available(&second), Some(4096));
        let first = machine(&[
            MEMINFO,
            ("/proc/self/cgroup", "7:cpu,cpuacct:/a\n4:memory:/docker/1\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "2048\n"),
            ("/sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "9223372036854771712\n"),
        ]);
        assert_eq!(available(&first), Some(2048));
    }
}
