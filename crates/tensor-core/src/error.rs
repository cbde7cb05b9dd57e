//! What can go wrong, said in full: the operation, the shapes aligned, the axis that clashes, and the way out.

use crate::{DType, Shape};
use std::fmt;

/// Why an operation could not be done. One word wide; the message tells everything.
///
/// Every method that can fail comes twice: `matmul` panics with this message at the caller's line, `try_matmul` returns it.
///
/// ```
/// use tensor_core::{Serial, Tensor};
/// let a = Tensor::<f32, Serial>::ones([2, 3]);
/// let b = Tensor::<f32, Serial>::ones([2, 4]);
/// let error = a.try_add(&b).unwrap_err();
/// assert!(error.to_string().contains("axis -1"));
/// ```
#[derive(Clone, PartialEq)]
pub struct Error(Box<ErrorKind>);

/// The kinds of error, for a program that wants to tell them apart.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Two shapes that had to agree, or to broadcast, do not.
    Shape {
        /// The operation.
        op: &'static str,
        /// The shapes in the order of the operands.
        shapes: Vec<Shape>,
        /// What clashes and what would fix it.
        hint: String,
    },
    /// An axis that the tensor does not have.
    Axis {
        /// The operation.
        op: &'static str,
        /// The axis as given.
        axis: isize,
        /// The number of axes there are.
        rank: usize,
    },
    /// An index outside its axis.
    Index {
        /// The operation.
        op: &'static str,
        /// The index as given.
        index: i64,
        /// The axis it was meant for.
        axis: usize,
        /// The size of that axis.
        size: usize,
    },
    /// A shape with more elements than memory can address.
    TooLarge {
        /// The operation.
        op: &'static str,
        /// The shape.
        shape: Shape,
    },
    /// The operation does not exist for this element type.
    DType {
        /// The operation.
        op: &'static str,
        /// The element type.
        dtype: DType,
        /// What would work.
        hint: &'static str,
    },
    /// A value outside what the operation accepts.
    Value {
        /// The operation.
        op: &'static str,
        /// What was wrong, and what is expected.
        message: String,
    },
    /// More memory than [`memory::limit`](crate::memory::limit) allows, or than the system has.
    Memory {
        /// Bytes that were asked for.
        bytes: usize,
        /// Bytes that tensors held.
        held: usize,
        /// Bytes that they may hold; `usize::MAX` for no limit.
        limit: usize,
    },
    /// The graph of gradients does not allow this.
    Gradient {
        /// The operation.
        op: &'static str,
        /// What was wrong, and what to do.
        message: String,
    },
}

/// The result of anything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Which kind of error this is.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// Panics with this error's message; `track_caller` puts it on the line of the caller.
    #[track_caller]
    #[cold]
    pub fn panic(self) -> ! {
        panic!("{self}")
    }

    /// Shapes that do not go together.
    #[cold]
    pub fn shape(op: &'static str, shapes: &[&Shape], hint: impl Into<String>) -> Self {
        ErrorKind::Shape { op, shapes: shapes.iter().map(|&s| s.clone()).collect(), hint: hint.into() }.into()
    }

    /// A value outside what `op` accepts.
    #[cold]
    pub fn value(op: &'static str, message: impl Into<String>) -> Self {
        ErrorKind::Value { op, message: message.into() }.into()
    }

    /// Something the graph of gradients does not allow.
    #[cold]
    pub fn gradient(op: &'static str, message: impl Into<String>) -> Self {
        ErrorKind::Gradient { op, message: message.into() }.into()
    }

    /// An index outside its axis.
    #[cold]
    pub fn index(op: &'static str, index: i64, axis: usize, size: usize) -> Self {
        ErrorKind::Index { op, index, axis, size }.into()
    }
}

impl From<ErrorKind> for Error {
    #[cold]
    fn from(kind: ErrorKind) -> Self {
        Error(Box::new(kind))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            ErrorKind::Shape { op, shapes, hint } => {
                match &shapes[..] {
                    [one] => write!(f, "{op}: shape {one}")?,
                    several => {
                        write!(f, "{op}: shapes that do not fit")?;
                        aligned(several, f)?;
                    }
                }
                if shapes.len() > 1 { write!(f, "\n  {hint}") } else { write!(f, ": {hint}") }
            }
            ErrorKind::Axis { op, axis, rank: 0 } => {
                write!(f, "{op}: axis {axis} does not exist: a tensor of rank 0 (a single number) has no axes")
            }
            ErrorKind::Axis { op, axis, rank } => write!(
                f,
                "{op}: axis {axis} does not exist: a tensor of rank {rank} has axes 0 to {} (or -{rank} to -1)",
                rank - 1
            ),
            ErrorKind::Index { op, index, axis, size } => {
                write!(f, "{op}: index {index} is out of range for axis {axis} of size {size}")
            }
            ErrorKind::TooLarge { op, shape } => {
                write!(f, "{op}: a tensor of shape {shape} has more elements than memory can address")
            }
            ErrorKind::DType { op, dtype, hint } => write!(f, "{op}: not for tensors of {dtype}: {hint}"),
            ErrorKind::Memory { bytes, held, limit: usize::MAX } => {
                write!(f, "out of memory: the system refused {bytes} bytes, with {held} bytes in tensors")
            }
            ErrorKind::Memory { bytes, held, limit } => write!(
                f,
                "out of memory: {bytes} bytes are asked for, and {held} of the {limit} bytes that `memory::limit` allows are \
                 taken: drop what is not needed any more, work on smaller batches, or raise the limit"
            ),
            ErrorKind::Value { op, message } | ErrorKind::Gradient { op, message } => write!(f, "{op}: {message}"),
        }
    }
}

/// One shape a line, right-aligned axis by axis as broadcasting compares them.
fn aligned(shapes: &[Shape], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let rank = shapes.iter().map(|s| s.len()).max().unwrap_or(0);
    let cell = |s: &Shape, axis: usize| (axis + s.len()).checked_sub(rank).map(|i| s[i].to_string());
    let widths: Vec<usize> =
        (0..rank).map(|a| shapes.iter().filter_map(|s| cell(s, a)).map(|c| c.len()).max().unwrap_or(0)).collect();
    for (name, shape) in ["left", "right", "third"].iter().zip(shapes) {
        write!(f, "\n  {name:<5} [")?;
        for (axis, &width) in widths.iter().enumerate() {
            let gap = if axis == 0 { "" } else { "  " };
            write!(f, "{gap}{:>width$}", cell(shape, axis).unwrap_or_default())?;
        }
        write!(f, "]")?;
    }
    Ok(())
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
