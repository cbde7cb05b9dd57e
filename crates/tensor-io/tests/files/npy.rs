//! Files that NumPy wrote (`numpy/make.py`), files that we wrote, and files that nobody should have written.

use std::{fs, path::PathBuf};

use proptest::prelude::*;
use tensor_io::npy::{Array, Element, decode, encode, read, write};

fn numpy(name: &str) -> (PathBuf, Vec<u8>) {
    let path = PathBuf::from(format!("{}/tests/numpy/{name}.npy", env!("CARGO_MANIFEST_DIR")));
    let bytes = fs::read(&path).unwrap();
    (path, bytes)
}

/// NumPy's file is read as the array, and the array written is NumPy's file, to the byte.
fn is_numpys<T: Element + PartialEq + std::fmt::Debug>(name: &str, shape: &[usize], data: Vec<T>) {
    let (path, bytes) = numpy(name);
    assert_eq!(encode(shape, &data), bytes, "{name}");
    assert_eq!(read::<T>(path).unwrap(), Array { shape: shape.into(), fortran: false, data }, "{name}");
}

fn ramp<T>(element: impl Fn(i32) -> T) -> Vec<T> {
    (0..24).map(element).collect()
}

#[test]
fn what_we_write_is_what_numpy_writes() {
    let cube = [2, 3, 4];
    is_numpys("f4", &cube, ramp(|i| i as f32 / 8.0 - 1.0));
    is_numpys("f8", &cube, ramp(|i| f64::from(i) / 8.0 - 1.0));
    is_numpys("i4", &cube, ramp(|i| i - 5));
    is_numpys("i8", &cube, ramp(|i| i64::from(i) - 5));
    is_numpys("u1", &cube, ramp(|i| i as u8));
    is_numpys("b1", &cube, ramp(|i| i % 3 == 0));
    is_numpys("scalar", &[], vec![2.5f64]);
    is_numpys("vector", &[5], vec![0.0f64, 1.0, 2.0, 3.0, 4.0]);
    is_numpys("empty", &[0, 3], Vec::<f64>::new());
    is_numpys("rank-5", &[1, 2, 1, 2, 1], vec![0i64; 4]);
}

#[test]
fn what_numpy_can_write_besides_is_read() {
    let cube = ramp(|i| f64::from(i) / 8.0 - 1.0);
    assert_eq!(read::<f64>(numpy("big-endian").0).unwrap().data, cube);

    let fortran = read::<f64>(numpy("fortran").0).unwrap();
    assert!(fortran.fortran);
    assert_eq!(fortran.shape, [2, 3, 4]);
    for (i, value) in cube.into_iter().enumerate() {
        let (plane, row, column) = (i / 12, i / 4 % 3, i % 4);
        assert_eq!(fortran.data[plane + 2 * (row + 3 * column)], value);
    }

    for version in ["version-2", "version-3"] {
        assert_eq!(read::<f64>(numpy(version).0).unwrap().data, [0.0, 1.0, 2.0, 3.0, 4.0]);
    }
}

/// A version 1 file with this header and these bytes.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn message(bytes: &[u8]) -> String {
    decode::<f64>(bytes, "a.npy").unwrap_err().to_string()
}

#[test]
fn a_header_may_be_written_in_other_ways() {
    let headers = [
        "{\"shape\":(1,),'fortran_order':False,'descr':'<f8'}",
        " { 'shape' : ( 1L , ) , 'fortran_order' : False , 'descr' : \"<f8\" , } \n",
    ];
    for header in headers {
        assert_eq!(decode::<f64>(&file(header, &2.0f64.to_le_bytes()), "a.npy").unwrap().data, [2.0], "{header}");
    }
}

#[test]
fn hostile_sizes_allocate_nothing() {
    let max = usize::MAX;
    for shape in [
        format!("({max},)"),
        "(1152921504606846976, 16)".into(),
        format!("({max}, {max}, 0)"),
        "(4294967296, 4294967296)".into(),
        "(3,)".into(),
    ] {
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
        let said = message(&file(&header, &[0; 16]));
        assert!(said.contains("needs more than the 16 bytes that follow the header"), "{said}");
    }
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,), }";
    assert!(message(&file(header, &[])).contains("is too large"));
    let mut long = b"\x93NUMPY\x02\x00".to_vec();
    long.extend(u32::MAX.to_le_bytes());
    assert!(message(&long).contains("a header of 4294967295 bytes"));
}

#[test]
fn each_mistake_is_named() {
    let good = "{'descr': '<f8', 'fortran_order': False, 'shape': (), }";
    for (change, to, said) in [
        ("'<f8'", "'<f4'", "a.npy: the elements are f32, not f64"),
        ("'<f8'", "'<f2'", "a.npy: the elements are f16, not f64"),
        ("'<f8'", "'<c16'", "a.npy: the elements are complex numbers of 128 bits, not f64"),
        ("'<f8'", "'|O'", "a.npy: the elements are of NumPy's type 'O', not f64"),
        ("'<f8'", "''", "a.npy: the header cannot be read: '' is not a type with its byte order"),
        (
            "'<f8'",
            "[('a', '<f8')]",
            "a.npy: the header cannot be read: the elements are records, which are not supported",
        ),
        ("'descr': '<f8', ", "", "a.npy: the header cannot be read: the key 'descr' is missing"),
        ("'shape'", "'descr'", "a.npy: the header cannot be read: a quoted word is missing at `(), }`"),
        (
            "'shape': ()",
            "'fortran_order': True",
            "a.npy: the header cannot be read: the key 'fortran_order' comes twice",
        ),
        ("'shape'", "'form'", "a.npy: the header cannot be read: unknown key 'form'"),
        ("False", "0", "a.npy: the header cannot be read: True or False is missing at `0, 'shape': (), }`"),
        ("()", "(-1,)", "a.npy: the header cannot be read: a size is missing at `-1,), }`"),
        ("()", "(2", "a.npy: the header cannot be read: a size is missing at `}`"),
        ("}", "", "a.npy: the header cannot be read: a quoted word is missing at its end"),
        ("}", "}}", "a.npy: the header cannot be read: something follows the dictionary, at `}`"),
    ] {
        assert_eq!(message(&file(&good.replace(change, to), &[0; 8])), said);
    }
    assert_eq!(message(b""), "a.npy: the file is empty");
    assert!(message(b"x,y\n1,2\n").starts_with("a.npy: this is not a .npy file"));
    assert_eq!(message(b"\x93NUMPY\x04\x00"), "a.npy: version 4 of the .npy format is not known (1 to 3 are)");
    assert_eq!(message(&file(good, &[])[..40]), "a.npy: the file ends inside the header");
    assert!(read::<f64>("no/such.npy").unwrap_err().to_string().starts_with("no/such.npy: "));
    assert!(write("no/such/folder.npy", &[1], &[1.0]).unwrap_err().to_string().starts_with("no/such/folder.npy: "));
}

#[test]
#[should_panic(expected = "a shape of [2, 3] for 5 elements")]
fn a_shape_that_does_not_fit_is_refused() {
    encode(&[2, 3], &[0.0; 5]);
}

#[test]
fn an_array_longer_than_a_chunk_comes_back() {
    let data: Vec<i64> = (0..10_001).collect();
    let path = std::env::temp_dir().join(format!("tensor-io-long-{}.npy", std::process::id()));
    write(&path, &[10_001], &data).unwrap();
    assert_eq!(read::<i64>(&path).unwrap().data, data);
    fs::remove_file(path).unwrap();
}

#[test]
fn very_many_axes_need_version_2() {
    let shape = vec![1; 30_000];
    let bytes = encode(&shape, &[7u8]);
    assert_eq!((bytes[6], (bytes.len() - 1) % 64), (2, 0));
    assert_eq!(decode::<u8>(&bytes, "a.npy").unwrap().shape, shape);
}

proptest! {
    #[test]
    fn every_array_comes_back(shape in prop::collection::vec(0..4usize, 0..6), seed in any::<u64>()) {
        let count = shape.iter().product::<usize>() as u64;
        // Bits, so that infinities and every NaN are among them.
        let data: Vec<u64> = (0..count).map(|i| seed.rotate_left(i as u32).wrapping_mul(2 * i + 1)).collect();
        let floats: Vec<f64> = data.iter().map(|&bits| f64::from_bits(bits)).collect();
        let back = decode::<f64>(&encode(&shape, &floats), "a.npy").unwrap();
        prop_assert_eq!(&back.shape, &shape);
        prop_assert!(back.data.iter().map(|x| x.to_bits()).eq(data.iter().copied()));
    }

    #[test]
    fn a_cut_or_damaged_file_never_panics(cut in 0..400usize, place in 0..400usize, byte in any::<u8>()) {
        let (_, whole) = numpy("f8");
        let end = cut.min(whole.len());
        prop_assert_eq!(decode::<f64>(&whole[..end], "a.npy").is_ok(), end == whole.len());
        let mut damaged = whole;
        if let Some(place) = damaged.get_mut(place) {
            *place = byte;
        }
        let _ = decode::<f64>(&damaged, "a.npy");
    }

    #[test]
    fn no_header_panics(header in "[{}(),:'\"TrueFalsdscipt_o<>|=f8L0-9 \n]{0,80}") {
        let _ = decode::<f64>(&file(&header, &[0; 64]), "a.npy");
    }
}
