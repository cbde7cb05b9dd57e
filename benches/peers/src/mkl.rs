//! Intel's MKL in this process, where its library is installed: `PEERS_MKL=/…/libmkl_rt.so.3` (`pip install mkl`).

use std::ffi::{CString, c_char, c_int, c_void};
use std::sync::OnceLock;

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// `cblas_sgemm` or `cblas_dgemm`: order, transpositions, m, n, k, α, A, its leading dimension, B, its, β, C, its.
pub type Gemm<T> = unsafe extern "C" fn(
    c_int,
    c_int,
    c_int,
    c_int,
    c_int,
    c_int,
    T,
    *const T,
    c_int,
    *const T,
    c_int,
    T,
    *mut T,
    c_int,
);

pub const ROW_MAJOR: c_int = 101;
pub const PLAIN: c_int = 111;
pub const TRANSPOSED: c_int = 112;

fn symbol(name: &str) -> Option<*mut c_void> {
    static LIBRARY: OnceLock<Option<usize>> = OnceLock::new();
    let library = (*LIBRARY.get_or_init(|| {
        let path = CString::new(std::env::var("PEERS_MKL").ok()?).ok()?;
        // SAFETY: a path that ends in a zero; 0x102 is RTLD_NOW | RTLD_GLOBAL (its parts look for one another).
        let library = unsafe { dlopen(path.as_ptr(), 0x102) };
        assert!(!library.is_null(), "PEERS_MKL: {path:?} cannot be loaded");
        Some(library as usize)
    }))?;
    let name = CString::new(name).ok()?;
    // SAFETY: the library was loaded and is never closed.
    let symbol = unsafe { dlsym(library as *mut c_void, name.as_ptr()) };
    (!symbol.is_null()).then_some(symbol)
}

pub fn sgemm() -> Option<Gemm<f32>> {
    // SAFETY: the symbol of this name has this signature (32-bit sizes are MKL's default).
    symbol("cblas_sgemm").map(|symbol| unsafe { std::mem::transmute::<*mut c_void, Gemm<f32>>(symbol) })
}

pub fn dgemm() -> Option<Gemm<f64>> {
    // SAFETY: as above.
    symbol("cblas_dgemm").map(|symbol| unsafe { std::mem::transmute::<*mut c_void, Gemm<f64>>(symbol) })
}
