"""Names for array types. At run time they are plain ndarrays: loading numpy.typing costs 8 ms.

Numbers and positions of things (`Ints`, called int64) have numpy's own type for them, intp, which has 32 bits where
addresses have 32, as in a browser: there numpy refuses int64 as counts and positions. What makes one number of two says
int64 itself (`matching.lsh.packed_pairs`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    F32 = NDArray[np.float32]
    Floats = NDArray[np.float64]
    I32 = NDArray[np.int32]
    Ints = NDArray[np.int64]
    Places = NDArray[np.intp]
    U8 = NDArray[np.uint8]
    U16 = NDArray[np.uint16]
    U32 = NDArray[np.uint32]
    U64 = NDArray[np.uint64]
else:
    Bools = F32 = Floats = I32 = Ints = Places = U8 = U16 = U32 = U64 = np.ndarray
