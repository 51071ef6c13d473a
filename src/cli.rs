//! The command line: reads arguments, starts what they ask for, and says how it
//! went by the exit code.

mod bytes;
mod calibrate;
mod data;
mod findings;
mod healthcheck;
mod job;
mod nats;
mod presets;
mod remote;
mod run;
mod serve;
mod terminal;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::app::run_alone;
use crate::http::openapi;
use crate::telemetry::{self, LogFormat};
use terminal::{FAILURE, SUCCESS, print};

/// What a server logs unless asked otherwise; how the connection to NATS is, it says itself.
const INFO: &str = "info,async_nats=error";

/// Measures, in bits, how much a neural network memorizes.
#[derive(Debug, Parser)]
#[command(name = "bitgauge", version, propagate_version = true)]
struct Cli {
    /// Format of the log lines on standard error; `RUST_LOG` filters them
    #[arg(long, global = true, env = "BITGAUGE_LOG_FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the HTTP API and run the jobs that arrive
    Serve(Box<serve::Serve>),
    /// Run trials of a service on this machine, over NATS
    Worker(worker::Worker),
    /// Run one job in this process and print its results
    Run(run::Run),
    /// Send a job to a service
    Submit(remote::Submit),
    /// Show how far a job of a service is, until it has ended
    Watch(remote::Watch),
    /// List the jobs of a service
    List(remote::List),
    /// Print the results of a job of a service
    Show(remote::Show),
    /// Fetch a table or a figure of a job of a service
    Export(remote::Export),
    /// Run the trial that standard input tells, for a service that does not trust it with its own process
    #[command(hide = true)]
    RunAlone,
    /// Cancel a job of a service
    Cancel(remote::Cancel),
    /// Pause a job of a service: running trials are saved and stop
    Pause(remote::Pause),
    /// Let a paused job of a service go on
    Resume(remote::Resume),
    /// Run again what failed or was cancelled of a job of a service
    Retry(remote::Retry),
    /// Show how jobs of a service differ, cell by cell
    Compare(remote::Compare),
    /// Run trials of a job of a service again and compare digests
    Verify(remote::Verify),
    /// Delete a job of a service
    Delete(remote::Delete),
    /// List the jobs that come with the binary
    Presets {
        /// Print them as JSON, with their specs
        #[arg(long, env = "BITGAUGE_JSON")]
        json: bool,
    },
    /// Run jobs that come with the binary and write a page of findings for each
    Findings(findings::Findings),
    /// Run jobs whose results are known from theory, and print how well the measurements agree
    Calibrate(calibrate::Calibrate),
    /// Write everything that is stored into one file, also while a server runs (copying its file is no backup)
    Backup(data::Backup),
    /// Put a backup into a data directory, whose server is stopped
    Restore(data::Restore),
    /// Look through everything that is stored, also while a server runs
    Scrub(data::Scrub),
    /// Print a script that completes the arguments of this command in a shell
    Completion {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the document that describes the HTTP API (`openapi.yaml`)
    Openapi,
    /// Ask a server whether it is ready; the exit code is 0 if it is
    Healthcheck(healthcheck::Healthcheck),
}

/// Runs the command that the arguments ask for.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Serve(serve) => {
            let _logging = telemetry::start(cli.log_format, INFO);
            on_runtime(serve.run())
        }
        Command::Worker(worker) => {
            let _logging = telemetry::start(cli.log_format, INFO);
            on_runtime(worker.run())
        }
        Command::Run(run) => {
            let _logging = telemetry::start(cli.log_format, "warn");
            on_runtime(run.run())
        }
        Command::Calibrate(calibrate) => {
            let _logging = telemetry::start(cli.log_format, "warn");
            on_runtime(calibrate.run())
        }
        Command::Findings(findings) => {
            let _logging = telemetry::start(cli.log_format, "warn");
            on_runtime(findings.run())
        }
        Command::Backup(backup) => {
            let _logging = telemetry::start(cli.log_format, "warn");
            on_runtime(backup.run())
        }
        Command::Restore(restore) => {
            let _logging = telemetry::start(cli.log_format, "warn");
            on_runtime(restore.run())
        }
        Command::Scrub(scrub) => {
            let _logging = telemetry::start(cli.log_format, "warn");
            on_runtime(scrub.run())
        }
        Command::Submit(submit) => remote::code(submit.run()),
        Command::Watch(watch) => remote::code(watch.run()),
        Command::List(list) => remote::code(list.run()),
        Command::Show(show) => remote::code(show.run()),
        Command::Export(export) => remote::code(export.run()),
        Command::RunAlone => {
            let _logging = telemetry::start(cli.log_format, "warn");
            run_alone().map(|()| terminal::SUCCESS).map_err(anyhow::Error::from)
        }
        Command::Cancel(cancel) => remote::code(cancel.run()),
        Command::Pause(pause) => remote::code(pause.run()),
        Command::Resume(resume) => remote::code(resume.run()),
        Command::Retry(retry) => remote::code(retry.run()),
        Command::Compare(compare) => remote::code(compare.run()),
        Command::Verify(verify) => remote::code(verify.run()),
        Command::Delete(delete) => remote::code(delete.run()),
        Command::Completion { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "bitgauge", &mut std::io::stdout());
            Ok(SUCCESS)
        }
        Command::Presets { json } => presets::list(json),
        Command::Openapi => print(openapi::DOCUMENT.as_bytes()).map(|()| SUCCESS),
        Command::Healthcheck(check) => check.run().map(|()| SUCCESS),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            terminal::complain(&format!("bitgauge: {error:#}\n"));
            ExitCode::from(FAILURE)
        }
    }
}

fn on_runtime(work: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
