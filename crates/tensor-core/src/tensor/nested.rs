//! Numbers, arrays of numbers, arrays of arrays…: data written down as a literal.

use crate::{Element, Error, Result, Shape};

/// A number, or an array, slice or `Vec` of such, to any depth: what [`Tensor::new`](crate::Tensor::new) takes.
pub trait Nested<T: Element> {
    /// The shape along the first element of each level.
    fn shape(&self, shape: &mut Shape);

    /// Appends the elements, if this level and those below have the sizes in `shape`.
    ///
    /// # Errors
    /// If a level is longer or shorter than its neighbours before it.
    fn flatten(&self, shape: &[usize], out: &mut Vec<T>) -> Result<()>;
}

impl<T: Element> Nested<T> for T {
    fn shape(&self, _: &mut Shape) {}

    fn flatten(&self, _: &[usize], out: &mut Vec<T>) -> Result<()> {
        out.push(*self);
        Ok(())
    }
}

impl<T: Element, N: Nested<T>> Nested<T> for [N] {
    fn shape(&self, shape: &mut Shape) {
        shape.push(self.len());
        if let Some(first) = self.first() {
            first.shape(shape);
        }
    }

    fn flatten(&self, shape: &[usize], out: &mut Vec<T>) -> Result<()> {
        let Some((&size, below)) = shape.split_first() else { return Err(ragged("a level more", "a number")) };
        if self.len() != size {
            return Err(ragged(&format!("{} elements", self.len()), &format!("{size}")));
        }
        self.iter().try_for_each(|level| level.flatten(below, out))
    }
}

fn ragged(here: &str, before: &str) -> Error {
    Error::value("tensor", format!("ragged data: {here} where the neighbours before have {before}"))
}

macro_rules! as_slices {
    ($([$($param:tt)*] $t:ty),*) => { $(
        impl<T: Element, N: Nested<T>, $($param)*> Nested<T> for $t {
            fn shape(&self, shape: &mut Shape) {
                self[..].shape(shape);
            }

            fn flatten(&self, shape: &[usize], out: &mut Vec<T>) -> Result<()> {
                self[..].flatten(shape, out)
            }
        }
    )* };
}
as_slices!([const M: usize] [N; M], [] Vec<N>, [] &[N], [] &Vec<N>, [const M: usize] &[N; M]);
