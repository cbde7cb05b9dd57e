//! Walking over strided elements: merging axes, runs along the innermost axis, blocks gathered for vector kernels.

use crate::exec::{Executor, for_chunks};
use crate::{Array, Dims, Element, Real};
use std::mem::MaybeUninit;

/// Elements in a block: what a vector kernel is given at once where operands have to be gathered first.
pub(crate) const BLOCK: usize = 1024;

/// From this length on a run along the innermost axis is worth a kernel call of its own.
const LONG_RUN: usize = 256;

/// Merges neighbouring axes that all operands walk as one, and drops axes of size 1. Never changes the order of elements.
#[inline]
pub(crate) fn coalesce<const N: usize>(shape: &[usize], strides: [&[isize]; N]) -> (Dims<usize>, [Dims<isize>; N]) {
    let mut sizes = Dims::<usize>::new();
    let mut merged: [Dims<isize>; N] = std::array::from_fn(|_| Dims::new());
    for (axis, &size) in shape.iter().enumerate() {
        if size == 1 {
            continue;
        }
        let last = sizes.len().wrapping_sub(1);
        if !sizes.is_empty() && (0..N).all(|o| merged[o][last] == strides[o][axis] * size as isize) {
            sizes[last] *= size;
            (0..N).for_each(|o| merged[o][last] = strides[o][axis]);
        } else {
            sizes.push(size);
            (0..N).for_each(|o| merged[o].push(strides[o][axis]));
        }
    }
    if sizes.is_empty() {
        sizes.push(1);
        merged.iter_mut().for_each(|m| m.push(0));
    }
    (sizes, merged)
}

/// Calls `visit(offset, position, length)` for each run along the innermost axis of the elements `start..start + len` in
/// row-major order; `position` counts from `start`, `offset` is in elements from index 0.
pub(crate) fn for_runs(
    shape: &[usize],
    strides: &[isize],
    start: usize,
    len: usize,
    visit: &mut dyn FnMut(isize, usize, usize),
) {
    if len == 0 {
        return;
    }
    let Some(last) = shape.len().checked_sub(1) else { return visit(0, 0, 1) };
    let mut index = Dims::filled(0usize, shape.len());
    let mut rest = start;
    let mut offset = 0isize;
    for axis in (0..shape.len()).rev() {
        index[axis] = rest % shape[axis];
        rest /= shape[axis];
        offset += index[axis] as isize * strides[axis];
    }
    let mut position = 0;
    loop {
        let run = (shape[last] - index[last]).min(len - position);
        visit(offset, position, run);
        position += run;
        if position == len {
            return;
        }
        // The run ended at the end of the innermost axis: carry.
        offset -= index[last] as isize * strides[last];
        index[last] = 0;
        for axis in (0..last).rev() {
            index[axis] += 1;
            offset += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            offset -= shape[axis] as isize * strides[axis];
            index[axis] = 0;
        }
    }
}

/// Consecutive elements for a kernel: an address, and a step of 1, or of 0 for one element that stands for all.
#[derive(Clone, Copy)]
pub(crate) struct Block<T> {
    pub(crate) ptr: *const T,
    pub(crate) step: usize,
}

impl<T: Copy> Block<T> {
    /// The block with a step of 1: itself, or its one element `n` times.
    ///
    /// # Safety
    /// There is an element at the block's address, and `n ≤ BLOCK`.
    #[inline]
    pub(crate) unsafe fn spread(self, n: usize, room: &mut Room<T>) -> Block<T> {
        if self.step == 1 {
            return self;
        }
        debug_assert!(n <= BLOCK);
        // SAFETY: the caller vouches for the element.
        room.0[..n].fill(MaybeUninit::new(unsafe { *self.ptr }));
        Block { ptr: room.0.as_ptr().cast(), step: 1 }
    }

    /// The block's `n` elements in double precision, in `room`.
    ///
    /// # Safety
    /// There are `n` elements at the block's address, or one where the step is 0, and `n ≤ BLOCK`.
    #[inline]
    pub(crate) unsafe fn in_double(self, n: usize, room: &mut Room<f64>) -> *mut f64
    where
        T: Real,
    {
        debug_assert!(n <= BLOCK);
        for (i, place) in room.0[..n].iter_mut().enumerate() {
            // SAFETY: the caller vouches for the elements.
            place.write(unsafe { *self.ptr.add(i * self.step) }.as_f64());
        }
        room.0.as_mut_ptr().cast()
    }

    /// The address of the elements; for one that stands for all, of `N` copies of it.
    ///
    /// # Safety
    /// There is an element at the block's address.
    #[inline(always)]
    pub(crate) unsafe fn repeated<const N: usize>(self, room: &mut MaybeUninit<[T; N]>) -> *const T {
        if self.step == 1 {
            return self.ptr;
        }
        // SAFETY: the caller vouches for the element.
        room.write([unsafe { *self.ptr }; N]).as_ptr()
    }
}

/// Room for a block that has to be gathered.
pub(crate) struct Room<T>([MaybeUninit<T>; BLOCK]);

impl<T> Room<T> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Room([const { MaybeUninit::uninit() }; BLOCK])
    }
}

/// An operand seen along the coalesced axes of a result.
pub(crate) struct Stream<'a, T> {
    ptr: *const T,
    shape: &'a [usize],
    strides: &'a [isize],
    /// Whether blocks are copied even where they could be read in place, so that their step is 1 whatever the strides.
    copied: bool,
}

// SAFETY: a stream only reads elements that its maker keeps alive and unwritten.
unsafe impl<T: Sync> Sync for Stream<'_, T> {}

impl<'a, T: Copy> Stream<'a, T> {
    /// # Safety
    /// Every element that `shape` and `strides` reach from `ptr` is alive and initialised while the stream is used.
    pub(crate) unsafe fn new(ptr: *const T, shape: &'a [usize], strides: &'a [isize], copied: bool) -> Self {
        Stream { ptr, shape, strides, copied }
    }

    /// Where the elements start.
    pub(crate) fn addr(&self) -> usize {
        self.ptr.addr()
    }

    /// The `len ≤ BLOCK` elements from `start` on, where they lie or gathered into `room`.
    #[inline]
    pub(crate) fn block(&self, start: usize, len: usize, room: &mut Room<T>) -> Block<T> {
        let last = self.shape.len() - 1;
        let (inner, stride) = (self.shape[last], self.strides[last]);
        if !self.copied && stride.unsigned_abs() <= 1 && stride >= 0 {
            if last == 0 {
                return Block { ptr: self.ptr.wrapping_offset(start as isize * stride), step: stride as usize };
            }
            if start % inner + len <= inner {
                let mut at = 0;
                for_runs(self.shape, self.strides, start, len, &mut |offset, _, _| at = offset);
                return Block { ptr: self.ptr.wrapping_offset(at), step: stride as usize };
            }
        }
        let out = room.0.as_mut_ptr().cast::<T>();
        for_runs(self.shape, self.strides, start, len, &mut |offset, position, run| {
            debug_assert!(position + run <= BLOCK);
            let from = self.ptr.wrapping_offset(offset);
            // SAFETY: `new`'s caller vouches for the elements; `len ≤ BLOCK` keeps `position + run` inside the room.
            unsafe {
                let to = out.add(position);
                match stride {
                    1 => std::ptr::copy_nonoverlapping(from, to, run),
                    0 => std::slice::from_raw_parts_mut(to.cast::<MaybeUninit<T>>(), run).fill(MaybeUninit::new(*from)),
                    _ => (0..run).for_each(|i| to.add(i).write(*from.offset(i as isize * stride))),
                }
            }
        });
        Block { ptr: out, step: 1 }
    }
}

/// Calls `body(start, len)` for blocks of at most [`BLOCK`] elements that cover the `n` elements of `shape`, on several
/// threads where that pays. Long rows are kept whole, so that a block of one is read where it lies.
#[inline]
pub(crate) fn for_blocks(exec: &dyn Executor, shape: &[usize], n: usize, body: &(dyn Fn(usize, usize) + Sync)) {
    let inner = *shape.last().unwrap_or(&1);
    for_chunks(exec, n, crate::exec::CHUNK, &|mut start, end| {
        while start < end {
            let mut len = BLOCK.min(end - start);
            if inner >= LONG_RUN {
                len = len.min(inner - start % inner);
            }
            body(start, len);
            start += len;
        }
    });
}

/// Copies the elements of `x` in row-major order to `out`.
///
/// # Safety
/// `out` has room for them, and nothing else uses that room.
pub(crate) unsafe fn copy_to<T: Element>(x: &Array<T>, out: *mut T, exec: &dyn Executor) {
    let (shape, [strides]) = coalesce(x.shape(), [x.layout().strides()]);
    let out = crate::exec::Out::new(out);
    let (from, n) = (SyncPtr(x.ptr()), x.numel());
    for_chunks(exec, n, crate::exec::CHUNK, &|start, end| {
        let stride = *strides.last().unwrap_or(&0);
        for_runs(&shape, &strides, start, end - start, &mut |offset, position, run| {
            // SAFETY: the layout of `x` stays inside its buffer; chunks write disjoint parts of `out`, which has room.
            unsafe {
                let from = from.get().wrapping_offset(offset);
                let to = out.at(start + position);
                match stride {
                    1 => std::ptr::copy_nonoverlapping(from, to, run),
                    _ => (0..run).for_each(|i| to.add(i).write(*from.offset(i as isize * stride))),
                }
            }
        });
    });
}

/// An address that several threads read through.
#[derive(Clone, Copy)]
pub(crate) struct SyncPtr<T>(pub(crate) *const T);

// SAFETY: the elements behind it are only read while it is shared.
unsafe impl<T: Sync> Send for SyncPtr<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for SyncPtr<T> {}

impl<T> SyncPtr<T> {
    /// The address; a method, so that closures capture the whole and not the bare pointer.
    #[inline(always)]
    pub(crate) fn get(self) -> *const T {
        self.0
    }
}
