//! The element types an array file can hold here, and their bytes.

/// A number as it lies in a `.npy` file: `f32`, `f64`, `i32`, `i64`, `u8` or `bool`.
///
/// It is sealed: NumPy's other types are refused with a message that names them.
pub trait Element: tensor_core::Element + private::Bytes {}

pub(super) mod private {
    /// A type's name in Rust and in NumPy (without the byte order), and its little-endian bytes.
    pub trait Bytes: Sized {
        const NAME: &'static str;
        const KIND: &'static str;
        const SIZE: usize = size_of::<Self>();
        /// `bytes` are `SIZE` long.
        fn read_le(bytes: &[u8]) -> Self;
        fn write_le(self, out: &mut Vec<u8>);
    }
}

macro_rules! numbers {
    ($($type:ident $kind:literal),*) => {$(
        impl Element for $type {}
        impl private::Bytes for $type {
            const NAME: &'static str = stringify!($type);
            const KIND: &'static str = $kind;
            fn read_le(bytes: &[u8]) -> Self {
                $type::from_le_bytes(bytes.try_into().expect("SIZE bytes"))
            }
            fn write_le(self, out: &mut Vec<u8>) {
                out.extend(self.to_le_bytes());
            }
        }
    )*};
}

numbers!(f32 "f4", f64 "f8", i32 "i4", i64 "i8", u8 "u1");

impl Element for bool {}
impl private::Bytes for bool {
    const NAME: &'static str = "bool";
    const KIND: &'static str = "b1";
    // NumPy writes 0 and 1, and takes any other byte for true.
    fn read_le(bytes: &[u8]) -> Self {
        bytes[0] != 0
    }
    fn write_le(self, out: &mut Vec<u8>) {
        out.push(self.into());
    }
}
