//! Parts and elements by index.

use super::table;
use crate::args::out;

table! { |op, a|
    "gather" => {
        let (x, dim) = (a.real("input")?, a.get::<isize>("dim")?);
        out(x.try_gather(dim, &a.get("index")?)?)
    },
}
