//! What can stand between the brackets of `x[…]`: ranges, steps, single indices, an ellipsis, new axes.

use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// What is taken from one axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SliceItem {
    /// One element; the axis goes away. Negative counts from the end.
    Index(isize),
    /// Every `step`-th element from `start` up to `end`; negative bounds count from the end, a negative `step` walks
    /// backwards from the last element of the range to its first.
    Range {
        /// The first element (the beginning if absent).
        start: Option<isize>,
        /// One behind the last element (the end if absent).
        end: Option<isize>,
        /// The distance between elements taken.
        step: isize,
    },
    /// As many whole axes as are not mentioned.
    Ellipsis,
    /// A new axis of size 1.
    NewAxis,
}

/// As many whole axes as an index does not mention, as `...` in Python: `x.slice((Ellipsis, 0))`.
#[derive(Clone, Copy, Debug)]
pub struct Ellipsis;

/// A new axis of size 1, as `None` in Python: `x.slice((.., NewAxis))`.
#[derive(Clone, Copy, Debug)]
pub struct NewAxis;

/// Every `step`-th element of a range, as `x[start:end:step]` in Python; a negative step goes backwards through the range.
///
/// ```
/// use tensor_core::{Serial, Tensor, step};
/// let x = Tensor::<f32, Serial>::arange(0.0, 10.0, 1.0);
/// assert_eq!(x.slice(step(1..8, 3)).to_vec(), [1.0, 4.0, 7.0]);
/// assert_eq!(x.slice(step(.., -4)).to_vec(), [9.0, 5.0, 1.0]);
/// ```
pub fn step(range: impl Into<SliceItem>, step: isize) -> SliceItem {
    match range.into() {
        SliceItem::Range { start, end, .. } => SliceItem::Range { start, end, step },
        other => other,
    }
}

/// A whole number that can be an index, a bound, an axis or a size: `usize`, `isize`, `i32` or `i64`.
pub trait Int: Copy {
    /// The number as `isize`; one out of its range is out of every axis' range too, and stays so.
    fn to_isize(self) -> isize;
}

impl Int for isize {
    fn to_isize(self) -> isize {
        self
    }
}
impl Int for i32 {
    fn to_isize(self) -> isize {
        self as isize
    }
}
impl Int for i64 {
    fn to_isize(self) -> isize {
        isize::try_from(self).unwrap_or(if self < 0 { isize::MIN } else { isize::MAX })
    }
}
impl Int for usize {
    fn to_isize(self) -> isize {
        isize::try_from(self).unwrap_or(isize::MAX)
    }
}

const ALL: SliceItem = SliceItem::Range { start: None, end: None, step: 1 };

impl<I: Int> From<I> for SliceItem {
    fn from(index: I) -> Self {
        SliceItem::Index(index.to_isize())
    }
}
impl From<RangeFull> for SliceItem {
    fn from(_: RangeFull) -> Self {
        ALL
    }
}
impl<I: Int> From<Range<I>> for SliceItem {
    fn from(r: Range<I>) -> Self {
        SliceItem::Range { start: Some(r.start.to_isize()), end: Some(r.end.to_isize()), step: 1 }
    }
}
impl<I: Int> From<RangeFrom<I>> for SliceItem {
    fn from(r: RangeFrom<I>) -> Self {
        SliceItem::Range { start: Some(r.start.to_isize()), end: None, step: 1 }
    }
}
impl<I: Int> From<RangeTo<I>> for SliceItem {
    fn from(r: RangeTo<I>) -> Self {
        SliceItem::Range { start: None, end: Some(r.end.to_isize()), step: 1 }
    }
}
impl<I: Int> From<RangeInclusive<I>> for SliceItem {
    fn from(r: RangeInclusive<I>) -> Self {
        SliceItem::Range { start: Some(r.start().to_isize()), end: behind(*r.end()), step: 1 }
    }
}
impl<I: Int> From<RangeToInclusive<I>> for SliceItem {
    fn from(r: RangeToInclusive<I>) -> Self {
        SliceItem::Range { start: None, end: behind(r.end), step: 1 }
    }
}
impl From<Ellipsis> for SliceItem {
    fn from(_: Ellipsis) -> Self {
        SliceItem::Ellipsis
    }
}
impl From<NewAxis> for SliceItem {
    fn from(_: NewAxis) -> Self {
        SliceItem::NewAxis
    }
}

/// One behind an inclusive end; -1 is the last element, so its successor is the end of the axis.
fn behind<I: Int>(end: I) -> Option<isize> {
    match end.to_isize() {
        -1 => None,
        end => Some(end.saturating_add(1)),
    }
}

/// A whole index: one item, or a tuple, array, slice or `Vec` of them. Axes behind the last item are taken whole.
pub trait IntoSlice {
    /// The items, one after the other.
    fn into_items(self) -> Vec<SliceItem>;
}

impl<I: Into<SliceItem>> IntoSlice for I {
    fn into_items(self) -> Vec<SliceItem> {
        vec![self.into()]
    }
}
impl<const N: usize> IntoSlice for [SliceItem; N] {
    fn into_items(self) -> Vec<SliceItem> {
        self.to_vec()
    }
}
impl IntoSlice for &[SliceItem] {
    fn into_items(self) -> Vec<SliceItem> {
        self.to_vec()
    }
}
impl IntoSlice for Vec<SliceItem> {
    fn into_items(self) -> Vec<SliceItem> {
        self
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: Into<SliceItem>),*> IntoSlice for ($($name,)*) {
            #[allow(non_snake_case)] // The type parameters name the fields.
            fn into_items(self) -> Vec<SliceItem> {
                let ($($name,)*) = self;
                vec![$($name.into()),*]
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
