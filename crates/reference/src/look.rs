//! A look at an array: which of its elements is seen at which index. Views and indexing are looks; reading through one and
//! writing through one are each other's adjoint.

use crate::grid::{at, indices, position, tabulate};
use tensor_core::{Array, Element, Layout, Result, Shape};

/// The index in the array that an index of the look leads to.
type Source<'a> = Box<dyn Fn(&[usize]) -> Vec<usize> + 'a>;

/// The shape of what is seen, and where in the array each element of it comes from.
pub(crate) struct Look<'a> {
    pub(crate) shape: Vec<usize>,
    source: Source<'a>,
}

impl<'a> Look<'a> {
    pub(crate) fn new(shape: Vec<usize>, source: impl Fn(&[usize]) -> Vec<usize> + 'a) -> Result<Self> {
        Layout::contiguous(Shape::from(&shape[..]))?; // The number of elements can be counted.
        Ok(Look { shape, source: Box::new(source) })
    }

    /// What is seen of `x`.
    pub(crate) fn read<T: Element>(&self, x: &Array<T>) -> Result<Array<T>> {
        tabulate(&self.shape, |i| at(x, &(self.source)(&i)))
    }

    /// `x` after each element seen, in row-major order of the look, has become `join(old, new(index))`.
    pub(crate) fn write<T: Element>(
        &self,
        x: &Array<T>,
        new: impl Fn(&[usize]) -> T,
        join: impl Fn(T, T) -> T,
    ) -> Result<Array<T>> {
        let mut out = x.to_vec();
        for i in indices(&self.shape) {
            let old = &mut out[position(&(self.source)(&i), x.shape())];
            *old = join(*old, new(&i));
        }
        Array::from_slice(&out, x.shape())
    }
}
