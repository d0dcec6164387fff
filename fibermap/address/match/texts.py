"""Many short texts in two arrays, so that they can lie in a mapped file."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import overload

import numpy as np
import numpy.typing as npt


class Texts:
    """An immutable list of texts: their bytes in a row, and where each begins."""

    __slots__ = ("blob", "starts")

    def __init__(self, blob: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64]) -> None:
        self.blob = blob
        self.starts = starts

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Put texts into arrays."""
        raw = [text.encode() for text in texts]
        starts = np.zeros(len(raw) + 1, dtype=np.int64)
        np.cumsum([len(piece) for piece in raw], out=starts[1:])
        return cls(np.frombuffer(b"".join(raw), dtype=np.uint8), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, index: int) -> str:
        return self.blob[self.starts[index] : self.starts[index + 1]].tobytes().decode()

    def beginning(self, start: str) -> tuple[int, int]:
        """Return which of sorted texts begin with ``start``: from, and up to."""
        begun = start.encode()
        size = len(begun)
        first = bisect_left(_Bytes(self), begun)
        last = bisect_right(_Bytes(self), begun, lo=first, key=lambda text: text[:size])
        return first, last

    def tolist(self) -> list[str]:
        """Return all texts."""
        raw = self.blob.tobytes()
        starts = self.starts.tolist()
        return [raw[begin:end].decode() for begin, end in pairwise(starts)]


class _Bytes(Sequence[bytes]):
    """Texts as bytes, which sort as their letters do."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        starts = self._texts.starts
        return self._texts.blob[starts[index] : starts[index + 1]].tobytes()
