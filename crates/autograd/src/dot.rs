//! The graph as a picture, in the language of Graphviz.

use crate::Autodiff;
use crate::graph::{NodeRef, address, walk};
use std::collections::HashMap;
use std::fmt::Write;
use tensor_core::{Backend, Real, Tensor};

/// What `output` was computed from, as text for Graphviz (`dot -Tsvg`): a box for each operation with the shape of its
/// result, an ellipse for each leaf, arrows in the direction of the computation. `names` are for tensors that
/// should be recognised: `&[("a", &a.value())]`.
///
/// ```
/// use autograd::{Autodiff, Gradient, dot};
/// use tensor_core::{Serial, Tensor};
/// let a = Tensor::<f32, Autodiff<Serial>>::new([1.0, 2.0]).with_grad();
/// let loss = (&a * 2.0).sum();
/// let text = dot(&loss, &[("a", &a)]);
/// assert!(text.contains("label=\"a\\n[2]\"") && text.contains("label=\"mul\\n[2]\""));
/// ```
pub fn dot<T: Real, B: Backend>(output: &Tensor<T, Autodiff<B>>, names: &[(&str, &Tensor<T, Autodiff<B>>)]) -> String {
    let node = |x: &Tensor<T, Autodiff<B>>| x.prim().track.as_ref().map(|track| track.node().clone());
    let names: HashMap<usize, &str> = names.iter().filter_map(|(name, x)| Some((address(&node(x)?), *name))).collect();
    let mut text = String::from("digraph {\n  rankdir=TB;\n  node [fontname=\"sans-serif\"];\n");
    if let Some(root) = node(output) {
        // Numbered in the order they are met, so that the same graph gives the same text.
        let mut numbers: HashMap<usize, usize> = HashMap::new();
        let mut number = |node: &NodeRef<B>| {
            let next = numbers.len();
            *numbers.entry(address(node)).or_insert(next)
        };
        let mut edges = String::new();
        walk(&root, |node| {
            let own = number(node);
            let shape = if node.is_leaf() { "ellipse, style=filled, fillcolor=lightblue" } else { "box" };
            let name = names.get(&address(node)).copied();
            let label = match (name, node.is_leaf()) {
                (Some(name), true) => name.to_string(),
                (Some(name), false) => format!("{name} = {}", node.name()),
                (None, _) => node.name().to_string(),
            };
            let label = label.replace('\\', "\\\\").replace('"', "\\\"");
            let freed = if node.parents().is_none() { "\\n(freed)" } else { "" };
            let _ = writeln!(text, "  n{own} [shape={shape}, label=\"{label}\\n{}{freed}\"];", node.shape());
            for parent in node.parents().unwrap_or_default() {
                let _ = writeln!(edges, "  n{} -> n{own};", number(&parent));
            }
            true
        });
        text.push_str(&edges);
    }
    text.push_str("}\n");
    text
}
