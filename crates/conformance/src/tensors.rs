//! Stored elements as tensors, in a chosen layout, and back.

use crate::args::{Any, Fault};
use crate::case::{Data, Stored};
use autograd::{Autodiff, Gradient};
use tensor_core::{Backend, Element, Real, SliceItem, Tensor, step};

/// How a tensor lies in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lay {
    /// As recorded: row-major unless strides are given.
    Recorded,
    /// Column-major.
    Transposed,
    /// Backwards along each axis.
    Flipped,
    /// With a gap behind each element.
    Stepped,
}

impl Lay {
    pub(crate) const ALL: [Lay; 4] = [Lay::Recorded, Lay::Transposed, Lay::Flipped, Lay::Stepped];
}

/// The tensors of a case; those that take part in differentiation are leaves if `leaves`.
///
/// # Errors
/// If real numbers of two types are mixed, which does not compile in Rust.
pub(crate) fn tensors<T: Real, B: Backend>(
    all: &[Stored],
    lay: Lay,
    leaves: bool,
) -> Result<Vec<Any<T, Autodiff<B>>>, Fault> {
    let mut reals = all.iter().filter(|x| matches!(x.data, Data::Real(_))).map(|x| &x.dtype);
    if let Some(first) = reals.next()
        && let Some(other) = reals.find(|&other| other != first)
    {
        return Err(Fault::Type(format!("tensors of {first} and {other}")));
    }
    Ok(all
        .iter()
        .map(|x| match &x.data {
            Data::Real(data) => {
                let data: Vec<T> = data.iter().map(|&x| T::from_f64(x)).collect();
                let tensor = laid(&data, x, lay);
                Any::Real(if leaves && x.grad { tensor.with_grad() } else { tensor })
            }
            Data::Int(data) => Any::Int(laid(data, x, lay)),
            Data::Bool(data) => Any::Bool(laid(data, x, lay)),
        })
        .collect())
}

/// Constants for what is `Some`; `like` says how many there are.
pub(crate) fn real<T: Real, B: Backend>(x: &Stored) -> Option<Tensor<T, B>> {
    match &x.data {
        Data::Real(data) => {
            let data: Vec<T> = data.iter().map(|&x| T::from_f64(x)).collect();
            Some(Tensor::from_slice(&data, &x.shape[..]))
        }
        _ => None,
    }
}

fn laid<T: Element, B: Backend>(data: &[T], x: &Stored, lay: Lay) -> Tensor<T, B> {
    let shape = &x.shape[..];
    let dense = || Tensor::<T, B>::from_slice(data, shape);
    let all = |item: SliceItem| vec![item; shape.len()];
    match (lay, &x.strides) {
        (Lay::Recorded, Some(strides)) => strided(data, shape, strides).unwrap_or_else(dense),
        (Lay::Recorded, None) => dense(),
        (Lay::Transposed, _) => dense().t_all().contiguous().t_all(),
        (Lay::Flipped, _) => {
            let backwards = || all(step(.., -1));
            dense().slice(backwards()).contiguous().slice(backwards()).into_tensor()
        }
        (Lay::Stepped, _) => {
            let wide: Vec<usize> = shape.iter().map(|size| size * 2).collect();
            let mut gaps = Tensor::<T, B>::full(&wide[..], T::default());
            gaps.slice_mut(all(step(.., 2))).copy_(&dense());
            gaps.slice(all(step(.., 2))).into_tensor()
        }
    }
}

trait TransposeAll {
    /// The axes in reverse order.
    fn t_all(&self) -> Self;
}

impl<T: Element, B: Backend> TransposeAll for Tensor<T, B> {
    fn t_all(&self) -> Self {
        let axes: Vec<isize> = (0..self.rank() as isize).rev().collect();
        self.permute(axes).into_tensor()
    }
}

/// Elements laid out with these strides, where each is a multiple of the next smaller one; of an axis of stride 0 the
/// first place stands for all.
fn strided<T: Element, B: Backend>(data: &[T], shape: &[usize], strides: &[usize]) -> Option<Tensor<T, B>> {
    let mut first: Vec<SliceItem> = vec![(..).into(); shape.len()];
    (0..shape.len()).filter(|&axis| strides[axis] == 0).for_each(|axis| first[axis] = (..1isize).into());
    let once = Tensor::<T, B>::from_slice(data, shape).slice(first).into_tensor();
    // The axes from the outermost to the innermost in memory, and how far apart their places are.
    let mut order: Vec<usize> = (0..shape.len()).collect();
    order.sort_by_key(|&axis| std::cmp::Reverse(if strides[axis] == 0 { usize::MAX } else { strides[axis] }));
    let mut room: Vec<usize> = Vec::new();
    let mut outer: Option<usize> = None;
    for &axis in order.iter().filter(|&&axis| strides[axis] != 0) {
        room.push(match outer {
            Some(stride) if stride % strides[axis] == 0 && stride / strides[axis] >= shape[axis] => {
                stride / strides[axis]
            }
            Some(_) => return None,
            None => shape[axis],
        });
        outer = Some(strides[axis]);
    }
    let zeros = order.iter().filter(|&&axis| strides[axis] == 0).count();
    let base: Vec<usize> = std::iter::repeat_n(1, zeros).chain(room).chain([outer.unwrap_or(1)]).collect();
    let mut memory = Tensor::<T, B>::full(&base[..], T::default());
    let items = || {
        let sizes = order.iter().map(|&axis| once.shape()[axis] as isize);
        sizes.map(|size| SliceItem::from(..size)).chain([SliceItem::from(0)]).collect::<Vec<_>>()
    };
    let permuted: Vec<isize> = order.iter().map(|&axis| axis as isize).collect();
    memory.slice_mut(items()).copy_(&once.permute(permuted));
    let mut back = vec![0; shape.len()];
    order.iter().enumerate().for_each(|(from, &to)| back[to] = from as isize);
    Some(memory.slice(items()).permute(back).expand(shape).into_tensor())
}

/// The shape and elements of a result, in double precision.
pub(crate) fn elements<T: Real, B: Backend>(x: &Any<T, B>) -> (Vec<usize>, Data) {
    match x {
        Any::Real(x) => (x.shape().to_vec(), Data::Real(x.to_vec().iter().map(|x| x.as_f64()).collect())),
        Any::Int(x) => (x.shape().to_vec(), Data::Int(x.to_vec())),
        Any::Bool(x) => (x.shape().to_vec(), Data::Bool(x.to_vec())),
        Any::Number(x) => (Vec::new(), Data::Real(vec![*x])),
    }
}
