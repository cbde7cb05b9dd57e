//! A short list with one entry per axis, inline up to rank 4: shapes, strides, axes.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

const INLINE: usize = 4;

/// A list with one entry per axis: a shape, strides or a permutation. Up to rank 4 it needs no heap.
pub struct Dims<D: Copy = usize> {
    len: usize,
    entries: Entries<D>,
}

/// The size of each axis, outermost first; `[]` is the shape of a single number.
///
/// ```
/// use tensor_core::Shape;
/// let shape = Shape::from([2, 3]);
/// assert_eq!(shape.numel(), 6);
/// assert_eq!(shape.to_string(), "[2, 3]");
/// ```
pub type Shape = Dims<usize>;

/// Plain words without a tag: lists are copied and compared with every operation.
union Entries<D: Copy> {
    /// Of a list of up to `INLINE` entries; all are initialised.
    inline: [D; INLINE],
    /// Of a longer one.
    heap: ManuallyDrop<Vec<D>>,
}

impl<D: Copy> Dims<D> {
    /// A list that is longer than `INLINE`.
    #[cold]
    fn long(heap: Vec<D>) -> Self {
        assert!(heap.len() > INLINE, "a short list is inline");
        Dims { len: heap.len(), entries: Entries { heap: ManuallyDrop::new(heap) } }
    }

    #[cold]
    fn clone_long(&self) -> Self {
        Self::long(self.to_vec())
    }

    #[cold]
    fn drop_long(&mut self) {
        // SAFETY: only called on a long list that is not used any more.
        unsafe { ManuallyDrop::drop(&mut self.entries.heap) }
    }
}

impl<D: Copy> Clone for Dims<D> {
    #[inline]
    fn clone(&self) -> Self {
        if self.len > INLINE {
            return self.clone_long();
        }
        // SAFETY: a list of up to `INLINE` entries is inline.
        Dims { len: self.len, entries: Entries { inline: unsafe { self.entries.inline } } }
    }
}

impl<D: Copy> Drop for Dims<D> {
    #[inline]
    fn drop(&mut self) {
        if self.len > INLINE {
            self.drop_long();
        }
    }
}

impl<D: Copy + Default> Dims<D> {
    /// The empty list.
    #[inline]
    pub fn new() -> Self {
        Dims { len: 0, entries: Entries { inline: [D::default(); INLINE] } }
    }

    /// `len` times the same entry.
    #[inline]
    pub fn filled(value: D, len: usize) -> Self {
        if len > INLINE {
            return Dims::long(vec![value; len]);
        }
        Dims { len, entries: Entries { inline: [value; INLINE] } }
    }

    /// Adds an entry at the end.
    #[inline]
    pub fn push(&mut self, value: D) {
        if self.len < INLINE {
            // SAFETY: a list of up to `INLINE` entries is inline, all of them initialised.
            unsafe { self.entries.inline[self.len] = value };
            self.len += 1;
        } else {
            *self = Dims::long([self, &[value][..]].concat());
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
        *self = Dims::from(&self[..self.len - 1]);
        value
    }
}

impl<D: Copy + Default> Default for Dims<D> {
    fn default() -> Self {
        Dims::new()
    }
}

impl<D: Copy> Deref for Dims<D> {
    type Target = [D];

    #[inline]
    fn deref(&self) -> &[D] {
        // SAFETY: the length tells where the entries are.
        unsafe { if self.len > INLINE { &self.entries.heap } else { self.entries.inline.get_unchecked(..self.len) } }
    }
}

impl<D: Copy> DerefMut for Dims<D> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [D] {
        // SAFETY: the length tells where the entries are.
        unsafe {
            if self.len > INLINE { &mut self.entries.heap } else { self.entries.inline.get_unchecked_mut(..self.len) }
        }
    }
}

impl<D: Copy + PartialEq> PartialEq for Dims<D> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        if self.len != other.len || self.len > INLINE {
            return **self == **other;
        }
        // One by one: entries that were just written cannot be read in pairs yet.
        (0..self.len).all(|i| self[i] == other[i])
    }
}

impl<D: Copy + Eq> Eq for Dims<D> {}

impl<D: Copy + PartialEq> PartialEq<[D]> for Dims<D> {
    fn eq(&self, other: &[D]) -> bool {
        **self == *other
    }
}

impl<D: Copy + PartialEq, const N: usize> PartialEq<[D; N]> for Dims<D> {
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
        if entries.len() > INLINE {
            return Dims::long(entries.to_vec());
        }
        let mut inline = [D::default(); INLINE];
        inline[..entries.len()].copy_from_slice(entries);
        Dims { len: entries.len(), entries: Entries { inline } }
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

    /// The axes 0, 1, …, `rank` − 1.
    #[inline]
    pub(crate) fn axes(rank: usize) -> Dims {
        if rank > INLINE {
            return Dims::long((0..rank).collect());
        }
        Dims { len: rank, entries: Entries { inline: std::array::from_fn(|axis| axis) } }
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

impl<D: Copy + fmt::Debug> fmt::Debug for Dims<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<D: Copy + fmt::Display> fmt::Display for Dims<D> {
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
            assert_eq!(dims, Dims::axes(len));
            assert_eq!(&dims[..], &(0..len).collect::<Vec<_>>()[..]);
            dims.insert(len / 2, 100);
            assert_eq!(dims.len(), len + 1);
            assert_eq!(dims.remove(len / 2), 100);
            assert_eq!(dims, (0..len).collect::<Dims>());
            assert_eq!(dims, dims.clone());
            assert_ne!(dims, Dims::filled(9, len + 1));
            assert_eq!(Dims::filled(9, len).iter().sum::<usize>(), 9 * len);
        }
    }
}
