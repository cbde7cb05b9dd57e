//! Elements in memory under a layout: what every backend computes on, and the way in and out of the library.

use crate::layout::Layout;
use crate::storage::Storage;
use crate::{Element, Error, Result, Shape};
use std::mem::MaybeUninit;

/// A strided array in memory: a shared, copy-on-write buffer and a [`Layout`] that says where the elements lie in it.
///
/// Cloning shares the buffer.
#[derive(Clone)]
pub struct Array<T: Element> {
    layout: Layout,
    data: Storage<T>,
}

impl<T: Element> Array<T> {
    /// An array of `shape` whose elements `write` fills in row-major order.
    ///
    /// # Safety
    /// `write` must initialise every element of the slice it is given.
    #[inline]
    pub(crate) unsafe fn build(shape: Shape, write: impl FnOnce(&mut [MaybeUninit<T>])) -> Result<Self> {
        let layout = Layout::contiguous(shape)?;
        // SAFETY: the same promise is made to `build_dense`, and a contiguous layout is dense.
        unsafe { Self::build_dense(layout, write) }
    }

    /// An array of the dense layout `layout`, whose elements `write` fills in the order of memory.
    ///
    /// # Safety
    /// `write` must initialise every element of the slice it is given; `layout` is dense with offset 0.
    #[inline]
    pub(crate) unsafe fn build_dense(layout: Layout, write: impl FnOnce(&mut [MaybeUninit<T>])) -> Result<Self> {
        let n = layout.numel();
        let mut data = Storage::<T>::uninit(n)?;
        // SAFETY: the buffer has room for `n` elements and no other owner.
        write(unsafe { std::slice::from_raw_parts_mut(data.as_mut_ptr().cast(), n) });
        Ok(Array { layout, data })
    }

    /// The elements of `data` in row-major order.
    ///
    /// # Errors
    /// If `shape` does not have as many elements as `data`.
    pub fn from_slice(data: &[T], shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        let layout = Layout::contiguous(shape)?;
        if layout.numel() != data.len() {
            return Err(Error::shape(
                "from_slice",
                &[layout.shape()],
                format!("has {} elements, but {} were given", layout.numel(), data.len()),
            ));
        }
        // SAFETY: the copy writes every element; the lengths were just found equal.
        unsafe { Self::build_dense(layout, |out| std::ptr::copy(data.as_ptr(), out.as_mut_ptr().cast(), data.len())) }
    }

    /// Takes over the value, with its buffer, and leaves an array without elements behind.
    #[inline]
    pub(crate) fn take(&mut self) -> Self {
        Array { layout: self.layout.clone(), data: std::mem::replace(&mut self.data, Storage::empty()) }
    }

    /// Shape, strides and offset.
    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The size of each axis.
    #[inline]
    pub fn shape(&self) -> &Shape {
        self.layout.shape()
    }

    /// The number of elements.
    #[inline]
    pub fn numel(&self) -> usize {
        self.layout.numel()
    }

    /// The same buffer under another layout.
    ///
    /// `layout` was made from this array's own by the functions of [`Layout`], so that it stays inside the buffer.
    #[inline]
    pub(crate) fn with_layout(&self, layout: Layout) -> Self {
        Array { layout, data: self.data.clone() }
    }

    /// As [`Array::with_layout`], keeping the only handle of a buffer the only one.
    #[inline]
    pub(crate) fn into_layout(self, layout: Layout) -> Self {
        Array { layout, data: self.data }
    }

    /// The address of the element at index 0 of every axis; not to be followed when there are no elements.
    #[inline]
    pub(crate) fn ptr(&self) -> *const T {
        self.data.as_ptr().wrapping_add(self.layout.offset())
    }

    /// The buffer from its start, for writing; `None` if another handle shares it.
    #[inline]
    pub(crate) fn buffer_mut(&mut self) -> Option<*mut T> {
        self.data.is_unique().then(|| self.data.as_mut_ptr())
    }

    /// Whether no other handle shares the buffer.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        self.data.is_unique()
    }

    /// The elements in row-major order, if they lie so in memory.
    #[inline]
    pub fn as_slice(&self) -> Option<&[T]> {
        // SAFETY: a layout stays inside its buffer, and a contiguous one covers the elements from its offset on;
        // shared buffers are never written.
        self.layout.is_contiguous().then(|| unsafe { self.stretch() })
    }

    /// The elements in the order of memory, if they fill a gapless stretch of it.
    #[inline]
    pub(crate) fn as_dense(&self) -> Option<&[T]> {
        // SAFETY: as in `as_slice`; a dense layout has positive strides, so its first element comes first in memory.
        self.layout.is_dense().then(|| unsafe { self.stretch() })
    }

    /// # Safety
    /// The layout is dense.
    #[inline]
    unsafe fn stretch(&self) -> &[T] {
        let n = self.numel();
        if n == 0 {
            return &[];
        }
        // SAFETY: the caller's layout covers the `n` elements from the offset on, inside the buffer.
        unsafe { std::slice::from_raw_parts(self.ptr(), n) }
    }

    /// The elements, copied in row-major order.
    pub fn to_vec(&self) -> Vec<T> {
        if let Some(slice) = self.as_slice() {
            return slice.to_vec();
        }
        T::collect(self, &crate::exec::Sequential)
    }

    /// The element at place `at` of the buffer, which the layout leads to.
    pub(crate) fn at(&self, at: usize) -> T {
        assert!(at < self.data.len(), "a layout stays inside its buffer");
        // SAFETY: inside the buffer, whose elements are all initialised.
        unsafe { *self.data.as_ptr().add(at) }
    }

    /// The address of the first element in memory: two arrays with different addresses share nothing.
    pub fn address(&self) -> usize {
        self.ptr() as usize
    }
}
