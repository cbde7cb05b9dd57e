//! Formulas as people write them, `b1*(1 - exp(-b2*x))`, computed on tensors and so with derivatives.

use std::iter::Peekable;
use std::str::Chars;

use gradus::f64::*;

/// A formula over named columns of data and named parameters.
#[derive(Clone, Debug)]
pub(crate) struct Formula {
    root: Expr,
    /// The columns in it.
    pub(crate) columns: Vec<String>,
    /// The names that are no column, and so are to be found: by number if all end in one (b1, b2, …), else as they come.
    pub(crate) parameters: Vec<String>,
}

#[derive(Clone, Debug)]
enum Expr {
    Number(f64),
    Name(String),
    Call(Function, Box<Expr>),
    Binary(char, Box<Expr>, Box<Expr>),
}

type Function = fn(&Tensor) -> Tensor;

const FUNCTIONS: [(&str, Function); 17] = [
    ("exp", Tensor::exp),
    ("expm1", Tensor::expm1),
    ("log", Tensor::ln),
    ("ln", Tensor::ln),
    ("log1p", Tensor::log1p),
    ("log2", Tensor::log2),
    ("log10", Tensor::log10),
    ("sqrt", Tensor::sqrt),
    ("sin", Tensor::sin),
    ("cos", Tensor::cos),
    ("tan", Tensor::tan),
    ("atan", Tensor::atan),
    ("arctan", Tensor::atan),
    ("sinh", Tensor::sinh),
    ("cosh", Tensor::cosh),
    ("tanh", Tensor::tanh),
    ("abs", Tensor::abs),
];

/// A part of a formula's value. Numbers stay numbers, so that `x**2` is a square and not a power of any kind.
enum Value {
    Number(f64),
    Tensor(Tensor),
}

impl Value {
    fn tensor(self) -> Tensor {
        match self {
            Value::Number(x) => tensor(x),
            Value::Tensor(x) => x,
        }
    }
}

impl Formula {
    /// Understands a formula with the operators + - * / and ** or ^, parentheses or brackets, `pi`, and functions.
    pub(crate) fn parse(text: &str, columns: &[&str]) -> Result<Formula, String> {
        let mut parser = Parser { rest: text.chars().peekable(), text };
        let root = parser.sum()?;
        if let Some(c) = parser.next() {
            return Err(parser.wrong(&format!("`{c}` is one too many")));
        }
        let (mut used, mut parameters) = (Vec::new(), Vec::new());
        root.names(&mut |name| {
            let list: &mut Vec<String> = if columns.contains(&name) { &mut used } else { &mut parameters };
            if !list.iter().any(|known| known == name) {
                list.push(name.to_string());
            }
        });
        let number = |name: &String| name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().ok();
        if parameters.iter().all(|name| number(name).is_some()) {
            parameters.sort_by_key(number);
        }
        Ok(Formula { root, columns: used, parameters })
    }

    /// Its value for each row; the parameters are the elements of a vector.
    pub(crate) fn value(&self, columns: &[(&str, &Tensor)], parameters: &Tensor) -> Tensor {
        let find = |name: &str| match columns.iter().find(|(column, _)| *column == name) {
            Some((_, column)) => (*column).clone(),
            None => {
                let place = self.parameters.iter().position(|parameter| parameter == name);
                parameters.slice(place.expect("each name is a column or a parameter") as i64).into_tensor()
            }
        };
        self.root.value(&find).tensor()
    }
}

impl Expr {
    fn names<'a>(&'a self, see: &mut impl FnMut(&'a str)) {
        match self {
            Expr::Number(_) => {}
            Expr::Name(name) => see(name),
            Expr::Call(_, inner) => inner.names(see),
            Expr::Binary(_, left, right) => {
                left.names(see);
                right.names(see);
            }
        }
    }

    fn value(&self, find: &impl Fn(&str) -> Tensor) -> Value {
        use Value::{Number, Tensor};
        match self {
            Expr::Number(x) => Number(*x),
            Expr::Name(name) => Tensor(find(name)),
            Expr::Call(function, inner) => match inner.value(find) {
                Number(x) => Number(function(&tensor(x)).item()),
                Tensor(x) => Tensor(function(&x)),
            },
            Expr::Binary(operator, left, right) => match (operator, left.value(find), right.value(find)) {
                ('+', Number(a), Number(b)) => Number(a + b),
                ('-', Number(a), Number(b)) => Number(a - b),
                ('*', Number(a), Number(b)) => Number(a * b),
                ('/', Number(a), Number(b)) => Number(a / b),
                (_, Number(a), Number(b)) => Number(a.powf(b)),
                ('+', Tensor(a), Number(b)) | ('+', Number(b), Tensor(a)) => Tensor(a + b),
                ('*', Tensor(a), Number(b)) | ('*', Number(b), Tensor(a)) => Tensor(a * b),
                ('-', Tensor(a), Number(b)) => Tensor(a - b),
                ('-', Number(a), Tensor(b)) => Tensor(a - b),
                ('/', Tensor(a), Number(b)) => Tensor(a / b),
                ('/', Number(a), Tensor(b)) => Tensor(a / b),
                ('+', Tensor(a), Tensor(b)) => Tensor(a + b),
                ('-', Tensor(a), Tensor(b)) => Tensor(a - b),
                ('*', Tensor(a), Tensor(b)) => Tensor(a * b),
                ('/', Tensor(a), Tensor(b)) => Tensor(a / b),
                (_, Tensor(a), Number(b)) if b.fract() == 0.0 && b.abs() < 1e9 => Tensor(a.powi(b as i32)),
                (_, Tensor(a), Number(b)) => Tensor(a.pow(b)),
                (_, a, b) => Tensor(a.tensor().pow(b.tensor())),
            },
        }
    }
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    text: &'a str,
}

impl Parser<'_> {
    fn wrong(&self, problem: &str) -> String {
        format!("the formula `{}`: {problem}", self.text)
    }

    fn peek(&mut self) -> Option<char> {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
        self.rest.peek().copied()
    }

    fn next(&mut self) -> Option<char> {
        self.peek();
        self.rest.next()
    }

    fn takes(&mut self, c: char) -> bool {
        self.peek() == Some(c) && self.rest.next().is_some()
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let mut left = self.product()?;
        while let Some(operator @ ('+' | '-')) = self.peek() {
            self.next();
            left = Expr::Binary(operator, left.into(), self.product()?.into());
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expr, String> {
        let mut left = self.signed()?;
        while let Some(operator @ ('*' | '/')) = self.peek() {
            self.next();
            left = Expr::Binary(operator, left.into(), self.signed()?.into());
        }
        Ok(left)
    }

    /// A sign binds less than a power, `-x**2` is `-(x**2)`, but is an exponent's own: `x**-2`.
    fn signed(&mut self) -> Result<Expr, String> {
        if self.takes('-') {
            return Ok(match self.signed()? {
                Expr::Number(x) => Expr::Number(-x),
                inner => Expr::Binary('*', Expr::Number(-1.0).into(), inner.into()),
            });
        }
        if self.takes('+') { self.signed() } else { self.power() }
    }

    fn power(&mut self) -> Result<Expr, String> {
        let base = self.atom()?;
        let mut ahead = self.rest.clone().skip_while(|c| c.is_whitespace());
        let is_power = match ahead.next() {
            Some('^') => self.takes('^'),
            Some('*') if ahead.next() == Some('*') => self.takes('*') && self.takes('*'),
            _ => false,
        };
        if is_power { Ok(Expr::Binary('^', base.into(), self.signed()?.into())) } else { Ok(base) }
    }

    fn atom(&mut self) -> Result<Expr, String> {
        match self.peek() {
            Some('(' | '[') => self.group(),
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => {
                let mut name = String::new();
                while let Some(c) = self.rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                if let Some('(' | '[') = self.peek() {
                    let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
                        let known: Vec<&str> = FUNCTIONS.iter().map(|(name, _)| *name).collect();
                        return Err(self.wrong(&format!("there is no function `{name}`, but {}", known.join(", "))));
                    };
                    return Ok(Expr::Call(*function, self.group()?.into()));
                }
                Ok(if name == "pi" { Expr::Number(std::f64::consts::PI) } else { Expr::Name(name) })
            }
            Some(c) => Err(self.wrong(&format!("`{c}` stands where a number or a name should"))),
            None => Err(self.wrong("it ends where a number or a name should follow")),
        }
    }

    fn group(&mut self) -> Result<Expr, String> {
        let close = if self.next() == Some('(') { ')' } else { ']' };
        let inner = self.sum()?;
        if self.takes(close) { Ok(inner) } else { Err(self.wrong(&format!("a `{close}` is missing"))) }
    }

    fn number(&mut self) -> Result<Expr, String> {
        let mut digits = String::new();
        while let Some(&c) = self.rest.peek() {
            // A sign belongs to a number only behind the e of its exponent.
            let sign = (c == '+' || c == '-') && digits.ends_with(['e', 'E']);
            if !(c.is_ascii_digit() || c == '.' || c == 'e' || c == 'E' || sign) {
                break;
            }
            digits.push(c);
            self.rest.next();
        }
        digits.parse().map(Expr::Number).map_err(|_| self.wrong(&format!("`{digits}` is no number")))
    }
}
