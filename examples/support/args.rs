//! The command line: help, and mistakes answered in one line.

use std::{
    ffi::OsString,
    fmt,
    io::{Write, stdout},
    process::{ExitCode, exit},
    str::FromStr,
};

use lexopt::{Arg, Parser};

/// Why an example stops early.
pub(crate) enum Failure {
    /// The command line or the data are not what they should be: exit code 2.
    Input(String),
    /// The work itself did not succeed: exit code 1.
    Run(String),
}

impl Failure {
    pub(crate) fn input(problem: impl fmt::Display) -> Self {
        Failure::Input(problem.to_string())
    }

    pub(crate) fn run(problem: impl fmt::Display) -> Self {
        Failure::Run(problem.to_string())
    }
}

/// Ends an example: nothing to say, or one line on standard error.
pub(crate) fn finish(name: &str, result: Result<(), Failure>) -> ExitCode {
    let (code, problem) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Input(problem)) => (2, problem),
        Err(Failure::Run(problem)) => (1, problem),
    };
    eprintln!("{name}: {problem}");
    ExitCode::from(code)
}

/// Prints a line. A reader that has heard enough (`| head`) ends the example, and without a backtrace.
pub(crate) fn say(line: impl fmt::Display) {
    if writeln!(stdout(), "{line}").is_err() {
        exit(1);
    }
}

/// Takes the words of a command line one after the other.
pub(crate) struct Args {
    parser: Parser,
    help: &'static str,
}

impl Args {
    /// `help` is what `--help` prints; the options it mentions are those a misspelt one is compared with.
    pub(crate) fn new(help: &'static str) -> Self {
        Args { parser: Parser::from_env(), help }
    }

    /// The next option (without its dashes) or, as `Err`, the next word that is none. `None` at the end, or after
    /// `--help` was answered: then the process ends.
    pub(crate) fn next(&mut self) -> Result<Option<Result<String, OsString>>, Failure> {
        match self.parser.next().map_err(Failure::input)? {
            None => Ok(None),
            Some(Arg::Long("help") | Arg::Short('h')) => {
                say(self.help.trim_end());
                exit(0);
            }
            Some(Arg::Long(name)) => Ok(Some(Ok(name.to_string()))),
            Some(Arg::Short(letter)) => Err(self.unknown(&format!("-{letter}"))),
            Some(Arg::Value(word)) => Ok(Some(Err(word))),
        }
    }

    /// The value of the option that came last.
    pub(crate) fn value<T: FromStr>(&mut self, option: &str, what: &str) -> Result<T, Failure> {
        let missing = |_| Failure::Input(format!("--{option} needs {what} after it"));
        let value = self.parser.value().map_err(missing)?;
        let wrong = || Failure::Input(format!("--{option} needs {what}, not `{}`", value.to_string_lossy()));
        value.to_str().and_then(|text| text.parse().ok()).ok_or_else(wrong)
    }

    /// The refusal of an option nobody knows.
    pub(crate) fn unknown(&self, option: &str) -> Failure {
        let known = self.help.split(|c: char| c.is_whitespace() || "[],.;()=".contains(c));
        let known = known.filter(|word| word.starts_with("--") && word.len() > 2);
        let likeness = |word: &&str| strsim::jaro_winkler(word, option);
        let nearest = known.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|word| likeness(word) > 0.8);
        let hint = nearest.map_or(String::new(), |nearest| format!(", did you mean {nearest}?"));
        Failure::Input(format!("there is no option {option}{hint} (--help lists them)"))
    }
}
