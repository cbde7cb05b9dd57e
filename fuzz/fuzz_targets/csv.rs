//! Any bytes as a table: an error of one line, or a table whose columns have all its rows.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match tensor_io::csv::parse(data, "input") {
        Ok(table) => assert_eq!(table.data.len(), table.rows * table.names.len()),
        Err(error) => assert_eq!(error.to_string().lines().count(), 1),
    }
});
