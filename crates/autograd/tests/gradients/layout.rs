//! Views, writing through views, padding, joining.

use crate::support::*;
use autograd::Autodiff;
use autograd::strategies::{broadcasting_to, distinct, shapes, tensors};
use proptest::collection::vec;
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::HashSet;
use tensor_core::ops::View;
use tensor_core::{Arg, Backend, Ellipsis, NewAxis, Shape, SliceItem, step};

/// How many kinds of looks there are.
const KINDS: usize = 6;

/// A new kind is asked for here: it has to be counted above, and drawn by [`views`].
fn name(view: &View) -> &'static str {
    match view {
        View::Reshape(_) => "reshape",
        View::Permute(_) => "permute",
        View::Expand(_) => "expand",
        View::Slice(_) => "slice",
        View::Diagonal { .. } => "diagonal",
        View::Unfold { .. } => "unfold",
    }
}

/// Any part of an axis of `size`.
fn part(size: usize) -> impl Strategy<Value = SliceItem> {
    let size = size as isize;
    let range = (-size..=size, -size..=size, prop_oneof![Just(1), Just(2), Just(-1), Just(-2)])
        .prop_map(|(start, end, by)| step(start..end, by));
    let whole = prop_oneof![Just(1), Just(-1)].prop_map(|by| step(.., by));
    match size {
        0 => prop_oneof![range, whole].boxed(),
        _ => prop_oneof![2 => range, 2 => whole, 1 => (-size..size).prop_map(SliceItem::Index)].boxed(),
    }
}

/// Parts of all or the first axes, here and there a new axis or an ellipsis.
fn slices(shape: &Shape) -> impl Strategy<Value = Vec<SliceItem>> + use<> {
    let items: Vec<_> = shape.iter().map(|&size| part(size).boxed()).collect();
    let rank = shape.len();
    (items, 0..=rank, 0..=rank, any::<bool>()).prop_map(|(mut items, kept, at, new_axis)| {
        items.truncate(kept);
        if new_axis {
            items.insert(at.min(kept), NewAxis.into());
        }
        if !new_axis && kept == at {
            // The axes that are not mentioned are the first ones then.
            items.clear();
            items.push(Ellipsis.into());
        }
        items
    })
}

/// Other shapes with the same number of elements: axes joined, and axes of size 1 put in.
fn reshapes(shape: &Shape) -> impl Strategy<Value = Shape> + use<> {
    let sizes = shape.to_vec();
    (vec(any::<bool>(), sizes.len()), vec(any::<bool>(), sizes.len() + 1)).prop_map(move |(join, ones)| {
        let mut shape = Shape::new();
        for (i, &size) in sizes.iter().enumerate() {
            match shape.last_mut() {
                Some(last) if join[i] => *last *= size,
                _ => {
                    if ones[i] {
                        shape.push(1);
                    }
                    shape.push(size);
                }
            }
        }
        if ones[sizes.len()] {
            shape.push(1);
        }
        shape
    })
}

/// A shape, and a look at a tensor of that shape.
pub(crate) fn views() -> impl Strategy<Value = (Shape, View)> {
    let reshape = shapes(5).prop_flat_map(|s| (Just(s.clone()), reshapes(&s).prop_map(View::Reshape)));
    let permute = shapes(5).prop_flat_map(|s| {
        let axes = Just((0..s.len()).collect::<Vec<usize>>()).prop_shuffle();
        (Just(s), axes.prop_map(|axes| View::Permute(axes.into())))
    });
    let expand = shapes(5).prop_flat_map(|s| (broadcasting_to(s.clone()), Just(View::Expand(s))));
    let slice = shapes(5).prop_flat_map(|s| (Just(s.clone()), slices(&s).prop_map(View::Slice)));
    let diagonal = (shapes(4), 0usize..4, 1usize..4, -2isize..=2).prop_filter_map("two axes", |(s, a, b, offset)| {
        let rank = s.len().max(1);
        let (first, second) = (a % rank, (a + b) % rank);
        (first != second).then_some((s, View::Diagonal { offset, first, second }))
    });
    let unfold = (shapes(4), 0usize..4, 1usize..4, 1usize..3).prop_filter_map("an axis", |(s, axis, size, step)| {
        let axis = axis % s.len().max(1);
        (s.get(axis)? >= &size).then(|| (s.clone(), View::Unfold { axis, size, step }))
    });
    prop_oneof![1 => reshape, 1 => permute, 1 => expand, 3 => slice, 1 => diagonal, 1 => unfold]
}

fn looks<B: Backend>() {
    let operands = views().prop_flat_map(|(shape, view)| (tensors::<f64, B>(Just(shape), ordinary()), Just(view)));
    let seen = RefCell::new(HashSet::new());
    for_all(192, operands, |(x, view)| {
        seen.borrow_mut().insert(name(&view));
        let f = |x: &[Tensor<B>]| Tensor::from_prim(Autodiff::<B>::view(x[0].prim(), &view).unwrap());
        both_orders(name(&view), f, &[&x]);
        both_orders(name(&view), |x| f(x).square(), &[&x]);
    });
    assert_eq!(seen.take().len(), KINDS);
}

/// A tensor, a look at it that can be written through, and something that fits there.
fn writes<B: Backend>() -> impl Strategy<Value = (Tensor<B>, View, Tensor<B>)> {
    let views = views().prop_filter("a reshape may be a copy", |(_, view)| !matches!(view, View::Reshape(_)));
    views.prop_flat_map(|(shape, view)| {
        let place = Tensor::<B>::zeros(&shape).layout().view(&view).unwrap().unwrap().shape().clone();
        let x = tensors::<f64, B>(Just(shape), ordinary());
        let src = tensors::<f64, B>(broadcasting_to(place), ordinary());
        (x, Just(view), src)
    })
}

fn writing_through_looks<B: Backend>() {
    for_all(128, writes::<B>(), |(x, view, src)| {
        let assign = |x: &[Tensor<B>]| {
            let (x, src) = (Arg::Ref(x[0].prim()), Arg::Ref(x[1].prim()));
            Tensor::from_prim(Autodiff::<B>::view_assign(x, &view, src).unwrap()).square()
        };
        let add = |x: &[Tensor<B>]| {
            let (x, src) = (Arg::Ref(x[0].prim()), Arg::Ref(x[1].prim()));
            Tensor::from_prim(Autodiff::<B>::view_add(x, &view, src).unwrap()).square()
        };
        both_orders(&format!("assign through {view:?}"), assign, &[&x, &src]);
        both_orders(&format!("add through {view:?}"), add, &[&x, &src]);
    });
}

fn padding<B: Backend>() {
    let operands = shapes(4).prop_flat_map(|shape| {
        let around = vec((0usize..3, 0usize..3), shape.len());
        (tensors::<f64, B>(Just(shape), ordinary()), around)
    });
    for_all(24, operands, |(x, around)| both_orders("pad", |x| x[0].pad(&around, 2.0).square(), &[&x]));
}

fn joining<B: Backend>() {
    let operands = (shape_and_axis(4), 1usize..5).prop_flat_map(|((shape, axis), count)| {
        let part = (0usize..3).prop_flat_map(move |size| {
            let mut shape = shape.clone();
            shape[axis] = size;
            tensors::<f64, B>(Just(shape), ordinary())
        });
        (vec(part, count), Just(axis))
    });
    for_all(32, operands, |(parts, axis)| {
        both_orders(
            "concat",
            |x| Tensor::concat(&x.iter().collect::<Vec<_>>(), axis).square(),
            &parts.iter().collect::<Vec<_>>(),
        );
        // Some parts are constants, and one stands there twice.
        let constant = parts[0].clone();
        let some = |x: &[Tensor<B>]| Tensor::concat(&[&constant, &x[0], &constant, &x[0]], axis).square();
        both_orders("concat with constants", some, &[&parts[0]]);
    });
    let operands = (shapes(3), 1usize..4).prop_flat_map(|(shape, count)| {
        (vec(tensors::<f64, B>(Just(shape.clone()), ordinary()), count), 0..=shape.len())
    });
    for_all(16, operands, |(parts, axis)| {
        both_orders(
            "stack",
            |x| Tensor::stack(&x.iter().collect::<Vec<_>>(), axis).square(),
            &parts.iter().collect::<Vec<_>>(),
        );
    });
}

fn named_looks<B: Backend>() {
    for_all(32, distinct::<f64, B>(shape_and_axis(4).prop_map(|(shape, _)| shape)), |x| {
        let f = |x: &[Tensor<B>]| {
            let x = &x[0];
            let looks = [
                x.movedim(0, -1),
                x.flatten(),
                x.unsqueeze(-1),
                x.unsqueeze(0),
                x.squeeze(0),
                x.transpose(0, -1),
                x.flip(-1),
                x.reshape([x.numel()]),
            ];
            looks.into_iter().map(|y| y.square()).chain([x.contiguous().square()]).collect::<Vec<_>>()
        };
        both_orders("named looks", f, &[&x]);
    });
}

on_backends! { looks writing_through_looks padding joining named_looks }
