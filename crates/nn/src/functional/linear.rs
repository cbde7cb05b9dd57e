//! Products with weights.

use tensor_core::{Error, Tensor};

functions! {
    /// x Wᵀ + b: `[…, in] → […, out]`, the weight `[out, in]`, the bias `[out]`. With a weight `[in]` the last axis is gone.
    ///
    /// # Panics
    /// If the sizes do not fit.
    ///
    /// ```
    /// use nn::functional::linear;
    /// use tensor_core::{Serial, Tensor};
    /// let weight = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// let y = linear(&Tensor::new([10.0, 1.0]), &weight, Some(&Tensor::new([0.5, 0.0, -0.5])));
    /// assert_eq!(y.to_vec(), [12.5, 34.0, 55.5]);
    /// ```
    fn linear | try_linear (x: &Tensor<T, B>, weight: &Tensor<T, B>, bias: Option<&Tensor<T, B>>) -> Tensor<T, B> {
        if weight.rank() == 0 || weight.rank() > 2 {
            return Err(Error::shape("linear", &[weight.layout().shape()], "the weight must be [out, in] or [in]"));
        }
        let mut y = x.try_matmul(weight.try_t()?)?;
        if let Some(bias) = bias {
            y.try_add_(bias)?;
        }
        Ok(y)
    }

    /// `y[o] = x₁ᵀ W[o] x₂ + b[o]`: `[…, in₁]`, `[…, in₂] → […, out]`, the weight `[out, in₁, in₂]`, the bias `[out]`.
    ///
    /// # Panics
    /// If the sizes do not fit.
    ///
    /// ```
    /// use nn::functional::bilinear;
    /// use tensor_core::{Serial, Tensor};
    /// let (x, y) = (Tensor::<f32, Serial>::new([1.0, 2.0]), Tensor::new([3.0, 4.0]));
    /// assert_eq!(bilinear(&x, &y, &Tensor::ones([1, 2, 2]), None).to_vec(), [21.0]);
    /// ```
    fn bilinear | try_bilinear (
        x: &Tensor<T, B>, y: &Tensor<T, B>, weight: &Tensor<T, B>, bias: Option<&Tensor<T, B>>,
    ) -> Tensor<T, B> {
        let shapes = [x.layout().shape(), y.layout().shape(), weight.layout().shape()];
        let refuse = |hint: &str| Err(Error::shape("bilinear", &shapes, hint));
        let &[outputs, first, second] = weight.shape() else {
            return refuse("the weight (third) must be [out, in₁, in₂]");
        };
        let (Some((&x_size, lead)), Some((&y_size, y_lead))) = (x.shape().split_last(), y.shape().split_last()) else {
            return refuse("single numbers have no last axis");
        };
        if (x_size, y_size) != (first, second) || lead != y_lead {
            return refuse("must be […, in₁], […, in₂] and [out, in₁, in₂], the axes in front being equal");
        }
        let rows: usize = lead.iter().product();
        let (x, y) = (x.try_reshape([rows, first])?, y.try_reshape([rows, second, 1])?);
        let weight = weight.try_permute([1, 0, 2])?.try_reshape([first, outputs * second])?;
        let products = x.try_matmul(weight)?.try_reshape([rows, outputs, second])?.try_matmul(y)?;
        let shape: Vec<usize> = lead.iter().copied().chain([outputs]).collect();
        let out = products.try_reshape(shape)?.into_tensor();
        match bias {
            Some(bias) => out.try_add(bias),
            None => Ok(out),
        }
    }
}
