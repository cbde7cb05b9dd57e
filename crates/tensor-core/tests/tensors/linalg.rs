//! Linear algebra: products against their definitions, factors against the matrices they make up, and what is refused.

use tensor_core::{Backend, Error, Generator, Norm, Result, Serial, einsum, try_einsum};

type Tensor = tensor_core::Tensor<f64, Serial>;
type Ints = tensor_core::Tensor<i64, Serial>;

fn random(seed: u64, shape: &[usize]) -> Tensor {
    Tensor::rand_with(&mut Generator::new(seed), shape) - 0.5
}

#[track_caller]
fn near(got: &Tensor, want: &Tensor) {
    assert_eq!(got.shape(), want.shape());
    let off = (got - want).abs().to_vec().into_iter().fold(0.0, f64::max);
    assert!(off < 1e-12, "off by {off}");
}

#[track_caller]
fn refused<V>(result: Result<V>, word: &str) {
    let error: Error = result.err().expect("is refused");
    assert!(error.to_string().contains(word), "{error}");
}

/// The element of `x` whose index is `of(label)` along each axis.
fn pick(x: &Tensor, labels: &str, of: impl Fn(char) -> usize) -> f64 {
    labels.chars().fold(x.clone(), |x, label| x.slice(of(label)).into_tensor()).item()
}

/// The sum of all products, one after the other.
fn sum_of_products(inputs: &[&str], output: &str, x: &[&Tensor], size: impl Fn(char) -> usize) -> Tensor {
    let mut labels: Vec<char> = output.chars().collect();
    let inner: Vec<char> = inputs.concat().chars().filter(|c| !labels.contains(c)).collect();
    inner.into_iter().for_each(|c| {
        if !labels.contains(&c) {
            labels.push(c)
        }
    });
    let mut total = Tensor::zeros(output.chars().map(&size).collect::<Vec<_>>());
    for at in 0..labels.iter().map(|&c| size(c)).product::<usize>() {
        let mut rest = at;
        let index: Vec<(char, usize)> = labels
            .iter()
            .map(|&c| {
                let i = rest % size(c);
                rest /= size(c);
                (c, i)
            })
            .collect();
        let of = |c: char| index.iter().find(|(label, _)| *label == c).unwrap().1;
        let product: f64 = inputs.iter().zip(x).map(|(labels, x)| pick(x, labels, of)).product();
        let place: Vec<tensor_core::SliceItem> = output.chars().map(|c| of(c).into()).collect();
        total.slice_mut(place).add_(product);
    }
    total
}

#[test]
fn einsum_is_the_sum_of_products() {
    let size = |c: char| match c {
        'i' => 2,
        'j' => 3,
        'k' => 4,
        _ => 1,
    };
    for (inputs, output) in [
        (vec!["ij"], "ji"),
        (vec!["ii"], "i"),
        (vec!["iji"], ""),
        (vec!["ij", "jk"], "ik"),
        (vec!["ij", "jk"], "ki"),
        (vec!["ij", "ij"], "ij"),
        (vec!["ij", "ik"], "jki"),
        (vec!["i", "j", "k"], "kij"),
        (vec!["ij", "jk", "ki"], ""),
        (vec!["kij", "jk", "i", "jl"], "lk"),
        (vec!["ijk", "kj"], "k"),
        (vec!["iij", "jj"], "ji"),
        (vec!["", "j"], "j"),
        (vec!["ij", "k"], "i"),
    ] {
        let x: Vec<Tensor> = inputs
            .iter()
            .enumerate()
            .map(|(n, labels)| random(n as u64, &labels.chars().map(size).collect::<Vec<_>>()))
            .collect();
        let x: Vec<&Tensor> = x.iter().collect();
        let equation = format!("{} -> {output}", inputs.join(","));
        near(&einsum(&equation, &x), &sum_of_products(&inputs, output, &x, size));
    }
}

#[test]
fn einsum_reads_ellipses_and_implicit_results() {
    let (x, y) = (random(1, &[2, 1, 3, 4]), random(2, &[5, 4, 2]));
    near(&einsum("...ij,...jk->...ik", &[&x, &y]), &x.matmul(&y));
    near(&einsum("...ij,...jk", &[&x, &y]), &x.matmul(&y));
    near(&einsum("ba", &[&random(3, &[2, 3])]), &random(3, &[2, 3]).mt());
    near(&einsum("aB->", &[&random(3, &[2, 3])]), &random(3, &[2, 3]).sum());
    near(&einsum("i...->i", &[&x]), &x.sum_axes([1, 2, 3]));
    assert_eq!(einsum("aB", &[&x.slice((0, 0))]).shape(), [4, 3]);
    assert_eq!(einsum("ij,jk", &[&Ints::new([[1, 2]]), &Ints::new([[3], [4]])]).to_vec(), [11]);
    near(&einsum("ij,ij->i", &[&Tensor::ones([2, 0]), &Tensor::ones([2, 0])]), &Tensor::zeros([2]));
    near(&einsum("ij,j->i", &[&Tensor::ones([2, 1]), &random(4, &[3])]), &(Tensor::ones([2]) * random(4, &[3]).sum()));
}

#[test]
fn einsum_refuses_what_it_cannot_read() {
    let x = random(1, &[2, 3]);
    refused(try_einsum::<f64, Serial>("", &[]), "0");
    refused(try_einsum("ij", &[&x, &x]), "for 1 operands");
    refused(try_einsum("i", &[&x]), "names 1 axes");
    refused(try_einsum("ijk", &[&x]), "names 3 axes");
    refused(try_einsum("i1", &[&x]), "1");
    refused(try_einsum("..", &[&x]), "..");
    refused(try_einsum("......", &[&x]), "...");
    refused(try_einsum("ij->ii", &[&x]), "twice");
    refused(try_einsum("ij->ik", &[&x]), "`k`");
    refused(try_einsum("ii", &[&x]), "one size");
    refused(try_einsum("ij,jk", &[&x, &x]), "3 and 2");
    refused(try_einsum("...,...", &[&x, &x.mt()]), "sizes");
}

#[test]
fn products_of_tensors_are_matrix_products_of_their_axes() {
    let (x, y) = (random(1, &[2, 3, 4]), random(2, &[4, 3, 5]));
    near(&x.tensordot(&y, ([1, 2], [1, 0])), &einsum("ijk,kjl->il", &[&x, &y]));
    near(&x.tensordot(&y, 1), &einsum("ijk,klm->ijlm", &[&x, &y]));
    near(&x.tensordot(&y, 0), &einsum("ijk,lmn->ijklmn", &[&x, &y]));
    near(&x.inner(&random(3, &[5, 4])), &einsum("ijk,lk->ijl", &[&x, &random(3, &[5, 4])]));
    near(&x.vecdot(&x, 1), &x.square().sum_axes(1));
    let k = random(4, &[2, 3]).kron(&random(5, &[4]));
    near(&k, &einsum("ij,k->ijk", &[&random(4, &[2, 3]), &random(5, &[4])]).reshape([2, 12]));
    let chain = [random(1, &[3]), random(2, &[3, 7]), random(3, &[7, 2]), random(4, &[2, 5]), random(5, &[5])];
    let product = chain[1..].iter().fold(chain[0].clone(), |product, x| product.matmul(x));
    near(&Tensor::multi_dot(&chain.iter().collect::<Vec<_>>()), &product);
    let (a, b) = (random(6, &[4, 3]), random(7, &[3]));
    let c = a.cross(&b, -1);
    near(&a.vecdot(&c, -1), &Tensor::zeros([4]));
    near(&c.square().sum_axes(1), &(a.square().sum_axes(1) * b.square().sum() - a.matmul(&b).square()));
}

#[test]
fn products_with_an_addition_scale_both() {
    let (x, a, b) = (random(1, &[3]), random(2, &[2, 4]), random(3, &[4, 3]));
    near(&x.addmm(&a, &b, 0.5, 2.0), &(a.matmul(&b) * 2.0 + &x * 0.5));
    near(&Tensor::full([3], f64::NAN).addmm(&a, &b, 0.0, 1.0), &a.matmul(&b));
    let (c, d) = (random(4, &[5, 2, 4]), random(5, &[5, 4, 3]));
    near(&x.addbmm(&c, &d, 1.0, 3.0), &(c.matmul(&d).sum_axes(0) * 3.0 + &x));
    near(&x.baddbmm(&c, &d, 1.0, 1.0), &(c.matmul(&d) + &x));
    refused(random(1, &[2, 2, 3]).try_addmm(&a, &b, 1.0, 1.0), "addmm");
    refused(x.try_addmv(&a, &b, 1.0, 1.0), "a vector");
}

#[test]
fn operands_that_do_not_fit_are_refused_by_name() {
    let (vector, matrix) = (random(1, &[3]), random(2, &[3, 2]));
    refused(vector.try_dot(&matrix), "dot");
    refused(vector.try_dot(&random(1, &[4])), "dot");
    refused(matrix.try_mm(&matrix), "mm");
    refused(matrix.try_mv(&vector), "mv");
    refused(random(1, &[2, 3, 4]).try_bmm(&random(1, &[3, 4, 5])), "bmm");
    refused(matrix.try_outer(&vector), "outer");
    refused(matrix.try_tensordot(&matrix, 3), "too many");
    refused(matrix.try_tensordot(&matrix, ([0], [1])), "equal sizes");
    refused(matrix.try_tensordot(&matrix, ([0, 0], [0, 0])), "twice");
    refused(Tensor::try_multi_dot(&[&matrix]), "two");
    refused(Tensor::try_multi_dot(&[&matrix, &vector, &matrix]), "vectors");
    refused(matrix.try_cross(&matrix, 1), "3");
    refused(matrix.try_cdist(&vector, 2), "points");
    refused(matrix.try_cdist(&matrix, -1), "negative");
    refused(matrix.try_det(), "square");
    refused(vector.try_inv(), "matrices");
    refused(Tensor::zeros([2, 2]).try_inv(), "singular");
    refused((-Tensor::eye(3)).try_cholesky(false), "order 1");
    refused(Tensor::stack(&[&Tensor::eye(2), &Tensor::zeros([2, 2])], 0).try_inv(), "matrix 1 of 2");
    refused(Tensor::eye(2).try_solve(&vector), "rows");
    refused(matrix.try_matrix_norm(3), "no norm");
    refused(matrix.try_matrix_norm_axes([0, -2], 1), "axis each");
    refused(Tensor::zeros([0, 2]).try_matrix_norm(Norm::P(2.0)), "");
}

/// Sizes below, at and above that of a block, and batches.
const SIZES: [(usize, usize); 8] = [(0, 3), (1, 1), (5, 3), (3, 5), (32, 32), (70, 33), (33, 100), (150, 150)];

fn is_orthonormal(q: &Tensor) {
    near(&q.mt().matmul(q), &(Tensor::eye(q.size(-1)) + q.mt().matmul(q).zeros_like()));
}

#[test]
fn factors_make_up_the_matrix() {
    for (m, n) in SIZES {
        let x = random(1, &[2, m, n]);
        let (p, l, u) = x.lu();
        near(&p.matmul(&l).matmul(&u), &x);
        assert!(l.abs().to_vec().iter().all(|&x| x <= 1.0));
        for complete in [false, true] {
            let (q, r) = x.qr(complete);
            near(&q.matmul(&r), &x);
            is_orthonormal(&q);
        }
        for full in [false, true] {
            let (u, s, vt) = x.svd(full);
            let k = m.min(n);
            is_orthonormal(&u);
            is_orthonormal(&vt.mt());
            near(&(u.slice((.., .., ..k)) * s.unsqueeze(-2)).matmul(vt.slice((.., ..k))), &x);
            let s = s.to_vec();
            assert!(s.chunks(k.max(1)).all(|s| s.is_sorted_by(|a, b| a >= b) && s.iter().all(|&s| s >= 0.0)));
        }
        let gram = x.matmul(x.mt()) + Tensor::eye(m);
        for upper in [false, true] {
            let factor = gram.cholesky(upper);
            near(&if upper { factor.mt().matmul(&factor) } else { factor.matmul(factor.mt()) }, &gram);
            near(&factor.cholesky_inverse(upper).matmul(&gram), &(Tensor::eye(m) + gram.zeros_like()));
        }
        let (values, vectors) = gram.eigh();
        is_orthonormal(&vectors);
        near(&(&vectors * values.unsqueeze(-2)).matmul(vectors.mt()), &gram);
        assert!(values.to_vec().chunks(m.max(1)).all(|values| values.is_sorted()));
    }
}

#[test]
fn small_singular_values_are_as_precise_as_large_ones() {
    // Of columns of very different lengths, in any order; and the product of all is the determinant.
    for n in [4, 40] {
        let x = random(5, &[n, n]);
        let steps: Vec<f64> = (0..n).map(|i| 2f64.powi(-((i * 7 % n) as i32 * 400 / n as i32))).collect();
        let (u, s, vt) = (&x * Tensor::from_slice(&steps, [n])).svd(false);
        let logarithm = x.det().abs().ln().item() + steps.iter().map(|step| step.ln()).sum::<f64>();
        assert!((s.ln().sum().item() - logarithm).abs() < 1e-11 * n as f64);
        is_orthonormal(&u);
        is_orthonormal(&vt.mt());
    }
}

#[test]
fn solutions_solve() {
    for n in [0, 1, 4, 31, 64, 130] {
        let a = random(1, &[2, n, n]) + Tensor::eye(n) * 3.0;
        let b = random(2, &[2, n, 3]);
        near(&a.matmul(a.solve(&b)), &b);
        near(&a.slice(0).matmul(a.slice(0).solve(&b.slice((0, .., 0)))), &b.slice((0, .., 0)));
        near(&a.inv().matmul(&a), &(Tensor::eye(n) + a.zeros_like()));
        for upper in [false, true] {
            let triangle = if upper { a.lu().2 } else { a.mt().lu().2.mt().into_tensor() };
            near(&triangle.solve_triangular(&triangle.matmul(&b), upper, true, false), &b);
            let wide = b.mt().into_tensor();
            near(&triangle.solve_triangular(&wide.matmul(&triangle), upper, false, false), &wide);
        }
        let (sign, ln) = a.slogdet();
        let product = sign * ln.exp();
        near(&(a.det() / product), &Tensor::ones([2]));
    }
    let (tall, wide) = (random(3, &[7, 4]), random(4, &[4, 7]));
    let x = tall.lstsq(&random(5, &[7, 2]));
    near(&tall.mt().matmul(tall.matmul(&x) - random(5, &[7, 2])), &Tensor::zeros([4, 2]));
    near(&wide.matmul(wide.lstsq(&Tensor::eye(4))), &Tensor::eye(4));
}

#[test]
fn the_pseudoinverse_has_its_four_properties() {
    let low = random(1, &[6, 2]).matmul(random(2, &[2, 5]));
    for x in [random(3, &[4, 6]), random(4, &[6, 4]), low.clone(), Tensor::zeros([2, 3]), Tensor::zeros([0, 3])] {
        let y = x.pinv(0.0, None);
        near(&x.matmul(&y).matmul(&x), &x);
        near(&y.matmul(&x).matmul(&y), &y);
        near(&x.matmul(&y), &x.matmul(&y).mt());
        near(&y.matmul(&x), &y.matmul(&x).mt());
    }
    assert_eq!(low.matrix_rank(0.0, None).item(), 2);
    assert_eq!(low.matrix_rank(100.0, None).item(), 0);
    assert_eq!(Tensor::eye(3).matrix_rank(0.0, None).item(), 3);
}

#[test]
fn norms_are_those_of_sums_and_singular_values() {
    let x = Tensor::new([[1.0, -2.0], [3.0, 4.0], [0.0, -1.0]]);
    let of = |norm: Norm| x.matrix_norm(norm).item();
    assert_eq!((of(Norm::P(1.0)), of(Norm::P(-1.0))), (7.0, 4.0));
    assert_eq!((of(Norm::P(f64::INFINITY)), of(Norm::P(f64::NEG_INFINITY))), (7.0, 1.0));
    let s = x.svdvals().to_vec();
    near(&x.matrix_norm(Norm::Nuc), &Tensor::full([], s[0] + s[1]));
    near(&x.matrix_norm(Norm::Fro), &Tensor::full([], 31f64.sqrt()));
    assert_eq!((of(Norm::P(2.0)), of(Norm::P(-2.0))), (s[0], s[1]));
    let batch = random(1, &[3, 2, 4]);
    for norm in [Norm::Fro, Norm::Nuc, Norm::P(1.0), Norm::P(2.0), Norm::P(f64::INFINITY)] {
        let moved = batch.permute([1, 2, 0]).matrix_norm(norm);
        near(&batch.matrix_norm_axes([2, 0], norm), &moved);
        near(&batch.matrix_norm_keepdim([2, -3], norm), &moved.reshape([1, 2, 1]));
    }
    near(&Tensor::new([[2.0, 0.0], [0.0, 0.5]]).cond(Norm::Fro), &Tensor::full([], 4.25));
    assert_eq!(Tensor::stack(&[&Tensor::eye(2), &Tensor::ones([2, 2])], 0).cond(1).to_vec(), [1.0, f64::INFINITY]);
}

#[test]
fn special_matrices_have_special_factors() {
    let (u, s, vt) = Tensor::zeros([3, 3]).svd(false);
    assert_eq!((u.to_vec(), vt.to_vec()), (Tensor::eye(3).to_vec(), Tensor::eye(3).to_vec()));
    assert_eq!(s.to_vec(), [0.0; 3]);
    let (_, s, _) = (Tensor::ones([4, 4]) * 1e200).svd(false);
    assert!((s.to_vec()[0] / 4e200 - 1.0).abs() < 1e-14);
    assert_eq!((Tensor::eye(2) * 1e-300).svdvals().to_vec(), [1e-300; 2]);
    near(&Tensor::new([[0.0, 1.0], [1.0, 0.0]]).eigvalsh(), &Tensor::new([-1.0, 1.0]));
    near(&Tensor::ones([4, 4]).eigvalsh(), &Tensor::new([0.0, 0.0, 0.0, 4.0]));
    assert_eq!(Tensor::zeros([3, 3]).eigh().1.to_vec(), Tensor::eye(3).to_vec());
    let (q, r) = Tensor::new([[-2.0, 1.0], [0.0, 3.0]]).qr(false);
    assert_eq!((q.to_vec(), r.to_vec()), (Tensor::eye(2).to_vec(), vec![-2.0, 1.0, 0.0, 3.0]));
    assert_eq!(Tensor::zeros([0, 0]).det().item(), 1.0);
    assert_eq!(Tensor::new([[1.0, 2.0], [2.0, 4.0]]).slogdet().1.item(), f64::NEG_INFINITY);
    assert!(Tensor::new([[-1.0]]).logdet().item().is_nan());
    assert_eq!(Tensor::new([[0.0, 1.0], [1.0, 0.0]]).lu_factor().1.to_vec(), [2, 2]);
    assert_eq!(random(1, &[2, 0, 3]).qr(false).0.shape(), [2, 0, 0]);
    assert_eq!(random(1, &[0, 3]).svd(true).2.shape(), [3, 3]);
    assert_eq!(Tensor::ones([2, 2]).matrix_power(0).to_vec(), Tensor::eye(2).to_vec());
}

/// Bits do not depend on where the elements lie.
#[test]
fn strides_change_no_bit() {
    let x = random(1, &[40, 40]) + Tensor::eye(40) * 3.0;
    for &op in tensor_core::ops::Linalg::ALL {
        let symmetric = x.matmul(x.mt());
        let strided = symmetric.mt().flip(0).contiguous();
        let apply = |x: &Tensor| {
            let prim = x.prim();
            Tensor::from_prim(Serial::linalg(op, &vec![prim; op.operands()]).unwrap()).to_vec()
        };
        assert_eq!(apply(&strided.flip(0).mt()), apply(&symmetric), "{op:?}");
    }
}
