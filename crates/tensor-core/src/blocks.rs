//! Where buffers come from and where they go: blocks in a few sizes, kept for the next tensor.
//!
//! * Small blocks, for up to [`SMALL`] bytes, are kept by the thread that lets them go, on lists that no one else touches:
//!   no lock, no atomic update. In training they come and go in the millions.
//! * Large ones are kept in one pool for all threads, behind a lock that is held for a look at its list. What fresh
//!   memory costs in page faults is several times what a kernel takes to fill it.
//!
//! The pool keeps no more bytes than lived at once at the last peak, so that a program holds at most twice what it
//! needs. Where that is exceeded, the blocks that have waited longest go back to the system. Peaks are forgotten
//! after a while ([`WINDOW`]), so that what a program needed only in its beginning does not stay.

use crate::memory::Stats;
use crate::{Error, ErrorKind, Result};
use std::alloc::{Layout, alloc, dealloc};
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering::*, fence};
use std::sync::{Mutex, MutexGuard};

/// What a block begins with.
#[repr(C)]
pub(crate) struct Header {
    owners: AtomicUsize,
    /// Bytes behind the head.
    room: usize,
    /// The owner's, for another block; of a block on a list, the next one.
    pub(crate) link: Option<NonNull<Header>>,
}

/// Bytes in front of the room of a block, the header and what the owner puts there; a multiple of [`ALIGN`].
pub(crate) const HEAD: usize = 128;

/// How blocks are aligned.
pub(crate) const ALIGN: usize = 64;

impl Header {
    /// One more owner.
    #[inline]
    pub(crate) fn share(&self) {
        self.owners.fetch_add(1, Relaxed);
    }

    /// Whether there is one owner only, who may write.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        // Acquire: what former owners read happened before our writes.
        self.owners.load(Acquire) == 1
    }

    /// One owner less; whether it was the last, whose block it is now.
    #[inline]
    pub(crate) fn release(&self) -> bool {
        // A sole owner cannot be joined by another while it is being dropped: no atomic update is needed.
        if !self.is_unique() {
            if self.owners.fetch_sub(1, Release) != 1 {
                return false;
            }
            fence(Acquire);
        }
        true
    }
}

/// The largest room of a small block, in bytes.
const SMALL: usize = 64 << 10;

/// Rooms of small blocks: 64 bytes, 128 and so on.
const CLASSES: usize = (SMALL / 64).ilog2() as usize + 1;

/// Bytes of each class that a thread keeps.
const KEPT: usize = 512 << 10;

/// Blocks in the pool, at most: it is searched one by one.
const POOLED: usize = 1024;

/// Large blocks that are asked for until a peak counts as past.
const WINDOW: u32 = 4096;

/// The class of small blocks that holds `bytes`.
#[inline(always)]
fn class(bytes: usize) -> usize {
    (bytes.max(64) - 1).ilog2() as usize - 5
}

/// The room of a large block for `bytes`: four sizes between a power of two and the next.
fn large(bytes: usize) -> usize {
    bytes.next_multiple_of(1 << (bytes.ilog2() - 2))
}

/// A block with room for `bytes` behind its head, of which nothing but the header is initialised, with one owner and no link.
///
/// # Errors
/// If that needs more memory than the system has or than [`limit`] allows.
#[inline]
pub(crate) fn take(bytes: usize) -> Result<NonNull<Header>> {
    let mut block = if bytes > SMALL {
        take_large(large(bytes))?
    } else {
        let class = class(bytes);
        match LISTS.try_with(|lists| lists.pop(class)) {
            Ok(Some(block)) => block,
            _ => ask(64 << class)?,
        }
    };
    // SAFETY: a block that was just taken has a header and no one else who looks at it.
    let header = unsafe { block.as_mut() };
    header.owners = AtomicUsize::new(1);
    header.link = None;
    Ok(block)
}

/// Takes a block back from its last owner.
///
/// # Safety
/// `block` comes from [`take`], and nothing uses it any more.
#[inline]
pub(crate) unsafe fn give(block: NonNull<Header>) {
    // SAFETY: a block stays allocated until it is let go below.
    let room = unsafe { block.as_ref().room };
    // SAFETY: the caller gives the block away.
    unsafe {
        if room > SMALL {
            give_large(block, room);
        } else if LISTS.try_with(|lists| lists.push(class(room), block)) != Ok(true) {
            let_go(block, room);
        }
    }
}

/// Has the first line of a block brought near: it is the next to be taken.
#[inline(always)]
fn prefetch(block: *const Header) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which reads nothing.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(block.cast());
        _mm_prefetch::<_MM_HINT_T0>(block.wrapping_byte_add(64).cast());
        _mm_prefetch::<_MM_HINT_T0>(block.wrapping_byte_add(128).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = block;
}

// ---- Small blocks

/// What a thread keeps: for each class a list through the headers, and how long it is.
struct Lists {
    first: [Cell<Option<NonNull<Header>>>; CLASSES],
    /// Written by this thread alone; others read it for [`stats`].
    counts: [AtomicUsize; CLASSES],
    /// Bytes of a class to keep: none until the pool knows of these lists.
    kept: Cell<usize>,
}

thread_local! {
    static LISTS: Lists = const {
        Lists {
            first: [const { Cell::new(None) }; CLASSES],
            counts: [const { AtomicUsize::new(0) }; CLASSES],
            kept: Cell::new(0),
        }
    };
}

impl Lists {
    #[inline]
    fn pop(&self, class: usize) -> Option<NonNull<Header>> {
        let block = self.first[class].get()?;
        // SAFETY: a block on a list has no owner but the list.
        let next = unsafe { block.as_ref().link };
        next.inspect(|next| prefetch(next.as_ptr()));
        self.first[class].set(next);
        self.counts[class].store(self.counts[class].load(Relaxed) - 1, Relaxed);
        Some(block)
    }

    /// Keeps the block, if there is room for it.
    #[inline]
    fn push(&self, class: usize, mut block: NonNull<Header>) -> bool {
        let count = self.counts[class].load(Relaxed);
        if count >= self.kept.get() >> (class + 6) && !self.join() {
            return false;
        }
        // SAFETY: no one else looks at the block.
        unsafe { block.as_mut().link = self.first[class].get() };
        self.first[class].set(Some(block));
        self.counts[class].store(count + 1, Relaxed);
        true
    }

    /// Tells the pool of these lists, if it does not know of them yet.
    #[cold]
    fn join(&self) -> bool {
        let new = self.kept.replace(KEPT) == 0;
        if new {
            pool().lists.push(Counts(&self.counts));
        }
        new
    }

    /// Lets go of all blocks.
    fn clear(&self) {
        for (class, first) in self.first.iter().enumerate() {
            let mut next = first.take();
            self.counts[class].store(0, Relaxed);
            while let Some(block) = next {
                // SAFETY: a block on a list has no owner but the list, which was just emptied.
                unsafe {
                    next = block.as_ref().link;
                    let_go(block, 64 << class);
                }
            }
        }
    }
}

impl Drop for Lists {
    fn drop(&mut self) {
        self.clear();
        pool().lists.retain(|counts| !std::ptr::eq(counts.0, &self.counts));
    }
}

/// The lengths of a thread's lists, which says that it ends before it does.
struct Counts(*const [AtomicUsize; CLASSES]);

// SAFETY: what is behind the address is shared by way of atomics, and only while it is on the pool's list.
unsafe impl Send for Counts {}

// ---- Large blocks, and all that is asked of the system

struct Pool {
    /// With the room of each, the one that has waited longest first.
    blocks: Vec<Pooled>,
    /// The bytes in them.
    pooled: usize,
    /// Bytes in all blocks there are.
    held: usize,
    limit: usize,
    peak: usize,
    /// The peaks of this window and the one before.
    recent: [usize; 2],
    /// Large blocks asked for in this window.
    asked: u32,
    allocations: u64,
    lists: Vec<Counts>,
}

struct Pooled(NonNull<Header>, usize);

// SAFETY: a block in the pool has no owner but the pool.
unsafe impl Send for Pooled {}

static POOL: Mutex<Pool> = Mutex::new(Pool {
    blocks: Vec::new(),
    pooled: 0,
    held: 0,
    limit: usize::MAX,
    peak: 0,
    recent: [0; 2],
    asked: 0,
    allocations: 0,
    lists: Vec::new(),
});

fn pool() -> MutexGuard<'static, Pool> {
    // Nothing below panics while it holds the lock.
    POOL.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Pool {
    /// Notes the bytes in use, those on the lists of threads included.
    fn note(&mut self) {
        let live = self.held - self.pooled;
        self.peak = self.peak.max(live);
        self.recent[0] = self.recent[0].max(live);
    }

    /// Takes the blocks that have waited longest out of the pool, until `bytes` of them are left at most.
    fn shrink(&mut self, bytes: usize) -> Vec<Pooled> {
        let mut count = self.blocks.len().saturating_sub(POOLED);
        let mut freed: usize = self.blocks[..count].iter().map(|block| HEAD + block.1).sum();
        while self.pooled - freed > bytes {
            freed += HEAD + self.blocks[count].1;
            count += 1;
        }
        self.pooled -= freed;
        self.held -= freed;
        self.blocks.drain(..count).collect()
    }

    fn refusal(&self, bytes: usize) -> Error {
        ErrorKind::Memory { bytes, held: self.held, limit: self.limit }.into()
    }
}

fn take_large(room: usize) -> Result<NonNull<Header>> {
    let mut pool = pool();
    pool.asked += 1;
    if pool.asked == WINDOW {
        pool.asked = 0;
        pool.recent = [0, pool.recent[0]];
    }
    if let Some(at) = pool.blocks.iter().rposition(|block| block.1 == room) {
        let block = pool.blocks.remove(at);
        pool.pooled -= HEAD + room;
        pool.note();
        return Ok(block.0);
    }
    drop(pool);
    ask(room)
}

/// # Safety
/// As for [`give`]; `room` is that of the block, which is a large one.
unsafe fn give_large(block: NonNull<Header>, room: usize) {
    let mut pool = pool();
    pool.blocks.push(Pooled(block, room));
    pool.pooled += HEAD + room;
    let most = pool.recent[0].max(pool.recent[1]);
    let over = pool.shrink(most);
    drop(pool);
    over.into_iter().for_each(free);
}

/// A new block from the system, with this room.
#[cold]
fn ask(room: usize) -> Result<NonNull<Header>> {
    let Ok(layout) = Layout::from_size_align(room.saturating_add(HEAD), ALIGN) else {
        return Err(pool().refusal(room));
    };
    let bytes = layout.size();
    let mut pool = pool();
    // What is pooled gives way before an operation fails.
    let excess = bytes.saturating_sub(pool.limit.saturating_sub(pool.held));
    let mut over = Vec::new();
    if excess > 0 {
        let kept = pool.pooled.saturating_sub(excess);
        over = pool.shrink(kept);
    }
    let fits = bytes <= pool.limit.saturating_sub(pool.held);
    let refusal = (!fits).then(|| pool.refusal(bytes));
    if fits {
        pool.held += bytes;
    }
    drop(pool);
    over.into_iter().for_each(free);
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    // SAFETY: the size is not zero.
    let new = || NonNull::new(unsafe { alloc(layout) }.cast::<Header>());
    let again = || {
        trim();
        new()
    };
    let Some(block) = new().or_else(again) else {
        let mut pool = self::pool();
        pool.held -= bytes;
        return Err(pool.refusal(bytes));
    };
    // Only what the system gave counts as a peak.
    let mut pool = self::pool();
    pool.allocations += 1;
    pool.note();
    // SAFETY: the block was just allocated, with room for a header.
    unsafe { block.write(Header { owners: AtomicUsize::new(0), room, link: None }) };
    Ok(block)
}

/// Gives a block back to the system.
///
/// # Safety
/// As for [`give`]; `room` is that of the block.
#[cold]
unsafe fn let_go(block: NonNull<Header>, room: usize) {
    pool().held -= HEAD + room;
    free(Pooled(block, room));
}

/// Gives back a block that does not count as held any more.
fn free(block: Pooled) {
    // SAFETY: size and alignment are those of the allocation, and a `Pooled` is its only handle.
    unsafe {
        let layout = Layout::from_size_align_unchecked(HEAD + block.1, ALIGN);
        dealloc(block.0.as_ptr().cast(), layout);
    }
}

// ---- What `memory` tells and does

pub(crate) fn stats() -> Stats {
    let pool = pool();
    let listed = |counts: &Counts| {
        // SAFETY: lists leave the pool's list, which is locked, before they are gone.
        let counts = unsafe { &*counts.0 };
        counts.iter().enumerate().map(|(class, count)| count.load(Relaxed) * (HEAD + (64 << class))).sum::<usize>()
    };
    let pooled = pool.pooled + pool.lists.iter().map(listed).sum::<usize>();
    let live = pool.held.saturating_sub(pooled);
    Stats { live, peak: pool.peak.max(live), pooled, allocations: pool.allocations }
}

pub(crate) fn limit(bytes: usize) -> usize {
    let mut pool = pool();
    let before = std::mem::replace(&mut pool.limit, bytes);
    let kept = pool.pooled.saturating_sub(pool.held.saturating_sub(bytes));
    let over = pool.shrink(kept);
    drop(pool);
    over.into_iter().for_each(free);
    before
}

pub(crate) fn trim() {
    let over = pool().shrink(0);
    over.into_iter().for_each(free);
    // A thread that ends has let go of its lists.
    _ = LISTS.try_with(Lists::clear);
}

pub(crate) fn reset_peak() {
    let live = stats().live;
    pool().peak = live;
}
