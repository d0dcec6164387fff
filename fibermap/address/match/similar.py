"""Names that differ by a slip of the finger: found through what is left when letters are deleted (Garbe's SymSpell)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from zlib import crc32

import numpy as np
import numpy.typing as npt

_MOST_DELETED = 2
_SHORTEST = 4
_PREFIX = 8
"""Only so many letters are looked at: a slip beyond them leaves the beginning whole."""


class SimilarNames:
    """Which of many names may be meant by a misspelled one. Candidates only: the caller measures the distance."""

    __slots__ = ("codes", "names")

    def __init__(self, codes: npt.NDArray[np.uint32], names: npt.NDArray[np.int32]) -> None:
        self.codes = codes
        self.names = names

    @classmethod
    def of(cls, names: Sequence[str]) -> SimilarNames:
        """Index names; shorter than four letters are never similar to another."""
        pairs = [(code, index) for index, name in enumerate(names) for code in _codes(name)]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        order = np.argsort(table[:, 0], kind="stable")
        return cls(table[order, 0].astype(np.uint32), table[order, 1].astype(np.int32))

    def near(self, name: str) -> set[int]:
        """Return the positions of names that may be ``name``, and of some others."""
        codes = np.sort(np.fromiter(_codes(name), dtype=np.uint32))
        first, last = self.codes.searchsorted(codes), self.codes.searchsorted(codes, side="right")
        found: set[int] = set()
        for begin, end in zip(first.tolist(), last.tolist(), strict=True):
            if end > begin:
                found.update(self.names[begin:end].tolist())
        return found


def _codes(name: str) -> set[int]:
    letters = name.replace(" ", "")
    if len(letters) < _SHORTEST:
        return set()
    start = letters[:_PREFIX].encode()
    deleted = 1 if len(letters) < 6 else _MOST_DELETED
    return {crc32(bytes(kept)) for count in range(deleted + 1) for kept in combinations(start, len(start) - count)}
