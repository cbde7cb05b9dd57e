//! Double-double arithmetic: a number as the unevaluated sum of two, some 100 bits in all.
//!
//! The error-free transformations are Dekker's and Knuth's (T. J. Dekker, "A floating-point technique for extending
//! the available precision", 1971; D. E. Knuth, The Art of Computer Programming, vol. 2, §4.2.2), with the product's
//! error from one fused multiply-add.

/// The unevaluated sum `hi + lo`, |lo| no more than a few units in the last place of `hi`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) hi: f64,
    pub(super) lo: f64,
}

/// a + b exactly.
#[inline(always)]
pub(super) fn two_sum(a: f64, b: f64) -> Pair {
    let hi = a + b;
    let b_part = hi - a;
    Pair { hi, lo: (a - (hi - b_part)) + (b - b_part) }
}

/// a + b exactly, for |a| ≥ |b| or a = 0.
#[inline(always)]
pub(super) fn quick_two_sum(a: f64, b: f64) -> Pair {
    let hi = a + b;
    Pair { hi, lo: b - (hi - a) }
}

/// a · b exactly, barring underflow.
#[inline(always)]
pub(super) fn two_product(a: f64, b: f64) -> Pair {
    let hi = a * b;
    Pair { hi, lo: a.mul_add(b, -hi) }
}

impl Pair {
    #[inline(always)]
    pub(super) const fn new(parts: [f64; 2]) -> Self {
        Pair { hi: parts[0], lo: parts[1] }
    }

    /// The sum, rounded.
    #[inline(always)]
    pub(super) fn value(self) -> f64 {
        self.hi + self.lo
    }

    #[inline(always)]
    pub(super) fn negate(self) -> Self {
        Pair { hi: -self.hi, lo: -self.lo }
    }

    /// Times a power of two.
    #[inline(always)]
    pub(super) fn times_power(self, power: f64) -> Self {
        Pair { hi: self.hi * power, lo: self.lo * power }
    }

    #[inline(always)]
    pub(super) fn plus(self, other: Pair) -> Self {
        let sum = two_sum(self.hi, other.hi);
        quick_two_sum(sum.hi, sum.lo + (self.lo + other.lo))
    }

    #[inline(always)]
    pub(super) fn plus_single(self, b: f64) -> Self {
        let sum = two_sum(self.hi, b);
        quick_two_sum(sum.hi, sum.lo + self.lo)
    }

    #[inline(always)]
    pub(super) fn times(self, other: Pair) -> Self {
        let product = two_product(self.hi, other.hi);
        let cross = self.lo.mul_add(other.hi, self.hi * other.lo);
        quick_two_sum(product.hi, product.lo + cross)
    }

    #[inline(always)]
    pub(super) fn times_single(self, b: f64) -> Self {
        let product = two_product(self.hi, b);
        quick_two_sum(product.hi, self.lo.mul_add(b, product.lo))
    }

    #[inline(always)]
    pub(super) fn over(self, divisor: Pair) -> Self {
        let inverse = 1.0 / divisor.hi;
        let quotient = self.hi * inverse;
        let remainder = (-quotient).mul_add(divisor.hi, self.hi);
        let remainder = (-quotient).mul_add(divisor.lo, remainder + self.lo);
        quick_two_sum(quotient, remainder * inverse)
    }

    /// The square root of a positive number.
    #[inline(always)]
    pub(super) fn sqrt(self) -> Self {
        let root = self.hi.sqrt();
        let remainder = (-root).mul_add(root, self.hi) + self.lo;
        let correction = remainder / (2.0 * root);
        quick_two_sum(root, if root > 0.0 { correction } else { 0.0 })
    }

    /// The one of the two that `condition` picks.
    #[inline(always)]
    pub(super) fn select(condition: bool, yes: Pair, no: Pair) -> Self {
        Pair { hi: if condition { yes.hi } else { no.hi }, lo: if condition { yes.lo } else { no.lo } }
    }
}

impl From<f64> for Pair {
    #[inline(always)]
    fn from(hi: f64) -> Self {
        Pair { hi, lo: 0.0 }
    }
}
