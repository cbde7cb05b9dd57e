"""Writes the .npy files beside it, with NumPy: what `cargo test` holds our bytes against."""

import pathlib
import numpy as np

here = pathlib.Path(__file__).parent
ramp = np.arange(24).reshape(2, 3, 4)

for name, array in {
    "f4": (ramp / 8 - 1).astype("<f4"),
    "f8": (ramp / 8 - 1).astype("<f8"),
    "i4": (ramp - 5).astype("<i4"),
    "i8": (ramp - 5).astype("<i8"),
    "u1": ramp.astype("u1"),
    "b1": ramp % 3 == 0,
    "scalar": np.float64(2.5),
    "vector": np.arange(5.0),
    "empty": np.zeros((0, 3)),
    "rank-5": np.zeros((1, 2, 1, 2, 1), "i8"),
    "big-endian": (ramp / 8 - 1).astype(">f8"),
    "fortran": np.asfortranarray((ramp / 8 - 1).astype("<f8")),
}.items():
    np.save(here / f"{name}.npy", array)

for version in (2, 3):
    with open(here / f"version-{version}.npy", "wb") as file:
        np.lib.format.write_array(file, np.arange(5.0), version=(version, 0))
