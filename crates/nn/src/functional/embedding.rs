//! Tables looked up by index.

use tensor_core::{Backend, Error, Result, Tensor};

/// Checks that each index names one of `count` rows.
fn check_rows<B: Backend>(op: &'static str, index: &Tensor<i64, B>, count: usize) -> Result<()> {
    match index.to_vec().into_iter().find(|i| !(0..count as i64).contains(i)) {
        Some(wrong) => Err(Error::index(op, wrong, 0, count)),
        None => Ok(()),
    }
}

functions! {
    /// Rows of a table by index: `weight` is `[rows, size]`, the result `[index's shape…, size]`. The row `padding_idx`, if
    /// there is one, takes no gradient; negative it counts from the end.
    ///
    /// # Panics
    /// If the weight is no matrix, or there is no such row.
    ///
    /// ```
    /// use nn::functional::embedding;
    /// use tensor_core::{Serial, Tensor};
    /// let weight = Tensor::<f32, Serial>::new([[0.0, 0.5], [1.0, 1.5]]);
    /// assert_eq!(embedding(&weight, &Tensor::new([1, 0, 1]), None).to_vec(), [1.0, 1.5, 0.0, 0.5, 1.0, 1.5]);
    /// ```
    fn embedding | try_embedding (
        weight: &Tensor<T, B>, index: &Tensor<i64, B>, padding_idx: Option<isize>,
    ) -> Tensor<T, B> {
        let &[rows, _] = weight.shape() else {
            return Err(Error::shape("embedding", &[weight.layout().shape()], "the weight must be a matrix, [rows, size]"));
        };
        check_rows("embedding", index, rows)?;
        let taken = weight.try_index_select(0, index)?;
        let Some(padding) = padding_idx else { return Ok(taken) };
        let row = if padding < 0 { padding + rows as isize } else { padding };
        if !(0..rows as isize).contains(&row) {
            return Err(Error::index("embedding", padding as i64, 0, rows));
        }
        index.try_eq(row as i64)?.try_unsqueeze(-1)?.try_where_cond(taken.detach(), taken)
    }

    /// Shortens, in place, the rows of a table that `index` names to a p-norm of at most `max_norm`. What an embedding with
    /// a bounded norm does before each look-up.
    ///
    /// # Panics
    /// If the weight is no matrix or cannot be written to, or there is no such row.
    ///
    /// ```
    /// use nn::functional::embedding_renorm_;
    /// use tensor_core::{Serial, Tensor};
    /// let mut weight = Tensor::<f64, Serial>::new([[3.0, 4.0], [6.0, 8.0]]);
    /// embedding_renorm_(&mut weight, &Tensor::new([0]), 1.0, 2.0);
    /// assert!((weight - Tensor::new([[0.6, 0.8], [6.0, 8.0]])).abs().lt(1e-6).all());
    /// ```
    fn embedding_renorm_ | try_embedding_renorm_ (
        weight: &mut Tensor<T, B>, index: &Tensor<i64, B>, max_norm: f64, p: f64,
    ) -> () {
        let &[rows, _] = weight.shape() else {
            return Err(Error::shape("embedding_renorm_", &[weight.layout().shape()], "the weight must be a matrix, [rows, size]"));
        };
        check_rows("embedding_renorm_", index, rows)?;
        let mut named = vec![false; rows];
        index.to_vec().into_iter().for_each(|i| named[i as usize] = true);
        let length = weight.detach().try_norm_keepdim(-1, p)?;
        let long = Tensor::<bool, B>::try_from_vec(named, [rows, 1])?.try_and(length.try_gt(T::from_f64(max_norm))?)?;
        let scale = (length + T::from_f64(1e-7)).reciprocal() * T::from_f64(max_norm);
        weight.try_mul_(long.try_where_cond(scale, T::one())?)?;
        Ok(())
    }
}
