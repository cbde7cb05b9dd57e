//! The reference-counted buffer under a tensor: one allocation, aligned to 64 bytes, recycled.

use crate::Result;
use crate::blocks::{self, Header};
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering::*, fence};

/// A shared buffer of `T`. Cloning shares it; it may be written only while there is one owner.
pub(crate) struct Storage<T: Copy> {
    /// `None` for what is left behind when a buffer is taken over.
    block: Option<NonNull<Header>>,
    elements: PhantomData<T>,
}

// SAFETY: the elements are plain `Copy` values, written only by a sole owner (`as_mut_ptr`) and otherwise only read.
unsafe impl<T: Copy + Send + Sync> Send for Storage<T> {}
// SAFETY: as above.
unsafe impl<T: Copy + Send + Sync> Sync for Storage<T> {}

impl<T: Copy> Storage<T> {
    /// A buffer for `len` elements that no one else owns. Its elements are uninitialised: whoever asks for it must
    /// write them all before the first is read.
    ///
    /// `len` must come from a checked shape (at most `isize::MAX / 16` elements).
    ///
    /// # Errors
    /// If there is no memory for them, or no more allowed.
    #[inline]
    pub(crate) fn uninit(len: usize) -> Result<Self> {
        const { assert!(size_of::<T>() <= 16 && align_of::<T>() <= 64) };
        let mut block = blocks::take(len * size_of::<T>())?;
        // SAFETY: `take` returns a block that holds at least a header and that no one else has.
        let header = unsafe { block.as_mut() };
        header.owners = AtomicUsize::new(1);
        header.len = len;
        Ok(Storage { block: Some(block), elements: PhantomData })
    }

    /// No buffer at all.
    #[inline]
    pub(crate) const fn empty() -> Self {
        Storage { block: None, elements: PhantomData }
    }

    #[inline]
    fn header(&self) -> Option<&Header> {
        // SAFETY: the block lives as long as any owner does, and `self` is one.
        self.block.as_ref().map(|block| unsafe { block.as_ref() })
    }

    /// The number of elements.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.header().map_or(0, |header| header.len)
    }

    #[inline]
    pub(crate) fn as_ptr(&self) -> *const T {
        match self.block {
            // SAFETY: the elements start right behind the header, inside the same allocation.
            Some(block) => unsafe { block.as_ptr().add(1).cast::<T>() },
            None => NonNull::<Header>::dangling().as_ptr().cast(),
        }
    }

    /// The elements for writing; good only while `is_unique`.
    #[inline]
    pub(crate) fn as_mut_ptr(&mut self) -> *mut T {
        self.as_ptr().cast_mut()
    }

    /// Whether this is the only owner, so that it may write.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        // Acquire: what former owners read happened before our writes.
        self.header().is_some_and(|header| header.owners.load(Acquire) == 1)
    }
}

impl<T: Copy> Clone for Storage<T> {
    #[inline]
    fn clone(&self) -> Self {
        if let Some(header) = self.header() {
            header.owners.fetch_add(1, Relaxed);
        }
        Storage { block: self.block, elements: PhantomData }
    }
}

impl<T: Copy> Drop for Storage<T> {
    #[inline]
    fn drop(&mut self) {
        let (Some(block), Some(header)) = (self.block, self.header()) else { return };
        // A sole owner cannot be joined by another while it is being dropped: no atomic update is needed.
        if header.owners.load(Acquire) != 1 {
            if header.owners.fetch_sub(1, Release) != 1 {
                return;
            }
            fence(Acquire);
        }
        // SAFETY: this was the last owner.
        unsafe { blocks::give(block) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_and_outlive_their_thread() {
        let blocks: Vec<Storage<f64>> = std::thread::spawn(|| {
            drop(Storage::<u8>::uninit(7).unwrap());
            (0..400).map(|i| Storage::uninit(i * 3).unwrap()).collect()
        })
        .join()
        .unwrap();
        for (i, mut block) in blocks.into_iter().enumerate() {
            assert_eq!(block.as_ptr() as usize % 64, 0);
            assert_eq!(block.len(), i * 3);
            assert!(block.is_unique());
            let shared = block.clone();
            assert!(!block.is_unique());
            drop(shared);
            assert!(block.is_unique());
            // SAFETY: the block has one owner and room for `i * 3` elements.
            unsafe { block.as_mut_ptr().write_bytes(1, i * 3) };
        }
    }
}
