//! Shapes, axes, parts and joins: held against definitions by index, with empty tensors and single numbers.

use tensor_core::{Indexing, Serial, Tensor};

type X = Tensor<f64, Serial>;
type I = Tensor<i64, Serial>;

/// 0, 1, 2, … in this shape.
fn counted<const N: usize>(shape: [usize; N]) -> I {
    I::arange(0, shape.iter().product::<usize>() as i64, 1).reshape(shape).into_tensor()
}

fn shapes<T: std::ops::Deref<Target = I>>(parts: &[T]) -> Vec<Vec<usize>> {
    parts.iter().map(|part| part.shape().to_vec()).collect()
}

#[test]
fn a_view_never_copies_and_says_so() {
    let x = counted([4, 6]);
    assert_eq!(x.view([2, 2, -1]).shape(), [2, 2, 6]);
    assert_eq!(x.view([24]).array().address(), x.array().address());
    assert_eq!(x.t().view([3, 2, 2, 2]).shape(), [3, 2, 2, 2]);
    assert!(x.t().try_view([24]).unwrap_err().to_string().contains("reshape"));
    assert!(x.try_view([5, -1]).is_err());
    assert!(I::zeros([0, 5]).try_view([0, -1]).is_err(), "any size would do");
    assert_eq!(I::zeros([0, 5]).view([5, -1]).shape(), [5, 0]);
}

#[test]
fn single_numbers_have_an_axis_where_pytorch_gives_them_one() {
    let x = X::new(3.0);
    assert_eq!(x.transpose(0, -1).shape(), []);
    assert_eq!(x.squeeze(0).shape(), []);
    assert_eq!(x.flatten_axes(0, -1).shape(), [1]);
    assert_eq!(x.movedim(0, 0).shape(), []);
    assert_eq!(x.unfold(0, 1, 1).shape(), [1]);
    assert_eq!(
        (x.atleast_1d().shape(), x.atleast_2d().shape(), x.atleast_3d().shape()),
        (&[1][..], &[1, 1][..], &[1, 1, 1][..])
    );
    assert_eq!(x.repeat([2, 3]).shape(), [2, 3]);
    assert_eq!(x.permute(()).shape(), []);
    let zero = I::new([0]);
    assert_eq!(x.index_select(0, &zero).shape(), []);
    assert_eq!(x.index_add(0, &zero, &X::new(1.0)).item(), 4.0);
    assert_eq!(x.index_copy(-1, &zero, &X::new(1.0)).item(), 1.0);
    assert_eq!(x.index_fill(0, &zero, 7.0).item(), 7.0);
    assert_eq!(x.gather(0, &zero).shape(), [1]);
    assert_eq!(x.scatter(0, &I::new(0), 2.0).item(), 2.0);
    assert_eq!(x.scatter_add(0, &zero, &X::new([2.0])).item(), 5.0);
    assert_eq!(x.take(&I::new(0)).shape(), []);
    for refused in [x.try_narrow(0, 0, 1).err(), x.try_unbind(0).err(), x.try_split(1, 0).err(), x.try_roll(0, 0).err()]
    {
        assert!(refused.is_some());
    }
    assert!(x.try_index_select(0, &I::new([0, 0])).is_err());
    assert!(X::try_concat(&[&x, &x], 0).is_err());
}

#[test]
fn moved_axes_keep_the_others_in_order() {
    let x = counted([2, 3, 4, 5]);
    assert_eq!(x.movedim(1, -1).shape(), [2, 4, 5, 3]);
    assert_eq!(x.movedim([0, -1], [-1, 0]).shape(), [5, 3, 4, 2]);
    assert_eq!(x.movedim([0, 1], [2, 0]).shape(), [3, 4, 2, 5]);
    assert_eq!(x.mt().shape(), [2, 3, 5, 4]);
    assert!(x.try_t().is_err(), "which two axes?");
    assert!(X::ones([3]).try_mt().is_err());
    assert!(x.try_movedim([0, -4], [0, 1]).is_err());
    assert!(x.try_movedim([0, 1], [2, -2]).is_err());
    assert!(x.try_movedim([0, 1], 2).is_err());
    assert!(x.try_movedim(4, 0).is_err());
}

#[test]
fn flattening_and_unflattening_are_inverse() {
    let x = counted([2, 3, 4]);
    assert_eq!(x.flatten_axes(1, 2).unflatten(-1, [3, 4]).to_vec(), x.to_vec());
    assert_eq!(x.flatten_axes(1, 1).shape(), [2, 3, 4]);
    assert!(x.try_flatten_axes(2, 1).is_err());
    assert!(x.try_unflatten(1, [2, 2]).is_err());
    assert!(x.try_unflatten(1, ()).is_err());
    assert_eq!(I::zeros([0, 3]).unflatten(0, [0, 7]).shape(), [0, 7, 3]);
}

#[test]
fn squeezing_takes_only_axes_of_one() {
    let x = counted([1, 3, 1, 2]);
    assert_eq!(x.squeeze([0, 1, 2]).shape(), [3, 2]);
    assert_eq!(x.squeeze(-1).shape(), [1, 3, 1, 2]);
    assert_eq!(x.squeeze_all().shape(), [3, 2]);
    assert!(x.try_squeeze([0, -4]).is_err());
}

#[test]
fn minus_one_keeps_a_size_where_there_is_one() {
    let x = counted([3, 1]);
    assert_eq!(x.expand([2, -1, 4]).shape(), [2, 3, 4]);
    assert!(x.try_expand([-1, 3, 1]).is_err());
    assert!(x.try_expand([3, -2]).is_err());
    assert_eq!(x.expand_as(&X::ones([2, 3, 5])).shape(), [2, 3, 5]);
}

#[test]
fn rolling_is_a_shift_of_indices() {
    let x = counted([3, 4]);
    let rolled = x.roll([1, -2], [0, 1]);
    for (i, j) in (0..3).flat_map(|i| (0..4).map(move |j| (i, j))) {
        assert_eq!(rolled.slice(((i + 1) % 3, (j + 2) % 4)).item(), x.slice((i, j)).item());
    }
    assert_eq!(x.roll([1, 1, 2], [0, 0, 0]).to_vec(), x.roll(1, 0).to_vec());
    assert_eq!(I::zeros([0, 2]).roll(5, 0).shape(), [0, 2]);
    assert!(x.try_roll([1, 2], 0).is_err());
    assert!(x.flatten().try_roll((), 0).is_err());
}

#[test]
fn four_quarter_turns_change_nothing() {
    let x = counted([2, 3]);
    assert_eq!(x.rot90(1, [0, 1]).to_vec(), [2, 5, 1, 4, 0, 3]);
    assert_eq!(x.rot90(-1, [0, 1]).to_vec(), [3, 0, 4, 1, 5, 2]);
    assert_eq!(x.rot90(1, [1, 0]).to_vec(), x.rot90(3, [0, 1]).to_vec());
    assert_eq!(x.rot90(6, [0, 1]).to_vec(), [5, 4, 3, 2, 1, 0]);
    assert_eq!(x.rot90(4, [0, 1]).to_vec(), x.to_vec());
    assert!(x.try_rot90(1, [0, 0]).is_err());
    assert!(x.try_rot90(1, [0]).is_err());
    assert!(x.flatten().try_fliplr().is_err());
    assert!(I::new(1).try_flipud().is_err());
    assert_eq!(x.flip([0, 1]).to_vec(), [5, 4, 3, 2, 1, 0]);
}

#[test]
fn parts_joined_again_are_the_whole() {
    let x = counted([5, 4]);
    let whole = |parts: Vec<tensor_core::View<i64, Serial>>| {
        I::concat(&parts.iter().map(|part| &**part).collect::<Vec<_>>(), 0).to_vec()
    };
    for parts in [x.split(2, 0), x.split_with_sizes([1, 0, 4], 0), x.chunk(3, 0), x.tensor_split(4, 0)] {
        assert_eq!(whole(parts), x.to_vec());
    }
    assert_eq!(shapes(&x.chunk(4, 0)), [[2, 4], [2, 4], [1, 4]]);
    assert_eq!(shapes(&x.tensor_split(3, 0)), [[2, 4], [2, 4], [1, 4]]);
    assert_eq!(shapes(&x.tensor_split_at([1, -1, 9], 0)), [[1, 4], [3, 4], [1, 4], [0, 4]]);
    assert_eq!(shapes(&x.tensor_split_at([3, 1], 0)), [[3, 4], [0, 4], [4, 4]]);
    let empty = I::zeros([0, 2]);
    assert_eq!(shapes(&empty.split(3, 0)), [[0, 2]]);
    assert_eq!(shapes(&empty.split(0, 0)), [[0, 2]]);
    assert_eq!(shapes(&empty.chunk(2, 0)), [[0, 2], [0, 2]]);
    assert!(empty.unbind(0).is_empty());
    assert!(x.try_split(0, 0).is_err());
    assert!(x.try_chunk(0, 0).is_err());
    assert!(x.try_split_with_sizes([5, -1, 1], 0).is_err());
    assert!(x.try_split_with_sizes([1, 3], 0).is_err());
    assert!(x.try_narrow(0, 4, 2).is_err());
    assert!(x.try_narrow(0, -6, 1).is_err());
    assert!(x.try_narrow(0, isize::MIN, usize::MAX).is_err());
    assert_eq!(x.narrow(0, 5, 0).shape(), [0, 4]);
}

#[test]
fn vectors_without_elements_join_anything() {
    let (x, none) = (counted([2, 3]), I::zeros([0]));
    assert_eq!(I::concat(&[&none, &x, &none], -1).shape(), [2, 3]);
    assert_eq!(I::concat(&[&none, &none], 0).shape(), [0]);
    assert!(I::try_concat(&[&I::zeros([0, 2]), &x], 1).is_err());
    assert!(I::try_concat(&[], 0).is_err());
    assert!(I::try_stack(&[], 0).is_err());
}

#[test]
fn stacks_follow_numpy() {
    let (v, m) = (counted([3]), counted([2, 3]));
    assert_eq!(I::hstack(&[&v, &v]).shape(), [6]);
    assert_eq!(I::hstack(&[&m, &m]).shape(), [2, 6]);
    assert_eq!(I::vstack(&[&v, &m]).shape(), [3, 3]);
    assert_eq!(I::dstack(&[&v, &v]).shape(), [1, 3, 2]);
    assert_eq!(I::dstack(&[&m, &m]).shape(), [2, 3, 2]);
    assert_eq!(I::column_stack(&[&v, &m.t()]).shape(), [3, 3]);
    assert!(I::try_hstack(&[&v, &m]).is_err());
    assert!(I::try_vstack(&[]).is_err());
    assert_eq!(I::block_diag(&[&v, &m]).shape(), [3, 6]);
    assert_eq!(I::broadcast_tensors(&[&v, &counted([2, 1]), &I::new(1)])[2].shape(), [2, 3]);
}

#[test]
fn a_grid_holds_every_pair() {
    let (a, b, c) = (counted([2]), counted([3]), I::new(9));
    let grid = I::meshgrid(&[&a, &b, &c], Indexing::Ij);
    assert_eq!(shapes(&grid), [[2, 3, 1]; 3]);
    assert_eq!(grid[1].to_vec(), [0, 1, 2, 0, 1, 2]);
    let grid = I::meshgrid(&[&a, &b, &c], Indexing::Xy);
    assert_eq!(shapes(&grid), [[3, 2, 1]; 3]);
    assert_eq!(grid[1].to_vec(), [0, 0, 1, 1, 2, 2]);
    assert_eq!(shapes(&I::meshgrid(&[&a], Indexing::Xy)), [[2]]);
    assert!(I::try_meshgrid(&[&counted([2, 2])], Indexing::Ij).is_err());
}

#[test]
fn repeating_is_indexing_by_the_remainder() {
    let x = counted([2, 3]);
    let repeated = x.repeat([2, 2, 3]);
    assert_eq!(repeated.shape(), [2, 4, 9]);
    for (i, j) in (0..4).flat_map(|i| (0..9).map(move |j| (i, j))) {
        assert_eq!(repeated.slice((1, i, j)).item(), x.slice((i % 2, j % 3)).item());
    }
    assert_eq!(x.tile(2).shape(), [2, 6]);
    assert_eq!(x.tile(()).shape(), [2, 3]);
    assert_eq!(x.repeat([0, 2]).shape(), [0, 6]);
    assert!(x.try_repeat(2).is_err());
    assert!(x.try_repeat([1, -1]).is_err());
    assert!(x.try_repeat([usize::MAX, 2]).is_err());
    assert_eq!(x.repeat_interleave(&I::new([2, 0]), 0).to_vec(), [0, 1, 2, 0, 1, 2]);
    assert_eq!(x.repeat_interleave(&I::new([1]), 1).to_vec(), x.to_vec());
    assert!(x.try_repeat_interleave(-1, 0).is_err());
    assert!(x.try_repeat_interleave(&I::new([1, 2, 3]), 0).is_err());
    assert!(x.try_repeat_interleave(i64::MAX, 0).is_err());
}

#[test]
fn triangles_and_diagonals_agree_on_where_they_are() {
    let x = counted([2, 3, 4]);
    for k in -4..5 {
        let (low, high) = (x.tril(k), x.triu(k + 1));
        assert_eq!((&low + &high).to_vec(), x.to_vec());
        let count = I::tril_indices(3, 4, k).size(1) + I::triu_indices(3, 4, k + 1).size(1);
        assert_eq!(count, 12);
        let diagonal = x.diagonal(k, 1, 2);
        let embedded = diagonal.diag_embed(k, 1, -1);
        assert_eq!(embedded.diagonal(k, 1, 2).to_vec(), diagonal.to_vec());
        assert_eq!(x.diagonal_scatter(&diagonal, k, 1, 2).to_vec(), x.to_vec());
    }
    assert_eq!(Tensor::<bool, Serial>::full([2, 2], true).tril(-1).to_vec(), [false, false, true, false]);
    assert_eq!(counted([3]).diag(1).shape(), [4, 4]);
    assert_eq!(counted([3, 4]).diag(-1).to_vec(), [4, 9]);
    assert_eq!(counted([3, 4]).trace().item(), 15);
    assert_eq!(x.diag_embed(0, 0, 2).shape(), [4, 2, 4, 3].map(|n| n));
    assert!(I::zeros([3]).try_tril(0).is_err());
    assert!(x.try_trace().is_err());
    assert!(I::new(1).try_diag(0).is_err());
    assert!(x.try_diag_embed(0, 1, 1).is_err());
    assert!(x.try_diag_embed(isize::MIN, 0, 1).is_err());
    assert!(x.try_diagonal_scatter(&I::zeros([2, 2]), 0, 1, 2).is_err());
    assert_eq!(I::tril_indices(0, 3, 0).shape(), [2, 0]);
}
