//! Activation functions of neural networks. (`relu`, `sigmoid`, `tanh`, `softplus` and `log_sigmoid` are in `math.rs`,
//! `softmax` and `log_softmax` in `reduce.rs`.)

use super::math::c;
use super::{Tensor, fallible};
use crate::slice::{Int, SliceItem};
use crate::{Backend, Error, Real, Result, Shape};

/// Each line: the method, what it computes, a note on the gradient, and an example.
macro_rules! activations {
    ($($name:ident $formula:literal $(, $note:literal)?; |$x:ident| $value:expr; [$($in:expr),*] => [$($out:expr),*];)*) => {
        impl<T: Real, B: Backend> Tensor<T, B> { $(
            #[doc = concat!("Of each element: ", $formula, ".")]
            $(#[doc = concat!("\n", $note)])?
            #[doc = concat!(
                "\n```\n# use tensor_core::{Serial, Tensor};\nlet x = Tensor::<f64, Serial>::new([", stringify!($($in),*), "]);\n",
                "let y: [f64; _] = [", stringify!($($out),*), "];\n",
                "assert!(x.", stringify!($name), "().to_vec().iter().zip(y).all(|(a, b)| (a - b).abs() < 1e-7));\n```"
            )]
            #[track_caller]
            pub fn $name(&self) -> Self {
                let $x = self;
                $value
            }
        )* }
    };
}

activations! {
    relu6 "min(max(x, 0), 6)", "The gradient at 0 and 6 is 0.";
        |x| { let y = x.relu(); y.ge(c::<T>(6.0)).where_cond(c::<T>(6.0), y) };
        [-1.0, 2.0, 7.0] => [0.0, 2.0, 6.0];
    silu "x · sigmoid(x), also called swish"; |x| x * x.sigmoid(); [0.0, 1.0] => [0.0, 0.7310585786];
    mish "x · tanh(softplus(x))"; |x| x * x.softplus().tanh(); [0.0, 1.0] => [0.0, 0.8650983883];
    gelu "x · Φ(x), with the distribution function of the standard normal distribution";
        |x| x * x.normal_cdf(); [0.0, 1.0] => [0.0, 0.8413447461];
    gelu_tanh "½x · (1 + tanh(√(2/π)(x + 0.044715 x³))), an approximation of [`gelu`](Self::gelu)";
        // ½(1 + tanh u) = sigmoid(2u)
        |x| x * (x * (x.square() * c::<T>(0.044715) + T::one()) * c::<T>(2.0 * (2.0 / std::f64::consts::PI).sqrt())).sigmoid();
        [0.0, 1.0] => [0.0, 0.8411919906];
    softsign "x/(1 + |x|)"; |x| x / (x.abs() + T::one()); [1.0, -3.0] => [0.5, -0.75];
    tanhshrink "x − tanh x"; |x| x - x.tanh(); [0.0, 1.0] => [0.0, 0.2384058440];
    hardsigmoid "min(max(x + 3, 0), 6)/6", "The gradient at ±3 is 0.";
        |x| (x + c::<T>(3.0)).relu6() / c::<T>(6.0); [-4.0, 0.0, 5.0] => [0.0, 0.5, 1.0];
    hardswish "x · min(max(x + 3, 0), 6)/6", "The gradient at −3 is 0, at 3 it is 1.";
        |x| x * ((x + c::<T>(3.0)).relu6() / c::<T>(6.0)); [-4.0, 1.0, 5.0] => [0.0, 0.6666666667, 5.0];
    selu "1.0507… · x for x > 0, else 1.0507… · 1.6732… · (eˣ − 1)",
        "The numbers keep mean 0 and variance 1 from layer to layer: G. Klambauer et al., \"Self-Normalizing Neural Networks\", 2017. The gradient at 0 is that from below, 1.7580…";
        |x| x.exponential(1.6732632423543772, 1.0507009873554805, 1.0); [1.0, -1.0] => [1.0507009874, -1.1113307378];
}

impl<T: Real, B: Backend> Tensor<T, B> {
    /// scale · x for x > 0, else scale · alpha · (e^(rate · x) − 1), with the gradient of the latter at 0.
    #[track_caller]
    fn exponential(&self, alpha: f64, scale: f64, rate: f64) -> Self {
        let negative = self.le(T::zero());
        // Of positive numbers the exponential is not taken, and its gradient is no ∞ · 0.
        let below = (negative.where_cond(self, T::zero()) * c::<T>(rate)).expm1() * c::<T>(alpha * scale);
        negative.where_cond(below, self * c::<T>(scale))
    }

    /// Of each element: x for x > 0, else `slope` · x; the gradient at 0 is `slope`.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f64, Serial>::new([1.0, -1.0]).leaky_relu(0.01).to_vec(), [1.0, -0.01]);
    /// ```
    #[track_caller]
    pub fn leaky_relu(&self, slope: f64) -> Self {
        self.gt(T::zero()).where_cond(self, self * c::<T>(slope))
    }

    /// Of each element: x for x > 0, else `alpha` · (eˣ − 1); the gradient at 0 is `alpha`.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f64, Serial>::new([2.0, f64::NEG_INFINITY]).elu(0.5).to_vec(), [2.0, -0.5]);
    /// ```
    #[track_caller]
    pub fn elu(&self, alpha: f64) -> Self {
        self.exponential(alpha, 1.0, 1.0)
    }

    /// Of each element: ln(1 + e^(`beta` · x))/`beta`, and x itself where `beta` · x > `threshold`. PyTorch's defaults are 1
    /// and 20; without a threshold it is [`softplus`](Self::softplus).
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let y = Tensor::<f64, Serial>::new([0.0, 11.0]).softplus_with(2.0, 20.0);
    /// assert_eq!(y.to_vec(), [std::f64::consts::LN_2 / 2.0, 11.0]);
    /// ```
    #[track_caller]
    pub fn softplus_with(&self, beta: f64, threshold: f64) -> Self {
        let scaled = self * c::<T>(beta);
        scaled.gt(c::<T>(threshold)).where_cond(self, scaled.softplus() / c::<T>(beta))
    }

    /// Of each element: 0 for |x| ≤ `lambda`, else x. The gradient is 0 on the bounds.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f64, Serial>::new([0.4, -0.6]).hardshrink(0.5).to_vec(), [0.0, -0.6]);
    /// ```
    #[track_caller]
    pub fn hardshrink(&self, lambda: f64) -> Self {
        self.detach().abs().le(c::<T>(lambda)).where_cond(T::zero(), self)
    }

    /// Of each element: x for x > `threshold`, else `value`. The gradient on the threshold is 0.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f64, Serial>::new([0.4, 0.6]).threshold(0.5, -1.0).to_vec(), [-1.0, 0.6]);
    /// ```
    #[track_caller]
    pub fn threshold(&self, threshold: f64, value: f64) -> Self {
        self.le(c::<T>(threshold)).where_cond(c::<T>(value), self)
    }

    fallible! {
        /// Of each element: x for x > 0, else `alpha` · (e^(x/`alpha`) − 1). The slope at 0 is 1 from both sides.
        ///
        /// # Panics
        /// If `alpha` is 0.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f64, Serial>::new([2.0, f64::NEG_INFINITY]).celu(0.5).to_vec(), [2.0, -0.5]);
        /// ```
        fn celu | try_celu (&self, alpha: f64) -> Self {
            if alpha == 0.0 {
                return Err(Error::value("celu", "`alpha` is 0, and the elements are divided by it"));
            }
            Ok(self.exponential(alpha, 1.0, 1.0 / alpha))
        }

        /// Of each element: what is nearest to it in `min ..= max`. The gradient on the bounds is 0.
        ///
        /// # Panics
        /// If `min` is larger than `max`.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f64, Serial>::new([-2.0, 0.5]).hardtanh(-1.0, 1.0).to_vec(), [-1.0, 0.5]);
        /// ```
        fn hardtanh | try_hardtanh (&self, min: f64, max: f64) -> Self {
            if min > max {
                return Err(Error::value("hardtanh", format!("`min` is {min}, larger than `max`, which is {max}")));
            }
            let (min, max) = (c::<T>(min), c::<T>(max));
            Ok(self.le(min).where_cond(min, self.ge(max).where_cond(max, self)))
        }

        /// Of each element: x − `lambda` for x > `lambda`, x + `lambda` for x < −`lambda`, else 0. The gradient on the bounds
        /// is 0.
        ///
        /// # Panics
        /// If `lambda` is negative or NaN.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f64, Serial>::new([0.4, -0.75]).softshrink(0.5).to_vec(), [0.0, -0.25]);
        /// ```
        fn softshrink | try_softshrink (&self, lambda: f64) -> Self {
            if !(lambda >= 0.0) {
                return Err(Error::value("softshrink", format!("`lambda` is {lambda}; it must be 0 or more")));
            }
            let beyond = self.hardshrink(lambda);
            Ok(&beyond - beyond.clamp(c::<T>(-lambda), c::<T>(lambda)))
        }

        /// Of each element: x for x > 0, else `weight` · x. The weight is one number, or a vector of one for each channel, of
        /// which axis 1 is made; the gradient at 0 is that of `weight` · x.
        ///
        /// # Panics
        /// If the weight has more than one axis, or more than one number but not as many as there are channels.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[-1.0, -1.0], [2.0, -3.0]]);
        /// assert_eq!(x.prelu(&Tensor::new([0.5, 0.25])).to_vec(), [-0.5, -0.25, 2.0, -0.75]);
        /// ```
        fn prelu | try_prelu (&self, weight: &Tensor<T, B>) -> Self {
            let channels = self.shape().get(1).copied().unwrap_or(1);
            let mut shape = Shape::new();
            if weight.numel() != 1 {
                if self.rank() == 0 || weight.numel() != channels {
                    let hint = format!("there must be one weight, or one for each of {channels} channels");
                    return Err(Error::shape("prelu", &[self.shape_owned(), weight.shape_owned()], hint));
                }
                shape = Shape::from(vec![1; self.rank() - 1]);
                shape[0] = channels;
            }
            if weight.rank() > 1 {
                return Err(Error::shape("prelu", &[weight.shape_owned()], "the weights must be a number or a vector"));
            }
            let positive = self.gt(T::zero());
            // Of positive numbers the product is not taken, nor is its gradient.
            let below = positive.where_cond(T::zero(), self) * weight.reshape(shape);
            Ok(positive.where_cond(self, below))
        }

        /// The first half along `axis`, times the [`sigmoid`](Self::sigmoid) of the second: `[…, 2n, …] → […, n, …]`.
        ///
        /// # Panics
        /// If there is no such axis, or its size is odd.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f64, Serial>::new([3.0, 0.0]).glu(-1).to_vec(), [1.5]);
        /// ```
        fn glu | try_glu (&self, axis: impl Int) -> Self {
            let axis = self.layout().axis("glu", axis.to_isize())?;
            let size = self.shape()[axis];
            if !size.is_multiple_of(2) {
                let hint = format!("axis {axis} is halved, but has an odd size");
                return Err(Error::shape("glu", &[self.shape_owned()], hint));
            }
            let half = |range: SliceItem| {
                let mut items = vec![SliceItem::from(..); axis];
                items.push(range);
                self.try_slice(items)
            };
            let split = (size / 2) as isize;
            Ok(half((..split).into())? * half((split..).into())?.sigmoid())
        }

        /// e⁻ˣ / Σ e⁻ˣ along `axis`: the [`softmax`](Self::softmax) of −x.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f64, Serial>::new([0.0, f64::INFINITY]).softmin(0).to_vec(), [1.0, 0.0]);
        /// ```
        fn softmin | try_softmin (&self, axis: impl Int) -> Self {
            (-self).exponentials("softmin", axis.to_isize(), |axis| crate::ops::Fused::Softmax { axis })
        }
    }
}
