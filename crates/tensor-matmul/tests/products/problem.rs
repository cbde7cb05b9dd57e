//! Problems in random layouts, and every way to solve them.

use proptest::prelude::*;
use std::fmt;
use std::sync::Mutex;
use tensor_matmul::{Executor, Isa, RawMut, RawRef, Scalar, Sequential, force, gemm_raw};

pub(crate) trait Float: num_traits::Float + Scalar + fmt::Debug {
    /// Chains of a sum where m = 1 or n = 1.
    const CHAINS: usize;
    /// Depth of a block of k where m, n ≥ 2.
    const BLOCK: usize;
    /// The relative error of one rounding.
    const UNIT: f64;
    fn new(x: f64) -> Self;
    fn value(self) -> f64;
    fn same_bits(self, other: Self) -> bool;
}

impl Float for f32 {
    const CHAINS: usize = 16;
    const BLOCK: usize = 512;
    const UNIT: f64 = f32::EPSILON as f64 / 2.0;
    fn new(x: f64) -> f32 {
        x as f32
    }
    fn value(self) -> f64 {
        self.into()
    }
    fn same_bits(self, other: f32) -> bool {
        self.to_bits() == other.to_bits() || self.is_nan() && other.is_nan()
    }
}

impl Float for f64 {
    const CHAINS: usize = 8;
    const BLOCK: usize = 256;
    const UNIT: f64 = f64::EPSILON / 2.0;
    fn new(x: f64) -> f64 {
        x
    }
    fn value(self) -> f64 {
        self
    }
    fn same_bits(self, other: f64) -> bool {
        self.to_bits() == other.to_bits() || self.is_nan() && other.is_nan()
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Layout {
    RowMajor,
    ColMajor,
    /// Rows at a stride that the cache dislikes.
    Padded,
    /// Nothing side by side.
    Spread,
    /// Rows and columns backwards.
    Flipped,
    /// One row, repeated (not for C).
    SameRow,
    /// One column, repeated (not for C).
    SameCol,
}

impl Layout {
    pub(crate) const ALL: [Layout; 7] = [
        Layout::RowMajor,
        Layout::ColMajor,
        Layout::Padded,
        Layout::Spread,
        Layout::Flipped,
        Layout::SameRow,
        Layout::SameCol,
    ];

    /// Offset, strides and length of the memory.
    fn place(self, rows: usize, cols: usize) -> (usize, [isize; 2], usize) {
        let (r, c) = (rows as isize, cols as isize);
        let pad = (cols + 1).next_multiple_of(256) as isize;
        match self {
            Layout::RowMajor => (0, [c, 1], rows * cols),
            Layout::ColMajor => (0, [1, r], rows * cols),
            Layout::Padded => (3, [pad, 1], 3 + rows * pad as usize),
            Layout::Spread => (1, [2 * c + 3, 2], 1 + rows * (2 * cols + 3)),
            Layout::Flipped => (rows * cols, [-c, -1], rows * cols + 1),
            Layout::SameRow => (2, [0, 1], cols + 2),
            Layout::SameCol => (0, [1, 0], rows),
        }
    }
}

#[derive(Clone)]
pub(crate) struct Operand<T> {
    rows: usize,
    cols: usize,
    offset: usize,
    strides: [isize; 2],
    data: Vec<T>,
}

impl<T: Copy> Operand<T> {
    pub(crate) fn new(layout: Layout, rows: usize, cols: usize, value: &mut dyn FnMut() -> T) -> Self {
        let (offset, strides, len) = layout.place(rows, cols);
        Operand { rows, cols, offset, strides, data: (0..len).map(|_| value()).collect() }
    }

    fn index(&self, i: usize, j: usize) -> usize {
        (self.offset as isize + i as isize * self.strides[0] + j as isize * self.strides[1]) as usize
    }

    pub(crate) fn get(&self, i: usize, j: usize) -> T {
        assert!(i < self.rows && j < self.cols);
        self.data[self.index(i, j)]
    }

    pub(crate) fn raw_mut(&mut self) -> RawMut<T> {
        RawMut::new(self.data.as_mut_ptr().wrapping_add(self.offset), self.strides[0], self.strides[1])
    }

    fn raw(&self) -> RawRef<T> {
        RawRef::new(self.data.as_ptr().wrapping_add(self.offset), self.strides[0], self.strides[1])
    }
}

#[derive(Clone)]
pub(crate) struct Problem<T> {
    pub(crate) m: usize,
    pub(crate) k: usize,
    pub(crate) n: usize,
    pub(crate) alpha: T,
    pub(crate) beta: T,
    pub(crate) layouts: [Layout; 3],
    a: Operand<T>,
    b: Operand<T>,
    c: Operand<T>,
}

impl<T: fmt::Debug> fmt::Debug for Problem<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}×{}, α = {:?}, β = {:?}, {:?}", self.m, self.k, self.n, self.alpha, self.beta, self.layouts)
    }
}

impl<T: Scalar> Problem<T> {
    pub(crate) fn new(
        [m, k, n]: [usize; 3],
        layouts: [Layout; 3],
        alpha: T,
        beta: T,
        value: &mut dyn FnMut() -> T,
    ) -> Self {
        let a = Operand::new(layouts[0], m, k, value);
        let b = Operand::new(layouts[1], k, n, value);
        let c = Operand::new(layouts[2], m, n, value);
        Problem { m, k, n, alpha, beta, layouts, a, b, c }
    }

    pub(crate) fn a(&self, i: usize, p: usize) -> T {
        self.a.get(i, p)
    }

    pub(crate) fn b(&self, p: usize, j: usize) -> T {
        self.b.get(p, j)
    }

    pub(crate) fn c(&self, i: usize, j: usize) -> T {
        self.c.get(i, j)
    }

    pub(crate) fn fill(&mut self, a: impl Fn(usize, usize) -> T, b: impl Fn(usize, usize) -> T) {
        for (operand, value) in [(&mut self.a, &a as &dyn Fn(usize, usize) -> T), (&mut self.b, &b)] {
            for i in 0..operand.rows {
                for j in 0..operand.cols {
                    let at = operand.index(i, j);
                    operand.data[at] = value(i, j);
                }
            }
        }
    }

    /// C, row by row. What lies between its elements must come out untouched.
    pub(crate) fn run(&self, exec: &dyn Executor) -> Vec<T> {
        let mut c = self.c.clone();
        let raw = c.raw_mut();
        let dims = [self.m, self.k, self.n];
        // SAFETY: `place` made every operand large enough, and C's layouts keep its elements apart.
        unsafe { gemm_raw(dims, self.alpha, self.a.raw(), self.b.raw(), self.beta, raw, exec) };
        let mut between = c.data.clone();
        let mut result = Vec::with_capacity(self.m * self.n);
        for i in 0..self.m {
            for j in 0..self.n {
                let at = c.index(i, j);
                result.push(c.data[at]);
                between[at] = self.c.data[at];
            }
        }
        assert!(between == self.c.data, "memory between the elements of C was written");
        result
    }
}

impl<T: Float> Problem<T> {
    pub(crate) fn random(seed: u64, dims: [usize; 3], layouts: [Layout; 3], alpha: f64, beta: f64) -> Self {
        let mut random = uniform(seed);
        Problem::new(dims, layouts, T::new(alpha), T::new(beta), &mut || T::new(random()))
    }
}

/// Numbers in −1 … 1 (splitmix64).
pub(crate) fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// So many cases of a property, or fewer where `PROPTEST_CASES` says so (an emulator is slow).
pub(crate) fn cases(most: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig { cases: config.cases.min(most), ..config }
}

/// All shape classes: empty, tiny, vectors, few deep, tile edges, and past a block of k.
pub(crate) fn dims() -> impl Strategy<Value = [usize; 3]> {
    let size = || prop_oneof![4 => 0..8usize, 3 => 8..40usize, 1 => 40..100usize, 2 => Just(1usize)];
    let deep = prop_oneof![6 => size(), 1 => 250..270usize, 1 => 505..520usize, 1 => 1020..1030usize];
    (size(), deep, size()).prop_map(|(m, k, n)| [m, k, n])
}

pub(crate) fn layouts() -> impl Strategy<Value = [Layout; 3]> {
    let read = || prop::sample::select(&Layout::ALL[..]);
    let written = prop::sample::select(&Layout::ALL[..5]);
    (read(), read(), written).prop_map(|(a, b, c)| [a, b, c])
}

pub(crate) fn factor() -> impl Strategy<Value = f64> {
    prop_oneof![3 => Just(1.0), 3 => Just(0.0), 1 => Just(-1.0), 2 => -2.0..2.0f64]
}

pub(crate) fn reals<T: Float>() -> impl Strategy<Value = Problem<T>> {
    (any::<u64>(), dims(), layouts(), factor(), factor())
        .prop_map(|(seed, dims, layouts, alpha, beta)| Problem::random(seed, dims, layouts, alpha, beta))
}

/// Calls `work` with every instruction set of this machine and with 1, 2, 3 and 8 threads.
///
/// The instruction set is a property of the process, so the tests take turns.
pub(crate) fn every_isa(within_contract: bool, work: impl Fn(Isa, usize, &dyn Executor) + Sync) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    for isa in Isa::ALL {
        if !isa.is_available() || within_contract && isa == Isa::MatrixMultiply {
            continue;
        }
        force(Some(isa)).unwrap();
        work(isa, 1, &Sequential);
        #[cfg(feature = "rayon")]
        for (threads, pool) in pools() {
            pool.install(|| work(isa, *threads, &tensor_matmul::Rayon));
        }
    }
    force(None).unwrap();
}

#[cfg(feature = "rayon")]
fn pools() -> &'static [(usize, rayon::ThreadPool)] {
    static POOLS: std::sync::OnceLock<Vec<(usize, rayon::ThreadPool)>> = std::sync::OnceLock::new();
    POOLS.get_or_init(|| {
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        [2, 3, 8].map(|threads| (threads, pool(threads))).into()
    })
}
