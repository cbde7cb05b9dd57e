//! Tables on the terminal.

/// A table with the first column aligned to the left and the decimal points of the others below each other.
pub(crate) fn table(head: [&str; 2], rows: &[(String, f64)]) -> String {
    let numbers: Vec<String> = rows.iter().map(|&(_, value)| digits(value)).collect();
    let point = |number: &str| number.find(['.', 'e']).unwrap_or(number.len());
    let before = numbers.iter().map(|number| point(number)).max().unwrap_or(0);
    let after = numbers.iter().map(|number| number.len() - point(number)).max().unwrap_or(0);
    let wide = rows.iter().map(|(name, _)| name.chars().count()).chain([head[0].len()]).max().unwrap_or(0);
    let rule = "-".repeat(wide + 2 + (before + after).max(head[1].len()));

    let mut text = format!("{:wide$}  {:>number$}\n{rule}\n", head[0], head[1], number = before + after);
    for ((name, _), number) in rows.iter().zip(&numbers) {
        let indent = before - point(number);
        text += &format!("{name:wide$}  {:indent$}{number}\n", "");
    }
    text
}

/// A number with 12 significant digits, as decimals unless that would need a row of zeros.
pub(crate) fn digits(value: f64) -> String {
    let power = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    match power {
        -4..=11 => format!("{value:.*}", (11 - power) as usize),
        _ => format!("{value:.11e}"),
    }
}
