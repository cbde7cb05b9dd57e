//! What has parameters.

/// A layer or a model: something with parameters that have names.
///
/// How it computes is a method of its own, `forward` by custom: what goes in and comes out differs from one to the next.
///
/// ```
/// use autograd::Parameter;
/// use nn::{Linear, Module};
/// use tensor_core::Serial;
///
/// struct Model { first: Linear<f32, Serial>, second: Linear<f32, Serial> }
///
/// impl Module for Model {
///     type Parameter = Parameter<f32, Serial>;
///
///     fn named_parameters(&self) -> Vec<(String, Self::Parameter)> {
///         nn::join(&[("first", &self.first), ("second", &self.second)])
///     }
/// }
///
/// let model = Model { first: Linear::new(3, 4), second: Linear::new(4, 1) };
/// let names: Vec<String> = model.named_parameters().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["first.weight", "first.bias", "second.weight", "second.bias"]);
/// assert_eq!(model.parameters().iter().map(|p| p.numel()).sum::<usize>(), 12 + 4 + 4 + 1);
/// ```
pub trait Module {
    /// The parameters' type: [`autograd::Parameter`] in one precision, on one backend.
    type Parameter;

    /// Shares of all parameters, each with its name: fields joined by dots.
    fn named_parameters(&self) -> Vec<(String, Self::Parameter)>;

    /// Shares of all parameters, as an optimiser takes them.
    fn parameters(&self) -> Vec<Self::Parameter> {
        self.named_parameters().into_iter().map(|(_, parameter)| parameter).collect()
    }
}

/// The parameters of several modules, with the name of each module in front of theirs.
pub fn join<P>(modules: &[(&str, &dyn Module<Parameter = P>)]) -> Vec<(String, P)> {
    let named = |(name, module): &(&str, &dyn Module<Parameter = P>)| {
        let with_prefix = |(inner, parameter)| (format!("{name}.{inner}"), parameter);
        module.named_parameters().into_iter().map(with_prefix).collect::<Vec<_>>()
    };
    modules.iter().flat_map(named).collect()
}
