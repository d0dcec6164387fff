"""How functions of this package become machine code, and the types that they share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]
Records = npt.NDArray[np.void]

_F = TypeVar("_F", bound=Callable[..., Any])


def _digest_of_package() -> str:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


_DIGEST = _digest_of_package()


def compiled(function: _F) -> _F:
    """Compile on first use, release the GIL while running, and keep the machine code on disk.

    numba's cache notices a change of the file that holds a function, by size and time, but not of the files that hold
    what it calls. The digest of all of them in the function's name makes stale machine code impossible.
    """
    function.__qualname__ = f"{function.__qualname__}_{_DIGEST}"
    try:
        return cast("_F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))
    except RuntimeError:  # there is no folder that the cache could be written to
        return cast("_F", numba.njit(nogil=True, error_model="numpy")(function))
