//! Reductions, scans, orders and searching against their definitions: special values, empty tensors, single numbers,
//! refusals. Gradients are held elsewhere, by the cases of `conformance`.

use tensor_core::{QuantileMethod, Serial};

type Tensor = tensor_core::Tensor<f64, Serial>;
type Index = tensor_core::Tensor<i64, Serial>;

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

/// The same numbers, NaN equal to itself.
#[track_caller]
fn same(x: &Tensor, shape: &[usize], want: &[f64]) {
    assert_eq!(x.shape(), shape);
    let equal = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan() || (a - b).abs() < 1e-12 * b.abs();
    assert!(x.to_vec().iter().zip(want).all(equal) && x.numel() == want.len(), "{:?} is not {want:?}", x.to_vec());
}

#[track_caller]
fn refused<V>(result: tensor_core::Result<V>, words: &str) {
    let message = result.err().expect("a refusal").to_string();
    assert!(message.contains(words), "{message}");
}

/// Some numbers without order or ties.
fn sample(shape: &[usize]) -> Tensor {
    let n: usize = shape.iter().product();
    Tensor::from_vec((0..n).map(|i| (i * 37 % 101) as f64 / 10.0 - 4.0).collect(), shape)
}

#[test]
fn a_single_number_counts_as_a_line_of_one() {
    let x = Tensor::new(3.0);
    for axis in [0, -1] {
        for y in [
            x.sum_axes(axis),
            x.max_keepdim(axis),
            x.logsumexp_axes(axis),
            x.norm_keepdim(axis, 2),
            x.cumsum(axis),
            x.logcumsumexp(axis),
            x.cummax_with_index(axis).0,
            x.sort(axis, true).0,
            x.topk(1, axis, true).0,
            x.kthvalue(1, axis).0,
            x.median_with_index_keepdim(axis).0,
            x.recurrence(&x, axis),
            x.quantile(0.5, axis, QuantileMethod::Linear),
        ] {
            same(&y, &[], &[3.0]);
        }
        assert_eq!((x.argmax(axis).item(), x.argsort(axis, false).item()), (0, 0));
    }
    same(&x.quantile(&Tensor::new([0.0, 1.0]), 0, QuantileMethod::Linear), &[2], &[3.0, 3.0]);
    refused(x.try_sum_axes(1), "axis 1 does not exist");
    refused(x.try_sum_axes([0, -1]), "named twice");
    refused(x.try_cumsum(-2), "axis -2 does not exist");
}

#[test]
fn nan_is_passed_over_where_the_name_says_so() {
    let x = Tensor::new([[1.0, NAN, 3.0], [NAN, NAN, NAN]]);
    same(&x.nansum_axes(1), &[2], &[4.0, 0.0]);
    same(&x.nanmean_keepdim(1), &[2, 1], &[2.0, NAN]);
    same(&x.nanmedian_with_index(1).0, &[2], &[1.0, NAN]);
    assert_eq!(x.nanmedian_with_index(1).1.to_vec(), [0, 0]);
    same(&x.median_with_index(1).0, &[2], &[NAN, NAN]);
    assert_eq!(x.median_with_index(1).1.to_vec(), [1, 0]);
    same(&x.nanmedian(), &[], &[1.0]);
    same(&x.median(), &[], &[NAN]);
    same(&x.nanquantile(0.5, 1, QuantileMethod::Linear), &[2], &[2.0, NAN]);
    same(&x.quantile(0.5, 1, QuantileMethod::Linear), &[2], &[NAN, NAN]);
}

#[test]
fn logarithms_of_sums_reach_infinities_without_nan() {
    let x = Tensor::new([[-INF, -INF], [INF, 0.0], [1000.0, 1000.0], [-INF, 5.0]]);
    same(&x.logsumexp_axes(1), &[4], &[-INF, INF, 1000.0 + 2f64.ln(), 5.0]);
    same(&Tensor::zeros([0, 2]).logsumexp_axes(0), &[2], &[-INF, -INF]);
    same(&Tensor::zeros([0, 2]).logsumexp_keepdim(1), &[0, 1], &[]);
    let x = sample(&[4, 5, 6]);
    let want: Vec<f64> = x.exp().sum_axes([0, 2]).ln().to_vec();
    same(&x.logsumexp_axes([0, 2]), &[5], &want);
}

#[test]
fn a_correction_beyond_the_count_divides_by_nothing() {
    let x = Tensor::new([1.0, 3.0]);
    same(&x.var(2), &[], &[INF]);
    same(&x.var(7.5), &[], &[INF]);
    same(&x.var(-2), &[], &[0.5]);
    same(&Tensor::new([2.0]).var(1), &[], &[NAN]);
    same(&Tensor::zeros([0]).std(0), &[], &[NAN]);
    same(&x.std_keepdim(0, 0), &[1], &[1.0]);
}

#[test]
fn covariance_is_the_mean_product_of_deviations() {
    let x = sample(&[3, 7]);
    let centred = &x - x.mean_keepdim(1);
    same(&x.cov(1), &[3, 3], &(centred.matmul(centred.t()) / 6.0).to_vec());
    same(&x.cov(1).diagonal(0, 0, 1), &[3], &x.var_axes(1, 1).to_vec());
    same(&x.slice(0).cov(0), &[], &[x.slice(0).var(0).item()]);
    same(&x.corrcoef().diagonal(0, 0, 1), &[3], &[1.0; 3]);
    refused(sample(&[2, 2, 2]).try_cov(1), "more than two axes");
}

#[test]
fn norms_of_every_order_follow_the_definition() {
    let x = Tensor::new([[3.0, -4.0, 0.0], [1.0, 1.0, -1.0]]);
    same(&x.norm_axes(1, 0), &[2], &[2.0, 3.0]);
    same(&x.norm_axes(1, 1), &[2], &[7.0, 3.0]);
    same(&x.norm_axes(1, INF), &[2], &[4.0, 1.0]);
    same(&x.norm_axes(1, -INF), &[2], &[0.0, 1.0]);
    same(&x.norm_axes(1, 3), &[2], &[91f64.cbrt(), 3f64.cbrt()]);
    same(&x.norm_axes(1, -1), &[2], &[0.0, 1.0 / 3.0]);
    same(&x.norm_keepdim([0, 1], 0.5), &[1, 1], &[(3f64.sqrt() + 2.0 + 3.0).powi(2)]);
    same(&x.dist(&Tensor::new([3.0, 0.0, 0.0]), 2), &[], &[(16.0 + 4.0 + 1.0 + 1f64).sqrt()]);
    same(&Tensor::zeros([0]).norm(2), &[], &[0.0]);
    refused(Tensor::zeros([0]).try_norm(-1), "no norm of order -1");
    refused(Tensor::zeros([2, 0]).try_norm_axes(1, INF), "no norm");
    refused(x.try_dist(&Tensor::zeros([2]), 2), "sub");
}

#[test]
fn truth_is_asked_along_axes_and_of_any_type() {
    let x = Tensor::new([[1.0, NAN], [0.0, 2.0]]);
    assert_eq!(x.all_axes(0).to_vec(), [false, true]);
    assert_eq!(x.any_keepdim(1).shape(), [2, 1]);
    assert!(x.any() && !x.all());
    assert_eq!(x.count_nonzero_axes(1).to_vec(), [2, 1]);
    let none = tensor_core::Tensor::<bool, Serial>::full([0, 2], false);
    assert!(none.all() && !none.any());
    assert_eq!(none.all_axes(0).to_vec(), [true, true]);
    assert_eq!(none.any_axes(0).to_vec(), [false, false]);
    assert_eq!(none.count_nonzero().item(), 0);
    refused(none.try_all_axes(2), "all: axis 2");
}

#[test]
fn running_extremes_name_the_last_of_equal_places() {
    let x = Tensor::new([[2.0, 2.0, 1.0, NAN, 3.0, NAN]]);
    let (y, index) = x.cummax_with_index(1);
    same(&y, &[1, 6], &[2.0, 2.0, 2.0, NAN, NAN, NAN]);
    assert_eq!(index.to_vec(), [0, 1, 1, 3, 3, 5]);
    let (y, index) = x.cummin_with_index(-1);
    same(&y, &[1, 6], &[2.0, 2.0, 1.0, NAN, NAN, NAN]);
    assert_eq!(index.to_vec(), [0, 1, 2, 3, 3, 5]);
    assert_eq!(Tensor::zeros([0]).cummax_with_index(0).1.numel(), 0);
}

#[test]
fn recurrences_follow_their_definition_along_any_axis() {
    let (x, decay) = (sample(&[3, 4, 2]), sample(&[2, 4, 3]).permute([2, 1, 0]).into_tensor() * 0.3);
    let s = x.recurrence(&decay, 1);
    for (i, k) in (0..3).flat_map(|i| (0..2).map(move |k| (i, k))) {
        let mut want = x.slice((i, 0, k)).item();
        for j in 1..4 {
            want = decay.slice((i, j, k)).item() * want + x.slice((i, j, k)).item();
            assert!((s.slice((i, j, k)).item() - want).abs() < 1e-12);
        }
    }
    refused(x.try_recurrence(&x.slice(0), 0), "recurrence");
    refused(x.try_logcumsumexp(3), "axis 3");
    assert_eq!(Tensor::zeros([0, 3]).logcumsumexp(0).shape(), [0, 3]);
}

#[test]
fn differences_and_integrals() {
    let x = sample(&[3, 5]);
    assert_eq!(x.diff(7, 1).shape(), [3, 0]);
    same(&x.diff(0, 1), &[3, 5], &x.to_vec());
    same(&x.cumsum(1).diff(1, 1), &[3, 4], &x.slice((.., 1..)).to_vec());
    let places = Tensor::new([0.0, 1.0, 3.0]);
    same(&places.square().trapezoid_at(&places, 0), &[], &[0.5 + 10.0]);
    same(&x.trapezoid_at(&places, 0), &[5], &x.t().trapezoid_at(&places, 1).to_vec());
    same(&x.cumulative_trapezoid(2.0, 0).slice(-1), &[5], &x.trapezoid(2.0, 0).to_vec());
    same(&x.cumulative_trapezoid_at(&x, 1).slice((.., -1)), &[3], &x.trapezoid_at(&x, 1).to_vec());
    same(&x.slice((.., ..1)).trapezoid(1.0, 1), &[3], &[0.0; 3]);
    refused(x.try_trapezoid_at(&Tensor::new([1.0, 2.0]), 0), "a place for each value");
    refused(Tensor::new(1.0).try_diff(1, 0), "axis 0");
}

#[test]
fn what_stands_at_a_place_of_the_order() {
    let x = Tensor::new([[5.0, 1.0, 4.0, 1.0], [NAN, 0.0, INF, -INF]]);
    let (best, index) = x.topk(2, 1, true);
    same(&best, &[2, 2], &[5.0, 4.0, NAN, INF]);
    assert_eq!(index.to_vec(), [0, 2, 0, 2]);
    let (least, index) = x.topk(2, -1, false);
    same(&least, &[2, 2], &[1.0, 1.0, -INF, 0.0]);
    assert_eq!(index.to_vec(), [1, 3, 3, 1]);
    let (third, index) = x.kthvalue_keepdim(3, 1);
    same(&third, &[2, 1], &[4.0, INF]);
    assert_eq!(index.to_vec(), [2, 2]);
    same(&x.msort(), &[2, 4], &[5.0, 0.0, 4.0, -INF, NAN, 1.0, INF, 1.0]);
    same(&x.topk(0, 0, true).0, &[0, 4], &[]);
    let (largest, index) = x.max_with_index_keepdim(0);
    same(&largest, &[1, 4], &[NAN, 1.0, INF, 1.0]);
    assert_eq!(index.to_vec(), [1, 0, 1, 0]);
    assert_eq!(x.min_with_index(1).1.to_vec(), [1, 0]);
    refused(x.try_topk(5, 1, true), "axis 1 has 4 elements");
    refused(x.try_kthvalue(0, 1), "k is 0");
    refused(x.try_kthvalue(5, 1), "elements 1 to 4");
    refused(Tensor::zeros([2, 0]).try_median_with_index(1), "no elements");
    assert_eq!(Tensor::zeros([0, 2]).median_with_index(1).0.shape(), [0]);
}

#[test]
fn the_mode_is_the_smallest_of_the_most_frequent() {
    let x = Tensor::new([[3.0, 1.0, 3.0, 1.0, 2.0], [NAN, NAN, 7.0, 7.0, 0.0]]);
    let (mode, index) = x.mode(1);
    same(&mode, &[2], &[1.0, 7.0]);
    assert_eq!(index.to_vec(), [3, 3]);
    same(&x.t().mode_keepdim(0).0, &[1, 2], &[1.0, 7.0]);
}

#[test]
fn medians_take_the_lower_middle_and_integers_too() {
    same(&Tensor::new([4.0, 1.0, 3.0, 2.0]).median(), &[], &[2.0]);
    same(&Tensor::zeros([0]).median(), &[], &[NAN]);
    assert_eq!(Index::new([[5, 1], [9, 7]]).median().item(), 5);
    refused(Index::zeros([0]).try_median(), "no median");
}

#[test]
fn quantiles_between_elements() {
    let x = Tensor::new([[3.0, 0.0, 1.0, 7.0], [8.0, 8.0, 4.0, 0.0]]);
    let at = |method| x.quantile(0.5, 1, method);
    same(&at(QuantileMethod::Linear), &[2], &[2.0, 6.0]);
    same(&at(QuantileMethod::Lower), &[2], &[1.0, 4.0]);
    same(&at(QuantileMethod::Higher), &[2], &[3.0, 8.0]);
    same(&at(QuantileMethod::Midpoint), &[2], &[2.0, 6.0]);
    same(&at(QuantileMethod::Nearest), &[2], &[3.0, 8.0]);
    let q = Tensor::new([0.0, 0.25, 1.0]);
    same(&x.quantile(&q, 1, QuantileMethod::Linear), &[3, 2], &[0.0, 0.0, 0.75, 3.0, 7.0, 8.0]);
    same(&x.quantile(&q, 0, QuantileMethod::Lower), &[3, 4], &[3., 0., 1., 0., 3., 0., 1., 0., 8., 8., 4., 7.]);
    for wrong in [-0.1, 1.1, NAN] {
        refused(x.try_quantile(wrong, 1, QuantileMethod::Linear), "0 … 1");
    }
    refused(x.try_quantile(&x, 1, QuantileMethod::Linear), "a number or a vector");
    refused(Tensor::zeros([2, 0]).try_quantile(0.5, 1, QuantileMethod::Linear), "no elements");
}

#[test]
fn places_in_sorted_lines() {
    let lines = Tensor::new([[1.0, 2.0, 2.0, 5.0], [0.0, 0.0, 0.0, 1.0]]);
    let values = Tensor::new([[2.0, 9.0, 0.0], [0.0, -1.0, NAN]]);
    assert_eq!(lines.searchsorted(&values, false).to_vec(), [1, 4, 0, 0, 0, 4]);
    assert_eq!(lines.searchsorted(&values, true).to_vec(), [3, 4, 0, 3, 0, 4]);
    assert_eq!(lines.slice(0).searchsorted(&Tensor::new(3.0), false).shape(), []);
    assert_eq!(Tensor::zeros([0]).searchsorted(&values, false).to_vec(), [0; 6]);
    let shuffled = lines.flip(1).into_tensor();
    let sorter = shuffled.argsort(1, false);
    assert_eq!(shuffled.searchsorted_by(&sorter, &values, true).to_vec(), [3, 4, 0, 3, 0, 4]);
    assert_eq!(values.bucketize(&Tensor::new([0.0, 2.0]), false).to_vec(), [1, 2, 0, 0, 0, 2]);
    refused(lines.try_searchsorted(&values.slice(0), false), "searchsorted");
    refused(Tensor::new(1.0).try_searchsorted(&values, false), "searchsorted");
    refused(lines.try_searchsorted_by(&(&sorter + 1), &values, true), "index 4");
    refused(lines.try_searchsorted_by(&sorter.slice(0), &values, true), "an index for each");
    refused(values.try_bucketize(&lines, true), "a vector");
}

#[test]
fn distinct_elements_and_slices() {
    let x = Tensor::new([[2.0, -0.0], [0.0, 2.0], [NAN, NAN]]);
    let unique = x.unique();
    same(&unique.values, &[4], &[0.0, 2.0, NAN, NAN]);
    assert_eq!((unique.inverse.shape(), unique.inverse.to_vec()), (&[3, 2][..], vec![1, 0, 0, 1, 2, 3]));
    assert_eq!(unique.counts.to_vec(), [2, 2, 1, 1]);
    let x = Index::new([[1, 0, 1, 0], [2, 3, 2, 1]]);
    let unique = x.unique_axis(-1);
    assert_eq!((unique.values.shape(), unique.values.to_vec()), (&[2, 3][..], vec![0, 0, 1, 1, 3, 2]));
    assert_eq!(unique.inverse.to_vec(), [2, 1, 2, 0]);
    assert_eq!(unique.counts.to_vec(), [1, 1, 2]);
    // Slices are compared in row-major order: by x[0, 1] before x[1, 0].
    let x = Index::new([[[0, 0], [1, 0]], [[0, 1], [0, 0]]]);
    assert_eq!(x.unique_axis(2).values.to_vec(), [0, 0, 0, 1, 1, 0, 0, 0]);
    let runs = Index::new([[1, 1], [1, 1], [0, 1], [1, 1]]).unique_consecutive_axis(0);
    assert_eq!((runs.values.shape(), runs.counts.to_vec()), (&[3, 2][..], vec![2, 1, 1]));
    assert_eq!(Tensor::new(5.0).unique().values.shape(), [1]);
    assert_eq!(Tensor::new(5.0).unique().inverse.shape(), []);
    assert_eq!(Tensor::zeros([0, 2]).unique().values.shape(), [0]);
    refused(x.try_unique_axis(3), "axis 3");
}

#[test]
fn counts_of_numbers_and_ranges() {
    assert_eq!(Index::new([3, 1, 1]).bincount(0).to_vec(), [0, 2, 0, 1]);
    assert_eq!(Index::zeros([0]).bincount(2).to_vec(), [0, 0]);
    refused(Index::new([-1]).try_bincount(0), "-1 is negative");
    refused(Index::new([[1]]).try_bincount(0), "vectors");
    let x = Tensor::new([-1.0, 0.0, 0.5, 1.0, 2.0, NAN]);
    same(&x.histc(2, 0.0, 1.0), &[2], &[1.0, 2.0]);
    same(&Tensor::new([1.0, 1.0]).histc(2, 0.0, 0.0), &[2], &[0.0, 2.0]);
    refused(x.try_histc(0, 0.0, 1.0), "bins");
    refused(x.try_histc(2, 1.0, 0.0), "bins");
    assert_eq!(Tensor::new(2.0).nonzero().shape(), [1, 0]);
    assert_eq!(Tensor::zeros([2, 2]).nonzero().shape(), [0, 2]);
    let x = sample(&[3, 4]).gt(0.0);
    assert_eq!(x.nonzero().shape()[0], x.count());
}
