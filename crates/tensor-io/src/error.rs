//! What can be wrong with a file: one line each, naming the file first.

use std::{fmt, io};

/// Why a file could not be read or written.
///
/// [`Display`](fmt::Display) gives one line that starts with the file's name.
///
/// ```
/// let error = tensor_io::npy::read::<f64>("no/such/file.npy").unwrap_err();
/// assert!(error.to_string().starts_with("no/such/file.npy: "));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused: the file is missing, not ours to read, the disk is full…
    Io {
        /// The file's name.
        file: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file's content is not what its format asks for; without a line where the format has none.
    Format {
        /// The file's name.
        file: String,
        /// The line, counted from 1.
        line: Option<u64>,
        /// What is wrong, in words.
        problem: String,
    },
    /// A table has no column of this name.
    NoSuchColumn {
        /// The file's name.
        file: String,
        /// The name asked for.
        wanted: String,
        /// The name most like it, if one comes near.
        nearest: Option<String>,
        /// The names there are, in order.
        names: Vec<String>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { file, source } => write!(f, "{file}: {source}"),
            Error::Format { file, line: Some(line), problem } => write!(f, "{file}, line {line}: {problem}"),
            Error::Format { file, line: None, problem } => write!(f, "{file}: {problem}"),
            Error::NoSuchColumn { file, wanted, nearest, names } => {
                write!(f, "{file}: there is no column `{}`", one_line(wanted))?;
                if let Some(nearest) = nearest {
                    write!(f, ", did you mean `{}`?", one_line(nearest))?;
                } else {
                    write!(f, ".")?;
                }
                write!(f, " The columns are: {}", one_line(&names.join(", ")))
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A stranger's text made fit for a message: control characters escaped, and cut where it would flood the terminal.
pub(crate) fn one_line(text: &str) -> String {
    const LONGEST: usize = 400;
    let mut line = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            line.push('…');
            break;
        }
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}
