//! Linear algebra.

use super::table;
use crate::args::out;

table! { |op, a|
    "matmul" => out(a.real("input")?.try_matmul(&a.real("other")?)?),
}
