//! Products of vectors, matrices and tensors.

use crate::layout::resolve_axis;
use crate::slice::{Ellipsis, Int};
use crate::tensor::{Tensor, fallible};
use crate::{Backend, Error, Num, Result, Shape, broadcast_shapes};

/// Which axes [`Tensor::tensordot`] sums over: a number of them, the last of the left and the first of the right; or a
/// pair of equally long lists, one axis of the left for each of the right.
pub trait Contraction {
    /// The axes of the left and of the right.
    ///
    /// # Errors
    /// If there are not so many axes.
    fn axes(self, left: usize, right: usize) -> Result<(Vec<usize>, Vec<usize>)>;
}

impl Contraction for usize {
    fn axes(self, left: usize, right: usize) -> Result<(Vec<usize>, Vec<usize>)> {
        if self > left.min(right) {
            let message = format!("{self} axes are too many for tensors of rank {left} and {right}");
            return Err(Error::value("tensordot", message));
        }
        Ok(((left - self..left).collect(), (0..self).collect()))
    }
}

impl<I: Int, J: Int> Contraction for (&[I], &[J]) {
    fn axes(self, left: usize, right: usize) -> Result<(Vec<usize>, Vec<usize>)> {
        fn all<I: Int>(axes: &[I], rank: usize) -> Result<Vec<usize>> {
            let axes = axes.iter().map(|axis| resolve_axis("tensordot", axis.to_isize(), rank));
            let axes = axes.collect::<Result<Vec<usize>>>()?;
            match (1..axes.len()).any(|i| axes[..i].contains(&axes[i])) {
                true => Err(Error::value("tensordot", "an axis is named twice")),
                false => Ok(axes),
            }
        }
        if self.0.len() != self.1.len() {
            return Err(Error::value("tensordot", "needs as many axes of the left as of the right"));
        }
        Ok((all(self.0, left)?, all(self.1, right)?))
    }
}

impl<I: Int, J: Int, const N: usize> Contraction for ([I; N], [J; N]) {
    fn axes(self, left: usize, right: usize) -> Result<(Vec<usize>, Vec<usize>)> {
        (&self.0[..], &self.1[..]).axes(left, right)
    }
}

impl<I: Int, J: Int> Contraction for (Vec<I>, Vec<J>) {
    fn axes(self, left: usize, right: usize) -> Result<(Vec<usize>, Vec<usize>)> {
        (&self.0[..], &self.1[..]).axes(left, right)
    }
}

/// The matrix product of operands that must have these ranks.
fn strict<T: Num, B: Backend>(
    op: &'static str,
    a: &Tensor<T, B>,
    b: &Tensor<T, B>,
    ranks: [usize; 2],
) -> Result<Tensor<T, B>> {
    let name = |rank| ["a number", "a vector", "a matrix", "a batch of matrices"][rank];
    let no = |hint: String| Err(Error::shape(op, &[a.shape_owned(), b.shape_owned()], hint));
    if [a.rank(), b.rank()] != ranks {
        return no(format!("needs {} and {}", name(ranks[0]), name(ranks[1])));
    }
    if a.size(-1) != b.shape()[b.rank().saturating_sub(2)] {
        return no("the last axis of the left must be as long as the one of the right that it is summed with".into());
    }
    if ranks == [3, 3] && a.size(0) != b.size(0) {
        return no("there must be as many matrices on both sides".into());
    }
    a.try_matmul(b)
}

/// `beta · input + alpha · product`, the input broadcast; with beta = 0 nothing of it, not even NaN.
fn blend<T: Num, B: Backend>(
    op: &'static str,
    input: &Tensor<T, B>,
    product: Tensor<T, B>,
    beta: T,
    alpha: T,
) -> Result<Tensor<T, B>> {
    if !broadcast_shapes(op, input.shape_owned(), product.shape_owned()).is_ok_and(|shape| shape == *product.shape()) {
        let shapes = [input.shape_owned(), product.shape_owned()];
        return Err(Error::shape(op, &shapes, "the first tensor must broadcast to the shape of the product"));
    }
    let product = if alpha == T::one() { product } else { product * alpha };
    Ok(match beta {
        beta if beta == T::zero() => product,
        beta if beta == T::one() => product + input,
        beta => product + input * beta,
    })
}

impl<T: Num, B: Backend> Tensor<T, B> {
    fallible! {
        /// The product of two vectors, Σ aᵢ·bᵢ: `[k] × [k] → []`.
        ///
        /// # Panics
        /// If they are no vectors, or not equally long.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([1.0, 2.0]);
        /// assert_eq!(x.dot(&x).item(), 5.0);
        /// ```
        fn dot | try_dot (&self, rhs: &Self) -> Self { strict("dot", self, rhs, [1, 1]) }

        /// The product of a matrix and a vector: `[m, k] × [k] → [m]`.
        ///
        /// # Panics
        /// If the shapes are not these.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let a = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
        /// assert_eq!(a.mv(&Tensor::new([1.0, 1.0])).to_vec(), [3.0, 7.0]);
        /// ```
        fn mv | try_mv (&self, rhs: &Self) -> Self { strict("mv", self, rhs, [2, 1]) }

        /// The product of two matrices: `[m, k] × [k, n] → [m, n]`; [`matmul`](Self::matmul) takes every rank.
        ///
        /// # Panics
        /// If the shapes are not these.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let a = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
        /// assert_eq!(a.mm(&Tensor::eye(2)).to_vec(), a.to_vec());
        /// ```
        fn mm | try_mm (&self, rhs: &Self) -> Self { strict("mm", self, rhs, [2, 2]) }

        /// The products of equally many matrices: `[b, m, k] × [b, k, n] → [b, m, n]`; [`matmul`](Self::matmul) broadcasts.
        ///
        /// # Panics
        /// If the shapes are not these.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (a, b) = (Tensor::<f32, Serial>::ones([5, 2, 3]), Tensor::ones([5, 3, 4]));
        /// assert_eq!(a.bmm(&b).shape(), [5, 2, 4]);
        /// ```
        fn bmm | try_bmm (&self, rhs: &Self) -> Self { strict("bmm", self, rhs, [3, 3]) }

        /// The products of all rows of one with all rows of the other, their last axes: `[…, k] × [⋯, k] → […, ⋯]`.
        /// If one is a single number, the elementwise product.
        ///
        /// # Panics
        /// If the last axes differ.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
        /// assert_eq!(x.inner(&x).to_vec(), [5.0, 11.0, 11.0, 25.0]);
        /// ```
        fn inner | try_inner (&self, rhs: &Self) -> Self {
            if self.rank() == 0 || rhs.rank() == 0 {
                return self.try_mul(rhs);
            }
            if self.size(-1) != rhs.size(-1) {
                let shapes = [self.shape_owned(), rhs.shape_owned()];
                return Err(Error::shape("inner", &shapes, "the last axes must be equally long"));
            }
            self.try_tensordot(rhs, (&[-1][..], &[-1][..]))
        }

        /// All products of an element of one vector with one of the other: `[m] × [n] → [m, n]`.
        ///
        /// # Panics
        /// If they are no vectors.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([1.0, 2.0]);
        /// assert_eq!(x.outer(&Tensor::new([3.0, 4.0, 5.0])).to_vec(), [3.0, 4.0, 5.0, 6.0, 8.0, 10.0]);
        /// ```
        fn outer | try_outer (&self, rhs: &Self) -> Self {
            if self.rank() != 1 || rhs.rank() != 1 {
                return Err(Error::shape("outer", &[self.shape_owned(), rhs.shape_owned()], "needs two vectors"));
            }
            self.unsqueeze(-1).try_mul(rhs)
        }

        /// The product summed over pairs of axes: the other axes of the left, then those of the right, are left. See
        /// [`Contraction`](crate::Contraction) for how to name the axes; where one of a pair has size 1, it is repeated.
        ///
        /// # Panics
        /// If the axes do not exist or their sizes differ.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([3, 4, 5]);
        /// let y = Tensor::ones([4, 3, 2]);
        /// assert_eq!(x.tensordot(&y, ([0, 1], [1, 0])).shape(), [5, 2]);
        /// assert_eq!(x.tensordot(&Tensor::ones([4, 5]), 2).to_vec(), [20.0; 3]);
        /// ```
        fn tensordot | try_tensordot (&self, rhs: &Self, axes: impl Contraction) -> Self {
            let (left, right) = axes.axes(self.rank(), rhs.rank())?;
            let (mut a, mut b) = (self.clone(), rhs.clone());
            for (&i, &j) in left.iter().zip(&right) {
                match (a.shape()[i], b.shape()[j]) {
                    (m, n) if m == n => {}
                    (1, _) => b = b.try_sum_keepdim(j)?,
                    (_, 1) => a = a.try_sum_keepdim(i)?,
                    _ => {
                        let shapes = [self.shape_owned(), rhs.shape_owned()];
                        let hint = format!("axis {i} of the left and axis {j} of the right must have equal sizes");
                        return Err(Error::shape("tensordot", &shapes, hint));
                    }
                }
            }
            let others = |rank: usize, axes: &[usize]| (0..rank).filter(|axis| !axes.contains(axis)).collect::<Vec<_>>();
            let (rows, columns) = (others(a.rank(), &left), others(b.rank(), &right));
            let sizes = |x: &Self, axes: &[usize]| axes.iter().map(|&axis| x.shape()[axis]).collect::<Shape>();
            let count = |sizes: &Shape| sizes.iter().product::<usize>();
            let (m, k, n) = (sizes(&a, &rows), sizes(&a, &left), sizes(&b, &columns));
            let a = a.try_permute([rows, left].concat())?.try_reshape([count(&m), count(&k)])?;
            let b = b.try_permute([right, columns].concat())?.try_reshape([count(&k), count(&n)])?;
            let shape: Shape = m.iter().chain(n.iter()).copied().collect();
            Ok(a.try_matmul(&b)?.try_reshape(shape)?.into_tensor())
        }

        /// Kronecker's product: each element of this tensor times all of `rhs`, as blocks. The axes are aligned at the last
        /// one, and their sizes multiply.
        ///
        /// # Panics
        /// If the result would be too large.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0]]);
        /// assert_eq!(x.kron(&Tensor::new([[1.0], [10.0]])).to_vec(), [1.0, 2.0, 10.0, 20.0]);
        /// ```
        fn kron | try_kron (&self, rhs: &Self) -> Self {
            let rank = self.rank().max(rhs.rank());
            let size = |x: &Self, axis: usize| (axis + x.rank()).checked_sub(rank).map_or(1, |i| x.shape()[i]);
            let (mut outer, mut inner, mut shape) = (Shape::new(), Shape::new(), Shape::new());
            for axis in 0..rank {
                let (m, n) = (size(self, axis), size(rhs, axis));
                [m, 1].into_iter().for_each(|size| outer.push(size));
                [1, n].into_iter().for_each(|size| inner.push(size));
                shape.push(m.checked_mul(n).ok_or_else(|| {
                    Error::shape("kron", &[self.shape_owned(), rhs.shape_owned()], "the result would be too large")
                })?);
            }
            let product = self.try_reshape(outer)?.try_mul(rhs.try_reshape(inner)?)?;
            Ok(product.try_reshape(shape)?.into_tensor())
        }

        /// `beta · self + alpha · (a × b)` for matrices `[m, k] × [k, n]`, this tensor broadcast to `[m, n]`. With `beta = 0`
        /// nothing is taken of it, not even NaN.
        ///
        /// # Panics
        /// If the shapes are not these.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::eye(2);
        /// assert_eq!(Tensor::ones([2]).addmm(&x, &x, 10.0, 2.0).to_vec(), [12.0, 10.0, 10.0, 12.0]);
        /// ```
        fn addmm | try_addmm (&self, a: &Self, b: &Self, beta: T, alpha: T) -> Self {
            blend("addmm", self, strict("addmm", a, b, [2, 2])?, beta, alpha)
        }

        /// `beta · self + alpha · (a × b)` for a matrix and a vector, `[m, k] × [k]`, this tensor broadcast to `[m]`; see
        /// [`addmm`](Self::addmm).
        ///
        /// # Panics
        /// If the shapes are not these.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (a, x) = (Tensor::<f32, Serial>::ones([2, 3]), Tensor::ones([3]));
        /// assert_eq!(Tensor::new([1.0, 2.0]).addmv(&a, &x, 10.0, 1.0).to_vec(), [13.0, 23.0]);
        /// ```
        fn addmv | try_addmv (&self, a: &Self, b: &Self, beta: T, alpha: T) -> Self {
            blend("addmv", self, strict("addmv", a, b, [2, 1])?, beta, alpha)
        }

        /// `beta · self + alpha · (a ⊗ b)` for vectors, `[m]` and `[n]`, this tensor broadcast to `[m, n]`; see
        /// [`addmm`](Self::addmm).
        ///
        /// # Panics
        /// If the shapes are not these.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (a, b) = (Tensor::<f32, Serial>::new([1.0, 2.0]), Tensor::new([3.0, 4.0]));
        /// assert_eq!(Tensor::new(1.0).addr(&a, &b, 1.0, 2.0).to_vec(), [7.0, 9.0, 13.0, 17.0]);
        /// ```
        fn addr | try_addr (&self, a: &Self, b: &Self, beta: T, alpha: T) -> Self {
            blend("addr", self, a.try_outer(b)?, beta, alpha)
        }

        /// `beta · self + alpha · Σ aᵢ × bᵢ` over equally many matrices, `[b, m, k] × [b, k, n]`, this tensor broadcast to
        /// `[m, n]`; see [`addmm`](Self::addmm).
        ///
        /// # Panics
        /// If the shapes are not these.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (a, b) = (Tensor::<f32, Serial>::ones([5, 2, 3]), Tensor::ones([5, 3, 1]));
        /// assert_eq!(Tensor::new(1.0).addbmm(&a, &b, 1.0, 1.0).to_vec(), [16.0, 16.0]);
        /// ```
        fn addbmm | try_addbmm (&self, a: &Self, b: &Self, beta: T, alpha: T) -> Self {
            let no = |hint| Err(Error::shape("addbmm", &[a.shape_owned(), b.shape_owned()], hint));
            let (&[count, m, k], &[also, inner, n]) = (a.shape(), b.shape()) else {
                return no("needs two batches of matrices");
            };
            if (count, k) != (also, inner) {
                return no("there must be as many matrices on both sides, and they must fit");
            }
            // One product, over the matrices and their inner axes at once.
            let left = a.try_transpose(0, 1)?.try_reshape([m, count * k])?;
            blend("addbmm", self, left.try_matmul(b.try_reshape([count * k, n])?)?, beta, alpha)
        }

        /// `beta · self + alpha · (aᵢ × bᵢ)` for each of equally many matrices, `[b, m, k] × [b, k, n]`, this tensor broadcast
        /// to `[b, m, n]`; see [`addmm`](Self::addmm).
        ///
        /// # Panics
        /// If the shapes are not these.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (a, b) = (Tensor::<f32, Serial>::ones([2, 1, 3]), Tensor::ones([2, 3, 1]));
        /// assert_eq!(Tensor::new(1.0).baddbmm(&a, &b, 1.0, 1.0).to_vec(), [4.0, 4.0]);
        /// ```
        fn baddbmm | try_baddbmm (&self, a: &Self, b: &Self, beta: T, alpha: T) -> Self {
            blend("baddbmm", self, strict("baddbmm", a, b, [3, 3])?, beta, alpha)
        }

        /// The product of vectors along `axis`, the others broadcast: Σ aᵢ·bᵢ.
        ///
        /// # Panics
        /// If there is no such axis, or the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
        /// assert_eq!(x.vecdot(&x, -1).to_vec(), [5.0, 25.0]);
        /// ```
        fn vecdot | try_vecdot (&self, rhs: &Self, axis: impl Int) -> Self {
            self.try_mul(rhs)?.try_sum_axes(axis)
        }

        /// The vector product along an axis of size 3, the other axes broadcast: orthogonal to both, as long as the area
        /// between them.
        ///
        /// # Panics
        /// If there is no such axis, its size is not 3 in both, or the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::eye(3);
        /// assert_eq!(x.slice(0).cross(&x.slice(1), -1).to_vec(), [0.0, 0.0, 1.0]);
        /// ```
        fn cross | try_cross (&self, rhs: &Self, axis: impl Int) -> Self {
            let shapes = [self.shape_owned(), rhs.shape_owned()];
            let rank = self.rank().max(rhs.rank());
            let axis = resolve_axis("cross", axis.to_isize(), rank)?;
            // Counted from the end the axis is the same in both.
            let behind = rank - axis;
            let is_three = |x: &Self| x.rank() >= behind && x.shape()[x.rank() - behind] == 3;
            if !is_three(self) || !is_three(rhs) {
                return Err(Error::shape("cross", &shapes, format!("axis {axis} must have size 3 in both")));
            }
            // Element i is that at i + by.
            let turned = |x: &Self, by: usize| {
                let x = x.try_transpose(-(behind as isize), -1)?;
                let turned = Self::try_concat(&[&x.slice((Ellipsis, by..)), &x.slice((Ellipsis, ..by))], -1)?;
                turned.try_transpose(-(behind as isize), -1)
            };
            let forth = turned(self, 1)?.try_mul(turned(rhs, 2)?)?;
            forth.try_sub(turned(self, 2)?.try_mul(turned(rhs, 1)?)?)
        }
    }

    /// The product of a chain of matrices, multiplied in the order that takes the fewest steps. The first may be a vector, a
    /// row, and the last one too, a column.
    ///
    /// # Panics
    /// If there are fewer than two, one is no matrix, or two neighbours do not fit.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let (x, y) = (Tensor::<f32, Serial>::ones([100, 2]), Tensor::ones([2, 100]));
    /// assert_eq!(Tensor::multi_dot(&[&x, &y, &x, &Tensor::ones([2])]).to_vec(), [400.0; 100]);
    /// ```
    #[track_caller]
    pub fn multi_dot(chain: &[&Self]) -> Self {
        super::super::sure(Self::try_multi_dot(chain))
    }

    /// [`multi_dot`](Self::multi_dot), with the error returned instead of a panic.
    pub fn try_multi_dot(chain: &[&Self]) -> Result<Self> {
        let last = chain.len().wrapping_sub(1);
        if chain.len() < 2 {
            return Err(Error::value("multi_dot", "needs at least two tensors"));
        }
        let shapes: Vec<&Shape> = chain.iter().map(|x| x.shape_owned()).collect();
        let fits = |i: usize| chain[i].rank() == 2 || chain[i].rank() == 1 && (i == 0 || i == last);
        if !(0..=last).all(fits) {
            let hint = "all must be matrices, but for the first and the last, which may be vectors";
            return Err(Error::shape("multi_dot", &shapes, hint));
        }
        // Matrix i is sizes[i] × sizes[i + 1].
        let rows = |x: &Self| if x.rank() == 1 { 1 } else { x.size(0) };
        let mut sizes: Vec<usize> = vec![rows(chain[0])];
        sizes.push(chain[0].size(-1));
        for x in &chain[1..] {
            if x.size(0) != sizes[sizes.len() - 1] {
                return Err(Error::shape(
                    "multi_dot",
                    &shapes,
                    "each must have as many rows as the one in front has columns",
                ));
            }
            sizes.push(if x.rank() == 1 { 1 } else { x.size(1) });
        }
        // The cheapest way to multiply i..=j: what it costs, and behind which matrix it is split.
        let mut best = vec![vec![(0.0f64, 0usize); chain.len()]; chain.len()];
        for length in 1..chain.len() {
            for i in 0..chain.len() - length {
                let j = i + length;
                let cost = |split: usize| {
                    let step = [i, split + 1, j + 1].iter().map(|&at| sizes[at] as f64).product::<f64>();
                    (best[i][split].0 + best[split + 1][j].0 + step, split)
                };
                best[i][j] =
                    (i + 1..j).map(cost).fold(cost(i), |best, other| if other.0 < best.0 { other } else { best });
            }
        }
        fn product<T: Num, B: Backend>(
            chain: &[&Tensor<T, B>],
            best: &[Vec<(f64, usize)>],
            i: usize,
            j: usize,
        ) -> Result<Tensor<T, B>> {
            if i == j {
                return Ok(chain[i].clone());
            }
            let split = best[i][j].1;
            product(chain, best, i, split)?.try_matmul(&product(chain, best, split + 1, j)?)
        }
        product(chain, &best, 0, last)
    }
}
