//! Losses that are 0 where a margin is kept. Where it is just kept, the gradient is that of the side that is not 0.

use super::super::{PairwiseDistance, try_pairwise_distance};
use super::{Reduction, same_shape};
use tensor_core::{Backend, Error, Operand, Real, Result, Tensor};

options! {
    /// How [`hinge_embedding_loss`] is done.
    struct HingeEmbedding [] [] {
        /// How far apart what is unlike should be.
        margin: f64 = 1.0,
        /// What becomes of the losses of all elements.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`margin_ranking_loss`] is done.
    struct MarginRanking [] [] {
        /// How much larger the larger one should be.
        margin: f64 = 0.0,
        /// What becomes of the losses of all elements.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`cosine_embedding_loss`] is done.
    struct CosineEmbedding [] [] {
        /// How large the cosine of what is unlike may be.
        margin: f64 = 0.0,
        /// What becomes of the losses of all pairs.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`triplet_margin_loss`] is done.
    struct TripletMargin [] [] {
        /// How much farther away what is unlike should be.
        margin: f64 = 1.0,
        /// The norm of the distances.
        p: f64 = 2.0,
        /// What is added to each difference.
        eps: f64 = 1e-6,
        /// Whether what is unlike is measured from whichever of the like ones is nearer.
        swap: bool = false,
        /// What becomes of the losses of all triplets.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`triplet_margin_with_distance_loss`] is done.
    struct TripletMarginWithDistance [] [] {
        /// How much farther away what is unlike should be.
        margin: f64 = 1.0,
        /// Whether what is unlike is measured from whichever of the like ones is nearer.
        swap: bool = false,
        /// What becomes of the losses of all triplets.
        reduction: Reduction = Reduction::Mean,
    }
}

/// The losses of triplets by the distances between them.
fn triplets<T: Real, B: Backend>(
    loss: &'static str,
    [anchor, positive, negative]: [&Tensor<T, B>; 3],
    distance: impl Fn(&Tensor<T, B>, &Tensor<T, B>) -> Result<Tensor<T, B>>,
    TripletMarginWithDistance { margin, swap, reduction }: TripletMarginWithDistance,
) -> Result<Tensor<T, B>> {
    same_shape(loss, anchor, positive)?;
    same_shape(loss, anchor, negative)?;
    if margin.is_nan() || margin <= 0.0 {
        return Err(Error::value(loss, format!("the margin is {margin}; it must be above 0")));
    }
    let near = distance(anchor, positive)?;
    let mut far = distance(anchor, negative)?;
    if swap {
        far = far.try_minimum(distance(positive, negative)?)?;
    }
    reduction.of((near.try_sub(far)? + T::from_f64(margin)).clamp_min(T::zero()))
}

functions! {
    /// Of distances x: x where y = 1, and max(0, margin − x) where y = −1 (their sum where y is neither). On
    /// the margin the gradient is 0.
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use nn::functional::{HingeEmbedding, hinge_embedding_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let (x, y) = (Tensor::<f64, Serial>::new([0.5, 0.75, 2.0]), Tensor::new([1.0, -1.0, -1.0]));
    /// assert_eq!(hinge_embedding_loss(&x, &y, HingeEmbedding::default()).item(), 0.25);
    /// ```
    fn hinge_embedding_loss | try_hinge_embedding_loss (
        x: &Tensor<T, B>, y: impl Operand<T, B>, options: HingeEmbedding,
    ) -> Tensor<T, B> {
        let HingeEmbedding { margin, reduction } = options;
        let y = y.into_tensor();
        same_shape("hinge_embedding_loss", x, &y)?;
        let unlike = y.try_eq(T::one())?.try_where_cond(T::zero(), (-x + T::from_f64(margin)).clamp_min(T::zero()))?;
        let like = y.try_eq(-T::one())?.try_where_cond(T::zero(), x)?;
        reduction.of(unlike + like)
    }

    /// max(0, margin − y (x₁ − x₂)): y = 1 where x₁ should be larger, −1 where x₂ should. On the margin the gradient is 0.
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use nn::functional::{MarginRanking, margin_ranking_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let (x, y) = (Tensor::<f64, Serial>::new([3.0, 3.0]), Tensor::new([1.0, 1.0]));
    /// assert_eq!(margin_ranking_loss(&x, &y, &Tensor::new([1.0, -1.0]), MarginRanking::default()).item(), 1.0);
    /// ```
    fn margin_ranking_loss | try_margin_ranking_loss (
        x1: &Tensor<T, B>, x2: &Tensor<T, B>, y: &Tensor<T, B>, options: MarginRanking,
    ) -> Tensor<T, B> {
        let MarginRanking { margin, reduction } = options;
        same_shape("margin_ranking_loss", x1, x2)?;
        same_shape("margin_ranking_loss", x1, y)?;
        reduction.of((-y * (x1 - x2) + T::from_f64(margin)).clamp_min(T::zero()))
    }

    /// Of the cosines c between vectors `[n, size]`: 1 − c where y = 1, and max(0, c − margin) where y = −1; y is `[n]`. Single
    /// vectors `[size]` take a single number.
    ///
    /// # Panics
    /// If the shapes are not these.
    ///
    /// ```
    /// use nn::functional::{CosineEmbedding, cosine_embedding_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let (x, y) = (Tensor::<f64, Serial>::new([3.0, 4.0]), Tensor::new([4.0, -3.0]));
    /// assert_eq!(cosine_embedding_loss(&x, &y, &Tensor::new(1.0), CosineEmbedding::default()).item(), 1.0);
    /// ```
    fn cosine_embedding_loss | try_cosine_embedding_loss (
        x1: &Tensor<T, B>, x2: &Tensor<T, B>, y: &Tensor<T, B>, options: CosineEmbedding,
    ) -> Tensor<T, B> {
        const LOSS: &str = "cosine_embedding_loss";
        let CosineEmbedding { margin, reduction } = options;
        same_shape(LOSS, x1, x2)?;
        if !(1..=2).contains(&x1.rank()) || y.shape() != &x1.shape()[..x1.rank() - 1] {
            let hint = "must be vectors [n, size] with targets [n], or one vector [size] with one number";
            return Err(Error::shape(LOSS, &[x1.layout().shape(), y.layout().shape()], hint));
        }
        let square = |x: &Tensor<T, B>| -> Result<Tensor<T, B>> { Ok(x.square().try_sum_axes(-1)? + T::from_f64(1e-12)) };
        let cosine = (x1 * x2).try_sum_axes(-1)? / (square(x1)? * square(x2)?).sqrt();
        let like = y.try_eq(T::one())?.try_where_cond(-&cosine + T::one(), T::zero())?;
        let unlike = y.try_eq(-T::one())?.try_where_cond((cosine - T::from_f64(margin)).clamp_min(T::zero()), T::zero())?;
        reduction.of(like + unlike)
    }

    /// max(0, margin + |a − p| − |a − n|): the anchor a should be nearer to the positive p than to the negative n, by the
    /// margin. Vectors lie along the last axis.
    ///
    /// # Panics
    /// If the shapes differ, or the margin is not above 0.
    ///
    /// ```
    /// use nn::functional::{TripletMargin, triplet_margin_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let [a, p, n] = [[0.0, 0.0], [0.0, 1.0], [3.0, 4.0]].map(|v| Tensor::<f64, Serial>::new([v]));
    /// let options = TripletMargin { margin: 5.0, eps: 0.0, ..TripletMargin::default() };
    /// assert_eq!(triplet_margin_loss(&a, &p, &n, options).item(), 1.0);
    /// ```
    fn triplet_margin_loss | try_triplet_margin_loss (
        anchor: &Tensor<T, B>, positive: &Tensor<T, B>, negative: &Tensor<T, B>, options: TripletMargin,
    ) -> Tensor<T, B> {
        let TripletMargin { margin, p, eps, swap, reduction } = options;
        let distance = |x: &Tensor<T, B>, y: &Tensor<T, B>| {
            try_pairwise_distance(x, y, PairwiseDistance { p, eps, keepdim: false })
        };
        let options = TripletMarginWithDistance { margin, swap, reduction };
        triplets("triplet_margin_loss", [anchor, positive, negative], distance, options)
    }

    /// [`triplet_margin_loss`] with a distance of one's own.
    ///
    /// # Panics
    /// If the shapes differ, the margin is not above 0, or the distances do not have one shape.
    ///
    /// ```
    /// use nn::functional::{TripletMarginWithDistance, triplet_margin_with_distance_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let [a, p, n] = [0.0, 1.0, 3.0].map(|v| Tensor::<f64, Serial>::new([v]));
    /// let squared = |x: &Tensor<f64, Serial>, y: &Tensor<f64, Serial>| (x - y).square();
    /// let options = TripletMarginWithDistance { margin: 9.0, ..TripletMarginWithDistance::default() };
    /// assert_eq!(triplet_margin_with_distance_loss(&a, &p, &n, squared, options).item(), 1.0);
    /// ```
    fn triplet_margin_with_distance_loss | try_triplet_margin_with_distance_loss (
        anchor: &Tensor<T, B>, positive: &Tensor<T, B>, negative: &Tensor<T, B>,
        distance: impl Fn(&Tensor<T, B>, &Tensor<T, B>) -> Tensor<T, B>, options: TripletMarginWithDistance,
    ) -> Tensor<T, B> {
        let distance = |x: &Tensor<T, B>, y: &Tensor<T, B>| Ok(distance(x, y));
        triplets("triplet_margin_with_distance_loss", [anchor, positive, negative], distance, options)
    }
}
