//! Views: which element of a tensor is seen at which index.

use crate::grid::{index, place, position};
use crate::look::Look;
use tensor_core::ops::View;
use tensor_core::{Error, Layout, Result, SliceItem};

/// What `view` shows of an array of shape `of`.
pub(crate) fn look<'a>(of: &'a [usize], view: &'a View) -> Result<Look<'a>> {
    match view {
        View::Reshape(shape) => reshape(of, shape),
        View::Permute(axes) => permute(of, axes),
        View::Expand(shape) => expand(of, shape),
        View::Slice(items) => slice(of, items),
        View::Diagonal { offset, first, second } => diagonal(of, *offset, *first, *second),
        View::Unfold { axis, size, step } => unfold(of, *axis, *size, *step),
    }
}

fn reshape<'a>(of: &'a [usize], shape: &'a [usize]) -> Result<Look<'a>> {
    if Layout::contiguous(shape.into())?.numel() != of.iter().product() {
        return Err(Error::shape("reshape", &[&of.into(), &shape.into()], "the numbers of elements differ"));
    }
    Look::new(shape.to_vec(), move |i| index(position(i, shape), of))
}

fn permute<'a>(of: &'a [usize], axes: &'a [usize]) -> Result<Look<'a>> {
    let mut sorted = axes.to_vec();
    sorted.sort();
    if !sorted.into_iter().eq(0..of.len()) {
        return Err(Error::value("permute", format!("{axes:?} does not name each of {} axes once", of.len())));
    }
    let source = move |i: &[usize]| {
        let mut from = vec![0; of.len()];
        axes.iter().zip(i).for_each(|(&axis, &i)| from[axis] = i);
        from
    };
    Look::new(axes.iter().map(|&axis| of[axis]).collect(), source)
}

fn expand<'a>(of: &'a [usize], shape: &[usize]) -> Result<Look<'a>> {
    let fits = shape.len() >= of.len()
        && of.iter().rev().zip(shape.iter().rev()).all(|(&have, &want)| have == want || have == 1);
    if !fits {
        let hint = "each axis must be 1 or already have the size wanted";
        return Err(Error::shape("expand", &[&of.into(), &shape.into()], hint));
    }
    let added = shape.len() - of.len();
    let source =
        move |i: &[usize]| i[added..].iter().zip(of).map(|(&i, &size)| if size == 1 { 0 } else { i }).collect();
    Look::new(shape.to_vec(), source)
}

/// What an item of a slice makes of an axis.
enum Taken {
    /// One place; the axis is gone.
    One(usize),
    /// These places.
    Some(Vec<usize>),
    /// A new axis, which comes from none.
    New,
}

fn slice<'a>(of: &'a [usize], items: &[SliceItem]) -> Result<Look<'a>> {
    let wrong = |hint: &str| Error::shape("slice", &[&of.into()], hint);
    let whole = SliceItem::Range { start: None, end: None, step: 1 };
    let named = items.iter().filter(|item| !matches!(item, SliceItem::NewAxis | SliceItem::Ellipsis)).count();
    let rest = of.len().checked_sub(named).ok_or_else(|| wrong("too many indices"))?;

    // Whole axes in place of the ellipsis, which stands at the end if it stands nowhere.
    let mut items = items.to_vec();
    let ellipses = items.iter().filter(|item| matches!(item, SliceItem::Ellipsis)).count();
    if ellipses > 1 {
        return Err(wrong("only one ellipsis can stand in an index"));
    }
    let ellipsis = items.iter().position(|item| matches!(item, SliceItem::Ellipsis)).unwrap_or(items.len());
    items.splice(ellipsis..ellipsis + ellipses, vec![whole; rest]);

    let mut axes = 0..of.len();
    let mut taken = Vec::new();
    for item in items {
        taken.push(match item {
            SliceItem::NewAxis => Taken::New,
            SliceItem::Ellipsis => unreachable!("replaced by whole axes"),
            SliceItem::Index(i) => {
                let axis = axes.next().expect("as many axes as items");
                Taken::One(place("slice", i as i64, axis, of[axis])?)
            }
            SliceItem::Range { start, end, step } => {
                let size = of[axes.next().expect("as many axes as items")];
                Taken::Some(places(start, end, step, size)?)
            }
        });
    }
    let shape = taken.iter().filter_map(|t| match t {
        Taken::One(_) => None,
        Taken::Some(places) => Some(places.len()),
        Taken::New => Some(1),
    });
    Look::new(shape.collect(), move |i| {
        let mut i = i.iter();
        let mut from = Vec::new();
        for t in &taken {
            match t {
                Taken::One(place) => from.push(*place),
                Taken::Some(places) => from.push(places[*i.next().expect("an index for each axis")]),
                Taken::New => _ = i.next(),
            }
        }
        from
    })
}

/// The places along an axis that a range names: bounds are clipped to the axis, negative ones count from its end; a
/// negative step walks from the last place in the range towards its first.
fn places(start: Option<isize>, end: Option<isize>, step: isize, size: usize) -> Result<Vec<usize>> {
    if step == 0 {
        return Err(Error::value("slice", "a step of 0 never ends"));
    }
    let bound = |b: isize| (if b < 0 { b.saturating_add_unsigned(size) } else { b }).clamp(0, size as isize) as usize;
    let range = start.map_or(0, bound)..end.map_or(size, bound);
    let every = step.unsigned_abs();
    Ok(if step > 0 { range.step_by(every).collect() } else { range.rev().step_by(every).collect() })
}

fn diagonal(of: &[usize], offset: isize, first: usize, second: usize) -> Result<Look<'_>> {
    if first >= of.len() || second >= of.len() || first == second {
        return Err(Error::value("diagonal", format!("needs two different axes of shape {of:?}")));
    }
    let column = |row: usize| row.checked_add_signed(offset).filter(|&column| column < of[second]);
    let steps: Vec<(usize, usize)> = (0..of[first]).filter_map(|row| Some((row, column(row)?))).collect();
    let others = move || (0..of.len()).filter(move |&axis| axis != first && axis != second);
    let shape = others().map(|axis| of[axis]).chain([steps.len()]).collect();
    let source = move |i: &[usize]| {
        let mut from = vec![0; of.len()];
        others().zip(i).for_each(|(axis, &i)| from[axis] = i);
        (from[first], from[second]) = steps[i[i.len() - 1]];
        from
    };
    Look::new(shape, source)
}

fn unfold(of: &[usize], axis: usize, size: usize, step: usize) -> Result<Look<'_>> {
    if axis >= of.len() || step == 0 || size > of[axis] {
        return Err(Error::value("unfold", format!("windows of {size} every {step} do not fit shape {of:?}")));
    }
    let starts: Vec<usize> = (0..=of[axis] - size).step_by(step).collect();
    let mut shape = of.to_vec();
    shape[axis] = starts.len();
    shape.push(size);
    let source = move |i: &[usize]| {
        let (&within, i) = i.split_last().expect("the window is an axis");
        let mut from = i.to_vec();
        from[axis] = starts[i[axis]] + within;
        from
    };
    Look::new(shape, source)
}
