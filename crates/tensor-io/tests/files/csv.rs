//! Tables as people write them, and the one line each mistake gets.
#![cfg(feature = "csv")]

use proptest::prelude::*;
use tensor_io::csv::{Table, parse, read};

fn message(text: &str) -> String {
    parse(text.as_bytes(), "t.csv").unwrap_err().to_string()
}

fn numbers(text: &str) -> Vec<f64> {
    parse(text.as_bytes(), "t.csv").unwrap().data
}

#[test]
fn comma_semicolon_and_tab_are_told_apart() {
    for mark in [",", ";", "\t"] {
        let table = parse(["a", "b\n1", "2\n"].join(mark).as_bytes(), "t.csv").unwrap();
        assert_eq!((table.names, table.rows, table.data), (vec!["a".into(), "b".into()], 1, vec![1.0, 2.0]));
    }
    assert_eq!(numbers("\tx\n1\t2\n"), [1.0, 2.0]);
    assert_eq!(numbers("\"a;b;c\",d\n1,2\n"), [1.0, 2.0]);
}

#[test]
fn what_spreadsheets_add_is_read_over() {
    assert_eq!(numbers("\u{feff}x,y\r\n1,2\r\n\r\n3,4\r\n\r\n  \r\n"), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(numbers("\n\n\"x\", \"y\"\n\" 1 \", 2.5e-3"), [1.0, 0.0025]);
    assert_eq!(numbers("x,y\r1,2\r3,4"), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(numbers("x\n\"1\"\n"), [1.0]);
}

#[test]
fn not_a_number_and_infinities_are_numbers() {
    let data = numbers("x\nNaN\ninf\n-inf\n");
    assert!(data[0].is_nan());
    assert_eq!(data[1..], [f64::INFINITY, f64::NEG_INFINITY]);
}

#[test]
fn a_cell_that_is_no_number_is_named_with_its_line_and_column() {
    assert_eq!(message("x,y\n1,2\n3,n/a\n"), "t.csv, line 3: column `y` holds `n/a`, which is not a number");
    assert_eq!(message("x,y\r\n\r\n1,2\r\n\r\n3,?\r\n"), "t.csv, line 5: column `y` holds `?`, which is not a number");
    assert_eq!(message("x,y\n\"1\n\",2\n3,a\n"), "t.csv, line 4: column `y` holds `a`, which is not a number");
    assert_eq!(message("x,y\n1,\n"), "t.csv, line 2: column `y` is empty");
    assert_eq!(message("x,y\n1,\"  \"\n"), "t.csv, line 2: column `y` is empty");
    assert!(message("x;y\n1,5;2\n").ends_with("holds `1,5`, which is not a number (a decimal comma? write a point)"));
    assert!(message("x y\n1 2\n").ends_with("(cells are separated by a comma, a semicolon or a tab)"));
}

#[test]
fn rows_are_as_long_as_the_header() {
    assert_eq!(message("x,y\n1,2\n3\n"), "t.csv, line 3: the header has 2 cells, this row 1");
    assert_eq!(message("x\n1,2\n"), "t.csv, line 2: the header has 1 cell, this row 2");
    assert_eq!(message("x,y\n1,2,3\n"), "t.csv, line 2: the header has 2 cells, this row 3");
}

#[test]
fn a_table_has_a_header_and_rows() {
    assert_eq!(message(""), "t.csv: the file is empty: it should start with a line that names the columns");
    assert_eq!(message("\u{feff}\r\n \n"), message(""));
    assert_eq!(message("x,y\n"), "t.csv: there is a header line, but no row of numbers");
    assert_eq!(
        message("1,2\n3,4\n"),
        "t.csv, line 1: there are numbers where the columns' names should be: add a header line"
    );
    assert_eq!(message("x,y,x\n1,2,3\n"), "t.csv, line 1: two columns have the name `x`");
    let utf16 = parse(b"\xff\xfex\0\n\0", "t.csv").unwrap_err();
    assert_eq!(utf16.to_string(), "t.csv: the text is UTF-16: save it as UTF-8");
}

#[test]
fn a_missing_file_is_named() {
    assert!(read("no/such.csv").unwrap_err().to_string().starts_with("no/such.csv: "));
}

#[test]
fn a_missing_column_lists_those_there_are() {
    let table = parse(b"price,area,rooms\n1,2,3\n", "t.csv").unwrap();
    assert_eq!(table.column("rooms").unwrap(), [3.0]);
    let error = table.column("prise").unwrap_err().to_string();
    assert_eq!(error, "t.csv: there is no column `prise`, did you mean `price`? The columns are: price, area, rooms");
    let error = table.select(&["area", "z"]).unwrap_err().to_string();
    assert_eq!(error, "t.csv: there is no column `z`. The columns are: price, area, rooms");
}

#[test]
fn messages_stay_on_one_line() {
    for text in ["x,\"a\nb\"\n1,\"c\nd\"\n", "\u{1b}[31m,\n\u{7},2\n"] {
        assert!(!message(text).contains(char::is_control), "{text:?}");
    }
    let table = parse("\"a\nb\"\n1\n".as_bytes(), "t.csv").unwrap();
    assert!(!table.column("x\ny").unwrap_err().to_string().contains(char::is_control));
}

fn tables() -> impl Strategy<Value = Table> {
    (1..6usize, 1..8usize).prop_flat_map(|(columns, rows)| {
        let number = prop_oneof![any::<f64>().prop_filter("NaN has no equal", |x| !x.is_nan()), -10.0..10.0];
        prop::collection::vec(number, columns * rows).prop_map(move |data| Table {
            source: "t.csv".into(),
            names: (0..columns).map(|c| format!("column {c}, \"quoted\"")).collect(),
            rows,
            data,
        })
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        table in tables(),
        mark in prop::sample::select(vec![",", ";", "\t"]),
        end in prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n"]),
        quote in prop::sample::select(vec!["", "\""]),
    ) {
        let header = table.names.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect::<Vec<_>>();
        let mut lines = vec![header.join(mark)];
        for row in table.data.chunks(table.names.len()) {
            lines.push(row.iter().map(|x| format!("{quote}{x:?}{quote}")).collect::<Vec<_>>().join(mark));
        }
        let text = lines.join(end);
        prop_assert_eq!(&parse(text.as_bytes(), "t.csv").unwrap(), &table);

        let first = table.column(&table.names[0]).unwrap();
        prop_assert_eq!(first, table.data.iter().copied().step_by(table.names.len()).collect::<Vec<_>>());
    }

    #[test]
    fn no_input_panics_and_every_message_is_one_line(bytes in prop::collection::vec(
        prop_oneof![prop::sample::select(b",;\t\"\r\n 1.eE-na\xef\xbb\xbf".to_vec()), any::<u8>()], 0..60)) {
        match parse(&bytes, "t.csv") {
            Ok(table) => prop_assert_eq!(table.data.len(), table.rows * table.names.len()),
            Err(error) => prop_assert!(!error.to_string().contains(['\n', '\r'])),
        }
    }

    #[test]
    fn the_line_of_a_mistake_is_the_editors(blanks in prop::collection::vec(0..3usize, 1..6), end in prop::sample::select(vec!["\n", "\r\n"])) {
        let mut text = format!("x,y{end}");
        for blank in &blanks {
            text += &end.repeat(*blank);
            text += &format!("1,2{end}");
        }
        text += "1,oops";
        let line = 2 + blanks.len() + blanks.iter().sum::<usize>();
        let start = format!("t.csv, line {line}: ");
        prop_assert!(message(&text).starts_with(&start));
    }
}
