//! NIST's Statistical Reference Datasets for nonlinear regression: a folder with `certified.json`, and a CSV file for each
//! problem.

use std::{fs, path::Path};

use serde_json::Value;

use super::args::Failure;

/// A problem, with the values that NIST certifies to 11 digits.
pub(crate) struct Problem {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) level: String,
    /// `y = …` as the file has it.
    pub(crate) model: Option<String>,
    pub(crate) starts: [Vec<f64>; 2],
    pub(crate) parameters: Vec<f64>,
    pub(crate) deviations: Vec<f64>,
    pub(crate) residual_sum: f64,
}

/// The nonlinear problems of a folder, in the order of their names.
pub(crate) fn problems(folder: &Path) -> Result<Vec<Problem>, Failure> {
    let path = folder.join("certified.json");
    let wrong = |problem: String| Failure::Input(format!("{}: {problem}", path.display()));
    let text = fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let all = json["nonlinear"].as_object().ok_or_else(|| wrong("there is no object `nonlinear`".into()))?;
    let mut problems = all
        .iter()
        .map(|(name, entry)| {
            let missing = |what: &str| wrong(format!("problem `{name}`: `{what}` is missing or of a wrong kind"));
            let text = |key: &str| entry[key].as_str().map(String::from);
            let numbers = |key: &str| {
                let list: Option<Vec<f64>> = entry[key].as_array()?.iter().map(Value::as_f64).collect();
                list.filter(|list| !list.is_empty())
            };
            let parameters = numbers("params").ok_or_else(|| missing("params"))?;
            let list =
                |key: &str| numbers(key).filter(|list| list.len() == parameters.len()).ok_or_else(|| missing(key));
            Ok(Problem {
                name: name.clone(),
                file: text("file").ok_or_else(|| missing("file"))?,
                level: text("level").unwrap_or_default(),
                model: text("model").filter(|model| !model.trim().is_empty()),
                starts: [list("start1")?, list("start2")?],
                deviations: list("sd")?,
                residual_sum: entry["rss"].as_f64().ok_or_else(|| missing("rss"))?,
                parameters,
            })
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    problems.sort_by_key(|problem| problem.name.to_lowercase());
    Ok(problems)
}

/// How many digits of a number agree with the certified ones: −log₁₀ of the relative error, from 0 to 11.
pub(crate) fn agreement(found: f64, certified: f64) -> f64 {
    let error = if certified == 0.0 { found.abs() } else { ((found - certified) / certified).abs() };
    // Not a number agrees in no digit.
    (-error.log10()).clamp(0.0, 11.0).max(0.0)
}
