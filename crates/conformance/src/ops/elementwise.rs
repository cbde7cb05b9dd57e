//! Functions of elements.

use super::table;
use crate::args::out;

table! { |op, a|
    "add" => out(a.real("input")?.try_add(&a.real("other")?)?),
}
