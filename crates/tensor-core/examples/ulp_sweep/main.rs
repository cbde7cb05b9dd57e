//! Measures the error and the speed of the elementary functions.
//!
//! ```text
//! cargo run --release -p tensor-core --example ulp_sweep [-- [FUNCTION…] [--every N] [--own] [--samples FILE] [--time]]
//! ```
//!
//! By default every 1009th of the 2³² single-precision numbers goes through each function of one argument; `--every 1`
//! takes them all. The reference is the C library in double precision, or where it has no such function this crate's
//! double precision; `--own` takes the latter throughout, which is several times as fast. `--samples FILE` measures double precision, on a file from `scripts/reference_samples.py`.
//! `--time` prints nanoseconds an element for 1000 elements instead.

mod samples;
mod sweep;
mod timing;

// Shared with the tests.
#[path = "../../tests/elementary/error.rs"]
mod error;
#[path = "../../tests/elementary/paths.rs"]
mod paths;
#[path = "../../tests/elementary/reference.rs"]
mod reference;

const HELP: &str = "\
Measures the error and the speed of the elementary functions.

Usage: cargo run --release -p tensor-core --example ulp_sweep -- [options] [FUNCTION...]

  FUNCTION          only these, such as exp or tanh
  --every N         every N-th of the 2^32 single-precision numbers (default 1009; 1 takes them all)
  --own             compare with this crate's double precision instead of the C library's
  --samples FILE    measure double precision, on a file from scripts/reference_samples.py
  --time            print nanoseconds an element instead
  --help            this text
";

/// Says in one line what is wrong with the command, and ends with code 2.
fn refuse(message: &str) -> ! {
    eprintln!("ulp_sweep: {message} (--help tells more)");
    std::process::exit(2)
}

fn main() {
    let mut every = 1009;
    let mut samples = None;
    let mut own = false;
    let mut time = false;
    let mut names = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" | "-h" => return print!("{HELP}"),
            "--every" => match arguments.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0) {
                Some(step) => every = step,
                None => refuse("--every takes a whole number from 1 on"),
            },
            "--samples" => match arguments.next() {
                Some(file) => samples = Some(file),
                None => refuse("--samples takes a file"),
            },
            "--own" => own = true,
            "--time" => time = true,
            other if other.starts_with('-') => refuse(&format!("there is no option {other}")),
            name => names.push(name.to_owned()),
        }
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|n| n == name);
    if time {
        timing::run(wanted);
    } else if let Some(file) = samples {
        match std::fs::read_to_string(&file) {
            Ok(text) => samples::run(&text, wanted),
            Err(error) => refuse(&format!("{file}: {error}")),
        }
    } else {
        sweep::run(every, own, wanted);
    }
}
