//! Tables of numbers: a header line that names the columns, then rows of numbers.
//!
//! The delimiter is whichever of comma, semicolon and tab the header line holds most of. Fields may be quoted, lines may
//! end in LF or CRLF, a byte order mark and blank lines are skipped, spaces around a number do not count. `NaN`, `inf`
//! and `-inf` are numbers; an empty cell is not.
//!
//! The grammar of CSV is the [`csv_core`] crate's: the parser of the `csv` crate without its four further dependencies
//! (serde among them), of which a table of numbers would use nothing.

use std::{collections::HashSet, fs, path::Path};

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};
use tensor_core::{Backend, Real, Tensor};

use crate::{Error, error::one_line};

/// Numbers in named columns, in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Where the numbers came from: the file's name, for messages.
    pub source: String,
    /// The columns' names, in order; no two are the same.
    pub names: Vec<String>,
    /// How many rows there are; at least one.
    pub rows: usize,
    /// The numbers, row after row: `rows * names.len()` of them.
    pub data: Vec<f64>,
}

/// Reads a table from a file.
///
/// # Errors
/// If the file cannot be read, or for what [`parse`] refuses.
///
/// ```no_run
/// let table = tensor_io::csv::read("examples/data/norris.csv")?;
/// println!("{} rows of {}", table.rows, table.names.join(", "));
/// # Ok::<(), tensor_io::Error>(())
/// ```
pub fn read(path: impl AsRef<Path>) -> Result<Table, Error> {
    let file = path.as_ref().display().to_string();
    match fs::read(path) {
        Ok(bytes) => parse(&bytes, &file),
        Err(source) => Err(Error::Io { file, source }),
    }
}

/// Reads a table from bytes; `source` is what messages call them.
///
/// # Errors
/// If there is no header or no row, if the header has the same name twice or numbers for names, if a row has more or
/// fewer cells than the header, or a cell is empty or not a number: with the line (counted from 1) and the column's name.
///
/// ```
/// let table = tensor_io::csv::parse(b"x;y\n1;2\n3;NaN\n", "here")?;
/// assert_eq!(table.names, ["x", "y"]);
/// assert_eq!(table.data[..3], [1.0, 2.0, 3.0]);
///
/// let error = tensor_io::csv::parse(b"x,y\n1,2\n3,n/a\n", "here").unwrap_err();
/// assert_eq!(error.to_string(), "here, line 3: column `y` holds `n/a`, which is not a number");
/// # Ok::<(), tensor_io::Error>(())
/// ```
pub fn parse(bytes: &[u8], source: &str) -> Result<Table, Error> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let problem = "the text is UTF-16: save it as UTF-8".into();
        return Err(Error::Format { file: source.into(), line: None, problem });
    }
    let mut fields = Fields::new(bytes);
    let mut text = String::new();
    let fail = |line, problem: String| Err(Error::Format { file: source.into(), line: Some(line), problem });

    let mut names: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    while let Some(field) = fields.next(&mut text) {
        let name = text.trim().to_string();
        if !seen.insert(name.clone()) {
            return fail(field.line, format!("two columns have the name `{}`", one_line(&name)));
        }
        names.push(name);
        if field.ends_row {
            break;
        }
    }
    if names.is_empty() {
        let problem = "the file is empty: it should start with a line that names the columns".into();
        return Err(Error::Format { file: source.into(), line: None, problem });
    }
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        return fail(1, "there are numbers where the columns' names should be: add a header line".into());
    }

    let mut data = Vec::new();
    let mut cells = 0;
    while let Some(field) = fields.next(&mut text) {
        let cell = text.trim();
        // A cell beyond the last column has no name: its row is refused when its end is reached.
        if let Some(name) = names.get(cells) {
            match cell.parse::<f64>() {
                Ok(number) => data.push(number),
                Err(_) => return fail(field.line, not_a_number(name, cell)),
            }
        }
        cells += 1;
        if field.ends_row {
            if cells != names.len() {
                let plural = if names.len() == 1 { "" } else { "s" };
                let problem = format!("the header has {} cell{plural}, this row {cells}", names.len());
                return fail(field.line, problem);
            }
            cells = 0;
        }
    }
    if data.is_empty() {
        let problem = "there is a header line, but no row of numbers".into();
        return Err(Error::Format { file: source.into(), line: None, problem });
    }
    Ok(Table { source: source.into(), rows: data.len() / names.len(), names, data })
}

impl Table {
    /// The numbers of one column, from the first row to the last.
    ///
    /// # Errors
    /// If there is no such column: the message lists those there are, and the one that is spelled most like it.
    pub fn column(&self, name: &str) -> Result<Vec<f64>, Error> {
        let column = self.position(name)?;
        Ok(self.data.iter().skip(column).step_by(self.names.len()).copied().collect())
    }

    /// The table of some columns, in the order asked for.
    ///
    /// # Errors
    /// If there is no column of one of the names.
    ///
    /// ```
    /// let table = tensor_io::csv::parse(b"y,a,b\n1,2,3\n4,5,6\n", "here")?;
    /// assert_eq!(table.select(&["b", "y"])?.data, [3.0, 1.0, 6.0, 4.0]);
    /// # Ok::<(), tensor_io::Error>(())
    /// ```
    pub fn select(&self, names: &[&str]) -> Result<Table, Error> {
        let columns = names.iter().map(|name| self.position(name)).collect::<Result<Vec<_>, _>>()?;
        let rows = self.data.chunks_exact(self.names.len());
        let data = rows.flat_map(|row| columns.iter().map(|&column| row[column])).collect();
        let names = names.iter().map(|name| name.to_string()).collect();
        Ok(Table { source: self.source.clone(), names, rows: self.rows, data })
    }

    /// Some columns, in the order asked for, as a tensor of shape `[rows, columns]`; in single precision each number is
    /// rounded to the nearest.
    ///
    /// # Errors
    /// If there is no column of one of the names.
    ///
    /// ```
    /// use tensor_core::{Serial, Tensor};
    /// let table = tensor_io::csv::parse(b"y,a,b\n1,2,3\n4,5,6\n", "here")?;
    /// let x: Tensor<f32, Serial> = table.tensor(&["a", "b"])?;
    /// let y: Tensor<f32, Serial> = table.tensor(&["y"])?.flatten().into_tensor();
    /// assert_eq!((x.shape(), y.shape()), (&[2, 2][..], &[2][..]));
    /// assert_eq!(x.to_vec(), [2.0, 3.0, 5.0, 6.0]);
    /// # Ok::<(), tensor_io::Error>(())
    /// ```
    pub fn tensor<T: Real, B: Backend>(&self, names: &[&str]) -> Result<Tensor<T, B>, Error> {
        let Table { source, rows, data, .. } = self.select(names)?;
        let data = data.into_iter().map(T::from_f64).collect();
        Tensor::try_from_vec(data, [rows, names.len()]).map_err(|error| Error::Format {
            file: source,
            line: None,
            problem: error.to_string(),
        })
    }

    fn position(&self, wanted: &str) -> Result<usize, Error> {
        self.names.iter().position(|name| name == wanted).ok_or_else(|| {
            let likeness = |name: &&String| strsim::jaro_winkler(&name.to_lowercase(), &wanted.to_lowercase());
            let nearest = self.names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            Error::NoSuchColumn {
                file: self.source.clone(),
                wanted: wanted.into(),
                // Below this likeness a suggestion puzzles more than it helps.
                nearest: nearest.filter(|name| likeness(name) > 0.7).cloned(),
                names: self.names.clone(),
            }
        })
    }
}

fn not_a_number(name: &str, cell: &str) -> String {
    let name = one_line(name);
    if cell.is_empty() {
        return format!("column `{name}` is empty");
    }
    let advice = if cell.replacen(',', ".", 1).parse::<f64>().is_ok() {
        " (a decimal comma? write a point)"
    } else if cell.split_whitespace().all(|word| word.parse::<f64>().is_ok()) {
        " (cells are separated by a comma, a semicolon or a tab)"
    } else {
        ""
    };
    format!("column `{name}` holds `{}`, which is not a number{advice}", one_line(cell))
}

/// The fields of a text one after the other, each with its line.
struct Fields<'a> {
    reader: Reader,
    rest: &'a [u8],
    line: u64,
    starts_row: bool,
    buffer: Vec<u8>,
}

struct Field {
    line: u64,
    ends_row: bool,
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let reader = ReaderBuilder::new().delimiter(delimiter(bytes)).build();
        Fields { reader, rest: bytes, line: 1, starts_row: true, buffer: vec![0; 256] }
    }

    /// Puts the next field's text into `text`; `None` at the end of the input.
    fn next(&mut self, text: &mut String) -> Option<Field> {
        if self.starts_row {
            self.skip_blank_lines();
        }
        let line = self.line;
        let mut length = 0;
        loop {
            let (result, read, written) = self.reader.read_field(self.rest, &mut self.buffer[length..]);
            self.advance(read);
            length += written;
            match result {
                // The next call, with nothing left to read, is what tells the parser that the text is over.
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::OutputFull => self.buffer.resize(2 * self.buffer.len(), 0),
                ReadFieldResult::Field { record_end } => {
                    text.clear();
                    text.push_str(&String::from_utf8_lossy(&self.buffer[..length]));
                    self.starts_row = record_end;
                    return Some(Field { line, ends_row: record_end });
                }
                ReadFieldResult::End => return None,
            }
        }
    }

    /// The parser would skip empty lines by itself, but count them to the field that follows; lines of nothing but
    /// spaces it would take for a row.
    fn skip_blank_lines(&mut self) {
        loop {
            let blank = self.rest.iter().take_while(|&&byte| byte == b' ').count();
            let end = match self.rest[blank..] {
                [b'\r', b'\n', ..] => blank + 2,
                [b'\r' | b'\n', ..] => blank + 1,
                [] => blank,
                _ => return,
            };
            if end == 0 {
                return;
            }
            self.advance(end);
        }
    }

    /// Moves on by `read` bytes and counts the lines that end in them: by LF, CRLF, or the lone CR of old.
    fn advance(&mut self, read: usize) {
        for (i, &byte) in self.rest[..read].iter().enumerate() {
            // The parser ends a row at the CR of a CRLF and leaves the LF for later: together they are one line end.
            let ends = byte == b'\n' || (byte == b'\r' && self.rest.get(i + 1) != Some(&b'\n'));
            self.line += u64::from(ends);
        }
        self.rest = &self.rest[read..];
    }
}

/// The one of comma, semicolon and tab that the first line with something in it holds most of, outside quotes.
fn delimiter(bytes: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let header = bytes.iter().skip_while(|byte| matches!(byte, b' ' | b'\r' | b'\n'));
    for &byte in header {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(mark, _)| *mark == byte).for_each(|(_, count)| *count += 1),
        }
    }
    // The first of equals: a line without any is a table of one column, whatever the mark.
    counts.into_iter().rev().max_by_key(|&(_, count)| count).map_or(b',', |(mark, _)| mark)
}
