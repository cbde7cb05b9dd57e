//! Printing in PyTorch's manner: aligned columns, four digits, long tensors elided; a single number prints as a number.

use super::{Tensor, View};
use crate::{Array, Backend, DType, Element};
use std::fmt::{self, Formatter, Write};

/// Elements shown at each end of an axis when a tensor has more than `THRESHOLD`.
const EDGE: usize = 3;
const THRESHOLD: usize = 1000;
const LINE: usize = 80;

/// A single number prints as a number (`8.8945`; the precision of the format counts: `{loss:.2}`), everything else as
/// `tensor([…])`.
///
/// ```
/// # use tensor_core::{Serial, Tensor};
/// let x = Tensor::<f32, Serial>::new([[1.0, 2.5], [-3.0, 4.0]]);
/// assert_eq!(x.to_string(), "tensor([[ 1.0000,  2.5000],\n        [-3.0000,  4.0000]])");
/// assert_eq!(x.mean().to_string(), "1.1250");
/// ```
impl<T: Element, B: Backend> fmt::Display for Tensor<T, B> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.rank() > 0 {
            return fmt::Debug::fmt(self, f);
        }
        let value = self.item();
        match f.precision() {
            Some(_) => fmt::Display::fmt(&value, f),
            None => f.pad(&Style::of(&[value], None).text(value)),
        }
    }
}

/// `tensor(…)` with the element type, where it is not the usual one, and whether a gradient is recorded.
impl<T: Element, B: Backend> fmt::Debug for Tensor<T, B> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_array(f, "tensor(", self.array(), B::note(self.prim()))
    }
}

impl<T: Element, B: Backend> fmt::Display for View<T, B> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: Element, B: Backend> fmt::Debug for View<T, B> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: Element> fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_array(f, "array(", self, None)
    }
}

fn write_array<T: Element>(
    f: &mut Formatter<'_>,
    opening: &str,
    array: &Array<T>,
    note: Option<String>,
) -> fmt::Result {
    let shape = array.shape();
    let elided = array.numel() > THRESHOLD;
    // Only what is shown is copied out of the array.
    let mut shown = Vec::new();
    collect(array, elided, 0, array.layout().offset() as isize, &mut shown);
    let style = Style::of(&shown, f.precision());
    f.write_str(opening)?;
    if shape.is_empty() {
        f.write_str(style.text(shown[0]).trim_start())?;
    } else if array.numel() == 0 {
        f.write_str("[]")?;
    } else {
        let mut next = shown.into_iter();
        write_axis(f, shape, elided, opening.len() + 1, &style, &mut next)?;
    }
    if array.numel() == 0 && shape.len() != 1 {
        write!(f, ", size={shape}")?;
    }
    let usual = match T::DTYPE {
        DType::F32 => true,
        DType::I64 | DType::Bool => array.numel() > 0,
        _ => false,
    };
    if !usual {
        write!(f, ", dtype={}", T::DTYPE)?;
    }
    if let Some(note) = note {
        write!(f, ", {note}")?;
    }
    f.write_char(')')
}

/// The indices along an axis that are shown, with a gap where the others would be.
fn indices(size: usize, elided: bool) -> impl Iterator<Item = Option<usize>> {
    let gap = elided && size > 2 * EDGE;
    let (head, tail) = if gap { (EDGE, size - EDGE) } else { (size, size) };
    (0..head).map(Some).chain(gap.then_some(None)).chain((tail..size).map(Some))
}

fn collect<T: Element>(array: &Array<T>, elided: bool, axis: usize, at: isize, out: &mut Vec<T>) {
    let Some((&size, &stride)) = array.shape().get(axis).zip(array.layout().strides().get(axis)) else {
        // SAFETY: the strides of the layout lead here, by an index inside each axis.
        return out.push(unsafe { array.at(at as usize) });
    };
    for index in indices(size, elided).flatten() {
        collect(array, elided, axis + 1, at + index as isize * stride, out);
    }
}

fn write_axis<T: Element>(
    f: &mut Formatter<'_>,
    shape: &[usize],
    elided: bool,
    indent: usize,
    style: &Style,
    next: &mut impl Iterator<Item = T>,
) -> fmt::Result {
    f.write_char('[')?;
    let per_line = ((LINE.saturating_sub(indent)) / (style.width + 2)).max(1);
    for (position, index) in indices(shape[0], elided).enumerate() {
        if position > 0 {
            if shape.len() > 1 {
                write!(f, ",{}{:indent$}", "\n".repeat(shape.len() - 1), "")?;
            } else if position % per_line == 0 {
                write!(f, ",\n{:indent$}", "")?;
            } else {
                f.write_str(", ")?;
            }
        }
        match index {
            None => f.write_str("...")?,
            Some(_) if shape.len() > 1 => write_axis(f, &shape[1..], elided, indent + 1, style, next)?,
            Some(_) => f.write_str(&style.text(next.next().expect("as many as were collected")))?,
        }
    }
    f.write_char(']')
}

/// How the elements of one tensor are written: all alike.
struct Style {
    form: Form,
    width: usize,
}

enum Form {
    /// As `Display` writes it: integers and truth values.
    Plain,
    /// Whole reals: a point and nothing behind it.
    Whole,
    Fixed(usize),
    Scientific(usize),
}

impl Style {
    fn of<T: Element>(shown: &[T], precision: Option<usize>) -> Style {
        let digits = precision.unwrap_or(4);
        let reals: Option<Vec<f64>> = shown.iter().map(|x| x.real()).collect();
        let form = match reals {
            None => Form::Plain,
            Some(reals) => {
                let finite: Vec<f64> = reals.iter().map(|x| x.abs()).filter(|x| x.is_finite() && *x > 0.0).collect();
                let largest = finite.iter().copied().fold(0.0, f64::max);
                let smallest = finite.iter().copied().fold(f64::INFINITY, f64::min);
                let whole = reals.iter().all(|x| !x.is_finite() || x.fract() == 0.0);
                let wide = !finite.is_empty() && (largest / smallest > 1000.0 || largest > 1e8);
                if wide && (!whole || largest > 1e8) || !finite.is_empty() && !whole && smallest < 1e-4 {
                    Form::Scientific(digits)
                } else if whole && precision.is_none() {
                    Form::Whole
                } else {
                    Form::Fixed(digits)
                }
            }
        };
        let mut style = Style { form, width: 0 };
        style.width = shown.iter().map(|&x| style.text(x).len()).max().unwrap_or(0);
        style
    }

    fn text<T: Element>(&self, x: T) -> String {
        let width = self.width;
        let text = match (&self.form, x.real()) {
            (_, Some(x)) if x.is_nan() => "nan".to_string(),
            (_, Some(x)) if x.is_infinite() => if x > 0.0 { "inf" } else { "-inf" }.to_string(),
            (Form::Whole, Some(x)) => format!("{x:.0}."),
            (Form::Fixed(digits), Some(x)) => format!("{x:.digits$}"),
            (Form::Scientific(digits), Some(x)) => scientific(x, *digits),
            _ => format!("{x}"),
        };
        format!("{text:>width$}")
    }
}

/// As C writes it: a sign and at least two digits in the exponent.
fn scientific(x: f64, digits: usize) -> String {
    let text = format!("{x:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').expect("the form of `{:e}`");
    let exponent: i32 = exponent.parse().expect("the form of `{:e}`");
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}
