//! Functions of neural networks.

use super::table;
use crate::args::out;

table! { |op, a|
    "nn.functional.mse_loss" => out(nn::try_mse(&a.real("input")?, &a.real("target")?)?),
}
