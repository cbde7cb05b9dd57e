//! Other looks at the same elements, joining and repeating.

use super::table;
use crate::args::out;

table! { |op, a|
    "transpose" => out(a.real("input")?.try_transpose(a.get::<isize>("dim0")?, a.get::<isize>("dim1")?)?),
}
