//! The binary as a process: signals, crashes, exit codes.

mod admission;
mod backups;
mod bounded;
mod command_line;
mod crash;
mod deleted;
mod deployment;
mod determinism;
mod findings;
mod health;
mod interrupted;
mod log;
mod poison;
mod process;
mod read_only;
mod remote;
mod resume;
mod signals;
mod speed;
mod tokens;
