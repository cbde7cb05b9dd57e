//! Matrix·vector and vector·matrix, m = 1 or n = 1, and outer products, k ≤ 2: memory is the limit and not arithmetic.
//!
//! The order of a sum, part of the bit contract: k is padded with zeros to a multiple of [`chains`]; chain r, begun at
//! +0, takes the depths p ≡ r in order, each by a fused multiply-add; then the chains are added in halves, chain i to
//! chain i + chains/2, and so on. Which of the kernels below does it, and in how many registers, cannot be seen.

use crate::kernels::Kernels;
use crate::pack::with_buffers;
use crate::raw::Product;
use crate::scalar::Scalar;
use crate::simd::Simd;
use num_traits::Zero;
use std::mem::MaybeUninit;

/// `y_o ← α·Σ_p w[o, p]·x[p] + β·y_o` for `o < outs`, `p < k`.
#[derive(Clone, Copy)]
pub(crate) struct Vector<T> {
    pub(crate) outs: usize,
    pub(crate) k: usize,
    pub(crate) w: *const T,
    pub(crate) w_out: isize,
    pub(crate) w_k: isize,
    pub(crate) x: *const T,
    pub(crate) x_k: isize,
    pub(crate) y: *mut T,
    pub(crate) y_out: isize,
    pub(crate) alpha: T,
    pub(crate) beta: T,
}

/// How many chains a sum is made of: 16, and 8 for numbers of more than four bytes.
pub(crate) const fn chains<T>() -> usize {
    if size_of::<T>() <= 4 { 16 } else { 8 }
}

/// Up to this depth, registers run along the outputs and each sum is a few of them.
const FEW: usize = 4;

/// A product with m = 1 or n = 1.
///
/// # Safety
/// As for [`gemm_raw`](crate::gemm_raw), and the CPU has the kernels' instruction set.
#[inline]
pub(crate) unsafe fn product<K: Kernels>(p: &Product<K::T>) {
    let (a, b, c) = (&p.a, &p.b, &p.c);
    let v = Vector {
        outs: p.m,
        k: p.k,
        w: a.ptr,
        w_out: a.row_stride,
        w_k: a.col_stride,
        x: b.ptr,
        x_k: b.row_stride,
        y: c.ptr,
        y_out: c.row_stride,
        alpha: p.alpha,
        beta: p.beta,
    };
    let v = if p.n == 1 {
        v
    } else {
        Vector {
            outs: p.n,
            w: b.ptr,
            w_out: b.col_stride,
            w_k: b.row_stride,
            x: a.ptr,
            x_k: a.col_stride,
            y_out: c.col_stride,
            ..v
        }
    };
    // SAFETY: the caller's promise; what each kernel asks of strides is what the condition before it says.
    unsafe {
        if v.k <= FEW && v.outs >= K::LANES && v.y_out == 1 {
            K::few(&v);
        } else if v.w_k == 1 && v.x_k == 1 {
            K::rows(&v);
        } else if v.w_out == 1 && v.outs > 1 {
            K::cols(&v);
        } else {
            gathered::<K>(&v);
        }
    }
}

/// Copies x, and the rows of w a few at a time, to where they lie straight.
///
/// # Safety
/// As for [`product`].
#[cold]
unsafe fn gathered<K: Kernels>(v: &Vector<K::T>) {
    const ROWS: usize = 8;
    let stride = v.k.next_multiple_of(K::LANES);
    with_buffers(|buffers| {
        // SAFETY: the buffers have room for a row, and for ROWS rows, of k rounded up to whole registers.
        unsafe {
            let x = buffers.b.room::<K::T>(stride);
            K::pack([1, v.k], v.x, [0, v.x_k], x, stride);
            if v.w_k == 1 {
                return K::rows(&Vector { x, x_k: 1, ..*v });
            }
            let w = buffers.a.room::<K::T>(ROWS * stride);
            for o in (0..v.outs).step_by(ROWS) {
                let outs = ROWS.min(v.outs - o);
                let (from, y) = (v.w.offset(o as isize * v.w_out), v.y.offset(o as isize * v.y_out));
                K::pack([outs, v.k], from, [v.w_out, v.w_k], w, stride);
                K::rows(&Vector { outs, w, w_out: stride as isize, w_k: 1, x, x_k: 1, y, ..*v });
            }
        }
    })
}

/// `α·sum + β·y`, without reading y if β = 0.
#[inline(always)]
unsafe fn finish<T: Scalar>(v: &Vector<T>, o: usize, sum: T) {
    // SAFETY: the caller's o is below `outs`.
    unsafe {
        let y = v.y.offset(o as isize * v.y_out);
        y.write(match v.beta.is_zero() {
            true => T::multiply(v.alpha, sum),
            false => T::multiply_add(v.alpha, sum, T::multiply(v.beta, *y)),
        });
    }
}

/// [`finish`] for the first `count` lanes.
#[inline(always)]
unsafe fn finish_lanes<S: Simd>(v: &Vector<S::T>, o: usize, sums: S::V, count: usize) {
    // SAFETY: outputs o to o + count are the caller's.
    unsafe {
        if v.y_out == 1 {
            let (y, mask) = (v.y.add(o), S::mask(count));
            let scaled = S::mul(S::splat(v.alpha), sums);
            let result = match v.beta.is_zero() {
                true => scaled,
                false => S::fma(S::splat(v.alpha), sums, S::mul(S::splat(v.beta), S::load_masked(y, mask))),
            };
            if count == S::LANES { S::store(y, result) } else { S::store_masked(y, result, mask) }
        } else {
            let mut lanes = [S::T::zero(); 16];
            S::store(lanes.as_mut_ptr(), sums);
            for (i, &sum) in lanes.iter().enumerate().take(count) {
                finish(v, o + i, sum);
            }
        }
    }
}

/// How many bytes ahead lines are fetched where rows are read [in order](in_order).
const AHEAD: usize = 96 * 64;

/// Cache lines of a row that are fetched ahead: it takes the CPU about as many to see by itself that there are more to come.
const LINES: usize = 16;

/// Registers along k: for `w_k` = 1 and `x_k` = 1.
///
/// # Safety
/// Every element of w, x and y that [`Vector`] names is good for reading, and y for writing.
#[inline(always)]
pub(crate) unsafe fn rows<S: Simd>(v: &Vector<S::T>) {
    // SAFETY: the caller's promise; blocks of outputs end at `outs`.
    unsafe {
        match (chains::<S::T>() / S::LANES, in_order(v)) {
            (1, false) => rows_of::<S, 4, 1, false>(v),
            (2, false) => rows_of::<S, 4, 2, false>(v),
            (_, false) => rows_of::<S, 2, 4, false>(v),
            (1, true) => rows_of::<S, 2, 1, true>(v),
            (2, true) => rows_of::<S, 2, 2, true>(v),
            (_, true) => rows_of::<S, 2, 4, true>(v),
        }
    }
}

/// Whether to read w strictly as it lies in memory, two rows at a time with what comes [`AHEAD`] of them fetched: a page that
/// is opened before the one in front of it has ended costs a tenth and more. But two rows must fit the first-level cache
/// along with what is fetched, and there the caches must have it: the CPU by itself has more lines on their way from memory.
fn in_order<T>(v: &Vector<T>) -> bool {
    let row = v.k.saturating_mul(size_of::<T>());
    let bytes = v.outs.saturating_mul(row);
    let longest = if bytes <= crate::isa::caches().1 { 8 << 10 } else { 2 << 10 };
    v.w_out == v.k as isize && bytes > 64 << 10 && row <= longest
}

#[inline(always)]
unsafe fn rows_of<S: Simd, const ROWS: usize, const NV: usize, const IN_ORDER: bool>(v: &Vector<S::T>) {
    // SAFETY: as for `rows`.
    unsafe {
        let mut o = 0;
        while o + ROWS <= v.outs {
            dots::<S, ROWS, NV, IN_ORDER>(v, o);
            o += ROWS;
        }
        while o < v.outs {
            dots::<S, 1, NV, IN_ORDER>(v, o);
            o += 1;
        }
    }
}

/// `ROWS` outputs from o on, each in `NV` registers of chains.
#[inline(always)]
unsafe fn dots<S: Simd, const ROWS: usize, const NV: usize, const IN_ORDER: bool>(v: &Vector<S::T>, o: usize) {
    // SAFETY: as for `rows`; depths stay below k, by masks in the last round.
    unsafe {
        let mut sums = [[S::zero(); NV]; ROWS];
        let w = v.w.offset(o as isize * v.w_out);
        // The beginnings of the rows after these. (More rows at once would compete for the same sets of the first-level
        // cache where rows are a multiple of its size apart.)
        let mut coming = Coming::new::<ROWS>(w.wrapping_offset((ROWS as isize).wrapping_mul(v.w_out)), v.w_out);
        let mut ahead = w.wrapping_byte_add(AHEAD);
        let mut p = 0;
        while p + NV * S::LANES <= v.k {
            if !IN_ORDER {
                coming.fetch::<S, ROWS>();
            }
            for n in 0..NV {
                let x = S::load(v.x.add(p + n * S::LANES));
                for (i, sums) in sums.iter_mut().enumerate() {
                    let w = w.offset(i as isize * v.w_out).add(p + n * S::LANES);
                    sums[n] = S::fma(S::load(w), x, sums[n]);
                }
            }
            if IN_ORDER {
                for line in 0..ROWS {
                    S::prefetch_near(ahead.wrapping_byte_add(64 * line));
                }
                ahead = ahead.wrapping_byte_add(64 * ROWS);
            }
            p += NV * S::LANES;
        }
        if p < v.k {
            for n in 0..NV {
                let at = p + n * S::LANES;
                let mask = S::mask(v.k.saturating_sub(at));
                let x = S::load_masked(v.x.wrapping_add(at), mask);
                for (i, sums) in sums.iter_mut().enumerate() {
                    let w = S::load_masked(w.offset(i as isize * v.w_out).wrapping_add(at), mask);
                    sums[n] = S::fma(w, x, sums[n]);
                }
            }
        }
        let mut halves = [S::zero(); ROWS];
        for (sums, sum) in sums.iter_mut().zip(&mut halves) {
            let mut half = NV / 2;
            while half > 0 {
                for n in 0..half {
                    sums[n] = S::add(sums[n], sums[n + half]);
                }
                half /= 2;
            }
            *sum = sums[0];
        }
        // Zipped, one half of the chains lies across from the other: first those of two rows at a time, then each with itself.
        let mut rows = ROWS;
        for _ in 0..S::LANES.ilog2() {
            let next = rows.div_ceil(2);
            for i in 0..next {
                let (low, high) = S::zip(halves[i], halves[i + rows / 2]);
                halves[i] = S::add(low, high);
            }
            rows = next;
        }
        let mut lanes = [S::T::zero(); 16];
        S::store(lanes.as_mut_ptr(), halves[0]);
        for i in 0..ROWS {
            finish(v, o + i, lanes[i * (S::LANES / ROWS)]);
        }
    }
}

/// The beginnings of rows that are needed next: a line of one row with every step.
struct Coming<T> {
    line: *const T,
    row: isize,
    step: usize,
    steps: usize,
}

impl<T> Coming<T> {
    /// [`LINES`] of each of `ROWS` rows, `row` apart.
    #[inline(always)]
    fn new<const ROWS: usize>(first: *const T, row: isize) -> Self {
        Coming { line: first, row, step: 0, steps: LINES * ROWS }
    }

    /// # Safety
    /// The CPU has the instruction set.
    #[inline(always)]
    unsafe fn fetch<S: Simd<T = T>, const ROWS: usize>(&mut self) {
        if self.step < self.steps {
            let row = (self.step % ROWS) as isize;
            // SAFETY: a prefetch is a hint, whatever the address.
            unsafe { S::prefetch_near(self.line.wrapping_offset(row.wrapping_mul(self.row))) };
            self.step += 1;
            if self.step.is_multiple_of(ROWS) {
                self.line = self.line.wrapping_byte_add(64);
            }
        }
    }
}

/// Adds the chains in halves.
#[inline(always)]
unsafe fn tree<S: Simd>(mut sums: [S::V; 16]) -> S::V {
    // SAFETY: the caller has the instruction set.
    unsafe {
        let mut half = chains::<S::T>() / 2;
        while half > 0 {
            for r in 0..half {
                sums[r] = S::add(sums[r], sums[r + half]);
            }
            half /= 2;
        }
        sums[0]
    }
}

/// Registers along the outputs: for `w_out` = 1.
///
/// # Safety
/// As for [`rows`].
#[inline(always)]
pub(crate) unsafe fn cols<S: Simd>(v: &Vector<S::T>) {
    // SAFETY: as for `rows`; blocks of outputs end at `outs`.
    unsafe {
        if v.outs <= 2 * S::LANES {
            for o in (0..v.outs).step_by(S::LANES) {
                narrow::<S>(v, o, S::LANES.min(v.outs - o));
            }
        } else {
            for o in (0..v.outs).step_by(width::<S::T>()) {
                wide::<S>(v, o, width::<S::T>().min(v.outs - o));
            }
        }
    }
}

/// One register of outputs, every chain in a register of its own.
#[inline(always)]
unsafe fn narrow<S: Simd>(v: &Vector<S::T>, o: usize, count: usize) {
    // SAFETY: outputs by the mask, depths below k.
    unsafe {
        let mask = S::mask(count);
        let mut sums = [S::zero(); 16];
        let (mut w, mut x) = (v.w.add(o), v.x);
        for _ in 0..v.k / chains::<S::T>() {
            for sum in sums.iter_mut().take(chains::<S::T>()) {
                *sum = S::fma(S::load_masked(w, mask), S::splat(*x), *sum);
                w = w.wrapping_offset(v.w_k);
                x = x.wrapping_offset(v.x_k);
            }
        }
        let rest = v.k % chains::<S::T>();
        for (r, sum) in sums.iter_mut().enumerate().take(chains::<S::T>()) {
            if r < rest {
                *sum = S::fma(S::load_masked(w, mask), S::splat(*x), *sum);
                w = w.wrapping_offset(v.w_k);
                x = x.wrapping_offset(v.x_k);
            } else if rest > 0 {
                *sum = S::add(*sum, S::zero());
            }
        }
        finish_lanes::<S>(v, o, tree::<S>(sums), count);
    }
}

/// Outputs that [`wide`] takes at once: rows of w are then read in runs of a page (`f32` and `f64`).
const fn width<T>() -> usize {
    64 * chains::<T>()
}

/// The chains of [`width`] outputs, 16 of 1024 at most, and room to begin anywhere in a page.
#[repr(align(64))]
struct Sums<T>([T; 17 * 1024]);

/// Where in the memory the sums begin: half a page from where w does. A load from w would otherwise be taken, by the
/// low twelve bits of its address, for one of what was just stored, and wait for it: that doubles the time.
fn apart<T>(memory: *mut T, w: *const T) -> *mut T {
    const PAGE: usize = 4096;
    let bytes =
        (w as usize).wrapping_add(PAGE / 2).wrapping_sub(memory as usize) % PAGE.min(width::<T>() * size_of::<T>());
    memory.wrapping_add((bytes & !63) / size_of::<T>())
}

/// Up to [`width`] outputs, the chains in memory: each is loaded and stored once for several rows of w.
#[inline(always)]
unsafe fn wide<S: Simd>(v: &Vector<S::T>, o: usize, count: usize) {
    // SAFETY: outputs from o to o + count, by a mask in the last register; depths below k; the sums have room for
    // all chains of so many outputs.
    unsafe {
        let mut memory = MaybeUninit::<Sums<S::T>>::uninit();
        let sums = apart((&raw mut (*memory.as_mut_ptr()).0).cast::<S::T>(), v.w.add(o));
        for r in v.k..chains::<S::T>() {
            for j in (0..count).step_by(S::LANES) {
                S::store(sums.add(r * width::<S::T>() + j), S::zero());
            }
        }
        // All chains by turns, so that rows near one another are read soon after. But runs of just a page, from the caches,
        // are faster a chain after the other, in few rows at once.
        let pages = count * size_of::<S::T>() == 4096;
        if pages && v.outs.saturating_mul(v.k).saturating_mul(size_of::<S::T>()) <= crate::isa::caches().1 {
            all_chains::<S, 4, true>(v, o, count, v.k, sums);
        } else {
            all_chains::<S, 8, false>(v, o, count, 8, sums);
        }
        let rest = v.k % chains::<S::T>();
        for j in (0..count).step_by(S::LANES) {
            let mut registers = [S::zero(); 16];
            for (r, sum) in registers.iter_mut().enumerate().take(chains::<S::T>()) {
                *sum = S::load(sums.add(r * width::<S::T>() + j));
                if rest > 0 && r >= rest {
                    *sum = S::add(*sum, S::zero());
                }
            }
            finish_lanes::<S>(v, o + j, tree::<S>(registers), S::LANES.min(count - j));
        }
    }
}

/// Every chain in turn, up to `span` steps of it, `DEEP` at once where there are so many.
///
/// # Safety
/// As for [`wide`].
#[inline(always)]
unsafe fn all_chains<S: Simd, const DEEP: usize, const FETCH: bool>(
    v: &Vector<S::T>,
    o: usize,
    count: usize,
    span: usize,
    sums: *mut S::T,
) {
    let step = chains::<S::T>();
    let row = |p: usize| v.w.wrapping_offset((p as isize).wrapping_mul(v.w_k)).wrapping_add(o);
    for first in (0..v.k).step_by(span.saturating_mul(step)) {
        let end = v.k.min(first.saturating_add(span.saturating_mul(step)));
        for r in 0..step.min(v.k - first) {
            let mut p = first + r;
            while p < end {
                let (x, sums, fresh) =
                    (v.x.wrapping_offset(p as isize * v.x_k), sums.wrapping_add(r * width::<S::T>()), p == r);
                // SAFETY: depths below `end`, and so below k.
                unsafe {
                    if p + (DEEP - 1) * step < end {
                        let next = p + DEEP * step;
                        let next = row(if next < end { next } else { first + r + 1 });
                        chain::<S, DEEP, FETCH>(v, count, fresh, row(p), x, next, sums);
                        p += DEEP * step;
                    } else {
                        chain::<S, 1, false>(v, count, fresh, row(p), x, v.w, sums);
                        p += step;
                    }
                }
            }
        }
    }
}

/// `DEEP` steps of one chain, its first ones if it is fresh, for `count` outputs; meanwhile, the rows at `next` are fetched.
#[inline(always)]
unsafe fn chain<S: Simd, const DEEP: usize, const FETCH: bool>(
    v: &Vector<S::T>,
    count: usize,
    fresh: bool,
    w: *const S::T,
    x: *const S::T,
    next: *const S::T,
    sums: *mut S::T,
) {
    // SAFETY: as for `wide`.
    unsafe {
        let step = chains::<S::T>() as isize;
        let mut factors = [S::zero(); DEEP];
        for (d, factor) in factors.iter_mut().enumerate() {
            *factor = S::splat(*x.offset(d as isize * step * v.x_k));
        }
        let mut coming = Coming::new::<DEEP>(next, step.wrapping_mul(v.w_k));
        let whole = count / S::LANES * S::LANES;
        let mut j = 0;
        while j < whole {
            if FETCH {
                coming.fetch::<S, DEEP>();
            }
            let mut sum = if fresh { S::zero() } else { S::load(sums.add(j)) };
            for (d, &factor) in factors.iter().enumerate() {
                let w = w.offset(d as isize * step * v.w_k).add(j);
                sum = S::fma(S::load(w), factor, sum);
            }
            S::store(sums.add(j), sum);
            j += S::LANES;
        }
        if whole < count {
            let mask = S::mask(count - whole);
            let mut sum = if fresh { S::zero() } else { S::load(sums.add(whole)) };
            for (d, &factor) in factors.iter().enumerate() {
                let w = S::load_masked(w.offset(d as isize * step * v.w_k).add(whole), mask);
                sum = S::fma(w, factor, sum);
            }
            S::store(sums.add(whole), sum);
        }
    }
}

/// Registers along the outputs, and no chains to keep: for k ≤ [`FEW`], outs ≥ LANES, `y_out` = 1, and any strides of w.
///
/// # Safety
/// As for [`rows`].
#[inline(always)]
pub(crate) unsafe fn few<S: Simd>(v: &Vector<S::T>) {
    // SAFETY: as for `rows`.
    unsafe {
        match (v.k, v.w_out, v.w_k) {
            (2, 2, 1) => few_of::<S, 2, PAIRS, TREE>(v),
            (1, 1, _) => few_of::<S, 1, STRAIGHT, TREE>(v),
            (2, 1, _) => few_of::<S, 2, STRAIGHT, TREE>(v),
            (3, 1, _) => few_of::<S, 3, STRAIGHT, TREE>(v),
            (FEW, 1, _) => few_of::<S, FEW, STRAIGHT, TREE>(v),
            (1, ..) => few_of::<S, 1, ANYHOW, TREE>(v),
            (2, ..) => few_of::<S, 2, ANYHOW, TREE>(v),
            (3, ..) => few_of::<S, 3, ANYHOW, TREE>(v),
            _ => few_of::<S, FEW, ANYHOW, TREE>(v),
        }
    }
}

/// The deepest outer product.
pub(crate) const OUTER: usize = 2;

/// A row of C after the other, for k ≤ [`OUTER`] and m, n ≥ 2: for columns of B and C that lie side by side.
///
/// # Safety
/// As for [`product`].
#[inline(always)]
pub(crate) unsafe fn outer<S: Simd>(p: &Product<S::T>) {
    let v = Vector {
        outs: p.n,
        k: p.k,
        w: p.b.ptr,
        w_out: 1,
        w_k: p.b.row_stride,
        x: p.a.ptr,
        x_k: p.a.col_stride,
        y: p.c.ptr,
        y_out: 1,
        alpha: p.alpha,
        beta: p.beta,
    };
    for i in 0..p.m as isize {
        // SAFETY: a row of A and of C, and all of B.
        unsafe {
            let v = Vector { x: v.x.offset(i * p.a.row_stride), y: v.y.offset(i * p.c.row_stride), ..v };
            match p.k {
                1 => few_of::<S, 1, STRAIGHT, CHAIN>(&v),
                _ => few_of::<S, OUTER, STRAIGHT, CHAIN>(&v),
            }
        }
    }
}

/// How the columns of w lie: two of them alternating, each side by side, or anyhow.
const PAIRS: u8 = 0;
const STRAIGHT: u8 = 1;
const ANYHOW: u8 = 2;

/// How the terms of a sum are added: in the order of m = 1 and n = 1, or in that of m, n ≥ 2.
const TREE: bool = false;
const CHAIN: bool = true;

/// With outs ≥ LANES, as for [`few`].
#[inline(always)]
unsafe fn few_of<S: Simd, const K: usize, const HOW: u8, const ORDER: bool>(v: &Vector<S::T>) {
    // SAFETY: depths below K = k, outputs below `outs`: full registers, then what is left by masks.
    unsafe {
        let mut x = [S::zero(); K];
        for (p, x) in x.iter_mut().enumerate() {
            *x = S::splat(*v.x.offset(p as isize * v.x_k));
        }
        let (alpha, beta, fresh) = (S::splat(v.alpha), S::splat(v.beta), v.beta.is_zero());
        let (outs, w_out, w_k) = (v.outs, v.w_out, v.w_k);
        let mut o = 0;
        while o < outs && (fresh || o + S::LANES <= outs) {
            // The last register ends with the last output; those that it shares with the one before are written again.
            o = o.min(outs - S::LANES);
            let (w, y) = (v.w.offset(o as isize * w_out), v.y.add(o));
            let mut columns = [S::zero(); K];
            if HOW == PAIRS {
                (columns[0], columns[K - 1]) = S::unzip(S::load(w), S::load(w.add(S::LANES)));
            } else {
                for (p, column) in columns.iter_mut().enumerate() {
                    let w = w.offset(p as isize * w_k);
                    *column = if HOW == STRAIGHT { S::load(w) } else { S::gather(w, w_out) };
                }
            }
            let sum = sum_of_few::<S, K, ORDER>(columns, x);
            let scaled = S::mul(alpha, sum);
            S::store(y, if fresh { scaled } else { S::fma(alpha, sum, S::mul(beta, S::load(y))) });
            o += S::LANES;
        }
        if o < outs {
            let rest = outs - o;
            let (w, y, mask) = (v.w.offset(o as isize * w_out), v.y.add(o), S::mask(rest));
            let mut columns = [S::zero(); K];
            if HOW == PAIRS {
                let (low, high) = (S::mask(2 * rest), S::mask((2 * rest).saturating_sub(S::LANES)));
                let (low, high) = (S::load_masked(w, low), S::load_masked(w.wrapping_add(S::LANES), high));
                (columns[0], columns[K - 1]) = S::unzip(low, high);
            } else {
                for (p, column) in columns.iter_mut().enumerate() {
                    let w = w.offset(p as isize * w_k);
                    if HOW == STRAIGHT {
                        *column = S::load_masked(w, mask);
                    } else {
                        let mut lanes = [S::T::zero(); 16];
                        for (i, lane) in lanes.iter_mut().enumerate().take(rest) {
                            *lane = *w.offset(i as isize * w_out);
                        }
                        *column = S::load(lanes.as_ptr());
                    }
                }
            }
            let old = S::mul(beta, S::load_masked(y, mask));
            S::store_masked(y, S::fma(alpha, sum_of_few::<S, K, ORDER>(columns, x), old), mask);
        }
    }
}

/// One chain; or, for the chains of so few depths have a term each, the tree of those terms.
#[inline(always)]
unsafe fn sum_of_few<S: Simd, const K: usize, const ORDER: bool>(columns: [S::V; K], x: [S::V; K]) -> S::V {
    // SAFETY: the caller has the instruction set.
    unsafe {
        if ORDER == CHAIN {
            let mut sum = S::zero();
            for (column, x) in columns.into_iter().zip(x) {
                sum = S::fma(x, column, sum);
            }
            return sum;
        }
        let mut terms = [S::zero(); K];
        for (p, term) in terms.iter_mut().enumerate() {
            *term = S::fma(columns[p], x[p], S::zero());
        }
        let mut half = 2;
        while half > 0 {
            for p in half..K.min(2 * half) {
                terms[p - half] = S::add(terms[p - half], terms[p]);
            }
            half /= 2;
        }
        // For the empty chains, which make −0 into +0.
        S::add(terms[0], S::zero())
    }
}
