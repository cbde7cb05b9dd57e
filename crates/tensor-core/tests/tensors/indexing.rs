//! Elements by index, mask and place, held against definitions that go element by element.

use proptest::prelude::*;
use tensor_core::ops::Scatter;
use tensor_core::{Ellipsis, IndexItem, NewAxis, Serial, Tensor, step};

type X = Tensor<f64, Serial>;
type I = Tensor<i64, Serial>;
type M = Tensor<bool, Serial>;

/// 0, 1, 2, … in this shape.
fn counted<const N: usize>(shape: [usize; N]) -> I {
    I::arange(0, shape.iter().product::<usize>() as i64, 1).reshape(shape).into_tensor()
}

#[test]
fn indices_side_by_side_stay_in_place() {
    let x = counted([2, 3, 4, 5]);
    let (a, b) = (I::new([[0], [2]]), I::new([3, -1, 0]));
    let found = x.index((.., &a, &b));
    assert_eq!(found.shape(), [2, 2, 3, 5]);
    for (i, j, k) in (0..2).flat_map(|i| (0..2).flat_map(move |j| (0..3).map(move |k| (i, j, k)))) {
        let (row, column) = (a.slice((j, 0)).item(), b.slice(k).item());
        assert_eq!(found.slice((i, j, k)).to_vec(), x.slice((i, row, column)).to_vec());
    }
}

#[test]
fn indices_apart_come_to_the_front() {
    let x = counted([2, 3, 4, 5]);
    let (a, b) = (I::new([1, 0, 1]), I::new([3, -1, 0]));
    let found = x.index((&a, .., &b));
    assert_eq!(found.shape(), [3, 3, 5]);
    for k in 0..3 {
        let part = x.slice((a.slice(k).item(), .., b.slice(k).item()));
        assert_eq!(found.slice(k).to_vec(), part.to_vec());
    }
    // A single index does not stand between, a new axis does.
    assert_eq!(x.index((.., &a.minimum(0), 0, &b)).shape(), [2, 3]);
    assert_eq!(x.index((.., &a, NewAxis, &b)).shape(), [3, 2, 1, 5]);
    // Nor is a single index tensor anything but a single index.
    assert_eq!(x.index((.., I::new(1), &b)).shape(), [2, 3, 5]);
}

#[test]
fn masks_cover_as_many_axes_as_they_have() {
    let x = counted([2, 3, 4]);
    let even = x.sub(x.cast::<f64>().mul(0.5).floor().mul(2.0).cast::<i64>()).eq(0);
    assert_eq!(x.index(&even).to_vec(), (0..24).step_by(2).collect::<Vec<i64>>());
    let rows = M::new([[true, false, false], [false, true, true]]);
    assert_eq!(x.index(&rows).to_vec(), [0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23]);
    assert_eq!(x.index((.., M::new([true, false, true]), 1..3)).shape(), [2, 2, 2]);
    assert_eq!(x.index((&rows, [0, 1, 3])).to_vec(), [0, 17, 23]);
    assert_eq!(x.index((M::new([true, true]), .., [0, 3])).shape(), [2, 3]);
    assert_eq!(x.index(M::new(true)).shape(), [1, 2, 3, 4]);
    assert_eq!(x.index((.., M::new(false))).shape(), [2, 0, 3, 4]);
    assert!(x.try_index(M::new([true])).is_err());
    assert!(x.try_index((&rows, &rows)).is_err(), "four axes");
    assert!(x.try_index((&rows, [0, 1])).is_err(), "three places against two");
}

#[test]
fn ranges_alone_are_what_slice_takes() {
    let x = counted([3, 4]);
    assert_eq!(x.index((1.., step(.., -2))).to_vec(), x.slice((1.., step(.., -2))).to_vec());
    assert_eq!(x.index((Ellipsis, -1)).to_vec(), [3, 7, 11]);
    assert_eq!(x.index(()).array().address(), x.array().address());
    assert_eq!(x.index((1.., step(.., -2), NewAxis)).shape(), [2, 2, 1]);
    assert_eq!(x.index((NewAxis, [2], Ellipsis)).shape(), [1, 1, 4]);
    assert_eq!(x.index((step(.., 2), I::new([[0], [1]]))).to_vec(), [0, 1, 8, 9]);
    assert_eq!(x.index(vec![IndexItem::from(..), [0i64; 0].into()]).shape(), [3, 0]);
    for (index, why) in [
        (vec![IndexItem::from([0, 3])], "out of range"),
        (vec![[i64::MIN].into()], "out of range"),
        (vec![[0].into(), [0].into(), [0].into()], "too many"),
        (vec![Ellipsis.into(), [0].into(), Ellipsis.into()], "only one"),
    ] {
        assert!(x.try_index(index).unwrap_err().to_string().contains(why));
    }
    assert!(I::zeros([0, 2]).try_index([0]).is_err());
}

/// A list of places along an axis, a range of it, or a single one.
fn item(size: usize) -> BoxedStrategy<IndexItem> {
    let size = size as i64;
    prop_oneof![
        prop::collection::vec(-size..size, 3).prop_map(IndexItem::from),
        (-size..size, -size..size).prop_map(|(a, b)| IndexItem::from(a..b)),
        (-size..size).prop_map(IndexItem::from),
        prop::collection::vec(any::<bool>(), size as usize).prop_map(|mask| M::new(&mask[..]).into()),
    ]
    .boxed()
}

proptest! {
    /// Writing what was read changes nothing; writing places' own numbers and reading them again gives them back.
    #[test]
    fn reading_and_writing_see_the_same_places(a in item(2), b in item(3), c in item(4), turned: bool, own: bool) {
        let x = if turned { counted([4, 3, 2]).permute([2, 1, 0]).into_tensor() } else { counted([2, 3, 4]) };
        let index = vec![a, b, c];
        let Ok(read) = x.try_index(index.clone()) else { return Ok(()) };
        prop_assert_eq!(x.index_put(index.clone(), &read, false).to_vec(), x.to_vec());
        // Each number says where it came from.
        let marked = x.index_put(index.clone(), -1, false).to_vec();
        let expected: Vec<i64> = x.to_vec().iter().map(|n| if read.to_vec().contains(n) { -1 } else { *n }).collect();
        prop_assert_eq!(&marked, &expected);
        let mut written = if own { x.add(0) } else { x.clone() };
        written.index_put_(index.clone(), -1, false);
        prop_assert_eq!(written.to_vec(), marked);
        let mut more = x.add(0);
        more.index_mut(index.clone()).add_(100);
        let expected: Vec<i64> = x.to_vec().iter().map(|n| if read.to_vec().contains(n) { n + 100 } else { *n }).collect();
        prop_assert_eq!(more.to_vec(), expected);
        let times = |n: &i64| read.to_vec().iter().filter(|m| *m == n).count() as i64;
        let expected: Vec<i64> = x.to_vec().iter().map(|n| n + 10 * times(n)).collect();
        prop_assert_eq!(x.index_put(index, 10, true).to_vec(), expected);
    }
}

#[test]
fn a_tensor_of_its_own_is_written_where_it_lies() {
    let mut x = counted([3, 4]);
    let address = x.array().address();
    x.index_put_(([0, 2], [1, 3]), -1, false).index_put_([1], 0, false);
    let large = x.gt(8);
    x.index_mut(&large).fill_(7);
    assert_eq!(x.array().address(), address);
    assert_eq!(x.to_vec(), [0, -1, 2, 3, 0, 0, 0, 0, 8, 7, 7, -1]);
    let before = x.to_vec();
    assert!(x.try_index_put_(([0, 2], [1, 3]), &I::new([1, 2, 3]), false).is_err());
    assert!(x.try_index_put_([3], 0, false).is_err());
    assert_eq!((x.to_vec(), x.shape()), (before, &[3, 4][..]));
}

#[test]
fn truth_values_are_indexed_as_numbers_are() {
    let x = M::new([[true, false], [false, false]]);
    assert_eq!(x.index_put(([1], [1]), true, true).to_vec(), [true, false, false, true]);
    assert_eq!(x.index_put((0, .., NewAxis), false, false).to_vec(), [false; 4]);
    assert_eq!(x.index_put(.., true, true).to_vec(), [true; 4]);
    assert_eq!(x.scatter(1, &I::new([[1], [0]]), &M::new([[true], [true]])).to_vec(), [true, true, true, false]);
    assert_eq!(x.masked_select(&x).to_vec(), [true]);
    assert_eq!(x.index_copy(0, &I::new([1]), &x.slice(..1)).to_vec(), [true, false, true, false]);
}

#[test]
fn elements_by_mask_broadcast() {
    let x = X::new([1.0, 2.0, 3.0]);
    let mask = M::new([[true], [false]]);
    assert_eq!(x.masked_select(&mask).to_vec(), [1.0, 2.0, 3.0]);
    assert_eq!(x.masked_scatter(&mask, &X::new([7.0, 8.0, 9.0, 0.0])).to_vec(), [7.0, 8.0, 9.0, 1.0, 2.0, 3.0]);
    assert_eq!(X::new(1.0).masked_select(&M::new(true)).shape(), [1]);
    assert!(x.try_masked_scatter(&mask, &X::new([7.0])).is_err());
    assert!(x.try_masked_select(&M::new([true, false])).is_err());
}

#[test]
fn joining_into_places() {
    let x = X::new([1.0, 2.0, 3.0]);
    let (index, src) = (I::new([0, 0, 2]), X::new([4.0, 0.5, -1.0]));
    let joined = |op, include| x.scatter_reduce(0, &index, &src, op, include).to_vec();
    assert_eq!(joined(Scatter::Add, true), [5.5, 2.0, 2.0]);
    assert_eq!(joined(Scatter::Add, false), [4.5, 2.0, -1.0]);
    assert_eq!(joined(Scatter::Mul, true), [2.0, 2.0, -3.0]);
    assert_eq!(joined(Scatter::Mul, false), [2.0, 2.0, -1.0]);
    assert_eq!(joined(Scatter::Max, true), [4.0, 2.0, 3.0]);
    assert_eq!(joined(Scatter::Max, false), [4.0, 2.0, -1.0]);
    assert_eq!(joined(Scatter::Min, true), [0.5, 2.0, -1.0]);
    assert_eq!(joined(Scatter::Min, false), [0.5, 2.0, -1.0]);
    assert_eq!(x.scatter_mean(0, &index, &src, false).to_vec(), [2.25, 2.0, -1.0]);
    assert_eq!(x.scatter_mean(0, &index, &src, true).to_vec(), [5.5 / 3.0, 2.0, 1.0]);
    let nan = x.scatter_reduce(0, &index, f64::NAN, Scatter::Max, true).to_vec();
    assert!(nan[0].is_nan() && nan[1] == 2.0 && nan[2].is_nan());
    let whole = I::new([5, 5]).scatter_reduce(0, &I::new([0, 0]), &I::new([-3, -7]), Scatter::Max, false);
    assert_eq!(whole.to_vec(), [-3, 5]);
    // Nothing is named: nothing happens, whatever the shapes.
    let none = I::zeros([0, 4]);
    assert_eq!(x.scatter(0, &none, 1.0).to_vec(), x.to_vec());
    assert_eq!(x.scatter_reduce(0, &none, &X::zeros([0, 4]), Scatter::Max, false).to_vec(), x.to_vec());
    assert_eq!(x.gather(0, &none).shape(), [0, 4]);
    assert!(x.try_scatter(1, &index, 1.0).is_err());
    assert!(x.try_scatter_add(0, &I::new([3]), 1.0).is_err());
    assert!(x.try_scatter_add(0, &I::new([[0]]), 1.0).is_err());
}

#[test]
fn slices_by_index() {
    let x = counted([2, 3]);
    let index = I::new([2, 0]);
    assert_eq!(x.index_copy(1, &index, &I::new([[10, 11], [12, 13]])).to_vec(), [11, 1, 10, 13, 4, 12]);
    assert_eq!(x.index_fill(-1, &index, I::new(9)).to_vec(), [9, 1, 9, 9, 4, 9]);
    assert_eq!(x.index_reduce(0, &I::new([1, 1]), &counted([2, 3]), Scatter::Add, false).to_vec(), [0, 1, 2, 3, 5, 7]);
    assert_eq!(X::ones([2, 1]).index_mean(0, &I::new([1, 1]), &X::new([[2.0], [4.0]]), false).to_vec(), [1.0, 3.0]);
    assert_eq!(x.take(&I::new([[5, -1], [0, 1]])).to_vec(), [5, 5, 0, 1]);
    assert_eq!(x.take_along_dim(&I::new([[1], [2]]), 1).to_vec(), [1, 5]);
    assert_eq!(x.take_along_dim(&I::new([[1, 0, 0]]), 0).to_vec(), [3, 1, 2]);
    assert_eq!(x.select_scatter(&I::new([7, 8]), 1, -1).to_vec(), [0, 1, 7, 3, 4, 8]);
    assert_eq!(x.slice_scatter((1.., step(.., 2)), &I::new([[7, 8]])).to_vec(), [0, 1, 2, 7, 4, 8]);
    assert!(x.try_index_copy(1, &index, &I::new([[1, 2]])).is_err());
    assert!(x.try_index_fill(1, &index, I::new([9])).is_err());
    assert!(x.try_index_fill(1, &I::new([3]), 0).is_err());
    assert!(x.try_take(&I::new([6])).is_err());
    assert!(x.try_select_scatter(&I::new([7]), 1, 0).is_err());
    assert!(x.try_slice_scatter(0, &I::new(7)).is_err());
}

#[test]
fn one_hot_counts_classes() {
    let labels = I::new([[2, 0]]);
    assert_eq!(labels.one_hot(None).to_vec(), [0, 0, 1, 1, 0, 0]);
    assert_eq!(I::new(1).one_hot(3).to_vec(), [0, 1, 0]);
    assert_eq!(I::zeros([0, 2]).one_hot(3).shape(), [0, 2, 3]);
    assert!(labels.try_one_hot(2).is_err());
    assert!(I::new([-1]).try_one_hot(None).is_err());
    assert!(I::zeros([0]).try_one_hot(None).is_err());
}

#[test]
fn in_place_and_as_a_value_are_the_same() {
    let start = counted([2, 3]);
    let (picks, rows, src) = (I::new([[1, 1, 0]]), I::new([1]), I::new([[7, 8, 9]]));
    let mask = start.gt(3);
    let check = |write: &dyn Fn(&mut I), value: I| {
        let mut x = start.add(0);
        let address = x.array().address();
        write(&mut x);
        assert_eq!((x.to_vec(), x.array().address()), (value.to_vec(), address));
    };
    check(&|x| _ = x.scatter_(0, &picks, &src), start.scatter(0, &picks, &src));
    check(&|x| _ = x.scatter_add_(0, &picks, 2), start.scatter_add(0, &picks, 2));
    check(&|x| _ = x.index_copy_(0, &rows, &src), start.index_copy(0, &rows, &src));
    check(&|x| _ = x.index_fill_(0, &rows, 4), start.index_fill(0, &rows, 4));
    check(&|x| _ = x.index_add_(0, &rows, &src), start.index_add(0, &rows, &src));
    check(&|x| _ = x.masked_scatter_(&mask, &src), start.masked_scatter(&mask, &src));
    check(&|x| _ = x.index_put_((&rows, ..2), 4, true), start.index_put((&rows, ..2), 4, true));
    let mut number = X::new(1.0);
    number.index_add_(0, &I::new([0]), &X::new(2.0)).scatter_add_(0, &I::new([0]), 3.0);
    assert_eq!((number.item(), number.rank()), (6.0, 0));
    let mut x = start.clone();
    assert!(x.try_scatter_(0, &I::new([[2]]), 1).is_err());
    assert!(x.try_index_add_(0, &I::new([2]), &src).is_err());
    assert!(x.try_masked_scatter_(&mask, &I::new([1])).is_err());
    assert_eq!(x.to_vec(), start.to_vec());
}
