//! The nouns: every operation a [`crate::Backend`] can be asked for, as plain data.
//!
//! A new operation is a line here; the compiler then asks for its kernel, its meaning in the reference backend and its
//! gradient, and the tests, which iterate over the `ALL` lists, cover it from that moment on.

mod linalg;
mod step;

pub use linalg::Linalg;
pub use step::{Step, by_verbs};

use crate::slice::SliceItem;
use crate::{Dims, Shape};

macro_rules! nouns {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $method:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$item_doc])* $item),* }

        impl $name {
            /// All of them, for code that iterates over the operations.
            pub const ALL: &'static [$name] = &[$($name::$item),*];

            /// The name of the tensor method.
            pub const fn name(self) -> &'static str {
                match self { $($name::$item => $method),* }
            }
        }
    };
}

nouns! {
    /// Functions of one number, for every [`crate::Num`].
    Unary {
        /// −x
        Neg = "neg",
        /// |x|
        Abs = "abs",
        /// −1, 0 or 1; NaN stays NaN
        Sign = "sign",
        /// x²
        Square = "square",
    }
}

nouns! {
    /// Functions of one real number.
    UnaryReal {
        /// 1/x
        Reciprocal = "reciprocal",
        /// √x
        Sqrt = "sqrt",
        /// 1/√x
        Rsqrt = "rsqrt",
        /// the cube root, of negative numbers too
        Cbrt = "cbrt",
        /// eˣ
        Exp = "exp",
        /// eˣ − 1, exact near 0
        Expm1 = "expm1",
        /// 2ˣ, exact for whole numbers
        Exp2 = "exp2",
        /// natural logarithm
        Ln = "ln",
        /// binary logarithm
        Log2 = "log2",
        /// decimal logarithm
        Log10 = "log10",
        /// ln(1 + x), exact near 0
        Log1p = "log1p",
        /// sine of x radians
        Sin = "sin",
        /// cosine of x radians
        Cos = "cos",
        /// tangent of x radians
        Tan = "tan",
        /// arc sine, in radians
        Asin = "asin",
        /// arc cosine, in radians
        Acos = "acos",
        /// arc tangent, in radians
        Atan = "atan",
        /// hyperbolic sine
        Sinh = "sinh",
        /// hyperbolic cosine
        Cosh = "cosh",
        /// hyperbolic tangent
        Tanh = "tanh",
        /// inverse hyperbolic sine
        Asinh = "asinh",
        /// inverse hyperbolic cosine; NaN below 1
        Acosh = "acosh",
        /// inverse hyperbolic tangent; NaN beyond ±1
        Atanh = "atanh",
        /// 1/(1 + e⁻ˣ)
        Sigmoid = "sigmoid",
        /// ln(1 + eˣ)
        Softplus = "softplus",
        /// ln(1/(1 + e⁻ˣ))
        LogSigmoid = "log_sigmoid",
        /// max(x, 0); NaN stays NaN
        Relu = "relu",
        /// the error function
        Erf = "erf",
        /// 1 − erf x, exact where that is near 0
        Erfc = "erfc",
        /// the inverse of the error function
        Erfinv = "erfinv",
        /// the distribution function of the standard normal distribution
        NormalCdf = "normal_cdf",
        /// ln|Γ(x)|
        Lgamma = "lgamma",
        /// the derivative of ln Γ(x)
        Digamma = "digamma",
        /// the greatest whole number ≤ x
        Floor = "floor",
        /// the least whole number ≥ x
        Ceil = "ceil",
        /// the nearest whole number, halves to even
        Round = "round",
        /// the whole part, towards 0
        Trunc = "trunc",
    }
}

nouns! {
    /// Functions of two numbers, for every [`crate::Num`].
    Binary {
        /// a + b
        Add = "add",
        /// a − b
        Sub = "sub",
        /// a · b
        Mul = "mul",
        /// the larger; NaN if either is NaN
        Maximum = "maximum",
        /// the smaller; NaN if either is NaN
        Minimum = "minimum",
        /// the larger; the other one if one is NaN
        Fmax = "fmax",
        /// the smaller; the other one if one is NaN
        Fmin = "fmin",
        /// a, but at least b: `Maximum` with the gradient of a bound
        ClampMin = "clamp_min",
        /// a, but at most b: `Minimum` with the gradient of a bound
        ClampMax = "clamp_max",
        /// a/b, rounded down. For integers 0 for a divisor of 0
        FloorDivide = "floor_divide",
        /// a/b, cut towards 0. For integers 0 for a divisor of 0
        TruncDivide = "trunc_divide",
        /// what a/b rounded down leaves of a, with the sign of b; for a divisor of 0 NaN, and 0 for integers
        Remainder = "remainder",
        /// what a/b cut towards 0 leaves of a, with the sign of a; for a divisor of 0 NaN, and 0 for integers
        Fmod = "fmod",
    }
}

nouns! {
    /// Functions of two real numbers.
    BinaryReal {
        /// a / b
        Div = "div",
        /// aᵇ
        Pow = "pow",
        /// the angle of the point (b, a) in radians
        Atan2 = "atan2",
        /// √(a² + b²), without overflow on the way
        Hypot = "hypot",
        /// ln(eᵃ + eᵇ), without overflow on the way
        Logaddexp = "logaddexp",
        /// a · ln b; 0 for a = 0, unless b is NaN
        Xlogy = "xlogy",
        /// |a| with the sign of b, that of NaN counting as positive
        Copysign = "copysign",
        /// 0 where b ≤ 0, and a elsewhere, NaN in b included: how the gradient of `Relu` passes
        Gate = "gate",
        /// the derivative of order a of `Digamma` at b. The order is rounded to a whole number; NaN where that is not in
        /// 0 … 170
        Polygamma = "polygamma",
    }
}

nouns! {
    /// Comparisons of two numbers; a comparison with NaN is false, but for `Ne`.
    Compare {
        /// a = b
        Eq = "eq",
        /// a ≠ b
        Ne = "ne",
        /// a < b
        Lt = "lt",
        /// a ≤ b
        Le = "le",
        /// a > b
        Gt = "gt",
        /// a ≥ b
        Ge = "ge",
    }
}

nouns! {
    /// Functions of two truth values.
    Logic {
        /// both
        And = "and",
        /// at least one
        Or = "or",
        /// exactly one
        Xor = "xor",
    }
}

nouns! {
    /// What a set of axes is reduced to.
    Reduce {
        /// Σ x; 0 if there is nothing to add
        Sum = "sum",
        /// Σ x / n; for no elements NaN. For integers the sum is taken in `i64`, the quotient cut towards 0, and 0 for no
        /// elements
        Mean = "mean",
        /// Π x; 1 if there is nothing to multiply
        Prod = "prod",
        /// the largest; NaN if any is NaN
        Max = "max",
        /// the smallest; NaN if any is NaN
        Min = "min",
    }
}

nouns! {
    /// Where along an axis an extreme value stands: the first one, or the first NaN.
    ArgReduce {
        /// the place of the largest
        Max = "argmax",
        /// the place of the smallest
        Min = "argmin",
    }
}

nouns! {
    /// What runs along an axis, each element together with all before it.
    Scan {
        /// Σ up to here
        Sum = "cumsum",
        /// Π up to here
        Prod = "cumprod",
        /// the largest up to here; NaN from the first NaN on
        Max = "cummax",
        /// the smallest up to here; NaN from the first NaN on
        Min = "cummin",
    }
}

nouns! {
    /// How `scatter` joins a value with what is there.
    Scatter {
        /// replaces it; of several for one place the last wins
        Assign = "scatter",
        /// adds to it, in the order of the indices; of truth values: whether any is true
        Add = "scatter_add",
        /// multiplies it, in the order of the indices; of truth values: whether all are true
        Mul = "scatter_mul",
        /// keeps the larger; NaN if either is NaN
        Max = "scatter_max",
        /// keeps the smaller; NaN if either is NaN
        Min = "scatter_min",
    }
}

/// Another look at the same elements. Every view but a reshape of strided elements is free of copying.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// The elements in row-major order under another shape.
    Reshape(Shape),
    /// The axes in another order.
    Permute(Dims<usize>),
    /// Axes of size 1 repeated, axes added in front, until the shape is this.
    Expand(Shape),
    /// Parts of axes.
    Slice(Vec<SliceItem>),
    /// The elements where the index along `second` minus the index along `first` is `offset`, as a last axis.
    Diagonal {
        /// How far above (or, negative, below) the main diagonal.
        offset: isize,
        /// The axis of the rows.
        first: usize,
        /// The axis of the columns.
        second: usize,
    },
    /// Windows of `size` every `step` along `axis`; the window becomes the last axis.
    Unfold {
        /// The axis that is cut into windows.
        axis: usize,
        /// How many elements a window has.
        size: usize,
        /// How far apart windows start.
        step: usize,
    },
}

/// How random elements are distributed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution<T> {
    /// Every value of `low ≤ x < high` equally likely; whole numbers for integer types.
    Uniform {
        /// The least value.
        low: T,
        /// The bound above, itself never drawn.
        high: T,
    },
    /// The normal distribution; real numbers only.
    Normal {
        /// The mean.
        mean: T,
        /// The standard deviation.
        std: T,
    },
    /// The numbers 0 … n − 1, each once, in random order; integers only.
    Permutation,
}

/// Composites that are worth one kernel. Each has a gradient of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Fused {
    /// `[x, y]` of one shape → the mean of (x − y)², a single number.
    Mse,
    /// `[x]` → eˣ / Σ eˣ along an axis.
    Softmax {
        /// The axis that adds up to 1.
        axis: usize,
    },
    /// `[x]` → x − ln Σ eˣ along an axis.
    LogSoftmax {
        /// The axis whose exponentials add up to 1.
        axis: usize,
    },
    /// `[x]` → ln Σ eˣ of each element and all before it along an axis.
    LogCumSumExp {
        /// The axis that is run along.
        axis: usize,
    },
    /// `[x, decay]` of one shape → sᵢ = decayᵢ · sᵢ₋₁ + xᵢ along an axis, from s₀ = x₀ on.
    Recurrence {
        /// The axis that is run along.
        axis: usize,
    },
}
