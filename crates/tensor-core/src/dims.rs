//! A short list with one entry per axis, inline up to rank 4: shapes, strides, axes.

use std::fmt;
use std::ops::{Deref, DerefMut};

const INLINE: usize = 4;

/// A list with one entry per axis: a shape, strides or a permutation. Up to rank 4 it needs no heap.
pub struct Dims<D = usize>(Repr<D>);

/// The size of each axis, outermost first; `[]` is the shape of a single number.
///
/// ```
/// use tensor_core::Shape;
/// let shape = Shape::from([2, 3]);
/// assert_eq!(shape.numel(), 6);
/// assert_eq!(shape.to_string(), "[2, 3]");
/// ```
pub type Shape = Dims<usize>;

enum Repr<D> {
    /// What is behind the first `len` entries is the default, so that lists can be compared as a whole.
    Inline {
        len: u8,
        dims: [D; INLINE],
    },
    Heap(Vec<D>),
}

impl<D: Copy> Clone for Dims<D> {
    #[inline]
    fn clone(&self) -> Self {
        match &self.0 {
            Repr::Inline { len, dims } => Dims(Repr::Inline { len: *len, dims: *dims }),
            Repr::Heap(heap) => Dims(Repr::Heap(heap.clone())),
        }
    }
}

impl<D: Copy + Default> Dims<D> {
    /// The empty list.
    #[inline]
    pub fn new() -> Self {
        Dims(Repr::Inline { len: 0, dims: [D::default(); INLINE] })
    }

    /// `len` times the same entry.
    #[inline]
    pub fn filled(value: D, len: usize) -> Self {
        if len <= INLINE {
            let dims = std::array::from_fn(|i| if i < len { value } else { D::default() });
            Dims(Repr::Inline { len: len as u8, dims })
        } else {
            Dims(Repr::Heap(vec![value; len]))
        }
    }

    /// Adds an entry at the end.
    #[inline]
    pub fn push(&mut self, value: D) {
        match &mut self.0 {
            Repr::Inline { len, dims } if (*len as usize) < INLINE => {
                dims[*len as usize] = value;
                *len += 1;
            }
            Repr::Inline { dims, .. } => {
                let mut heap = dims.to_vec();
                heap.push(value);
                self.0 = Repr::Heap(heap);
            }
            Repr::Heap(heap) => heap.push(value),
        }
    }

    /// Adds an entry before position `at`.
    pub fn insert(&mut self, at: usize, value: D) {
        self.push(value);
        self[at..].rotate_right(1);
    }

    /// Takes the entry at position `at` out.
    pub fn remove(&mut self, at: usize) -> D {
        let value = self[at];
        self[at..].rotate_left(1);
        match &mut self.0 {
            Repr::Inline { len, dims } => {
                *len -= 1;
                dims[*len as usize] = D::default();
            }
            Repr::Heap(heap) => drop(heap.pop()),
        }
        value
    }
}

impl<D: Copy + Default> Default for Dims<D> {
    fn default() -> Self {
        Dims::new()
    }
}

impl<D> Deref for Dims<D> {
    type Target = [D];

    #[inline]
    fn deref(&self) -> &[D] {
        match &self.0 {
            Repr::Inline { len, dims } => &dims[..(*len as usize).min(INLINE)],
            Repr::Heap(heap) => heap,
        }
    }
}

impl<D> DerefMut for Dims<D> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [D] {
        match &mut self.0 {
            Repr::Inline { len, dims } => &mut dims[..(*len as usize).min(INLINE)],
            Repr::Heap(heap) => heap,
        }
    }
}

impl<D: PartialEq> PartialEq for Dims<D> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Inline { len, dims }, Repr::Inline { len: other_len, dims: other }) => {
                len == other_len && dims == other
            }
            _ => **self == **other,
        }
    }
}

impl<D: Eq> Eq for Dims<D> {}

impl<D: PartialEq> PartialEq<[D]> for Dims<D> {
    fn eq(&self, other: &[D]) -> bool {
        **self == *other
    }
}

impl<D: PartialEq, const N: usize> PartialEq<[D; N]> for Dims<D> {
    fn eq(&self, other: &[D; N]) -> bool {
        **self == *other
    }
}

impl<D: Copy + Default> FromIterator<D> for Dims<D> {
    #[inline]
    fn from_iter<I: IntoIterator<Item = D>>(entries: I) -> Self {
        let mut dims = Dims::new();
        entries.into_iter().for_each(|d| dims.push(d));
        dims
    }
}

impl<D: Copy + Default> From<&[D]> for Dims<D> {
    #[inline]
    fn from(entries: &[D]) -> Self {
        if entries.len() <= INLINE {
            let mut dims = [D::default(); INLINE];
            dims[..entries.len()].copy_from_slice(entries);
            Dims(Repr::Inline { len: entries.len() as u8, dims })
        } else {
            Dims(Repr::Heap(entries.to_vec()))
        }
    }
}

impl<D: Copy + Default, const N: usize> From<[D; N]> for Dims<D> {
    fn from(entries: [D; N]) -> Self {
        Dims::from(&entries[..])
    }
}

impl<D: Copy + Default, const N: usize> From<&[D; N]> for Dims<D> {
    fn from(entries: &[D; N]) -> Self {
        Dims::from(&entries[..])
    }
}

impl<D: Copy + Default> From<Vec<D>> for Dims<D> {
    fn from(entries: Vec<D>) -> Self {
        Dims::from(&entries[..])
    }
}

impl<D: Copy + Default> From<&Dims<D>> for Dims<D> {
    fn from(entries: &Dims<D>) -> Self {
        entries.clone()
    }
}

impl From<usize> for Shape {
    fn from(len: usize) -> Self {
        Shape::from([len])
    }
}

impl From<()> for Shape {
    fn from((): ()) -> Self {
        Shape::new()
    }
}

impl Shape {
    /// The number of elements: the product of the sizes.
    ///
    /// A shape whose product overflows cannot come from a tensor; for one made by hand the product wraps.
    #[inline]
    pub fn numel(&self) -> usize {
        self.iter().fold(1, |n, &d| n.wrapping_mul(d))
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.len()
    }

    /// The row-major strides of a contiguous tensor of this shape, and whether the sizes multiply to at most `most` (zeros
    /// left aside).
    #[inline]
    pub(crate) fn row_major(&self, most: usize) -> (Dims<isize>, bool) {
        let mut strides = Dims::filled(0isize, self.len());
        let (mut step, mut fits) = (1usize, true);
        let (sizes, places) = (&self[..], &mut strides[..]);
        for axis in (0..sizes.len().min(places.len())).rev() {
            places[axis] = step as isize;
            let (next, over) = step.overflowing_mul(sizes[axis].max(1));
            step = next;
            fits &= !over && step <= most;
        }
        (strides, fits)
    }
}

impl<D: fmt::Debug> fmt::Debug for Dims<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<D: fmt::Display> fmt::Display for Dims<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, d) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{d}")?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_and_heap_lists_behave_alike() {
        for len in 0..8 {
            let mut dims: Dims = (0..len).collect();
            assert_eq!(&dims[..], &(0..len).collect::<Vec<_>>()[..]);
            dims.insert(len / 2, 100);
            assert_eq!(dims.len(), len + 1);
            assert_eq!(dims.remove(len / 2), 100);
            assert_eq!(dims, (0..len).collect::<Dims>());
        }
    }
}
