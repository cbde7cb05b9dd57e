//! The way in for every product: trivial sizes, batches, and shares for threads.

use crate::blocked;
use crate::exec::Executor;
use crate::kernels::Kernels;
use crate::raw::{Product, RawMut, RawRef};
use crate::scalar::Scalar;
use crate::vector;

/// `count` products, in shares of C that threads take.
///
/// # Safety
/// As for [`gemm_batched_raw`](crate::gemm_batched_raw); and the CPU has the kernels' instruction set.
#[inline]
pub(crate) unsafe fn product<K: Kernels>(count: usize, p: &Product<K::T>, exec: &dyn Executor) {
    let work = p.m.saturating_mul(p.k).saturating_mul(p.n);
    // SAFETY: the caller's promise.
    unsafe {
        // On the shortest way, for the smallest products take less time than a few calls do.
        if count == 1 && work < WORTH_VECTOR { single::<K>(p) } else { shared::<K>(count, p, exec) }
    }
}

/// [`product`] where there may be work for more than one thread.
///
/// # Safety
/// As for [`product`].
#[inline(never)]
unsafe fn shared<K: Kernels>(count: usize, p: &Product<K::T>, exec: &dyn Executor) {
    // SAFETY: the caller's promise; shares are disjoint parts of C.
    unsafe {
        if let Some(shares) = Shares::of::<K>(count, p, exec) {
            let p = Shared(*p);
            exec.run(shares.total(), &|share| {
                let (whole, part) = (p.get(), shares.cut(p.get(), share));
                // By the sizes of the whole: one row or column of a matrix has the sums of a matrix, not those of a vector.
                if whole.m > 1 && whole.n > 1 { blocked::product::<K>(&part) } else { single::<K>(&part) }
            });
        } else {
            for s in 0..count {
                single::<K>(&part(p, s, [0, 0], [p.m, p.n]));
            }
        }
    }
}

/// One product on this thread.
///
/// # Safety
/// As for [`product`].
#[inline(always)]
unsafe fn single<K: Kernels>(p: &Product<K::T>) {
    // SAFETY: the caller's promise.
    unsafe {
        if p.m > 1 && p.n > 1 && p.k > 0 {
            blocked::product::<K>(p);
        } else if p.k > 0 && p.m > 0 && p.n > 0 {
            vector::product::<K>(p);
        } else {
            scale(p);
        }
    }
}

/// `C ← β·C`: what is left with k = 0, or nothing at all.
///
/// # Safety
/// As for [`product`].
#[cold]
unsafe fn scale<T: Scalar>(p: &Product<T>) {
    for i in 0..p.m {
        for j in 0..p.n {
            // SAFETY: (i, j) lies in C.
            unsafe {
                let c = p.c.ptr.offset(i as isize * p.c.row_stride + j as isize * p.c.col_stride);
                c.write(if p.beta.is_zero() { T::zero() } else { T::multiply(p.beta, *c) });
            }
        }
    }
}

/// Product `s` of the batch: so many rows and columns of C, from (i, j) on.
fn part<T: Scalar>(p: &Product<T>, s: usize, [i, j]: [usize; 2], [m, n]: [usize; 2]) -> Product<T> {
    // Wrapping: where an operand has no elements, its strides may lead anywhere.
    let at = |batch: isize, lines: usize, stride: isize| {
        (s as isize).wrapping_mul(batch).wrapping_add((lines as isize).wrapping_mul(stride))
    };
    let a = RawRef { ptr: p.a.ptr.wrapping_offset(at(p.a.batch_stride, i, p.a.row_stride)), ..p.a };
    let b = RawRef { ptr: p.b.ptr.wrapping_offset(at(p.b.batch_stride, j, p.b.col_stride)), ..p.b };
    let c = p.c.ptr.wrapping_offset(at(p.c.batch_stride, i, p.c.row_stride));
    let c = RawMut { ptr: c.wrapping_offset((j as isize).wrapping_mul(p.c.col_stride)), ..p.c };
    Product { m, n, a, b, c, ..*p }
}

/// How C is cut: so many rows and columns in each share, so many shares down and across, for each product of a batch.
struct Shares {
    count: usize,
    rows: usize,
    cols: usize,
    down: usize,
    across: usize,
}

/// A share is worth a thread from so many multiplications on (some ten microseconds of work).
const WORTH: usize = 1 << 20;
/// The same for matrix·vector, where each multiplication waits for memory.
const WORTH_VECTOR: usize = 1 << 17;

impl Shares {
    /// More than one share for each product, or shares of several products; `None` where one thread does it all.
    fn of<K: Kernels>(count: usize, p: &Product<K::T>, exec: &dyn Executor) -> Option<Shares> {
        let vector = p.m == 1 || p.n == 1;
        let worth = if vector { WORTH_VECTOR } else { WORTH };
        let most = p.m.saturating_mul(p.k).saturating_mul(p.n).saturating_mul(count) / worth;
        if most < 2 {
            return None;
        }
        let threads = exec.threads();
        if threads < 2 {
            return None;
        }
        let wanted = threads.min(most).div_ceil(count);
        let (unit_rows, unit_cols) = if vector { (64, 64) } else { (K::MR, K::NR) };
        let mut best = Shares { count, rows: p.m, cols: p.n, down: 1, across: 1 };
        let mut best_cost = usize::MAX;
        for down in 1..=wanted.min(p.m.div_ceil(unit_rows)) {
            let across = (wanted / down).clamp(1, p.n.div_ceil(unit_cols));
            let rows = p.m.div_ceil(down).next_multiple_of(unit_rows);
            let cols = p.n.div_ceil(across).next_multiple_of(unit_cols);
            // The rounds that all shares take, each as long as a share is large; then what a share reads.
            let rounds = (down * across * count).div_ceil(threads);
            let cost = rounds.saturating_mul(rows).saturating_mul(cols).saturating_add(rows + cols);
            if cost < best_cost {
                best_cost = cost;
                best = Shares { count, rows, cols, down: p.m.div_ceil(rows), across: p.n.div_ceil(cols) };
            }
        }
        Some(best)
    }

    fn total(&self) -> usize {
        self.count * self.down * self.across
    }

    fn cut<T: Scalar>(&self, p: &Product<T>, share: usize) -> Product<T> {
        let (s, at) = (share / (self.down * self.across), share % (self.down * self.across));
        let (i, j) = (at / self.across * self.rows, at % self.across * self.cols);
        part(p, s, [i, j], [self.rows.min(p.m - i), self.cols.min(p.n - j)])
    }
}

/// A product that several threads look at.
struct Shared<T>(Product<T>);

impl<T> Shared<T> {
    fn get(&self) -> &Product<T> {
        &self.0
    }
}

// SAFETY: the threads read A and B, and write parts of C that no other thread touches; T is Send + Sync.
unsafe impl<T: Scalar> Sync for Shared<T> {}
