//! The reference-counted buffer under a tensor: one allocation, aligned to 64 bytes, small ones recycled per thread.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering::*, fence};

/// A shared buffer of `T`. Cloning shares it; it may be written only while there is one owner.
pub(crate) struct Storage<T: Copy> {
    /// `None` for what is left behind when a buffer is taken over.
    block: Option<NonNull<Header>>,
    elements: PhantomData<T>,
}

/// In front of the elements, and as wide as their alignment.
#[repr(C, align(64))]
struct Header {
    owners: AtomicUsize,
    len: usize,
    bytes: usize,
    next: Option<NonNull<Header>>,
}

const HEADER: usize = size_of::<Header>();

// SAFETY: the elements are plain `Copy` values, written only by a sole owner (`as_mut_ptr`) and otherwise only read.
unsafe impl<T: Copy + Send + Sync> Send for Storage<T> {}
// SAFETY: as above.
unsafe impl<T: Copy + Send + Sync> Sync for Storage<T> {}

impl<T: Copy> Storage<T> {
    /// A buffer for `len` elements that no one else owns. Its elements are uninitialised: whoever asks for it must
    /// write them all before the first is read.
    ///
    /// `len` must come from a checked shape (at most `isize::MAX / 16` elements).
    #[inline]
    pub(crate) fn uninit(len: usize) -> Self {
        const { assert!(size_of::<T>() <= 16 && align_of::<T>() <= 64) };
        let block = recycle::take(HEADER + len * size_of::<T>());
        // SAFETY: `take` returns a block that holds at least a header and that no one else has.
        unsafe {
            let header = block.as_ptr();
            (*header).owners = AtomicUsize::new(1);
            (*header).len = len;
        }
        Storage { block: Some(block), elements: PhantomData }
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
        recycle::give(block);
    }
}

/// Blocks of a few sizes kept for the next tensor of this thread: in training, small tensors come and go in the millions.
mod recycle {
    use super::*;

    /// Block sizes in bytes, header included; larger ones go to the allocator.
    const SIZES: [usize; 6] = [128, 256, 512, 1024, 2048, 4096];
    const KEPT: usize = 128;

    struct Lists([(Option<NonNull<Header>>, usize); SIZES.len()]);

    thread_local! {
        static LISTS: UnsafeCell<Lists> = const { UnsafeCell::new(Lists([(None, 0); SIZES.len()])) };
    }

    impl Drop for Lists {
        fn drop(&mut self) {
            for (list, _) in &mut self.0 {
                while let Some(block) = list.take() {
                    // SAFETY: a block on a list has no owner, and its header was written when it was allocated.
                    unsafe {
                        *list = (*block.as_ptr()).next;
                        free(block);
                    }
                }
            }
        }
    }

    #[inline]
    fn class(bytes: usize) -> Option<usize> {
        if bytes > SIZES[SIZES.len() - 1] {
            return None;
        }
        Some(bytes.next_power_of_two().max(SIZES[0]).trailing_zeros() as usize - SIZES[0].trailing_zeros() as usize)
    }

    /// A block of at least `bytes`, with `bytes` in its header set and nothing else.
    #[inline]
    pub(super) fn take(bytes: usize) -> NonNull<Header> {
        let Some(class) = class(bytes) else { return allocate(bytes) };
        let kept = LISTS.try_with(|lists| {
            // SAFETY: the lists are this thread's own and this borrow ends before any other code runs.
            let (list, count) = unsafe { &mut (*lists.get()).0[class] };
            list.inspect(|block| {
                // SAFETY: a block on a list has no owner but the list.
                *list = unsafe { (*block.as_ptr()).next };
                *count -= 1;
            })
        });
        match kept {
            Ok(Some(block)) => block,
            _ => allocate(SIZES[class]),
        }
    }

    /// Takes a block back from its last owner.
    #[inline]
    pub(super) fn give(block: NonNull<Header>) {
        // SAFETY: the last owner gives the block away, so it is still allocated and no one else looks at it.
        let bytes = unsafe { (*block.as_ptr()).bytes };
        if let Some(class) = class(bytes) {
            let kept = LISTS.try_with(|lists| {
                // SAFETY: the lists are this thread's own and this borrow ends before any other code runs.
                let (list, count) = unsafe { &mut (*lists.get()).0[class] };
                let room = *count < KEPT;
                if room {
                    // SAFETY: no one else looks at the block.
                    unsafe { (*block.as_ptr()).next = *list };
                    *list = Some(block);
                    *count += 1;
                }
                room
            });
            if kept == Ok(true) {
                return;
            }
        }
        // SAFETY: the block has no owner and is on no list.
        unsafe { free(block) }
    }

    #[cold]
    fn allocate(bytes: usize) -> NonNull<Header> {
        let layout = Layout::from_size_align(bytes, align_of::<Header>()).expect("a checked number of bytes");
        // SAFETY: a block has at least a header, so its size is not zero.
        let block = unsafe { alloc(layout) }.cast::<Header>();
        let Some(block) = NonNull::new(block) else { handle_alloc_error(layout) };
        // SAFETY: the block was just allocated, with room for a header.
        unsafe { block.write(Header { owners: AtomicUsize::new(0), len: 0, bytes, next: None }) };
        block
    }

    /// # Safety
    /// `block` comes from `allocate`, and nothing uses it any more.
    #[cold]
    unsafe fn free(block: NonNull<Header>) {
        // SAFETY: size and alignment are those of the allocation; the header keeps its size.
        unsafe {
            let layout = Layout::from_size_align_unchecked((*block.as_ptr()).bytes, align_of::<Header>());
            dealloc(block.as_ptr().cast(), layout);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_and_outlive_their_thread() {
        let blocks: Vec<Storage<f64>> = std::thread::spawn(|| {
            drop(Storage::<u8>::uninit(7));
            (0..400).map(|i| Storage::uninit(i * 3)).collect()
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
