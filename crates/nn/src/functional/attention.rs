//! Attention: means of values, weighted by how well keys fit a query.

use super::dropout::dropped;
use tensor_core::{Backend, Error, Real, Tensor};

/// Which keys a query attends to, `[…, queries, keys]`, broadcast.
#[derive(Clone, Copy, Debug)]
pub enum Mask<'a, T: Real, B: Backend> {
    /// Those where it is true.
    Allowed(&'a Tensor<bool, B>),
    /// What is added to the scores: −∞ for a key that does not count.
    Added(&'a Tensor<T, B>),
}

options! {
    /// How [`scaled_dot_product_attention`] is done.
    struct Attention ['a, T: Real, B: Backend] ['a, T, B] {
        /// Which keys a query attends to; without it, to all.
        mask: Option<Mask<'a, T, B>> = None,
        /// Whether query i attends to keys 0 … i alone. Not together with a mask.
        is_causal: bool = false,
        /// What scores are multiplied by; by default 1/√E for queries of E numbers.
        scale: Option<f64> = None,
        /// The probability with which a weight is dropped, by the default generator.
        dropout: f64 = 0.0,
        /// Whether there may be fewer heads (third axis from the end) of keys and values than of queries, each serving as many
        /// queries, one behind the other.
        enable_gqa: bool = false,
    }
}

functions! {
    /// softmax(Q Kᵀ · scale + mask) V ([Vaswani et al. 2017](https://arxiv.org/abs/1706.03762)): queries `[…, L, E]`, keys
    /// `[…, S, E]`, values `[…, S, V] → […, L, V]`, the axes in front broadcast. A query that attends to no key gives 0.
    ///
    /// # Panics
    /// If the shapes do not fit, there are a mask and `is_causal`, or `dropout` is no probability.
    ///
    /// ```
    /// use nn::functional::{Attention, scaled_dot_product_attention};
    /// use tensor_core::{Serial, Tensor};
    /// let (query, key) = (Tensor::<f64, Serial>::zeros([2, 4]), Tensor::zeros([2, 4]));
    /// let value = Tensor::new([[1.0], [3.0]]);
    /// let causal = Attention { is_causal: true, ..Attention::default() };
    /// assert_eq!(scaled_dot_product_attention(&query, &key, &value, causal).to_vec(), [1.0, 2.0]);
    /// ```
    fn scaled_dot_product_attention | try_scaled_dot_product_attention (
        query: &Tensor<T, B>, key: &Tensor<T, B>, value: &Tensor<T, B>, options: Attention<'_, T, B>,
    ) -> Tensor<T, B> {
        const OP: &str = "scaled_dot_product_attention";
        let Attention { mask, is_causal, scale, dropout, enable_gqa } = options;
        let shapes = [query.layout().shape(), key.layout().shape(), value.layout().shape()];
        if shapes.iter().any(|shape| shape.len() < 2) {
            return Err(Error::shape(OP, &shapes, "must be […, L, E], […, S, E] and […, S, V]"));
        }
        if mask.is_some() && is_causal {
            return Err(Error::value(OP, "takes a mask or `is_causal`, not both"));
        }
        let heads = |x: &Tensor<T, B>| x.rank().checked_sub(3).map(|axis| x.shape()[axis]);
        let serve = |x: &Tensor<T, B>| match (heads(query), heads(x)) {
            (Some(queries), Some(keys)) if enable_gqa && queries != keys => {
                if keys == 0 || !queries.is_multiple_of(keys) {
                    return Err(Error::shape(OP, &shapes, "the heads of queries must be a multiple of those of keys and values"));
                }
                let mut shape = x.shape().to_vec();
                shape.insert(x.rank() - 2, queries / keys);
                let wide = x.try_unsqueeze(x.rank() - 2)?.try_expand(shape)?.into_tensor();
                let mut shape = x.shape().to_vec();
                shape[x.rank() - 3] = queries;
                Ok(wide.try_reshape(shape)?.into_tensor())
            }
            _ => Ok(x.clone()),
        };
        let (key, value) = (serve(key)?, serve(value)?);
        let scale = scale.unwrap_or(1.0 / (query.size(-1) as f64).sqrt());
        let scores = (query * T::from_f64(scale)).try_matmul(key.try_mt()?)?;
        let (queries, keys) = (scores.size(-2), scores.size(-1));
        let scores = match mask {
            _ if is_causal => {
                let row = Tensor::<i64, B>::try_arange(0, queries as i64, 1)?;
                let allowed = row.try_unsqueeze(1)?.try_ge(Tensor::try_arange(0, keys as i64, 1)?)?;
                allowed.try_where_cond(scores, T::neg_infinity())?
            }
            Some(Mask::Allowed(allowed)) => allowed.try_where_cond(scores, T::neg_infinity())?,
            Some(Mask::Added(bias)) => scores.try_add(bias)?,
            None => scores,
        };
        let weights = if mask.is_some() && keys > 0 {
            // A row of nothing but −∞ has no softmax.
            let none = scores.detach().try_max_keepdim(-1)?.try_eq(T::neg_infinity())?;
            none.try_where_cond(T::zero(), none.try_where_cond(T::zero(), scores)?.try_softmax(-1)?)?
        } else {
            scores.try_softmax(-1)?
        };
        dropped(OP, &weights, dropout, weights.shape(), None)?.try_matmul(&value)
    }
}
