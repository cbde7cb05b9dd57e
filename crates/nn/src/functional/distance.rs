//! Lengths and distances of vectors that lie along an axis.

use tensor_core::{Result, Tensor};

options! {
    /// How [`cosine_similarity`] is done.
    struct CosineSimilarity [] [] {
        /// The axis along which the vectors lie.
        dim: isize = 1,
        /// A shorter vector counts as one of this length.
        eps: f64 = 1e-8,
    }

    /// How [`pairwise_distance`] is done.
    struct PairwiseDistance [] [] {
        /// Which norm.
        p: f64 = 2.0,
        /// What is added to each difference, so that the gradient at 0 is none of a division by 0.
        eps: f64 = 1e-6,
        /// Whether the axis stays, with size 1.
        keepdim: bool = false,
    }

    /// How [`normalize`] is done.
    struct Normalize [] [] {
        /// Which norm.
        p: f64 = 2.0,
        /// The axis along which the vectors lie.
        dim: isize = 1,
        /// A shorter vector is divided by this.
        eps: f64 = 1e-12,
    }
}

functions! {
    /// The cosine of the angle between vectors, `x · y / (|x| |y|)`, along an axis, which is gone from the result; the shapes
    /// broadcast. In the gradient of a length, that it is at least `eps` does not count.
    ///
    /// # Panics
    /// If there is no such axis, or the shapes do not broadcast.
    ///
    /// ```
    /// use nn::functional::{CosineSimilarity, cosine_similarity};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([[3.0, 4.0], [1.0, 0.0]]);
    /// let y = Tensor::new([[6.0, 8.0], [0.0, 5.0]]);
    /// assert_eq!(cosine_similarity(&x, &y, CosineSimilarity::default()).to_vec(), [1.0, 0.0]);
    /// ```
    fn cosine_similarity | try_cosine_similarity (
        x: &Tensor<T, B>, y: &Tensor<T, B>, options: CosineSimilarity,
    ) -> Tensor<T, B> {
        let CosineSimilarity { dim, eps } = options;
        let shape = tensor_core::broadcast_shapes("cosine_similarity", x.layout().shape(), y.layout().shape())?;
        let unit = |x: &Tensor<T, B>| -> Result<Tensor<T, B>> {
            let x = x.try_expand(&shape)?;
            let length = x.try_norm_keepdim(dim, 2)?;
            let missing = (-length.detach() + T::from_f64(eps)).relu();
            x.try_div(length.try_add(missing)?)
        };
        unit(x)?.try_mul(unit(y)?)?.try_sum_axes(dim)
    }

    /// The p-norm of `x − y + eps` along the last axis, which is gone from the result; the shapes broadcast.
    ///
    /// # Panics
    /// If the shapes do not broadcast, or both are single numbers.
    ///
    /// ```
    /// use nn::functional::{PairwiseDistance, pairwise_distance};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([[3.0, 4.0], [1.0, 1.0]]);
    /// let options = PairwiseDistance { eps: 0.0, ..PairwiseDistance::default() };
    /// assert_eq!(pairwise_distance(&x, &Tensor::new([0.0, 0.0]), options).to_vec(), [5.0, 2f64.sqrt()]);
    /// ```
    fn pairwise_distance | try_pairwise_distance (
        x: &Tensor<T, B>, y: &Tensor<T, B>, options: PairwiseDistance,
    ) -> Tensor<T, B> {
        let PairwiseDistance { p, eps, keepdim } = options;
        let difference = x.try_sub(y)? + T::from_f64(eps);
        if keepdim { difference.try_norm_keepdim(-1, p) } else { difference.try_norm_axes(-1, p) }
    }

    /// Vectors along an axis divided by their length, `x / max(|x|, eps)`.
    ///
    /// # Panics
    /// If there is no such axis.
    ///
    /// ```
    /// use nn::functional::{Normalize, normalize};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([[3.0, 4.0], [0.0, 0.0]]);
    /// assert_eq!(normalize(&x, Normalize::default()).to_vec(), [0.6, 0.8, 0.0, 0.0]);
    /// ```
    fn normalize | try_normalize (x: &Tensor<T, B>, options: Normalize) -> Tensor<T, B> {
        let Normalize { p, dim, eps } = options;
        let length = x.try_norm_keepdim(dim, p)?;
        let short = length.try_lt(T::from_f64(eps))?;
        x.try_div(short.try_where_cond(T::from_f64(eps), length)?)
    }
}
