//! Values with several owners, in memory that is recycled as that of tensors is.

use crate::Result;
use crate::blocks::{self, HEAD, Header};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;

/// A value with several owners, as `Arc` has them, in memory that is recycled and counted as that of tensors is: what comes
/// and goes with every operation costs no call of the system's allocator.
///
/// ```
/// use tensor_core::memory::Shared;
/// let mut one = Shared::new(vec![1, 2]).unwrap();
/// let two = one.clone();
/// assert_eq!(two.len(), 2);
/// assert!(one.get_mut().is_none());
/// drop(two);
/// one.get_mut().unwrap().push(3);
/// assert_eq!(*one, [1, 2, 3]);
/// ```
pub struct Shared<V> {
    block: NonNull<Header>,
    value: PhantomData<V>,
}

// SAFETY: as an `Arc`: owners on several threads read the value, and the last one drops it.
unsafe impl<V: Send + Sync> Send for Shared<V> {}
// SAFETY: as above.
unsafe impl<V: Send + Sync> Sync for Shared<V> {}

impl<V> Shared<V> {
    /// Where the value stands in its block: behind the header.
    const AT: usize = size_of::<Header>().next_multiple_of(align_of::<V>());

    /// The value with one owner.
    ///
    /// # Errors
    /// If there is no memory for it, or [`limit`](crate::memory::limit) allows no more.
    #[inline]
    pub fn new(value: V) -> Result<Self> {
        Self::new_with(|| value)
    }

    /// As [`new`](Self::new), for a value that is too large to be moved about: it is made where it will stand.
    ///
    /// ```
    /// use tensor_core::memory::Shared;
    /// let shared = Shared::new_with(|| [7u8; 500]).unwrap();
    /// assert_eq!(shared[499], 7);
    /// ```
    ///
    /// # Errors
    /// As there; `make` is not called then.
    #[inline(always)]
    pub fn new_with(make: impl FnOnce() -> V) -> Result<Self> {
        const { assert!(align_of::<V>() <= blocks::ALIGN) };
        let block = blocks::take((Self::AT + size_of::<V>()).saturating_sub(HEAD))?;
        // Not an owner yet: should `make` panic, there is no value to drop, and the block is lost.
        let shared = ManuallyDrop::new(Self { block, value: PhantomData });
        // SAFETY: head and room together hold header and value, and no one else has the block.
        unsafe { shared.value().write(make()) };
        Ok(ManuallyDrop::into_inner(shared))
    }

    #[inline]
    fn value(&self) -> *mut V {
        self.block.as_ptr().wrapping_byte_add(Self::AT).cast()
    }

    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: the block lives as long as any owner does, and `self` is one.
        unsafe { self.block.as_ref() }
    }

    /// The value, if no one else owns it.
    #[inline]
    pub fn get_mut(&mut self) -> Option<&mut V> {
        // SAFETY: a sole owner that is itself borrowed exclusively cannot be joined by another.
        self.header().is_unique().then(|| unsafe { &mut *self.value() })
    }

    /// The address of the value: that of no other as long as it lives.
    #[inline]
    pub fn address(&self) -> usize {
        self.value().addr()
    }
}

impl<V> Deref for Shared<V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        // SAFETY: the value was written when the block was taken; it is changed only while it has one owner.
        unsafe { &*self.value() }
    }
}

impl<V> Clone for Shared<V> {
    #[inline]
    fn clone(&self) -> Self {
        self.header().share();
        Shared { block: self.block, value: PhantomData }
    }
}

impl<V> Drop for Shared<V> {
    #[inline]
    fn drop(&mut self) {
        if self.header().release() {
            // SAFETY: this was the last owner.
            unsafe {
                self.value().drop_in_place();
                blocks::give(self.block);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    /// Counts how many of its kind are dropped.
    struct Counted<'a>(&'a AtomicUsize, [u64; 40]);

    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            assert_eq!(self.1, [7; 40]);
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn the_last_of_many_owners_on_many_threads_drops_the_value_once() {
        let dropped = AtomicUsize::new(0);
        for _ in 0..100 {
            let shared = Shared::new(Counted(&dropped, [7; 40])).unwrap();
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    let own = shared.clone();
                    scope.spawn(move || assert_eq!(own.clone().1[39], 7));
                }
            });
        }
        assert_eq!(dropped.into_inner(), 100);
    }
}
