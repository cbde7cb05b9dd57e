//! Lists of whole numbers as arguments: sizes, axes, shifts.

use crate::slice::Int;
use crate::{Dims, Error, Result, Shape};

/// One whole number, or an array, slice or `Vec` of them, or a [`Shape`]: sizes, axes or shifts in the order given.
pub trait Ints {
    /// The numbers.
    fn ints(self) -> Dims<isize>;
}

impl<I: Int> Ints for &[I] {
    fn ints(self) -> Dims<isize> {
        self.iter().map(|n| n.to_isize()).collect()
    }
}

impl<I: Int> Ints for I {
    fn ints(self) -> Dims<isize> {
        Dims::from([self.to_isize()])
    }
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty;)*) => { $(
        impl<$($generics)*> Ints for $list {
            fn ints(self) -> Dims<isize> {
                self[..].ints()
            }
        }
    )* };
}
lists! {
    [I: Int, const N: usize] [I; N];
    [I: Int, const N: usize] &[I; N];
    [I: Int] Vec<I>;
    [I: Int] &Vec<I>;
    [] Shape;
    [] &Shape;
}

impl Ints for () {
    fn ints(self) -> Dims<isize> {
        Dims::new()
    }
}

/// A shape in which one size may be left open as -1: an array, slice or `Vec` of sizes, a [`Shape`], or one size.
pub trait IntoReshape {
    /// The shape for `numel` elements.
    ///
    /// # Errors
    /// If a size is negative but for one -1, or what is left over does not divide.
    fn into_shape(self, numel: usize) -> Result<Shape>;
}

impl<S: Ints> IntoReshape for S {
    fn into_shape(self, numel: usize) -> Result<Shape> {
        let sizes = self.ints();
        let mut shape: Shape = sizes.iter().map(|&size| size as usize).collect();
        let open: Vec<usize> = (0..sizes.len()).filter(|&axis| sizes[axis] < 0).collect();
        match open[..] {
            [] => Ok(shape),
            [axis] if sizes[axis] == -1 => {
                let rest = shape.iter().enumerate().filter(|&(a, _)| a != axis).map(|(_, &size)| size);
                let rest = rest.fold(1usize, usize::saturating_mul);
                if rest == 0 || !numel.is_multiple_of(rest) {
                    let message = format!("{numel} elements cannot be divided into {sizes}");
                    return Err(Error::value("reshape", message));
                }
                shape[axis] = numel / rest;
                Ok(shape)
            }
            _ => Err(Error::value("reshape", format!("{sizes} must hold sizes, and -1 at most once"))),
        }
    }
}

/// The numbers as sizes or counts, none of them negative.
pub(super) fn counts(op: &'static str, list: impl Ints) -> Result<Shape> {
    let list = list.ints();
    match list.iter().any(|&n| n < 0) {
        true => Err(Error::value(op, format!("{list} must hold no negative number"))),
        false => Ok(list.iter().map(|&n| n as usize).collect()),
    }
}
