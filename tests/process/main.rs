//! The binary as a process: signals, crashes, exit codes.

mod admission;
mod bounded;
mod command_line;
mod crash;
mod determinism;
mod findings;
mod health;
mod interrupted;
mod poison;
mod log;
mod process;
mod remote;
mod resume;
mod signals;
mod speed;
mod tokens;
