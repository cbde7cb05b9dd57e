//! Reductions, scans, sorting, searching.

use super::table;
use crate::args::out;

table! { |op, a|
    "amax" => {
        let (x, dim, keepdim) = (a.real("input")?, a.opt::<Vec<isize>>("dim")?, a.or("keepdim", false)?);
        let dim = dim.unwrap_or_default();
        out(if keepdim { x.try_max_keepdim(dim)? } else { x.try_max_axes(dim)? })
    },
}
