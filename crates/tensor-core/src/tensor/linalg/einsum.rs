//! Einstein's summation: any product of tensors, summed over any of their axes, by naming the axes.

use crate::tensor::{Tensor, sure};
use crate::{Backend, Error, Num, Result, Shape};
use std::collections::BTreeMap;

/// An axis' name: letters, and behind them the axes that an ellipsis stands for, counted from the front.
type Label = usize;

const LETTERS: usize = 52;

/// The product of `operands` as `equation` says: each operand's axes named by letters, operands parted by commas, then
/// `->` and the axes of the result. What is named the same has one size, or 1, which is repeated; a letter that the result
/// does not name is summed over; one that an operand names twice takes its diagonal. `...` stands for axes without
/// names, aligned at the last one and broadcast. Without `->` the result has the axes of `...` and then, in
/// alphabetical order, the letters that stand only once.
///
/// Several operands are joined two at a time, those first whose product is small beside them; each pair by one matrix
/// product.
///
/// # Panics
/// If the equation cannot be read, does not fit the operands, or sizes differ.
///
/// ```
/// # use tensor_core::{Serial, Tensor, einsum};
/// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(einsum("ij,jk->ik", &[&x, &x]).to_vec(), [7.0, 10.0, 15.0, 22.0]);
/// assert_eq!(einsum("ii", &[&x]).item(), 5.0);
/// assert_eq!(einsum("...i->...", &[&x]).to_vec(), [3.0, 7.0]);
/// ```
#[track_caller]
pub fn einsum<T: Num, B: Backend>(equation: &str, operands: &[&Tensor<T, B>]) -> Tensor<T, B> {
    sure(try_einsum(equation, operands))
}

/// [`einsum`], with the error returned instead of a panic.
pub fn try_einsum<T: Num, B: Backend>(equation: &str, operands: &[&Tensor<T, B>]) -> Result<Tensor<T, B>> {
    let equation = Equation::parse(equation)?;
    let (labels, output) = equation.label(operands)?;
    let shapes: Vec<&Shape> = operands.iter().map(|x| x.shape_owned()).collect();
    let mut terms = operands.iter().zip(labels).map(|(x, labels)| Term::new(x, labels)).collect::<Result<Vec<_>>>()?;

    // The size that each label has where it is not 1.
    let mut sizes: BTreeMap<Label, usize> = BTreeMap::new();
    for term in &terms {
        for (&label, &size) in term.labels.iter().zip(term.x.shape()) {
            let known = sizes.entry(label).or_insert(size);
            if *known == 1 {
                *known = size;
            } else if size != 1 && size != *known {
                let hint = format!("axes of one name have sizes {known} and {size}");
                return Err(Error::shape("einsum", &shapes, hint));
            }
        }
    }
    for term in &mut terms {
        term.drop_repeated(&sizes)?;
    }

    while terms.len() > 1 {
        for i in 0..terms.len() {
            let elsewhere = |label: &Label| output.contains(label) || mentioned(&terms, &[i], *label);
            let keep: Vec<Label> = terms[i].labels.iter().copied().filter(elsewhere).collect();
            terms[i] = terms[i].summed(&keep)?;
        }
        let (i, j) = cheapest(&terms, &output, &sizes);
        let keep = |label: Label| output.contains(&label) || mentioned(&terms, &[i, j], label);
        let joined = terms[i].times(&terms[j], &keep)?;
        terms.remove(j);
        terms[i] = joined;
    }
    let whole = terms.remove(0).summed(&output)?;
    let order: Vec<usize> = output.iter().map(|label| whole.place(*label)).collect();
    Ok(whole.x.try_permute(order)?.into_tensor())
}

/// Whether a term other than those at `but` has an axis of that name.
fn mentioned<T: Num, B: Backend>(terms: &[Term<T, B>], but: &[usize], label: Label) -> bool {
    terms.iter().enumerate().any(|(i, term)| !but.contains(&i) && term.labels.contains(&label))
}

/// The pair whose product adds least to what there is; of equals the one with the fewest steps.
fn cheapest<T: Num, B: Backend>(
    terms: &[Term<T, B>],
    output: &[Label],
    sizes: &BTreeMap<Label, usize>,
) -> (usize, usize) {
    let size = |labels: &[Label]| labels.iter().map(|label| sizes[label] as f64).product::<f64>();
    let cost = |i: usize, j: usize| {
        let mut union = terms[i].labels.clone();
        union.extend(terms[j].labels.iter().filter(|label| !terms[i].labels.contains(label)));
        let steps = size(&union);
        union.retain(|label| output.contains(label) || mentioned(terms, &[i, j], *label));
        (size(&union) - size(&terms[i].labels) - size(&terms[j].labels), steps)
    };
    let mut best = ((0, 1), cost(0, 1));
    for i in 0..terms.len() {
        for j in i + 1..terms.len() {
            let cost = cost(i, j);
            if cost < best.1 {
                best = ((i, j), cost);
            }
        }
    }
    best.0
}

/// A tensor whose axes have names, each once.
struct Term<T: Num, B: Backend> {
    x: Tensor<T, B>,
    labels: Vec<Label>,
}

impl<T: Num, B: Backend> Term<T, B> {
    /// Takes the diagonal of axes with one name.
    fn new(x: &Tensor<T, B>, mut labels: Vec<Label>) -> Result<Self> {
        let mut x = x.clone();
        while let Some((i, j)) = twice(&labels) {
            if x.shape()[i] != x.shape()[j] {
                let hint = format!("axes {i} and {j} have one name, but not one size");
                return Err(Error::shape("einsum", &[x.shape_owned()], hint));
            }
            x = x.try_diagonal(0, i, j)?.into_tensor();
            labels.remove(j);
            let label = labels.remove(i);
            labels.push(label);
        }
        Ok(Term { x, labels })
    }

    fn place(&self, label: Label) -> usize {
        self.labels.iter().position(|&own| own == label).expect("every name of the result is one of an operand")
    }

    /// Without the axes of size 1 that stand for longer ones of other operands.
    fn drop_repeated(&mut self, sizes: &BTreeMap<Label, usize>) -> Result<()> {
        let kept: Vec<usize> = (0..self.labels.len())
            .filter(|&axis| self.x.shape()[axis] != 1 || sizes[&self.labels[axis]] == 1)
            .collect();
        if kept.len() < self.labels.len() {
            let shape: Shape = kept.iter().map(|&axis| self.x.shape()[axis]).collect();
            self.x = self.x.try_reshape(shape)?.into_tensor();
            self.labels = kept.iter().map(|&axis| self.labels[axis]).collect();
        }
        Ok(())
    }

    /// Summed over all axes but those in `keep`.
    fn summed(&self, keep: &[Label]) -> Result<Self> {
        let (kept, gone): (Vec<usize>, Vec<usize>) =
            (0..self.labels.len()).partition(|&axis| keep.contains(&self.labels[axis]));
        let x = if gone.is_empty() { self.x.clone() } else { self.x.try_sum_axes(&gone[..])? };
        Ok(Term { x, labels: kept.iter().map(|&axis| self.labels[axis]).collect() })
    }

    /// The axes of these names, each group of them as one axis.
    fn grouped(&self, groups: [&[Label]; 3]) -> Result<Tensor<T, B>> {
        let order: Vec<usize> = groups.iter().flat_map(|group| group.iter().map(|&label| self.place(label))).collect();
        let count = |group: &[Label]| group.iter().map(|&label| self.x.shape()[self.place(label)]).product::<usize>();
        Ok(self.x.try_permute(order)?.try_reshape(groups.map(count))?.into_tensor())
    }

    /// The product, summed over what both have and `keep` does not. What only one of them has is kept.
    fn times(&self, other: &Self, keep: &dyn Fn(Label) -> bool) -> Result<Self> {
        let (common, rows): (Vec<Label>, Vec<Label>) =
            self.labels.iter().partition(|label| other.labels.contains(label));
        let columns: Vec<Label> = other.labels.iter().copied().filter(|label| !common.contains(label)).collect();
        let (batch, inner): (Vec<Label>, Vec<Label>) = common.into_iter().partition(|&label| keep(label));
        let (left, right) = (self.grouped([&batch, &rows, &inner])?, other.grouped([&batch, &inner, &columns])?);
        let product = match (batch.is_empty(), inner.is_empty()) {
            (_, true) => left.try_mul(&right)?,
            (true, _) => left.try_squeeze(0)?.try_matmul(right.try_squeeze(0)?)?,
            _ => left.try_matmul(&right)?,
        };
        let size = |label: &Label| {
            let term = if self.labels.contains(label) { self } else { other };
            term.x.shape()[term.place(*label)]
        };
        let labels = [batch, rows, columns].concat();
        let shape: Shape = labels.iter().map(size).collect();
        Ok(Term { x: product.try_reshape(shape)?.into_tensor(), labels })
    }
}

/// The first two places of a name that stands twice.
fn twice(labels: &[Label]) -> Option<(usize, usize)> {
    (0..labels.len()).find_map(|j| labels[..j].iter().position(|label| *label == labels[j]).map(|i| (i, j)))
}

/// What stands for axes in an equation.
#[derive(Clone, Copy, PartialEq)]
enum Symbol {
    Letter(Label),
    Ellipsis,
}

struct Equation {
    inputs: Vec<Vec<Symbol>>,
    output: Option<Vec<Symbol>>,
}

impl Equation {
    fn parse(equation: &str) -> Result<Self> {
        let (inputs, output) = match equation.split_once("->") {
            Some((inputs, output)) => (inputs, Some(symbols(output)?)),
            None => (equation, None),
        };
        let inputs = inputs.split(',').map(symbols).collect::<Result<Vec<_>>>()?;
        if let Some(output) = &output
            && (1..output.len()).any(|i| output[..i].contains(&output[i]))
        {
            return Err(Error::value("einsum", "the result names an axis twice"));
        }
        Ok(Equation { inputs, output })
    }

    /// The names of all axes of the operands and of the result.
    fn label<T: Num, B: Backend>(&self, operands: &[&Tensor<T, B>]) -> Result<(Vec<Vec<Label>>, Vec<Label>)> {
        if self.inputs.len() != operands.len() || operands.is_empty() {
            let message = format!("the equation is for {} operands, but has {}", self.inputs.len(), operands.len());
            return Err(Error::value("einsum", message));
        }
        // How many axes the ellipsis of an operand stands for.
        let unnamed = |symbols: &[Symbol], x: &Tensor<T, B>| {
            let letters = symbols.iter().filter(|&&symbol| symbol != Symbol::Ellipsis).count();
            match x.rank().checked_sub(letters) {
                Some(rest) if rest == 0 || symbols.contains(&Symbol::Ellipsis) => Ok(rest),
                _ => {
                    let hint = format!("the equation names {letters} axes of it");
                    Err(Error::shape("einsum", &[x.shape_owned()], hint))
                }
            }
        };
        let each = self.inputs.iter().zip(operands);
        let rests = each.map(|(symbols, x)| unnamed(symbols, x)).collect::<Result<Vec<usize>>>()?;
        let most = rests.iter().copied().max().unwrap_or(0);
        let named = |symbols: &[Symbol], rest: usize| -> Vec<Label> {
            let labels = symbols.iter().flat_map(|symbol| match *symbol {
                Symbol::Letter(label) => label..label + 1,
                Symbol::Ellipsis => LETTERS + most - rest..LETTERS + most,
            });
            labels.collect()
        };
        let labels: Vec<Vec<Label>> = self.inputs.iter().zip(&rests).map(|(s, &rest)| named(s, rest)).collect();
        let output = match &self.output {
            Some(output) => named(output, most),
            None => {
                let once = |label: &Label| labels.iter().flatten().filter(|&other| other == label).count() == 1;
                (LETTERS..LETTERS + most).chain((0..LETTERS).filter(once)).collect()
            }
        };
        if let Some(label) = output.iter().find(|&label| !labels.iter().any(|labels| labels.contains(label))) {
            let letter = (b'A'..=b'Z').chain(b'a'..=b'z').nth(*label).map_or('…', char::from);
            return Err(Error::value("einsum", format!("the result names an axis `{letter}` that no operand has")));
        }
        Ok((labels, output))
    }
}

fn symbols(text: &str) -> Result<Vec<Symbol>> {
    let mut symbols = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (symbol, length) = match first {
            'A'..='Z' => (Symbol::Letter(first as usize - 'A' as usize), 1),
            'a'..='z' => (Symbol::Letter(first as usize - 'a' as usize + 26), 1),
            '.' if rest.starts_with("...") && !symbols.contains(&Symbol::Ellipsis) => (Symbol::Ellipsis, 3),
            _ => {
                let message = format!("`{rest}` begins with neither a letter nor the only `...` of its term");
                return Err(Error::value("einsum", message));
            }
        };
        symbols.push(symbol);
        rest = rest[length..].trim_start();
    }
    Ok(symbols)
}
