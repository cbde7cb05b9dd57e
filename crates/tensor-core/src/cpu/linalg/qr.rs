//! Orthogonal and triangular factors, by Householder's reflections.
//!
//! The matrix is held as its columns, row after row in memory. The reflections of a block of columns are joined to
//! I − V·T·Vᵀ, which is applied to the columns behind by matrix products (Schreiber and Van Loan, 1989).

use super::rows::{Field, add_scaled, dot, scale, sqrt, transposed, two};
use super::{BLOCK, Executor};
use tensor_matmul::{RawMut, RawRef, gemm_raw};

/// Writes `columns` columns of Q over as many rows of R, transposed.
pub(super) fn factor<T: Field>(a: &[T], [m, n]: [usize; 2], columns: usize, out: &mut [T], exec: &dyn Executor) {
    let mut w = transposed(a, m, n);
    let scale = scale(a).unwrap_or(T::one());
    w.iter_mut().for_each(|x| *x = *x * scale);
    let blocks = reduce(&mut w, [m, n], exec);

    let mut q = vec![T::zero(); columns * m];
    (0..columns).for_each(|j| q[j * m + j] = T::one());
    for block in blocks.iter().rev() {
        // The columns before are those of the identity, which it does not change.
        block.apply(&mut q[block.start * m..], m, true, exec);
    }
    let (over, under) = out.split_at_mut(m * columns);
    over.iter_mut().enumerate().for_each(|(at, x)| *x = q[at % columns * m + at / columns]);
    for c in 0..n {
        (0..columns.min(c + 1)).for_each(|r| under[c * columns + r] = w[c * m + r] / scale);
    }
}

/// Makes the `n` columns of `w` triangular: R, and under it what [`Block::new`] makes blocks of, which are returned.
pub(super) fn reduce<T: Field>(w: &mut [T], [m, n]: [usize; 2], exec: &dyn Executor) -> Vec<Block<T>> {
    let mut blocks = Vec::new();
    let k = m.min(n);
    for start in (0..k).step_by(BLOCK) {
        let end = k.min(start + BLOCK);
        let mut taus = Vec::with_capacity(end - start);
        for j in start..end {
            let (head, behind) = w.split_at_mut((j + 1) * m);
            let v = &mut head[j * m + j..];
            let tau = reflect(v);
            for y in behind.chunks_exact_mut(m).take(end - j - 1).map(|y| &mut y[j..]) {
                turn(tau, &v[1..], y);
            }
            taus.push(tau);
        }
        let block = Block::new(w, m, start, &taus);
        block.apply(&mut w[end * m..], m, false, exec);
        blocks.push(block);
    }
    blocks
}

/// [`reduce`] with the longest of what is left of the columns taken first (Businger and Golub, 1965), so that the diagonal
/// of R descends; for `m ≥ n`. Also which column each was.
pub(super) fn reduce_longest_first<T: Field>(w: &mut [T], [m, n]: [usize; 2]) -> (Vec<Block<T>>, Vec<usize>) {
    let mut order: Vec<usize> = (0..n).collect();
    // The squares of what is left of the columns, and what they were when last summed.
    let mut squares: Vec<T> = w.chunks_exact(m.max(1)).map(|x| dot(x, x)).collect();
    let mut summed = squares.clone();
    let lost = sqrt(<T as num_traits::Float>::epsilon());
    let mut taus = Vec::with_capacity(n);
    for j in 0..n {
        let longest = (j..n).fold(j, |best, c| if squares[c] > squares[best] { c } else { best });
        if longest != j {
            let (x, y) = two(w, m, j, longest);
            x.swap_with_slice(y);
            order.swap(j, longest);
            squares.swap(j, longest);
            summed.swap(j, longest);
        }
        let (head, behind) = w.split_at_mut((j + 1) * m);
        let v = &mut head[j * m + j..];
        let tau = reflect(v);
        for (c, y) in behind.chunks_exact_mut(m).map(|y| &mut y[j..]).enumerate() {
            turn(tau, &v[1..], y);
            let square = &mut squares[j + 1 + c];
            *square = *square - y[0] * y[0];
            if *square <= lost * summed[j + 1 + c] {
                *square = dot(&y[1..], &y[1..]);
                summed[j + 1 + c] = *square;
            }
        }
        taus.push(tau);
    }
    let block = |(i, taus): (usize, &[T])| Block::new(w, m, i * BLOCK, taus);
    (taus.chunks(BLOCK).enumerate().map(block).collect(), order)
}

/// y ← (I − τ·v·vᵀ)·y, of v all but v₀ = 1.
fn turn<T: Field>(tau: T, v: &[T], y: &mut [T]) {
    let along = tau * (y[0] + dot(v, &y[1..]));
    y[0] = y[0] - along;
    add_scaled(-along, v, &mut y[1..]);
}

/// Makes of a column x the reflection I − τ·v·vᵀ, v₀ = 1, that turns it to a multiple of the first axis: that multiple in
/// place of x₀, the rest of v in place of the rest of x; and τ.
pub(super) fn reflect<T: Field>(x: &mut [T]) -> T {
    let (first, rest) = x.split_first_mut().expect("a column down from the diagonal");
    let below = dot(rest, rest);
    if below == T::zero() {
        return T::zero();
    }
    let norm = sqrt(*first * *first + below);
    let image = if num_traits::Float::is_sign_negative(*first) { norm } else { -norm };
    let tau = (image - *first) / image;
    let divisor = *first - image;
    rest.iter_mut().for_each(|x| *x = *x / divisor);
    *first = image;
    tau
}

/// The reflections of a block of columns: I − V·T·Vᵀ.
pub(super) struct Block<T> {
    /// The first column, and the first row that they change.
    start: usize,
    count: usize,
    /// The columns of V from row `start` on, one after the other.
    v: Vec<T>,
    /// T, upper triangular.
    t: Vec<T>,
}

impl<T: Field> Block<T> {
    fn new(w: &[T], m: usize, start: usize, taus: &[T]) -> Self {
        let (count, height) = (taus.len(), m - start);
        let mut v = vec![T::zero(); count * height];
        let mut t = vec![T::zero(); count * count];
        for (j, &tau) in taus.iter().enumerate() {
            let (before, column) = v.split_at_mut(j * height);
            column[j] = T::one();
            column[j + 1..height].copy_from_slice(&w[(start + j) * m + start + j + 1..(start + j + 1) * m]);
            let along: Vec<T> = before.chunks_exact(height).map(|other| dot(other, &column[..height])).collect();
            for i in 0..j {
                t[i * count + j] = -tau * dot(&t[i * count..][i..j], &along[i..]);
            }
            t[j * count + j] = tau;
        }
        Block { start, count, v, t }
    }

    /// Turns columns of `m` elements, of the whole matrix: by Qᵀ, or if `forth` by Q.
    pub(super) fn apply(&self, columns: &mut [T], m: usize, forth: bool, exec: &dyn Executor) {
        let (count, height) = (self.count, m - self.start);
        let rows = columns.len() / m.max(1);
        if rows == 0 {
            return;
        }
        let mut along = vec![T::zero(); 2 * rows * count];
        let (along, turned) = along.split_at_mut(rows * count);
        let matrix = |x: &[T], row: usize, col: usize| RawRef::new(x.as_ptr(), row as isize, col as isize);
        let written = |x: &mut [T], row: usize| RawMut::new(x.as_mut_ptr(), row as isize, 1);
        let (one, zero) = (T::one(), T::zero());
        let t = if forth { matrix(&self.t, 1, count) } else { matrix(&self.t, count, 1) };
        // SAFETY: all of them are borrowed for their whole size, those written exclusively.
        unsafe {
            let columns = &mut columns[self.start..];
            let v = matrix(&self.v, 1, height);
            gemm_raw([rows, height, count], one, matrix(columns, m, 1), v, zero, written(along, count), exec);
            gemm_raw([rows, count, count], one, matrix(along, count, 1), t, zero, written(turned, count), exec);
            let v = matrix(&self.v, height, 1);
            gemm_raw([rows, count, height], -one, matrix(turned, count, 1), v, one, written(columns, m), exec);
        }
    }
}
