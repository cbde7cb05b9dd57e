//! Linear algebra, in double precision and by the textbook: elimination row by row, reflections as whole matrices,
//! rotations until nothing is left to rotate.

use crate::grid::{at, indices, tabulate};
use tensor_core::ops::Linalg;
use tensor_core::{Array, Error, Real, Result, Shape};

/// A matrix as a list of rows.
type Matrix = Vec<Vec<f64>>;

pub(crate) fn linalg<T: Real>(op: Linalg, args: &[&Array<T>]) -> Result<Array<T>> {
    let shapes: Vec<&Shape> = args.iter().map(|x| x.shape()).collect();
    let shape = op.shape(&shapes)?;
    let batch = &shapes[0][..shapes[0].len() - 2];
    let made: Vec<Matrix> = indices(batch)
        .map(|batch| {
            let matrix = |x: &&Array<T>| -> Matrix {
                let [m, n] = x.shape()[batch.len()..] else { unreachable!("found to be matrices") };
                let row = |i| (0..n).map(|j| at(x, &[&batch[..], &[i, j]].concat()).as_f64()).collect();
                (0..m).map(row).collect()
            };
            let args: Vec<Matrix> = args.iter().map(matrix).collect();
            one(op, &args)
                .ok_or_else(|| Error::value(op.name(), "a matrix is singular, not positive definite or not finite"))
        })
        .collect::<Result<_>>()?;
    tabulate(&shape, |i| {
        let (of_batch, of_matrix) = i.split_at(batch.len());
        let matrix = &made[crate::grid::position(of_batch, batch)];
        T::from_f64(match *of_matrix {
            [row, col] => matrix[row][col],
            _ => matrix[0][0],
        })
    })
}

fn one(op: Linalg, args: &[Matrix]) -> Option<Matrix> {
    let a = &args[0];
    let n = a.len();
    match op {
        Linalg::Cholesky => cholesky(a),
        Linalg::Lu => Some(eliminated(a).0),
        Linalg::Det => {
            let (lu, swaps) = eliminated(a);
            let sign = if swaps % 2 == 0 { 1.0 } else { -1.0 };
            Some(vec![vec![(0..n).fold(sign, |product, i| product * lu[i][i])]])
        }
        Linalg::Inverse => solved(a, &identity(n)),
        Linalg::Solve => solved(a, &args[1]),
        Linalg::SolveTriangular { upper, unit } => Some(triangular(a, &args[1], upper, unit)),
        Linalg::Qr { complete } => Some(reflected(a, complete)),
        Linalg::Svd => singular(a),
        Linalg::Eigh => eigen(a),
    }
}

fn identity(n: usize) -> Matrix {
    (0..n).map(|i| (0..n).map(|j| f64::from(i == j)).collect()).collect()
}

/// Columns as rows; `rows` is the number of columns, for a matrix without rows does not show it.
fn transposed(a: &Matrix, rows: usize) -> Matrix {
    (0..rows).map(|j| a.iter().map(|row| row[j]).collect()).collect()
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let width = b.first().map_or(0, Vec::len);
    let entry = |row: &Vec<f64>, j: usize| row.iter().zip(b).map(|(x, other)| x * other[j]).sum();
    a.iter().map(|row| (0..width).map(|j| entry(row, j)).collect()).collect()
}

fn cholesky(a: &Matrix) -> Option<Matrix> {
    let n = a.len();
    let mut l = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let rest = a[i][j] - (0..j).map(|p| l[i][p] * l[j][p]).sum::<f64>();
            l[i][j] = if i > j { rest / l[j][j] } else { rest.sqrt() };
            if i == j && !(rest > 0.0) {
                return None;
            }
        }
    }
    Some(l)
}

/// L and U in one matrix and the permutation as its last column; how many rows were exchanged.
fn eliminated(a: &Matrix) -> (Matrix, usize) {
    let mut lu = a.clone();
    lu.iter_mut().enumerate().for_each(|(i, row)| row.push(i as f64));
    let (m, n) = (lu.len(), lu.first().map_or(0, |row| row.len() - 1));
    let mut swaps = 0;
    for j in 0..m.min(n) {
        let pivot = (j..m).fold(j, |best, i| if lu[i][j].abs() > lu[best][j].abs() { i } else { best });
        lu.swap(j, pivot);
        swaps += usize::from(pivot != j);
        if lu[j][j] == 0.0 {
            continue;
        }
        for i in j + 1..m {
            lu[i][j] /= lu[j][j];
            for c in j + 1..n {
                lu[i][c] -= lu[i][j] * lu[j][c];
            }
        }
    }
    (lu, swaps)
}

fn solved(a: &Matrix, b: &Matrix) -> Option<Matrix> {
    let (lu, _) = eliminated(a);
    let n = a.len();
    let b: Matrix = (0..n).map(|i| b[lu[i][n] as usize].clone()).collect();
    (0..n).all(|i| lu[i][i] != 0.0).then(|| triangular(&lu, &triangular(&lu, &b, false, true), true, false))
}

fn triangular(a: &Matrix, b: &Matrix, upper: bool, unit: bool) -> Matrix {
    let n = a.len();
    let mut x = b.clone();
    let order: Vec<usize> = if upper { (0..n).rev().collect() } else { (0..n).collect() };
    for (done, &i) in order.iter().enumerate() {
        for c in 0..x[i].len() {
            let known: f64 = order[..done].iter().map(|&p| a[i][p] * x[p][c]).sum();
            x[i][c] = (x[i][c] - known) / if unit { 1.0 } else { a[i][i] };
        }
    }
    x
}

/// Q over Rᵀ: A turned upper triangular by reflections I − 2·v·vᵀ/(vᵀ·v).
fn reflected(a: &Matrix, complete: bool) -> Matrix {
    let (m, n) = (a.len(), a.first().map_or(0, Vec::len));
    let (mut q, mut r) = (identity(m), a.clone());
    for j in 0..m.min(n) {
        let mut v: Vec<f64> = (0..m).map(|i| if i < j { 0.0 } else { r[i][j] }).collect();
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if v[j + 1..].iter().all(|&x| x == 0.0) {
            continue;
        }
        v[j] += length.copysign(v[j]);
        let square: f64 = v.iter().map(|x| x * x).sum();
        let entry = |i: usize, k: usize| f64::from(i == k) - 2.0 * v[i] * v[k] / square;
        let reflection: Matrix = (0..m).map(|i| (0..m).map(|k| entry(i, k)).collect()).collect();
        (q, r) = (product(&q, &reflection), product(&reflection, &r));
    }
    let k = if complete { m } else { m.min(n) };
    q.iter_mut().for_each(|row| row.truncate(k));
    q.into_iter().chain((0..n).map(|c| (0..k).map(|i| if i <= c { r[i][c] } else { 0.0 }).collect())).collect()
}

/// The cosine and sine that make the symmetric matrix (xx xy; xy yy) diagonal.
fn rotation(xx: f64, yy: f64, xy: f64) -> (f64, f64) {
    let cotangent = (yy - xx) / (2.0 * xy);
    let tangent = 1.0f64.copysign(cotangent) / (cotangent.abs() + (1.0 + cotangent * cotangent).sqrt());
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    (cosine, cosine * tangent)
}

fn turn(x: &mut Matrix, p: usize, q: usize, (c, s): (f64, f64)) {
    for i in 0..x[p].len() {
        (x[p][i], x[q][i]) = (c * x[p][i] - s * x[q][i], s * x[p][i] + c * x[q][i]);
    }
}

/// −1 where the first entry at least half as large as the largest is negative.
fn sign(x: &[f64]) -> f64 {
    let largest = x.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
    x.iter().find(|x| x.abs() >= largest / 2.0).map_or(1.0, |x| 1.0f64.copysign(*x))
}

/// U over s over V, each row of `x` being a column that is turned until it is orthogonal to the others.
fn singular(a: &Matrix) -> Option<Matrix> {
    let (m, n) = (a.len(), a.first().map_or(0, Vec::len));
    let k = m.min(n);
    let mut x = if m >= n { transposed(a, n) } else { a.clone() };
    let mut turned = identity(k);
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    if x.iter().flatten().any(|x| !x.is_finite()) {
        return None;
    }
    // So short that squares are lost: as good as 0.
    let lost = x.iter().map(|x| dot(x, x).sqrt()).fold(0.0, f64::max) * 1e-100;
    let length = |x: &[f64]| Some(dot(x, x).sqrt()).filter(|&length| length > lost).unwrap_or(0.0);
    loop {
        let mut done = true;
        for p in 0..k {
            for q in p + 1..k {
                let (xx, yy, xy) = (dot(&x[p], &x[p]), dot(&x[q], &x[q]), dot(&x[p], &x[q]));
                let most = length(&x[p]) * length(&x[q]);
                if most > 0.0 && xy.abs() > 1e-15 * (x[p].len() as f64).sqrt().max(4.0) * most {
                    done = false;
                    turn(&mut x, p, q, rotation(xx, yy, xy));
                    turn(&mut turned, p, q, rotation(xx, yy, xy));
                }
            }
        }
        if done {
            break;
        }
    }
    let length = |i: usize| length(&x[i]);
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&i, &j| length(j).total_cmp(&length(i)));
    let mut units: Matrix = Vec::new();
    for &i in &order {
        let unit = match length(i) {
            0.0 => (0..x[i].len())
                .map(|axis| {
                    // What is left of an axis without the vectors there are; the longest such rest, the first of equals.
                    let mut rest = vec![0.0; x[i].len()];
                    rest[axis] = 1.0;
                    for unit in units.iter().chain(&units) {
                        let along = dot(unit, &rest);
                        rest.iter_mut().zip(unit).for_each(|(x, u)| *x -= along * u);
                    }
                    rest
                })
                .reduce(|best, rest| if dot(&rest, &rest) > dot(&best, &best) { rest } else { best })?,
            _ => x[i].clone(),
        };
        let length = dot(&unit, &unit).sqrt();
        units.push(unit.into_iter().map(|x| x / length).collect());
    }
    let turned: Matrix = order.iter().map(|&i| turned[i].clone()).collect();
    let (mut u, mut v) = if m >= n { (units, turned) } else { (turned, units) };
    for (u, v) in u.iter_mut().zip(&mut v) {
        let sign = sign(v);
        u.iter_mut().chain(v).for_each(|x| *x *= sign);
    }
    let s = order.iter().map(|&i| length(i)).collect();
    Some([transposed(&u, m), vec![s], transposed(&v, n)].concat())
}

/// λ over V.
fn eigen(a: &Matrix) -> Option<Matrix> {
    let n = a.len();
    let mut x: Matrix = (0..n).map(|i| (0..n).map(|j| a[i.max(j)][i.min(j)]).collect()).collect();
    let mut v = identity(n);
    let size = x.iter().flatten().map(|x| x * x).sum::<f64>().sqrt();
    if !size.is_finite() {
        return None;
    }
    while let Some((p, q)) =
        (0..n).flat_map(|q| (0..q).map(move |p| (p, q))).find(|&(p, q)| x[p][q].abs() > 1e-17 * size)
    {
        let by = rotation(x[p][p], x[q][q], x[p][q]);
        turn(&mut x, p, q, by);
        x = transposed(&x, n);
        turn(&mut x, p, q, by);
        (x[p][q], x[q][p]) = (0.0, 0.0);
        turn(&mut v, p, q, by);
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| x[i][i].total_cmp(&x[j][j]));
    let vectors: Matrix = order.iter().map(|&i| v[i].iter().map(|x| x * sign(&v[i])).collect()).collect();
    let values = order.iter().map(|&i| x[i][i]).collect();
    Some([vec![values], transposed(&vectors, n)].concat())
}
