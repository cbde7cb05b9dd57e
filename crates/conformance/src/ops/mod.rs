//! What each recorded call is in this library. A table for each family of operations; the glue only translates arguments.

mod elementwise;
mod index;
mod layout;
mod linalg;
mod nn;
mod reduce;

use crate::args::{Any, Args, Fault};
use tensor_core::{Backend, Real};

/// A table of operations: `NAMES`, and `call`, which is `None` for an operation that is not in the table.
///
/// `"name" => results` for each; in the results `a` are the arguments ([`Args`]), `T` and `B` the types, and `?` passes
/// errors on. `outs` and `out` in [`crate::args`] wrap real results, `.into()` the others.
macro_rules! table {
    (|$op:ident, $a:ident| $($($name:literal)|+ => $results:expr,)*) => {
        /// The operations of this table.
        pub(super) const NAMES: &[&str] = &[$($($name),+),*];

        #[allow(unused_variables)] // A table may have no use for the name.
        pub(super) fn call<T: tensor_core::Real, B: tensor_core::Backend>(
            $op: &str,
            $a: &mut crate::args::Args<'_, T, B>,
        ) -> Result<Option<Vec<crate::args::Any<T, B>>>, crate::args::Fault> {
            match $op {
                $($($name)|+ => {
                    // A function for each operation, so that the compiler can take them one by one.
                    #[allow(unused_variables)]
                    fn row<T: tensor_core::Real, B: tensor_core::Backend>(
                        $op: &str,
                        $a: &mut crate::args::Args<'_, T, B>,
                    ) -> Result<Vec<crate::args::Any<T, B>>, crate::args::Fault> {
                        Ok($results)
                    }
                    row($op, $a).map(Some)
                })*
                _ => Ok(None),
            }
        }
    };
}
use table;

/// All operations there are.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    [elementwise::NAMES, reduce::NAMES, layout::NAMES, index::NAMES, linalg::NAMES, nn::NAMES].concat().into_iter()
}

/// The results of operation `op`, or `None` if there is no such operation.
pub(crate) fn call<T: Real, B: Backend>(op: &str, a: &mut Args<'_, T, B>) -> Result<Option<Vec<Any<T, B>>>, Fault> {
    for family in [elementwise::call, reduce::call, layout::call, index::call, linalg::call, nn::call] {
        if let Some(results) = family(op, a)? {
            return Ok(Some(results));
        }
    }
    Ok(None)
}
