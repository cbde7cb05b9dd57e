//! The linear least-squares problem inside each step: minimise ‖A q + b‖² + λ‖q‖² for one A and many λ.
//!
//! A is reduced to a triangle by Householder reflections with column pivoting (Businger & Golub 1965), and the triangle's
//! rows are made orthogonal to each other by Jacobi rotations (one-sided Jacobi, preconditioned by the pivoting: Drmač &
//! Veselić 2008). That is a singular value decomposition: each q(λ) is then a sum of n vectors, and neither rank nor
//! scaling of A matters. AᵀA, which would halve the digits, is never formed.

/// A = U S Vᵀ, as far as it is needed.
pub(super) struct Decomposition {
    /// The columns of V S.
    vectors: Vec<Vec<f64>>,
    /// Uᵀ b.
    coordinates: Vec<f64>,
    /// s², in the order of the vectors.
    squares: Vec<f64>,
    /// The s² at or below which a direction counts as one that A does not see.
    cutoff: f64,
}

impl Decomposition {
    /// Decomposes the matrix with these columns.
    pub(super) fn new(mut columns: Vec<Vec<f64>>, mut b: Vec<f64>, epsilon: f64) -> Self {
        let n = columns.len();
        // Rows of zeros change nothing, and spare the case of fewer rows than columns.
        let m = b.len().max(n);
        b.resize(m, 0.0);
        columns.iter_mut().for_each(|column| column.resize(m, 0.0));
        let order = triangle(&mut columns, &mut b);

        // Row k of the triangle, with its columns where they came from.
        let mut vectors: Vec<Vec<f64>> = (0..n)
            .map(|k| {
                let mut row = vec![0.0; n];
                (k..n).for_each(|j| row[order[j]] = columns[j][k]);
                row
            })
            .collect();
        b.truncate(n);
        orthogonalise(&mut vectors, &mut b);
        let squares: Vec<f64> = vectors.iter().map(|v| dot(v, v)).collect();
        let largest = squares.iter().copied().fold(0.0, f64::max);
        let cutoff = largest * (epsilon * m as f64).powi(2);
        Decomposition { vectors, coordinates: b, squares, cutoff }
    }

    /// The places of the directions that A sees.
    fn seen(&self) -> impl Iterator<Item = usize> {
        (0..self.squares.len()).filter(|&i| self.squares[i] > self.cutoff)
    }

    /// How far ‖A q + b‖² can fall.
    pub(super) fn gain(&self) -> f64 {
        self.seen().map(|i| self.coordinates[i].powi(2)).sum()
    }

    /// The q of least ‖A q + b‖² with ‖q‖ ≤ `radius` (within a tenth): Moré 1978, section 5, by Newton's iteration for
    /// 1/‖q(λ)‖ = 1/radius, which is almost linear in λ.
    pub(super) fn step(&self, radius: f64) -> Vec<f64> {
        let length = |lambda: f64, power: i32| -> f64 {
            let share =
                |i: usize| self.squares[i] * self.coordinates[i].powi(2) / (self.squares[i] + lambda).powi(power);
            self.seen().map(share).sum()
        };
        let mut lambda = 0.0;
        let (mut low, mut high) = (0.0, f64::INFINITY);
        for _ in 0..100 {
            let norm = length(lambda, 2).sqrt();
            // The step that is not damped is the best there is.
            if norm <= 1.1 * radius && (lambda == 0.0 || norm >= 0.9 * radius) {
                break;
            }
            if norm > radius {
                low = lambda
            } else {
                high = lambda
            }
            let newton = lambda + norm * norm / length(lambda, 3) * (norm / radius - 1.0);
            lambda = if newton > low && newton < high {
                newton
            } else if high.is_finite() {
                (low + high) / 2.0
            } else {
                2.0 * low.max(self.cutoff).max(f64::MIN_POSITIVE)
            };
        }
        let mut q = vec![0.0; self.squares.len()];
        for i in self.seen() {
            axpy(&mut q, -self.coordinates[i] / (self.squares[i] + lambda), &self.vectors[i]);
        }
        q
    }

    /// (AᵀA)⁻¹ by rows; none where A does not see every direction.
    pub(super) fn inverse(&self) -> Option<Vec<Vec<f64>>> {
        let n = self.squares.len();
        if self.seen().count() < n {
            return None;
        }
        let mut inverse = vec![vec![0.0; n]; n];
        for (vector, square) in self.vectors.iter().zip(&self.squares) {
            for (row, &v) in inverse.iter_mut().zip(vector) {
                axpy(row, v / square / square, vector);
            }
        }
        Some(inverse)
    }
}

/// Turns the columns into an upper triangle by reflections, which b goes through as well. Returns which column came to
/// stand where; each time it is the longest of the rest.
fn triangle(columns: &mut [Vec<f64>], b: &mut [f64]) -> Vec<usize> {
    let n = columns.len();
    let mut order: Vec<usize> = (0..n).collect();
    for k in 0..n {
        let lengths: Vec<f64> = columns[k..].iter().map(|column| dot(&column[k..], &column[k..])).collect();
        let longest = k + (0..n - k).max_by(|&i, &j| lengths[i].total_cmp(&lengths[j])).unwrap_or(0);
        columns.swap(k, longest);
        order.swap(k, longest);
        let norm = lengths[longest - k].sqrt();
        if norm == 0.0 {
            break;
        }
        // H = 1 − w wᵀ/w₀ with w = x/‖x‖ ± e₀, of the sign that does not cancel.
        let norm = norm.copysign(columns[k][k]);
        let mut w: Vec<f64> = columns[k][k..].iter().map(|x| x / norm).collect();
        w[0] += 1.0;
        let reflect = |x: &mut [f64]| {
            let share = dot(&w, x) / w[0];
            axpy(x, -share, &w);
        };
        columns[k + 1..].iter_mut().for_each(|column| reflect(&mut column[k..]));
        reflect(&mut b[k..]);
        columns[k][k] = -norm;
    }
    order
}

/// Rotates pairs of vectors until all are orthogonal, and the coordinates along with them.
fn orthogonalise(vectors: &mut [Vec<f64>], coordinates: &mut [f64]) {
    let n = vectors.len();
    // It converges quadratically: six or eight sweeps are usual.
    for _ in 0..60 {
        let mut turned = false;
        for i in 0..n {
            for j in i + 1..n {
                let (head, tail) = vectors.split_at_mut(j);
                let (u, v) = (&mut head[i], &mut tail[0]);
                let (uu, vv, uv) = (dot(u, u), dot(v, v), dot(u, v));
                if uv.abs() <= f64::EPSILON * n as f64 * (uu * vv).sqrt() {
                    continue;
                }
                turned = true;
                let zeta = (vv - uu) / (2.0 * uv);
                let t = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = c * t;
                for (a, b) in u.iter_mut().zip(v) {
                    (*a, *b) = (c * *a - s * *b, s * *a + c * *b);
                }
                let (a, b) = (coordinates[i], coordinates[j]);
                (coordinates[i], coordinates[j]) = (c * a - s * b, s * a + c * b);
            }
        }
        if !turned {
            break;
        }
    }
}

pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// x += a y
pub(super) fn axpy(x: &mut [f64], a: f64, y: &[f64]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += a * y);
}
