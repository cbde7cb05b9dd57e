//! Elements in memory under a layout: what every backend computes on, and the way in and out of the library.

use crate::blocks::{self, ALIGN, HEAD, Header};
use crate::layout::Layout;
use crate::{Element, Error, Result, Shape};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// A strided array in memory: a shared, copy-on-write buffer and a [`Layout`] that says where the elements lie in it.
///
/// It is one pointer wide. Layout and elements stand in one block of memory; a look into another array has a block of its
/// own for the layout, linked to the one with the elements. Cloning shares the block.
pub struct Array<T: Element> {
    /// Dangling for what is left behind when an array is taken over.
    head: NonNull<Head>,
    elements: PhantomData<T>,
}

/// How the block of an array begins. The elements stand behind it, or behind that of the block it is linked to.
#[repr(C, align(64))]
struct Head {
    header: Header,
    layout: Layout,
}

const _: () = assert!(size_of::<Head>() == HEAD && align_of::<Head>() == ALIGN);

// SAFETY: the elements are plain `Copy` values, written only by a sole owner (`buffer_mut`) and otherwise only read; the
// layout likewise.
unsafe impl<T: Element> Send for Array<T> {}
// SAFETY: as above.
unsafe impl<T: Element> Sync for Array<T> {}

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
        let array = Self::uninit(layout, n)?;
        // SAFETY: the buffer has room for `n` elements and no other owner.
        write(unsafe { std::slice::from_raw_parts_mut(array.buffer().cast_mut().cast(), n) });
        Ok(array)
    }

    /// A block with a layout and room for `len` elements that no one else owns. They are uninitialised: whoever asks for it
    /// must write them all before the first is read.
    ///
    /// `len` must come from a checked shape (at most `isize::MAX / 16` elements).
    #[inline]
    fn uninit(layout: Layout, len: usize) -> Result<Self> {
        const { assert!(size_of::<T>() <= 16 && align_of::<T>() <= ALIGN) };
        let head = blocks::take(len * size_of::<T>())?.cast::<Head>();
        // SAFETY: a block that was just taken has room for a head, and no one else has it. The header is initialised.
        unsafe { (&raw mut (*head.as_ptr()).layout).write(layout) };
        Ok(Array { head, elements: PhantomData })
    }

    /// An array of the dense layout of `self`, from the start of a buffer that `write` fills.
    ///
    /// # Safety
    /// `self` is dense, and `write` initialises as many elements behind the address it is given.
    #[inline]
    pub(crate) unsafe fn build_like<U: Element>(&self, write: impl FnOnce(*mut U)) -> Result<Array<U>> {
        let array = Array::<U>::uninit(self.layout().at_start(), self.numel())?;
        write(array.buffer().cast_mut());
        Ok(array)
    }

    /// A single number.
    #[inline]
    pub(crate) fn scalar(value: T) -> Result<Self> {
        let array = Self::uninit(Layout::scalar(), 1)?;
        // SAFETY: the buffer has room for one element and no other owner.
        unsafe { array.buffer().cast_mut().write(value) };
        Ok(array)
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

    /// Takes over the array and leaves nothing behind, of which nothing more may be asked.
    #[inline]
    pub(crate) fn take(&mut self) -> Self {
        Array { head: std::mem::replace(&mut self.head, NonNull::dangling()), elements: PhantomData }
    }

    /// Whether it was not taken over.
    #[inline]
    fn is_there(&self) -> bool {
        self.head != NonNull::dangling()
    }

    #[inline]
    fn head(&self) -> &Head {
        assert!(self.is_there(), "an array that was taken over is not used");
        // SAFETY: the block lives as long as any owner does, and `self` is one.
        unsafe { self.head.as_ref() }
    }

    /// The header of the block with the elements.
    #[inline]
    fn base(&self) -> NonNull<Header> {
        // The address as it came from the allocation, for it is what elements are written through.
        self.head().header.link.unwrap_or(self.head.cast())
    }

    /// The buffer from its start.
    #[inline]
    fn buffer(&self) -> *const T {
        self.base().as_ptr().wrapping_byte_add(HEAD).cast()
    }

    /// Shape, strides and offset.
    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.head().layout
    }

    /// The size of each axis.
    #[inline]
    pub fn shape(&self) -> &Shape {
        self.layout().shape()
    }

    /// The number of elements.
    #[inline]
    pub fn numel(&self) -> usize {
        self.layout().numel()
    }

    /// The same buffer under another layout.
    ///
    /// `layout` was made from this array's own by the functions of [`Layout`], so that it stays inside the buffer.
    #[inline]
    pub(crate) fn with_layout(&self, layout: Layout) -> Result<Self> {
        let look = Self::uninit(layout, 0)?;
        let base = self.base();
        // SAFETY: `self` keeps the base alive, of which the look becomes one more owner; the look's block is its own yet.
        unsafe {
            base.as_ref().share();
            (*look.head.as_ptr()).header.link = Some(base);
        }
        Ok(look)
    }

    /// As [`Array::with_layout`], keeping the only handle of a buffer the only one.
    #[inline]
    pub(crate) fn into_layout(self, layout: Layout) -> Result<Self> {
        if !self.head().header.is_unique() {
            return self.with_layout(layout);
        }
        // SAFETY: a head with one owner, which `self` is.
        unsafe { (*self.head.as_ptr()).layout = layout };
        Ok(self)
    }

    /// The address of the element at index 0 of every axis; not to be followed when there are no elements.
    #[inline]
    pub(crate) fn ptr(&self) -> *const T {
        self.buffer().wrapping_add(self.layout().offset())
    }

    /// The buffer from its start, for writing; `None` if another handle shares it.
    #[inline]
    pub(crate) fn buffer_mut(&mut self) -> Option<*mut T> {
        self.is_unique().then(|| self.buffer().cast_mut())
    }

    /// Whether no other handle shares the buffer.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        let header = &self.head().header;
        // SAFETY: as long as a block is linked to its base, it is an owner of it.
        header.is_unique() && header.link.is_none_or(|base| unsafe { base.as_ref() }.is_unique())
    }

    /// The elements in row-major order, if they lie so in memory.
    #[inline]
    pub fn as_slice(&self) -> Option<&[T]> {
        // SAFETY: a layout stays inside its buffer, and a contiguous one covers the elements from its offset on;
        // shared buffers are never written.
        self.layout().is_contiguous().then(|| unsafe { self.stretch() })
    }

    /// The elements in the order of memory, if they fill a gapless stretch of it.
    #[inline]
    pub(crate) fn as_dense(&self) -> Option<&[T]> {
        // SAFETY: as in `as_slice`; a dense layout has positive strides, so its first element comes first in memory.
        self.layout().is_dense().then(|| unsafe { self.stretch() })
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

    /// The element at place `at` of the buffer.
    ///
    /// # Safety
    /// The layout leads to that place.
    pub(crate) unsafe fn at(&self, at: usize) -> T {
        // SAFETY: a layout stays inside the buffer, whose elements are all initialised.
        unsafe { *self.buffer().add(at) }
    }

    /// The address of the first element in memory: two arrays with different addresses share nothing.
    pub fn address(&self) -> usize {
        self.ptr() as usize
    }
}

impl<T: Element> Clone for Array<T> {
    #[inline]
    fn clone(&self) -> Self {
        if self.is_there() {
            self.head().header.share();
        }
        Array { head: self.head, elements: PhantomData }
    }
}

impl<T: Element> Drop for Array<T> {
    #[inline]
    fn drop(&mut self) {
        if self.is_there() {
            // SAFETY: `self` is an owner of the block.
            unsafe { release(self.head) };
        }
    }
}

/// One owner of the block less.
///
/// # Safety
/// The caller is an owner, and none from now on.
#[inline]
unsafe fn release(head: NonNull<Head>) {
    // SAFETY: the block lives as long as it has an owner; the last one frees it, and leaves the block it is linked to.
    unsafe {
        if head.as_ref().header.release() {
            if let Some(base) = head.as_ref().header.link {
                release_base(base.cast());
            }
            (&raw mut (*head.as_ptr()).layout).drop_in_place();
            blocks::give(head.cast());
        }
    }
}

/// [`release`], for the end of a link; it has none itself.
///
/// # Safety
/// As there.
unsafe fn release_base(head: NonNull<Head>) {
    // SAFETY: as in `release`.
    unsafe {
        if head.as_ref().header.release() {
            (&raw mut (*head.as_ptr()).layout).drop_in_place();
            blocks::give(head.cast());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_and_outlive_their_thread() {
        let arrays: Vec<Array<f64>> = std::thread::spawn(|| {
            drop(Array::from_slice(&[1u8; 7], [7]).unwrap());
            (0..400).map(|i| Array::from_slice(&vec![0.5; i * 3], [i * 3]).unwrap()).collect()
        })
        .join()
        .unwrap();
        for (i, mut array) in arrays.into_iter().enumerate() {
            assert_eq!(array.ptr().addr() % 64, 0);
            assert_eq!(array.to_vec(), vec![0.5; i * 3]);
            assert!(array.is_unique());
            let shared = array.clone();
            assert!(!array.is_unique() && array.buffer_mut().is_none());
            drop(shared);
            assert!(array.buffer_mut().is_some());
        }
    }

    #[test]
    fn a_look_shares_the_buffer_and_keeps_it() {
        let array = Array::from_slice(&[1i64, 2, 3, 4], [2, 2]).unwrap();
        let transposed = array.with_layout(array.layout().permute(&[1, 0]).unwrap()).unwrap();
        assert!(!array.is_unique() && !transposed.is_unique());
        // A look into a look is one into the elements.
        let row = transposed.with_layout(transposed.layout().slice(&[1.into()]).unwrap()).unwrap();
        drop((array, transposed));
        assert!(row.is_unique());
        assert_eq!(row.to_vec(), [2, 4]);
        let column = row.into_layout(Layout::contiguous([1].into()).unwrap()).unwrap();
        assert_eq!(column.to_vec(), [1]);
    }
}
