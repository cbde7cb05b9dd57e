//! The examples as a person runs them: what they print, how they end, and that their pictures show something.

use std::collections::HashSet;
use std::env;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs an example. `cargo test` builds them beside the tests.
fn run(example: &str, arguments: &[&str]) -> Output {
    let test = env::current_exe().expect("a running test has a file");
    let profile = test.parent().and_then(Path::parent).expect("tests lie in target/PROFILE/deps");
    let path = profile.join("examples").join(example).with_extension(env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is not built: run `cargo build --examples` before a single test", path.display());
    Command::new(path)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("RUST_BACKTRACE", "1")
        .output()
        .expect("the example starts")
}

/// What an example prints when all goes well.
fn printed(example: &str, arguments: &[&str]) -> String {
    let output = run(example, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{example} {arguments:?}: {}\n{stderr}", output.status);
    assert_eq!(stderr, "", "{example} {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The one line with which an example refuses.
fn refusal(example: &str, arguments: &[&str], code: i32) -> String {
    let output = run(example, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{example} {arguments:?}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "one line, no backtrace: {stderr}");
    assert!(stderr.starts_with(&format!("{example}: ")), "{stderr}");
    stderr
}

/// A folder of a test's own, empty at first.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The number behind a label at the start of a line.
fn labelled(text: &str, label: &str) -> f64 {
    let rest = text.lines().find_map(|line| line.strip_prefix(label).filter(|rest| rest.starts_with(' ')));
    let rest = rest.unwrap_or_else(|| panic!("no line `{label}` in\n{text}"));
    rest.trim().parse().unwrap_or_else(|_| panic!("`{label}` has no number in\n{text}"))
}

/// The certified values of NIST, each to 10 digits.
fn assert_certified(text: &str, certified: &[(&str, f64)]) {
    for &(label, value) in certified {
        let found = labelled(text, label);
        assert!(((found - value) / value).abs() < 5e-11, "{label} is {found}, certified is {value}\n{text}");
    }
}

const NORRIS: [(&str, f64); 4] = [
    ("(intercept)", -0.262323073774029),
    ("x", 1.00211681802045),
    ("R²", 0.999993745883712),
    ("residual standard deviation", 0.884796396144373),
];

const LONGLEY: [(&str, f64); 9] = [
    ("(intercept)", -3482258.63459582),
    ("x1", 15.0618722713733),
    ("x2", -0.0358191792925910),
    ("x3", -2.02022980381683),
    ("x4", -1.03322686717359),
    ("x5", -0.0511041056535807),
    ("x6", 1829.15146461355),
    ("R²", 0.995479004577296),
    ("residual standard deviation", 304.854073561965),
];

const NORRIS_CSV: &str = "examples/data/norris.csv";

#[test]
fn norris_standardised_reaches_the_certified_values() {
    let text = printed("fit", &[NORRIS_CSV, "--target", "y", "--standardize"]);
    assert!(text.contains("Converged"), "{text}");
    assert_certified(&text, &NORRIS);
}

#[test]
fn longley_reaches_the_certified_values_with_the_default_momentum_and_with_more() {
    let arguments = ["examples/data/longley.csv", "--target", "y", "--standardize"];
    for momentum in [&[][..], &["--momentum", "0.99"]] {
        let text = printed("fit", &[&arguments[..], momentum].concat());
        assert!(text.contains("Converged"), "{text}");
        assert_certified(&text, &LONGLEY);
    }
}

#[test]
fn norris_raw_diverges_and_is_told_what_to_try() {
    let line = refusal("fit", &[NORRIS_CSV, "--target", "y", "--lr", "0.1"], 1);
    assert!(line.contains("diverged") && line.contains("--standardize") && line.contains("--lr"), "{line}");
}

#[test]
fn mini_batches_of_any_size_come_near_the_certified_line() {
    // 36 rows: 5 and 7 leave a smaller batch at the end of each epoch, 1 is a single row.
    for batch in ["1", "5", "7", "36", "1000"] {
        let text = printed("fit", &[NORRIS_CSV, "--target", "y", "--standardize", "--batch", batch]);
        let slope = labelled(&text, "x");
        assert!((slope - 1.002).abs() < 0.01, "batch {batch}: {slope}");
    }
}

#[test]
fn the_seed_decides_the_order_of_mini_batches() {
    let fit = |seed| printed("fit", &[NORRIS_CSV, "--target", "y", "--standardize", "--batch", "5", "--seed", seed]);
    assert_eq!(fit("3"), fit("3"));
    assert_ne!(fit("3"), fit("4"));
}

#[test]
fn the_plot_of_a_fit_shows_something() {
    let plot = folder("fit-plot").join("norris.png");
    let text = printed("fit", &[NORRIS_CSV, "--target", "y", "--standardize", "--plot", plot.to_str().unwrap()]);
    assert!(text.contains(&format!("Picture: {}", plot.display())), "{text}");
    assert_shows_something(&png(&plot), (1060, 460));
}

#[test]
fn wrong_data_is_refused_in_one_line() {
    let folder = folder("wrong-data");
    let file = |name: &str, content: &str| {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_string()
    };
    let fit = |path: &str| refusal("fit", &[path, "--target", "y"], 2);

    assert!(fit("no/such/file.csv").contains("no/such/file.csv"));
    assert!(fit(&file("empty.csv", "")).contains("empty"));
    assert!(fit(&file("header.csv", "x,y\n")).contains("no row"));
    assert!(fit(&file("lonely.csv", "y\n1\n")).contains("no column besides"));
    assert!(fit(&file("missing.csv", "x,yy\n1,2\n")).contains("no column `y`"));
    let word = fit(&file("word.csv", "x,y\n1,2\n3,four\n"));
    assert!(word.contains("line 3") && word.contains("column `y`") && word.contains("`four`"), "{word}");
    let nan = fit(&file("nan.csv", "x,y\n1,2\nNaN,4\n"));
    assert!(nan.contains("row 2") && nan.contains("column `x`"), "{nan}");
    assert!(fit(&file("huge.csv", "x,y\n1e200,2\n2e200,3\n")).contains("beyond double precision"));
}

#[test]
fn a_wrong_command_line_is_refused_in_one_line() {
    let fit = |arguments: &[&str]| refusal("fit", arguments, 2);
    assert!(fit(&[]).contains("CSV file is missing"));
    assert!(fit(&[NORRIS_CSV]).contains("--target"));
    assert!(fit(&[NORRIS_CSV, "--target", "z"]).contains("no column `z`"));
    assert!(fit(&[NORRIS_CSV, "--target", "y", "--epoch", "10"]).contains("did you mean --epochs?"));
    assert!(fit(&[NORRIS_CSV, "--target", "y", "--lr", "fast"]).contains("--lr needs a positive number, not `fast`"));
    assert!(fit(&[NORRIS_CSV, "--target", "y", "--lr", "-1"]).contains("--lr"));
    assert!(fit(&[NORRIS_CSV, "--target", "y", "--momentum", "1"]).contains("--momentum"));
    assert!(fit(&[NORRIS_CSV, "--target", "y", "--batch", "0"]).contains("--batch"));
    assert!(refusal("lesson2_sgd", &["--sead", "1"], 2).contains("did you mean --seed?"));
    assert!(refusal("lesson2_sgd", &["pictures"], 2).contains("`pictures` is no option"));
}

#[test]
fn every_example_answers_help() {
    for (example, options) in [
        ("fit", &["--target", "--standardize", "--plot"][..]),
        ("lesson2_sgd", &["--out", "--seed"]),
        ("curve_fit", &["--model", "--start", "--problem", "--plot"]),
        ("newton", &["--dimensions", "--lr", "--out"]),
        ("pendulum", &["--substeps", "--every", "--plot", "--record"]),
    ] {
        let text = printed(example, &["--help"]);
        assert!(text.contains("Usage: cargo run --release --example"), "{text}");
        assert!(options.iter().all(|option| text.contains(option)), "{text}");
    }
}

#[test]
fn the_lesson_fits_the_line_and_leaves_its_pictures() {
    let folder = folder("lesson2_sgd");
    let text = printed("lesson2_sgd", &["--out", folder.to_str().unwrap()]);

    // Six runs, each printed every ten steps.
    assert_eq!(text.lines().filter(|line| line.trim_start().starts_with("step ")).count(), 60, "{text}");
    let ends: Vec<&str> = text.lines().filter(|line| line.starts_with("  y = ")).collect();
    assert_eq!(ends.len(), 5, "{text}");
    let slope = |line: &str| -> f64 { line["  y = ".len()..].split(' ').next().unwrap().parse().unwrap() };
    // All points, batches and the optimiser find the line; the learning rate too small does not get there.
    for i in [0, 1, 4] {
        assert!((slope(ends[i]) - 3.0).abs() < 0.25, "{}", ends[i]);
    }
    assert!(slope(ends[3]) < 1.0, "{}", ends[3]);
    assert_eq!(text.matches("It diverges").count(), 1, "{text}");

    for (name, size) in [("before-and-after.png", (1000, 440)), ("losses.png", (1000, 480))] {
        let path = folder.join(name);
        assert!(text.contains(path.to_str().unwrap()), "the picture is named: {text}");
        assert_shows_something(&png(&path), size);
    }
    let path = folder.join("fit.gif");
    assert!(text.contains(path.to_str().unwrap()), "the animation is named: {text}");
    let frames = gif(&path);
    assert_eq!(frames.len(), 61);
    assert_shows_something(&frames[0], (560, 420));
    assert!(frames.windows(2).all(|pair| pair[0].pixels != pair[1].pixels), "the line moves");
}

/// The numbers in the summary of `curve_fit`, for each problem: parameters, deviations, residual sum, evaluations, for one
/// start after the other.
fn digits(text: &str) -> Vec<(String, Vec<f64>)> {
    let rows = text.lines().skip_while(|line| !line.starts_with("problem")).skip(1).take_while(|line| !line.is_empty());
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words[0].to_string(), words[2..].iter().map(|word| word.parse().unwrap()).collect())
    };
    rows.map(row).collect()
}

#[test]
fn nists_nonlinear_problems_are_solved_from_both_starts() {
    let all = digits(&printed("curve_fit", &[]));
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Chwirut2", "DanWood", "MGH09", "Misra1a", "Rat42", "Thurber"]);
    for (name, digits) in all {
        assert_eq!(digits.len(), 8, "{name}");
        for start in digits.chunks(4) {
            assert!(start[..3].iter().all(|&digits| digits >= 9.5), "{name}: {start:?}");
        }
    }
}

#[test]
fn one_problem_or_one_start_can_be_chosen() {
    let text = printed("curve_fit", &["--problem", "misra1a", "--start", "2"]);
    assert!(text.starts_with("Misra1a (Lower, 14 rows): y = b1*(1 - exp(-b2*x))"), "{text}");
    assert!(text.contains("Start 2, 250, 0.0005") && !text.contains("Start 1"), "{text}");
    assert!(text.contains("238.94212918    11.0        2.7070075241"), "{text}");
}

#[test]
fn a_table_of_ones_own_is_fitted_by_a_formula_or_a_models_name() {
    let fit = |model: &str, start: &str| {
        let path = "examples/data/nist/misra1a.csv";
        printed("curve_fit", &[path, "--model", model, "--start", start])
    };
    let text = fit("y = b1*(1-exp[-b2*x])", "b2=0.0005,b1=250");
    assert_eq!(labelled(&text, "residual sum of squares"), 0.12455138894);
    assert_eq!(labelled(&text, "residual standard deviation"), 0.1018787633);
    assert!(text.contains("238.94212918"), "{text}");
    let rows = |text: &str| -> Vec<String> { text.lines().skip(4).map(String::from).collect() };
    assert_eq!(rows(&fit("misra1a", "250, 0.0005")), rows(&text));
    // The same function: a different formula, other names, in the order in which they come.
    let text = fit("height - height / exp(rate * x)", "250,5e-4");
    assert!((labelled(&text, "residual sum of squares") - 0.12455138894).abs() < 1e-10, "{text}");
    assert!(text.find("\nheight").unwrap() < text.find("\nrate").unwrap());
    // One whose left side is a formula as well.
    let text = fit("log(y) = a + b * log(x)", "0,1");
    assert!(labelled(&text, "residual standard deviation") < 0.05, "{text}");
}

#[test]
fn the_plots_of_curves_show_something() {
    let folder = folder("curve-plot");
    let (one, sheet) = (folder.join("one.png"), folder.join("sheet.png"));
    printed("curve_fit", &["--problem", "thurber", "--plot", one.to_str().unwrap()]);
    assert_shows_something(&png(&one), (1060, 440));
    printed("curve_fit", &["--plot", sheet.to_str().unwrap()]);
    assert_shows_something(&png(&sheet), (1080, 560));
}

#[test]
fn curve_fit_refuses_in_one_line() {
    let misra = "examples/data/nist/misra1a.csv";
    let no = |arguments: &[&str]| refusal("curve_fit", arguments, 2);
    assert!(no(&["--modle", "x"]).contains("did you mean --model?"));
    assert!(no(&["no/such/file.csv", "--model", "x"]).contains("no/such/file.csv"));
    assert!(no(&["tests"]).contains("certified.json"));
    assert!(no(&[misra]).contains("--model FORMULA is missing; the columns are y, x"));
    assert!(no(&["--model", "b1*x"]).contains("CSV file"));
    assert!(no(&["--problem", "misra"]).contains("Chwirut2, DanWood"));
    assert!(no(&["--start", "3"]).contains("--start needs 1 or 2"));
    assert!(no(&["--first-step", "0"]).contains("--first-step"));
    let model = |model: &str, start: &str| no(&[misra, "--model", model, "--start", start]);
    assert!(model("b1*(1-exp(-b2*x)", "1,1").contains("a `)` is missing"));
    assert!(model("b1*foo(x)", "1").contains("no function `foo`"));
    assert!(model("b1*x 2", "1").contains("`2` is one too many"));
    assert!(model("b1*", "1").contains("it ends where"));
    assert!(model("z = b1*x", "1").contains("no column `z`"));
    assert!(model("2*x", "1").contains("no parameters"));
    assert!(model("b1*x + b2", "1").contains("1 values for 2 parameters: --start b1=…,b2=…"));
    assert!(model("b1*x + b2", "b1=1,c=2").contains("no parameter `c`"));
    assert!(model("b1*x + b2", "1,two").contains("`two` is no number"));
    assert!(refusal("curve_fit", &[misra, "--model", "b1*log(-x*b2)", "--start", "1,1"], 1).contains("NaN"));
}

#[test]
fn newton_reaches_the_bottom_in_a_fraction_of_the_steps() {
    let folder = folder("newton");
    let text = printed("newton", &["--dimensions", "100", "--steps", "2000", "--out", folder.to_str().unwrap()]);
    let line = |name: &str| -> Vec<f64> {
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in\n{text}"));
        line.split_whitespace().map(|word| word.parse().unwrap()).collect()
    };
    // Steps, gradients, products, milliseconds, loss.
    let (descent, lbfgs, newton) = (line("gradient descent"), line("L-BFGS"), line("Newton-CG"));
    assert!(newton[4] < 1e-15 && lbfgs[4] < 1e-15 && descent[4] > 1e-3, "{text}");
    assert!(newton[0] < lbfgs[0] && lbfgs[0] < descent[0], "{text}");
    assert_shows_something(&png(&folder.join("newton.png")), (1240, 460));
}

#[test]
fn the_pendulum_that_was_filmed_is_found() {
    let folder = folder("pendulum");
    let plot = folder.join("pendulum.png");
    let text = printed("pendulum", &["--substeps", "5", "--plot", plot.to_str().unwrap()]);
    assert!(text.contains("The gradients have the same bits."), "{text}");
    let megabytes = |name: &str| -> f64 {
        let words: Vec<&str> = text.lines().find(|line| line.starts_with(name)).unwrap().split_whitespace().collect();
        words[words.len() - 3].parse().unwrap()
    };
    assert!(megabytes("a checkpoint") < 0.3 * megabytes("the whole"), "{text}");
    // As HELP says that it was recorded; each within four of its standard deviations.
    for (name, truth) in [("length", 1.25), ("damping", 0.1), ("angle at start", 2.2), ("speed at start", 0.3)] {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let numbers: Vec<f64> = line.split([' ', '±']).filter_map(|word| word.parse().ok()).collect();
        assert!((numbers[0] - truth).abs() < 4.0 * numbers[1], "{name}: {numbers:?}");
    }
    assert_shows_something(&png(&plot), (1240, 440));
}

#[test]
fn the_record_of_the_pendulum_is_made_by_the_example_itself() {
    let path = folder("record").join("record.csv");
    printed("pendulum", &["--record", path.to_str().unwrap()]);
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/pendulum.csv");
    assert_eq!(fs::read_to_string(&path).unwrap(), fs::read_to_string(kept).unwrap());
}

#[test]
fn newton_and_pendulum_refuse_in_one_line() {
    assert!(refusal("newton", &["--dimension", "5"], 2).contains("did you mean --dimensions?"));
    assert!(refusal("newton", &["--dimensions", "1"], 2).contains("--dimensions"));
    assert!(refusal("newton", &["--lr", "-1"], 2).contains("--lr"));
    assert!(refusal("newton", &["here"], 2).contains("`here` is no option"));
    let no = |arguments: &[&str]| refusal("pendulum", arguments, 2);
    assert!(no(&["--lenght", "1"]).contains("did you mean --length?"));
    assert!(no(&["--length", "0"]).contains("--length"));
    assert!(no(&["--every", "0"]).contains("--every"));
    assert!(no(&["no.csv"]).contains("no.csv"));
    assert!(no(&[NORRIS_CSV]).contains("no column `t`"));
    let folder = folder("uneven");
    let path = folder.join("uneven.csv");
    fs::write(&path, "t,angle\n0,1\n1,1\n2,1\n3,1\n4,1\n5.5,1\n6,1\n7,1\n").unwrap();
    assert!(no(&[path.to_str().unwrap()]).contains("row 6"));
}

/// A picture, pixel by pixel.
struct Picture {
    size: (u32, u32),
    pixels: Vec<[u8; 3]>,
}

/// The size is right, and there are points, a line, axes and text: many shades, on mostly white ground.
fn assert_shows_something(picture: &Picture, size: (u32, u32)) {
    assert_eq!(picture.size, size);
    let colors: HashSet<[u8; 3]> = picture.pixels.iter().copied().collect();
    assert!(colors.len() > 30, "only {} colours", colors.len());
    let white = picture.pixels.iter().filter(|pixel| **pixel == [255; 3]).count() as f64 / picture.pixels.len() as f64;
    assert!((0.5..0.98).contains(&white), "{:.0} % of it is white", 100.0 * white);
}

fn png(path: &Path) -> Picture {
    let decoder = png::Decoder::new(BufReader::new(File::open(path).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
    Picture { size: (info.width, info.height), pixels: triples(&bytes) }
}

/// The frames of an animation as they are seen: a transparent pixel shows what was there before.
fn gif(path: &Path) -> Vec<Picture> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(BufReader::new(File::open(path).unwrap())).unwrap();
    let size = (u32::from(decoder.width()), u32::from(decoder.height()));
    let mut shown = vec![[0; 3]; (size.0 * size.1) as usize];
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        assert_eq!((u32::from(frame.width), u32::from(frame.height)), size);
        for (pixel, new) in shown.iter_mut().zip(frame.buffer.chunks_exact(4)).filter(|(_, new)| new[3] > 0) {
            pixel.copy_from_slice(&new[..3]);
        }
        frames.push(Picture { size, pixels: shown.clone() });
    }
    frames
}

fn triples(bytes: &[u8]) -> Vec<[u8; 3]> {
    bytes.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

#[test]
fn the_tour_of_gradients_finds_what_is_wrong() {
    let folder = folder("gradients");
    let file = folder.join("graph.dot");
    let text = printed("gradients", &["--dot", file.to_str().unwrap()]);
    for part in ["right in 3 elements", "wrong in 3 of 3 places", "cut at `detach`", "never used", "sqrt: the gradient"]
    {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(fs::read_to_string(file).unwrap().contains("softplus"));
    assert!(text.contains("256 random shapes"), "{text}");
    assert!(refusal("gradients", &["--dto"], 2).contains("no option --dto, did you mean --dot?"));
    assert!(refusal("gradients", &["--dot"], 2).contains("--dot needs a file's name"));
}
