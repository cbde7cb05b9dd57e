//! The micro-kernel: a small tile of C, kept in registers over a whole block of k.

use crate::simd::Simd;
use num_traits::{One, Zero};

/// What a micro-kernel works on: `C ← α·A·B + β·C` for a tile of C whose columns lie side by side.
#[derive(Clone, Copy)]
pub(crate) struct Tile<T> {
    pub(crate) k: usize,
    pub(crate) a: *const T,
    pub(crate) a_row: isize,
    pub(crate) a_col: isize,
    /// The columns of a row of B lie side by side too.
    pub(crate) b: *const T,
    pub(crate) b_row: isize,
    /// Where a full tile copies the rows of B to as they pass; null if they stay where they are.
    pub(crate) b_copy: *mut T,
    pub(crate) c: *mut T,
    pub(crate) c_row: isize,
    /// Columns of the tile; the last register may be partly empty.
    pub(crate) cols: usize,
    pub(crate) alpha: T,
    pub(crate) beta: T,
    /// Whether to bring near what comes next, namely:
    pub(crate) fetch: bool,
    /// the next tile of C, in the strides of this one;
    pub(crate) next_c: *const T,
    /// and of the next tile of A, in its own strides, so many depths, [`ROUND`] of them every so many rounds.
    pub(crate) next_a: *const T,
    pub(crate) next_a_row: isize,
    pub(crate) next_a_col: isize,
    pub(crate) next_a_depths: usize,
    pub(crate) next_a_gap: usize,
}

/// Depths of k in a round, at whose beginning a little of what comes next is fetched.
pub(crate) const ROUND: usize = 4;

/// Rows of B that are asked for ahead of their use: from the second-level cache, and from wherever they are.
const AHEAD: usize = 16;
const FAR_AHEAD: usize = 32;

/// A tile of `MR` rows and `NV` registers of columns, one or two.
///
/// Each element is one chain of fused multiply-adds over k, begun at +0, in order; then α and β once:
/// `fma(α, sum, β·c)`, or `α·sum` if β = 0. Without `MASKED` the registers are full.
///
/// # Safety
/// A: `MR × k`, B: `k × cols` and C: `MR × cols` are good for reading (C: writing; reading unless β = 0), the copy of B
/// for writing `k × NV·LANES`, and `(NV − 1)·LANES < cols ≤ NV·LANES`.
#[inline(always)]
pub(crate) unsafe fn tile<S: Simd, const MR: usize, const NV: usize, const MASKED: bool>(t: &Tile<S::T>) {
    // SAFETY: rows below MR, columns below `cols` (by the mask in the last register) and depths below k only.
    unsafe {
        let last = S::mask(t.cols - (NV - 1) * S::LANES);
        let mut sums = [[S::zero(); NV]; MR];
        let mut at = At { rows: Rows::new(t.a, t.a_row), b: t.b, coming: t.b, copy: t.b_copy };
        // The last depths come for one half of the rows, which are stored, and then for the other: a CPU has room for so many
        // stores that wait, and would begin the next tile only when those of a whole one are gone.
        let early = if const { MR < TALL } { t.k } else { t.k - LATE.min(t.k) };
        if const { !MASKED && NV == 2 } && !t.b_copy.is_null() {
            depths::<S, MR, NV, MASKED, true>(t, early, last, &mut at, &mut sums);
            // What is left is copied by itself, so that the last depths are one piece of code.
            for p in early..t.k {
                for v in 0..NV {
                    let b = t.b.offset(p as isize * t.b_row).add(v * S::LANES);
                    S::store(t.b_copy.add((p * NV + v) * S::LANES), S::load(b));
                }
            }
        } else {
            depths::<S, MR, NV, MASKED, false>(t, early, last, &mut at, &mut sums);
        }
        if const { MR < TALL } {
            return store::<S, MR, NV, MASKED, ALL>(t, last, &sums);
        }
        let mut again = at;
        for _ in early..t.k {
            step::<S, MR, NV, MASKED, false, FIRST>(t, last, &mut at, &mut sums);
        }
        store::<S, MR, NV, MASKED, FIRST>(t, last, &sums);
        for _ in early..t.k {
            step::<S, MR, NV, MASKED, false, SECOND>(t, last, &mut again, &mut sums);
        }
        store::<S, MR, NV, MASKED, SECOND>(t, last, &sums);
    }
}

/// From so many rows on, a tile is stored by halves.
const TALL: usize = 8;

/// Depths that are taken half by half.
const LATE: usize = 4;

/// Which rows of a tile: all, or one of its halves.
const ALL: u8 = 0;
const FIRST: u8 = 1;
const SECOND: u8 = 2;

/// Whether row `i` of `rows` belongs to it.
const fn among(half: u8, i: usize, rows: usize) -> bool {
    half == ALL || (half == FIRST) == (i < rows.div_ceil(2))
}

/// α and β to the sums of a half, and those to C.
///
/// # Safety
/// As for [`tile`].
#[inline(always)]
unsafe fn store<S: Simd, const MR: usize, const NV: usize, const MASKED: bool, const HALF: u8>(
    t: &Tile<S::T>,
    last: S::Mask,
    sums: &[[S::V; NV]; MR],
) {
    // SAFETY: the caller's promise.
    unsafe {
        // α by itself: the compiler would take α and β out of memory together, into a register of lanes, and out of that by way
        // of the stack, for which every store would wait.
        let fresh = t.beta.is_zero();
        // Multiplying by one changes no bit.
        let plain = fresh && (*opaque(&raw const t.alpha)).is_one();
        let (alpha, beta) = (S::splat(t.alpha), S::splat(t.beta));
        // Written out, as in `step`.
        macro_rules! rows {
            ($($i:literal)*) => {$(
                if const { $i < MR && among(HALF, $i, MR) } {
                    let c = t.c.offset($i * t.c_row);
                    for (v, &sum) in sums[$i].iter().enumerate() {
                        let c = c.add(v * S::LANES);
                        let partial = MASKED && v + 1 == NV;
                        let result = if plain {
                            sum
                        } else if fresh {
                            S::mul(alpha, sum)
                        } else {
                            let old = if partial { S::load_masked(c, last) } else { S::load(c) };
                            S::fma(alpha, sum, S::mul(beta, old))
                        };
                        if partial { S::store_masked(c, result, last) } else { S::store(c, result) }
                    }
                }
            )*};
        }
        rows!(0 1 2 3 4 5 6 7 8 9 10 11 12 13);
    }
}

/// The first k depths, in order.
///
/// # Safety
/// As for [`tile`].
#[inline(always)]
unsafe fn depths<S: Simd, const MR: usize, const NV: usize, const MASKED: bool, const COPY: bool>(
    t: &Tile<S::T>,
    k: usize,
    last: S::Mask,
    at: &mut At<S::T>,
    sums: &mut [[S::V; NV]; MR],
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut next = Next::of(t);
        let ahead = if COPY { FAR_AHEAD } else { AHEAD };
        at.coming = t.b.wrapping_offset(t.b_row.wrapping_mul(ahead as isize));
        let mut p = 0;
        while p < k {
            let round = p / ROUND;
            next.fetch::<S, MR, NV>(round);
            if COPY && round + ahead / ROUND == t.k / ROUND {
                // From here on, the sliver after this one.
                at.coming = t.b.wrapping_add(NV * S::LANES);
            }
            // A loop, not [`ROUND`] steps in a row: the compiler would load for all of them first, and run out of registers.
            let end = k.min(p + ROUND);
            while p < end {
                step::<S, MR, NV, MASKED, COPY, ALL>(t, last, at, sums);
                p += 1;
            }
        }
    }
}

/// Where a tile is in A, in B and in what is fetched and copied of B.
#[derive(Clone, Copy)]
struct At<T> {
    rows: Rows<T>,
    b: *const T,
    coming: *const T,
    copy: *mut T,
}

/// One depth of k: the outer product of a column of A and a row of B.
///
/// # Safety
/// As for [`tile`], at this depth.
#[inline(always)]
unsafe fn step<S: Simd, const MR: usize, const NV: usize, const MASKED: bool, const COPY: bool, const HALF: u8>(
    t: &Tile<S::T>,
    last: S::Mask,
    at: &mut At<S::T>,
    sums: &mut [[S::V; NV]; MR],
) {
    // SAFETY: the caller's promise; a prefetch is a hint, whatever the address.
    unsafe {
        let mut row = [S::zero(); NV];
        // Written out: what the tile does not have is not compiled, and loops over rows would have to be unrolled before the
        // sums can live in registers.
        macro_rules! registers {
            ($($v:literal)*) => {$(
                if const { $v < NV } {
                    let b = at.b.add($v * S::LANES);
                    row[$v] = if const { MASKED && $v + 1 == NV } { S::load_masked(b, last) } else { S::load(b) };
                    let coming = at.coming.wrapping_add($v * S::LANES);
                    if COPY {
                        S::store(at.copy.add($v * S::LANES), row[$v]);
                        S::prefetch(coming);
                    } else if const { HALF != SECOND } {
                        S::prefetch_near(coming);
                    }
                }
            )*};
        }
        registers!(0 1);
        macro_rules! rows {
            ($($i:literal)*) => {$(
                if const { $i < MR && among(HALF, $i, MR) } {
                    let x = S::splat(*at.rows.at::<$i>());
                    // A loop, or the compiler would broadcast all rows first.
                    for (sum, &y) in sums[$i].iter_mut().zip(&row) {
                        *sum = S::fma(x, y, *sum);
                    }
                }
            )*};
        }
        rows!(0 1 2 3 4 5 6 7 8 9 10 11 12 13);
        at.rows.advance(t.a_col);
        at.b = at.b.wrapping_offset(t.b_row);
        at.coming = at.coming.wrapping_offset(t.b_row);
        at.copy = at.copy.wrapping_add(NV * S::LANES);
    }
}

/// The addresses of up to 14 elements down a column of A, out of five registers: every row is a base plus 1, 2, 4 or 8
/// times a stride, which x86 adds for nothing while it loads.
///
/// Left to itself the compiler adds row to row with an instruction each, or, where it sees that neighbours lie side by
/// side, loads them together and shuffles them apart: either takes the ports that the arithmetic needs. So the values
/// are made opaque to it.
#[derive(Clone, Copy)]
struct Rows<T> {
    row0: *const T,
    row5: *const T,
    one: isize,
    three: isize,
    five: isize,
}

impl<T> Rows<T> {
    #[inline(always)]
    fn new(a: *const T, row: isize) -> Self {
        let row = row.wrapping_mul(size_of::<T>() as isize);
        Rows {
            row0: opaque(a),
            row5: opaque(a.wrapping_byte_offset(row.wrapping_mul(5))),
            one: opaque(row),
            three: opaque(row.wrapping_mul(3)),
            five: opaque(row.wrapping_mul(5)),
        }
    }

    #[inline(always)]
    fn at<const I: usize>(&self) -> *const T {
        let (base, bytes) = match I {
            0 => (self.row0, 0),
            1 => (self.row0, self.one),
            2 => (self.row0, self.one.wrapping_mul(2)),
            3 => (self.row0, self.three),
            4 => (self.row0, self.one.wrapping_mul(4)),
            5 => (self.row5, 0),
            6 => (self.row0, self.three.wrapping_mul(2)),
            7 => (self.row5, self.one.wrapping_mul(2)),
            8 => (self.row0, self.one.wrapping_mul(8)),
            9 => (self.row5, self.one.wrapping_mul(4)),
            10 => (self.row5, self.five),
            11 => (self.row5, self.three.wrapping_mul(2)),
            12 => (self.row0, self.three.wrapping_mul(4)),
            13 => (self.row5, self.one.wrapping_mul(8)),
            _ => unreachable!("tiles have 14 rows at most"),
        };
        base.wrapping_byte_offset(bytes)
    }

    #[inline(always)]
    fn advance(&mut self, col: isize) {
        self.row0 = opaque(self.row0.wrapping_offset(col));
        self.row5 = opaque(self.row5.wrapping_offset(col));
    }
}

/// The same value, of which the compiler knows nothing.
#[inline(always)]
fn opaque<X: Copy>(mut x: X) -> X {
    const { assert!(size_of::<X>() == size_of::<usize>()) };
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    // SAFETY: the assembly is empty, and X is as large as a register (a pointer or an isize here).
    unsafe {
        let mut register: *const () = std::mem::transmute_copy(&x);
        std::arch::asm!("/* {0} */", inout(reg) register, options(pure, readonly, nostack, preserves_flags));
        x = std::mem::transmute_copy(&register);
    }
    x
}

/// What is needed next and is brought near meanwhile: the next tile of C, and a part of the next tile of A. A little in
/// every round, for the first-level cache can wait for some sixteen lines at once, and the arithmetic's own must be among
/// them.
struct Next<T> {
    c: *const T,
    c_row: isize,
    a: *const T,
    a_row: isize,
    a_col: isize,
    a_depths: usize,
    a_gap: usize,
    a_due: usize,
}

impl<T> Next<T> {
    #[inline(always)]
    fn of(t: &Tile<T>) -> Self {
        Next {
            c: if t.fetch { t.next_c } else { t.c },
            c_row: t.c_row,
            a: t.next_a,
            a_row: t.next_a_row,
            a_col: t.next_a_col,
            a_depths: if t.fetch { t.next_a_depths } else { 0 },
            a_gap: t.next_a_gap,
            a_due: 0,
        }
    }

    /// The share of a round of [`ROUND`] depths.
    ///
    /// # Safety
    /// The CPU has the instruction set.
    #[inline(always)]
    unsafe fn fetch<S: Simd<T = T>, const MR: usize, const NV: usize>(&mut self, round: usize) {
        // SAFETY: a prefetch is a hint, whatever the address.
        unsafe {
            // The last row again and again: that costs less than a branch that is mispredicted.
            for v in 0..NV {
                S::prefetch_near(self.c.wrapping_add(v * S::LANES));
            }
            S::prefetch_near(self.c.wrapping_add(NV * S::LANES - 1));
            self.c = self.c.wrapping_offset(if round + 1 < MR { self.c_row } else { 0 });
            if self.a_depths > 0 && round == self.a_due {
                self.a_due += self.a_gap;
                self.a_depths -= ROUND;
                if self.a_col != 1 {
                    for _ in 0..ROUND {
                        S::prefetch(self.a);
                        S::prefetch(self.a.wrapping_add(MR - 1));
                        self.a = self.a.wrapping_offset(self.a_col);
                    }
                } else {
                    // A line of every row, over as many rounds as it takes to use one.
                    let line = (64 / size_of::<T>()).max(ROUND);
                    let rounds = line / ROUND;
                    let share = MR.div_ceil(rounds);
                    let turn = self.a_depths / ROUND % rounds;
                    for i in 0..share {
                        S::prefetch(self.a.wrapping_offset((turn * share + i) as isize * self.a_row));
                    }
                    if turn == 0 {
                        self.a = self.a.wrapping_add(line);
                    }
                }
            }
        }
    }
}
