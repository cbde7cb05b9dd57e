//! NumPy's `.npy` files: one array of numbers, its shape and its memory order. [`load`] and [`save`] are for tensors,
//! [`read`] and [`write`](fn@write) for plain numbers.
//!
//! What is written is what `numpy.save` writes, to the byte; what is read is versions 1, 2 and 3 in both byte orders.
//! The format is [NumPy's](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): a header that is a
//! Python dictionary, then the bytes.
//!
//! The code is our own: `npyz`, the well-kept crate for it, parses the header with a grammar for all of Python's
//! literals, and brings 34 crates, with procedural macros and a C compiler's run among them, to read three keys.

mod element;
mod header;
mod tensor;

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
};

pub use element::Element;
pub use tensor::{load, save};

use crate::Error;
use header::Header;

/// An array as a `.npy` file holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<T> {
    /// The size along each axis; empty for a single number.
    pub shape: Vec<usize>,
    /// Whether the first axis, not the last, is the one whose neighbours are neighbours in `data` (Fortran's order).
    pub fortran: bool,
    /// The elements: as many as the product of the shape.
    pub data: Vec<T>,
}

/// Reads an array whose elements are `T` in the file; nothing is converted.
///
/// # Errors
/// If the file cannot be read, or for what [`decode`] refuses.
///
/// ```
/// # let path = std::env::temp_dir().join("tensor-io-doc-read.npy");
/// use tensor_io::npy;
/// npy::write(&path, &[2, 2], &[1.0f32, 2.0, 3.0, 4.0])?;
/// let array = npy::read::<f32>(&path)?;
/// assert_eq!((array.shape, array.data), (vec![2, 2], vec![1.0, 2.0, 3.0, 4.0]));
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), tensor_io::Error>(())
/// ```
pub fn read<T: Element>(path: impl AsRef<Path>) -> Result<Array<T>, Error> {
    let name = path.as_ref().display().to_string();
    let failed = |source| Error::Io { file: name.clone(), source };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let mut reader = BufReader::new(file);
    if metadata.is_file() {
        return decode_from(&mut reader, metadata.len(), &name);
    }
    // A pipe does not say how long it is.
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(failed)?;
    decode(&bytes, &name)
}

/// Reads an array from the bytes of a `.npy` file; `source` is what messages call them.
///
/// Bytes after the array are left alone, as NumPy does.
///
/// # Errors
/// If the bytes are not an array of `T` in the `.npy` format, or end too early. The sizes in the header are checked
/// against the number of bytes before memory is allocated for them.
///
/// ```
/// use tensor_io::npy;
/// let bytes = npy::encode(&[3], &[1i64, 2, 3]);
/// assert_eq!(npy::decode::<i64>(&bytes, "here")?.data, [1, 2, 3]);
///
/// let error = npy::decode::<f64>(&bytes, "here").unwrap_err();
/// assert_eq!(error.to_string(), "here: the elements are i64, not f64");
/// # Ok::<(), tensor_io::Error>(())
/// ```
pub fn decode<T: Element>(mut bytes: &[u8], source: &str) -> Result<Array<T>, Error> {
    let length = bytes.len() as u64;
    decode_from(&mut bytes, length, source)
}

/// Writes an array of a shape, its elements in C order (the last axis' neighbours are neighbours).
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// If there are not as many elements as the shape says.
pub fn write<T: Element>(path: impl AsRef<Path>, shape: &[usize], data: &[T]) -> Result<(), Error> {
    let save = |path: &Path| {
        let mut file = BufWriter::new(File::create(path)?);
        encode_to(&mut file, shape, data)?;
        file.flush()
    };
    save(path.as_ref()).map_err(|source| Error::Io { file: path.as_ref().display().to_string(), source })
}

/// The bytes of a `.npy` file, as [`write`](fn@write) would write it.
///
/// # Panics
/// If there are not as many elements as the shape says.
pub fn encode<T: Element>(shape: &[usize], data: &[T]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_to(&mut bytes, shape, data).expect("memory takes every byte");
    bytes
}

fn encode_to<T: Element>(out: &mut impl Write, shape: &[usize], data: &[T]) -> io::Result<()> {
    let count = header::count(shape);
    assert_eq!(count, Some(data.len()), "npy: a shape of {shape:?} for {} elements", data.len());
    let header = Header { kind: T::KIND.into(), big_endian: false, fortran: false, shape: shape.to_vec() };
    out.write_all(&header.to_bytes())?;
    let mut bytes = Vec::with_capacity(CHUNK * T::SIZE);
    for chunk in data.chunks(CHUNK) {
        bytes.clear();
        chunk.iter().for_each(|&element| element.write_le(&mut bytes));
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// How many elements are converted at a time: large enough to keep the file busy, small enough to stay in cache.
const CHUNK: usize = 4096;

/// Reads from `reader`, which has `length` bytes left.
fn decode_from<T: Element>(reader: &mut impl Read, length: u64, source: &str) -> Result<Array<T>, Error> {
    let format = |problem| Error::Format { file: source.into(), line: None, problem };
    let failed = |source_: io::Error| Error::Io { file: source.into(), source: source_ };
    let mut reader = reader.take(length);

    let header = Header::read(&mut reader).map_err(failed)?.map_err(format)?;
    if header.kind != T::KIND {
        return Err(format(format!("the elements are {}, not {}", header::describe(&header.kind), T::NAME)));
    }
    let count = header::count(&header.shape);
    let size = count.and_then(|count| count.checked_mul(T::SIZE));
    let left = reader.limit();
    let (Some(count), Some(size)) = (count, size.filter(|&size| size as u64 <= left)) else {
        let shape = header::tuple(&header.shape);
        return Err(format(format!(
            "an array of shape {shape} needs more than the {left} bytes that follow the header: the file is cut short or corrupt"
        )));
    };

    let mut data = Vec::with_capacity(count);
    let mut bytes = vec![0; (CHUNK * T::SIZE).min(size)];
    while data.len() < count {
        let part = &mut bytes[..(CHUNK.min(count - data.len())) * T::SIZE];
        reader.read_exact(part).map_err(failed)?;
        data.extend(part.chunks_exact_mut(T::SIZE).map(|element| {
            if header.big_endian {
                element.reverse();
            }
            T::read_le(element)
        }));
    }
    Ok(Array { shape: header.shape, fortran: header.fortran, data })
}
