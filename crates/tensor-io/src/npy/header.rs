//! The header of a `.npy` file: eight bytes of magic and version, a length, and a Python dictionary.

use std::io::{self, Read};

use crate::error::one_line;

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The header and all before it fill a multiple of this, so that the numbers are aligned when mapped into memory.
const ALIGN: usize = 64;

/// NumPy leaves room for the size of the growing axis to become this many digits long.
const GROWTH_DIGITS: usize = 21;

/// A longer header is no array's, but damage: it is not worth reading to its end.
const LONGEST: u64 = 1 << 20;

#[derive(Debug, PartialEq)]
pub(super) struct Header {
    /// NumPy's type without the byte order, `"f8"`.
    pub(super) kind: String,
    pub(super) big_endian: bool,
    pub(super) fortran: bool,
    pub(super) shape: Vec<usize>,
}

/// The number of elements, unless it overflows.
///
/// A zero anywhere makes it zero only if the other sizes can be multiplied: no shape may be used to smuggle in an overflow.
pub(super) fn count(shape: &[usize]) -> Option<usize> {
    let nonzero = shape.iter().filter(|&&size| size != 0).try_fold(1usize, |count, &size| count.checked_mul(size))?;
    Some(if shape.contains(&0) { 0 } else { nonzero })
}

/// A shape as Python writes it: `()`, `(3,)`, `(3, 4)`.
pub(super) fn tuple(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        _ => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// A type for a message: in Rust's words where Rust has some.
pub(super) fn describe(kind: &str) -> String {
    let bits = kind.get(1..).and_then(|bytes| bytes.parse::<usize>().ok()).map(|bytes| bytes.saturating_mul(8));
    match (kind.as_bytes().first(), bits) {
        (Some(b'b'), Some(8)) => "bool".into(),
        (Some(letter @ (b'f' | b'i' | b'u')), Some(bits)) => format!("{}{bits}", char::from(*letter)),
        (Some(b'c'), Some(bits)) => format!("complex numbers of {bits} bits"),
        _ => format!("of NumPy's type '{}'", one_line(kind)),
    }
}

impl Header {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let order = match (self.kind.as_bytes()[1], self.big_endian) {
            (b'1', _) => '|',
            (_, false) => '<',
            (_, true) => '>',
        };
        let fortran = if self.fortran { "True" } else { "False" };
        let shape = tuple(&self.shape);
        let mut text = format!("{{'descr': '{order}{}', 'fortran_order': {fortran}, 'shape': {shape}, }}", self.kind);
        let growing = if self.fortran { self.shape.last() } else { self.shape.first() };
        let spare = growing.map_or(0, |size| GROWTH_DIGITS - size.to_string().len());
        text.extend(std::iter::repeat_n(' ', spare));

        // A full 64 bytes where none were needed: so does NumPy.
        let padding = |preamble| ALIGN - (preamble + text.len() + 1) % ALIGN;
        // Version 1 has two bytes for the length, version 2 four.
        let one = text.len() + padding(10) < usize::from(u16::MAX);
        text.extend(std::iter::repeat_n(' ', padding(if one { 10 } else { 12 })));
        text.push('\n');

        let mut bytes = MAGIC.to_vec();
        if one {
            bytes.extend([1, 0]);
            bytes.extend((text.len() as u16).to_le_bytes());
        } else {
            bytes.extend([2, 0]);
            bytes.extend((text.len() as u32).to_le_bytes());
        }
        bytes.extend(text.as_bytes());
        bytes
    }

    /// The outer error is the reader's, the inner one says what is wrong with the bytes.
    pub(super) fn read(reader: &mut impl Read) -> io::Result<Result<Header, String>> {
        let mut start = Vec::new();
        reader.take(8).read_to_end(&mut start)?;
        if start.is_empty() {
            return Ok(Err("the file is empty".into()));
        }
        if !start.starts_with(MAGIC) || start.len() < 8 {
            return Ok(Err("this is not a .npy file (it does not start with NumPy's magic)".into()));
        }
        let width = match start[6] {
            1 => 2,
            2 | 3 => 4,
            version => return Ok(Err(format!("version {version} of the .npy format is not known (1 to 3 are)"))),
        };
        let mut length = Vec::new();
        reader.take(width).read_to_end(&mut length)?;
        if length.len() as u64 != width {
            return Ok(Err(CUT.into()));
        }
        length.resize(8, 0);
        let length = u64::from_le_bytes(length.try_into().expect("eight bytes"));
        if length > LONGEST {
            return Ok(Err(format!("a header of {length} bytes is not one of a plain array")));
        }
        let mut text = Vec::new();
        reader.take(length).read_to_end(&mut text)?;
        if text.len() as u64 != length {
            return Ok(Err(CUT.into()));
        }
        let Ok(text) = String::from_utf8(text) else { return Ok(Err("the header is not text".into())) };
        let parsed = Dictionary { rest: &text }.header();
        Ok(parsed.map_err(|problem| format!("the header cannot be read: {problem}")))
    }
}

const CUT: &str = "the file ends inside the header";

/// As much of Python's literals as the header of a plain array needs.
struct Dictionary<'a> {
    rest: &'a str,
}

impl<'a> Dictionary<'a> {
    fn header(mut self) -> Result<Header, String> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        self.expect('{')?;
        while !self.take('}') {
            let key = self.string()?;
            self.expect(':')?;
            let again = match key {
                "descr" => descr.replace(self.descr()?).is_some(),
                "fortran_order" => fortran.replace(self.boolean()?).is_some(),
                "shape" => shape.replace(self.shape()?).is_some(),
                _ => return Err(format!("unknown key '{}'", one_line(key))),
            };
            if again {
                return Err(format!("the key '{key}' comes twice"));
            }
            if !self.take(',') {
                self.expect('}')?;
                break;
            }
        }
        if !self.rest.trim().is_empty() {
            return Err(format!("something follows the dictionary, at {}", self.here()));
        }
        let missing = |key| move || format!("the key '{key}' is missing");
        let (big_endian, kind) = descr.ok_or_else(missing("descr"))?;
        let fortran = fortran.ok_or_else(missing("fortran_order"))?;
        let shape = shape.ok_or_else(missing("shape"))?;
        Ok(Header { kind, big_endian, fortran, shape })
    }

    /// The byte order and the type: `'<f8'`.
    fn descr(&mut self) -> Result<(bool, String), String> {
        if self.peek() == Some('[') {
            return Err("the elements are records, which are not supported".into());
        }
        let descr = self.string()?;
        let mut kind = descr.chars();
        let big_endian = match kind.next() {
            Some('<' | '|') => false,
            Some('>') => true,
            Some('=') => cfg!(target_endian = "big"),
            _ => return Err(format!("'{}' is not a type with its byte order", one_line(descr))),
        };
        Ok((big_endian, kind.as_str().to_string()))
    }

    fn boolean(&mut self) -> Result<bool, String> {
        self.peek();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Ok(value);
            }
        }
        Err(format!("True or False is missing at {}", self.here()))
    }

    fn shape(&mut self) -> Result<Vec<usize>, String> {
        let mut shape = Vec::new();
        self.expect('(')?;
        while !self.take(')') {
            self.peek();
            let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = self.rest.split_at(digits);
            if digits == 0 {
                return Err(format!("a size is missing at {}", self.here()));
            }
            shape.push(number.parse().map_err(|_| format!("the size {} is too large", one_line(number)))?);
            // Python 2 wrote large sizes with an L.
            self.rest = rest.strip_prefix('L').unwrap_or(rest);
            if !self.take(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(shape)
    }

    /// A string without escapes, in either kind of quotes.
    fn string(&mut self) -> Result<&'a str, String> {
        let quote = self.peek().filter(|c| matches!(c, '\'' | '"'));
        let end = quote.and_then(|quote| self.rest[1..].find(quote));
        let Some(end) = end else { return Err(format!("a quoted word is missing at {}", self.here())) };
        let word = &self.rest[1..=end];
        self.rest = &self.rest[end + 2..];
        Ok(word)
    }

    /// The next character that is not white space, which is skipped.
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn take(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(mark);
        if found {
            self.rest = &self.rest[mark.len_utf8()..];
        }
        found
    }

    fn expect(&mut self, mark: char) -> Result<(), String> {
        if self.take(mark) { Ok(()) } else { Err(format!("'{mark}' is missing at {}", self.here())) }
    }

    /// Where the parser stands, for a message.
    fn here(&self) -> String {
        let text: String = self.rest.trim_end().chars().take(20).collect();
        if text.is_empty() { "its end".into() } else { format!("`{}`", one_line(&text)) }
    }
}
