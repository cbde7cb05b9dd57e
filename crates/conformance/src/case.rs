//! A case: a call, its tensors, and what is known about its results.

use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// An argument as written in a case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    /// The tensor with this number.
    Tensor(usize),
    DType(String),
    Slice([Option<i64>; 3]),
}

/// Elements, by kind of type.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Real(Vec<f64>),
    Int(Vec<i64>),
    Bool(Vec<bool>),
}

/// A tensor of a case.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// The name of the type, as recorded.
    pub(crate) dtype: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Data,
    /// Whether it takes part in differentiation.
    pub(crate) grad: bool,
    /// The strides to lay it out with before the call.
    pub(crate) strides: Option<Vec<usize>>,
}

/// The second derivatives of a case: those of Σ ⟨v, gradients of `inputs`⟩.
#[derive(Clone, Debug)]
pub(crate) struct Second {
    pub(crate) inputs: Vec<usize>,
    pub(crate) v: Vec<Option<Stored>>,
    pub(crate) by_inputs: Vec<Option<Stored>>,
    pub(crate) by_cotangents: Vec<Option<Stored>>,
}

/// What is recorded of a call that succeeds.
#[derive(Clone, Debug)]
pub(crate) struct Results {
    pub(crate) outputs: Vec<Option<Stored>>,
    pub(crate) cotangents: Vec<Option<Stored>>,
    pub(crate) gradients: Vec<Option<Stored>>,
    pub(crate) second: Option<Second>,
    /// What arguments hold after the call.
    pub(crate) mutated: BTreeMap<usize, Stored>,
}

/// What must come of a call.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    Results(Box<Results>),
    Failure,
    /// Nothing is recorded: the reference backend and finite differences are the judges.
    Unknown,
}

/// A call of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) op: String,
    pub(crate) variant: String,
    pub(crate) args: Vec<Value>,
    pub(crate) kwargs: BTreeMap<String, Value>,
    pub(crate) tensors: Vec<Stored>,
    pub(crate) expected: Expected,
}

/// The recorded cases of a folder: `index.jsonl` with a case a line, and their elements in `data.bin`.
pub(crate) fn recorded(folder: &Path) -> Result<Vec<Case>, String> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let (index, data) = (read("index.jsonl")?, read("data.bin")?);
    let index = String::from_utf8(index).map_err(|error| format!("index.jsonl: {error}"))?;
    cases(&index, "index.jsonl", &data)
}

/// The cases of lines of JSON, their recorded elements in `data`.
pub(crate) fn cases(lines: &str, name: &str, data: &[u8]) -> Result<Vec<Case>, String> {
    let numbered = lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    numbered.map(|(i, line)| case(line, i, data).map_err(|error| format!("{name}, line {}: {error}", i + 1))).collect()
}

fn case(line: &str, number: usize, data: &[u8]) -> Result<Case, String> {
    let json: Map<String, Json> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_string);
    let op = text("op").ok_or("no `op`")?;
    let list = |key: &str| json.get(key).and_then(Json::as_array).map_or(&[][..], |list| &list[..]);
    let optional = |list: &[Json]| list.iter().map(|json| maybe_stored(json, data)).collect::<Result<Vec<_>, _>>();
    let expected = if json.contains_key("expect_error") {
        Expected::Failure
    } else if json.contains_key("outputs") {
        let second = json.get("gg").and_then(Json::as_object).map(|second| {
            let list = |key: &str| second.get(key).and_then(Json::as_array).map_or(&[][..], |list| &list[..]);
            Ok::<_, String>(Second {
                inputs: list("inputs").iter().filter_map(Json::as_u64).map(|k| k as usize).collect(),
                v: optional(list("v"))?,
                by_inputs: optional(list("d_inputs"))?,
                by_cotangents: optional(list("d_cotangents"))?,
            })
        });
        let mutated = json.get("mutated").and_then(Json::as_object);
        let mutated = mutated.into_iter().flatten().map(|(key, json)| {
            let key = key.parse().map_err(|_| format!("`mutated` names {key}"))?;
            Ok((key, stored(json, data, 0)?))
        });
        Expected::Results(Box::new(Results {
            outputs: optional(list("outputs"))?,
            cotangents: optional(list("cotangents"))?,
            gradients: optional(list("grads"))?,
            second: second.transpose()?,
            mutated: mutated.collect::<Result<_, String>>()?,
        }))
    } else {
        Expected::Unknown
    };
    Ok(Case {
        id: text("id").unwrap_or_else(|| format!("{op}/{number}")),
        op,
        variant: text("variant").unwrap_or_default(),
        args: list("args").iter().map(value).collect::<Result<_, _>>()?,
        kwargs: json
            .get("kwargs")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
            .map(|(key, json)| Ok((key.clone(), value(json)?)))
            .collect::<Result<_, String>>()?,
        tensors: list("tensors")
            .iter()
            .enumerate()
            .map(|(k, json)| stored(json, data, (number * 16 + k) as u64))
            .collect::<Result<_, _>>()?,
        expected,
    })
}

fn value(json: &Json) -> Result<Value, String> {
    let all = |list: &[Json]| list.iter().map(value).collect::<Result<Vec<_>, _>>();
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match n.as_i64() {
            Some(i) => Value::Int(i),
            None => Value::Float(n.as_f64().ok_or("a number out of range")?),
        },
        Json::String(s) => Value::Text(s.clone()),
        Json::Array(list) => Value::List(all(list)?),
        Json::Object(object) => {
            let (key, inner) = object.iter().next().ok_or("an empty object")?;
            match (key.as_str(), inner) {
                ("$t", Json::Number(k)) => Value::Tensor(k.as_u64().ok_or("a tensor's number")? as usize),
                ("$dtype", Json::String(name)) => Value::DType(name.clone()),
                ("$tuple", Json::Array(list)) => Value::Tuple(all(list)?),
                ("$slice", Json::Array(parts)) if parts.len() == 3 => {
                    Value::Slice([parts[0].as_i64(), parts[1].as_i64(), parts[2].as_i64()])
                }
                ("$f", Json::String(name)) => Value::Float(name.parse().map_err(|_| format!("the number {name}"))?),
                _ => return Err(format!("an unknown kind of argument, {key}")),
            }
        }
    })
}

fn maybe_stored(json: &Json, data: &[u8]) -> Result<Option<Stored>, String> {
    if json.is_null() { Ok(None) } else { stored(json, data, 0).map(Some) }
}

fn stored(json: &Json, data: &[u8], seed: u64) -> Result<Stored, String> {
    let sizes = |json: &Json| -> Option<Vec<usize>> {
        json.as_array()?.iter().map(|size| size.as_u64().map(|size| size as usize)).collect()
    };
    let shape = json.get("shape").and_then(sizes).ok_or("a tensor without a shape")?;
    let dtype = json.get("dtype").and_then(Json::as_str).unwrap_or("float64");
    let count: usize = shape.iter().product();
    let data = if let Some(offset) = json.get("off").and_then(Json::as_u64) {
        read(dtype, count, data.get(offset as usize..).ok_or("an offset behind the data")?)?
    } else if let Some(values) = json.get("values").and_then(Json::as_array) {
        given(dtype, count, values)?
    } else {
        let bound = |key: &str, default: f64| json.get(key).and_then(Json::as_f64).unwrap_or(default);
        drawn(dtype, count, bound("low", -2.0), bound("high", 2.0), seed)?
    };
    let strides = json.get("noncontiguous").and_then(Json::as_array).and_then(|pair| sizes(pair.first()?));
    let grad = json.get("grad").and_then(Json::as_bool).unwrap_or(false);
    Ok(Stored { dtype: dtype.to_string(), shape, data, grad, strides })
}

/// Elements in memory's order, little-endian.
fn read(dtype: &str, count: usize, bytes: &[u8]) -> Result<Data, String> {
    fn each<const N: usize, V>(bytes: &[u8], count: usize, f: fn([u8; N]) -> V) -> Result<Vec<V>, String> {
        let bytes = bytes.get(..count * N).ok_or("the data ends too early")?;
        Ok(bytes.as_chunks().0.iter().map(|chunk| f(*chunk)).collect())
    }
    Ok(match dtype {
        "float64" => Data::Real(each(bytes, count, f64::from_le_bytes)?),
        "float32" => Data::Real(each(bytes, count, |b| f64::from(f32::from_le_bytes(b)))?),
        "int64" => Data::Int(each(bytes, count, i64::from_le_bytes)?),
        "int32" => Data::Int(each(bytes, count, |b| i64::from(i32::from_le_bytes(b)))?),
        "int16" => Data::Int(each(bytes, count, |b| i64::from(i16::from_le_bytes(b)))?),
        "int8" => Data::Int(each(bytes, count, |b| i64::from(i8::from_le_bytes(b)))?),
        "uint8" => Data::Int(each(bytes, count, |b| i64::from(u8::from_le_bytes(b)))?),
        "bool" => Data::Bool(each(bytes, count, |b: [u8; 1]| b[0] != 0)?),
        _ => return Err(format!("the element type {dtype}")),
    })
}

/// Elements written out in the case itself.
fn given(dtype: &str, count: usize, values: &[Json]) -> Result<Data, String> {
    if values.len() != count {
        return Err(format!("{} values for {count} elements", values.len()));
    }
    let real = |json: &Json| json.as_f64().or_else(|| json.as_str()?.parse().ok()).ok_or("a value that is no number");
    Ok(match dtype {
        "int64" => {
            Data::Int(values.iter().map(|v| v.as_i64().ok_or("a value that is no integer")).collect::<Result<_, _>>()?)
        }
        "bool" => Data::Bool(
            values.iter().map(|v| v.as_bool().ok_or("a value that is no truth value")).collect::<Result<_, _>>()?,
        ),
        _ => Data::Real(values.iter().map(real).collect::<Result<_, _>>()?),
    })
}

/// Elements drawn between two bounds; integers include both.
fn drawn(dtype: &str, count: usize, low: f64, high: f64, seed: u64) -> Result<Data, String> {
    use tensor_core::{Generator, Serial, Tensor};
    let generator = &mut Generator::new(seed);
    Ok(match dtype {
        "int64" => {
            let x = Tensor::<i64, Serial>::randint_with(generator, low as i64, high as i64 + 1, [count]);
            Data::Int(x.to_vec())
        }
        "bool" => Data::Bool(Tensor::<f64, Serial>::rand_with(generator, [count]).lt(0.5).to_vec()),
        "float64" => Data::Real((Tensor::<f64, Serial>::rand_with(generator, [count]) * (high - low) + low).to_vec()),
        _ => return Err(format!("own cases have no elements of type {dtype}")),
    })
}
