//! Any bytes as an .npy file: an error or an array, and an array goes out and in again unchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tensor_io::npy;

fuzz_target!(|data: &[u8]| {
    if let Ok(array) = npy::decode::<i64>(data, "input") {
        assert_eq!(array.data.len(), array.shape.iter().product::<usize>());
        let again = npy::decode::<i64>(&npy::encode(&array.shape, &array.data), "input").expect("written by ourselves");
        assert_eq!((again.shape, again.data), (array.shape, array.data));
    }
    _ = npy::decode::<f64>(data, "input");
    _ = npy::decode::<f32>(data, "input");
    _ = npy::decode::<u8>(data, "input");
    _ = npy::decode::<bool>(data, "input");
});
