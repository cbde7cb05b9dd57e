//! Runs cases of every operation through the public API, and prints how each operation fares.
//!
//! * what a case is, and how recorded ones are read: `case.rs`
//! * which call of this library an operation is: `ops/`, its arguments: `args.rs`
//! * recorded results: `run.rs`, `compare.rs`; cases without: `own.rs`
//! * tensors and their layouts: `tensors.rs`

mod args;
mod case;
mod compare;
mod ops;
mod own;
mod run;
mod tensors;

use case::{Case, Expected};
use run::{Outcome, Part, Report};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use tensor_core::{Parallel, Serial};

const HELP: &str = "\
Runs cases of every operation through the public API.

Usage: conformance [DIR] [--backend serial|parallel] [--dtype f64|f32] [--op NAME] [--bits] [--verbose]

DIR holds `index.jsonl` and `data.bin`: recorded calls with their results, first and second derivatives, and calls that
must fail. Without DIR the project's own cases are run, held against the reference backend, finite differences, and the
bits on other numbers of threads and instruction sets.

  --backend NAME  serial (the default) or parallel
  --dtype NAME    f64 (the default) or f32, with its wider tolerances and without second derivatives
  --op NAME       only this operation
  --bits          compare bits on recorded cases too
  --verbose       say what is wrong with each case

The last line is `N passed, N failed, N unsupported`; the exit code is 1 if any case failed, 2 for a wrong call.";

struct Options {
    folder: Option<PathBuf>,
    parallel: bool,
    single: bool,
    op: Option<String>,
    bits: bool,
    verbose: bool,
}

fn options() -> Result<Option<Options>, lexopt::Error> {
    use lexopt::prelude::*;
    let mut options = Options { folder: None, parallel: false, single: false, op: None, bits: false, verbose: false };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("backend") => {
                options.parallel = match parser.value()?.string()?.as_str() {
                    "serial" => false,
                    "parallel" => true,
                    other => return Err(format!("--backend is serial or parallel, not {other}").into()),
                }
            }
            Long("dtype") => {
                options.single = match parser.value()?.string()?.as_str() {
                    "f64" => false,
                    "f32" => true,
                    other => return Err(format!("--dtype is f64 or f32, not {other}").into()),
                }
            }
            Long("op") => options.op = Some(parser.value()?.string()?),
            Long("bits") => options.bits = true,
            Long("verbose") => options.verbose = true,
            Long("help") | Short('h') => return Ok(None),
            Value(folder) if options.folder.is_none() => options.folder = Some(folder.into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(Some(options)) => options,
        Ok(None) => {
            let _ = writeln!(std::io::stdout(), "{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("conformance: {error} (--help lists the options)");
            return ExitCode::from(2);
        }
    };
    let cases = match &options.folder {
        Some(folder) => case::recorded(folder),
        None => own_cases(),
    };
    let cases: Vec<Case> = match cases {
        Ok(cases) => cases.into_iter().filter(|case| options.op.as_ref().is_none_or(|op| *op == case.op)).collect(),
        Err(error) => {
            eprintln!("conformance: {error}");
            return ExitCode::from(2);
        }
    };
    // Panics are part of the reports.
    std::panic::set_hook(Box::new(|_| {}));
    let mut reports: Vec<Report> = cases.iter().map(|case| judge(case, &options)).collect();
    if options.bits || options.folder.is_none() {
        let values = |case: &&Case| !matches!(case.expected, Expected::Failure);
        let compared: Vec<&Case> = cases.iter().filter(values).collect();
        let mut differences = own::bits_differ(&compared).into_iter();
        for (case, report) in cases.iter().zip(&mut reports).filter(|(case, _)| values(case)) {
            let _ = case;
            report.push((Part::Bits, differences.next().flatten().map_or(Outcome::Passed, Outcome::Failed)));
        }
    }
    let missing = if options.folder.is_none() && options.op.is_none() { without_case(&cases) } else { Vec::new() };
    let (text, failed) = table(&cases, &reports, &missing, options.verbose);
    // A reader that has heard enough is no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::from(u8::from(failed))
}

fn judge(case: &Case, options: &Options) -> Report {
    match (&case.expected, options.parallel, options.single) {
        (Expected::Unknown, ..) => own::judge(case),
        (_, false, false) => run::run::<f64, Serial>(case, &compare::DOUBLE),
        (_, true, false) => run::run::<f64, Parallel>(case, &compare::DOUBLE),
        (_, false, true) => run::run::<f32, Serial>(case, &compare::SINGLE),
        (_, true, true) => run::run::<f32, Parallel>(case, &compare::SINGLE),
    }
}

/// The project's own cases, at least one for each operation.
fn own_cases() -> Result<Vec<Case>, String> {
    macro_rules! files {
        ($($name:literal),*) => { [$(($name, include_str!(concat!("../cases/", $name, ".jsonl")))),*] };
    }
    let mut all = Vec::new();
    for (name, lines) in files!["elementwise", "reduce", "layout", "index", "linalg", "nn"] {
        all.extend(case::cases(lines, name, &[])?);
    }
    Ok(all)
}

/// The operations without an own case.
fn without_case(cases: &[Case]) -> Vec<&'static str> {
    let covered: BTreeSet<&str> = cases.iter().map(|case| case.op.as_str()).collect();
    ops::names().filter(|name| !covered.contains(name)).collect()
}

/// The table by operation and the last line, and whether anything failed.
fn table(cases: &[Case], reports: &[Report], missing: &[&str], verbose: bool) -> (String, bool) {
    use std::fmt::Write;
    const PARTS: [Part; 5] = [Part::Forward, Part::Gradient, Part::Second, Part::Error, Part::Bits];
    let mut text = String::new();
    let mut rows: BTreeMap<&str, [[usize; 3]; 5]> = BTreeMap::new();
    let mut total = [0; 3];
    for (case, report) in cases.iter().zip(reports) {
        let mut worst = 0;
        for (part, outcome) in report {
            let place = match outcome {
                Outcome::Passed => 0,
                Outcome::Failed(_) => 1,
                Outcome::Unsupported(_) => 2,
            };
            rows.entry(&case.op).or_default()[*part as usize][place] += 1;
            worst = if worst == 1 { 1 } else { worst.max(place) };
            if place == 1 {
                worst = 1;
            }
            if verbose && let Outcome::Failed(what) | Outcome::Unsupported(what) = outcome {
                let verdict = if place == 1 { "failed" } else { "unsupported" };
                let _ = writeln!(text, "{} {} {verdict}: {what}", case.id, name(*part));
            }
        }
        total[worst] += 1;
    }
    let width = rows.keys().map(|op| op.len()).max().unwrap_or(0).max(9);
    let _ = write!(text, "{:width$}", "operation");
    for part in PARTS {
        let _ = write!(text, " {:>12}", name(part));
    }
    let _ = writeln!(text, "   (passed/failed/unsupported)");
    let mut supported = 0;
    for (op, row) in &rows {
        let _ = write!(text, "{op:width$}");
        for [passed, failed, unsupported] in row {
            let cell = match passed + failed + unsupported {
                0 => "-".to_string(),
                _ => format!("{passed}/{failed}/{unsupported}"),
            };
            let _ = write!(text, " {cell:>12}");
        }
        let _ = writeln!(text);
        supported += usize::from(row.iter().any(|[passed, failed, _]| passed + failed > 0));
    }
    for name in missing {
        let _ = writeln!(text, "{name} has no case of its own");
    }
    let [passed, failed, unsupported] = total;
    let failed = failed + missing.len();
    let _ = writeln!(text, "{} operations, {supported} of them supported", rows.len());
    let _ = writeln!(text, "{passed} passed, {failed} failed, {unsupported} unsupported");
    (text, failed > 0)
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Forward => "forward",
        Part::Gradient => "gradient",
        Part::Second => "second",
        Part::Error => "errors",
        Part::Bits => "bits",
    }
}
