"""Records that leave out their place: the county's point says no ZIP where another source, a metre beside it, says one.

Number, street and unit are the same and the two lie together, so what one leaves out is what the other says. The
record without takes the key of the one beside it; whether the two then are one address, the usual rules decide.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fibermap.spatial.metres import ground_distance_m

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_BESIDE = 200
"""A number, street and unit that so many records share is a placeholder: nothing is borrowed there."""

BLANK, STATE, CITY, ZIP = range(4)


def borrow_keys(text: pa.Array, key: pa.Array, detail: Ints, lon: Floats, lat: Floats, near_m: float) -> pa.Array:
    """Return the canonical keys, those without a ZIP or without any place completed from the records beside them.

    Parameters
    ----------
    text
        Number, street and unit; NULL where the record has no key of its own.
    key
        The canonical key: ``text`` and the place.
    detail
        How well the place is known: :data:`BLANK`, :data:`STATE`, :data:`CITY` or :data:`ZIP`.
    lon, lat
        Degrees in EPSG:4326, NaN for no position: such records neither lend nor borrow.
    near_m
        How close the lender has to be, metres on the ground.

    Returns
    -------
    pyarrow.Array
        A ZIP is preferred to a city. Where the records beside one say different things, it borrows nothing.
    """
    codes, key_codes = _codes(text), _codes(key)
    able = np.flatnonzero((codes >= 0) & np.isfinite(lon) & np.isfinite(lat))
    taken = np.arange(len(codes))
    for lends in (ZIP, CITY, STATE):
        lender = able[detail[able] == lends]
        borrower = able[(detail[able] < lends) & (taken[able] == able)]
        first, second = _pairs(codes, borrower, lender)
        near = ground_distance_m(lon[first], lat[first], lon[second], lat[second]) <= near_m
        first, second = _of_one_mind(first[near], second[near], key_codes)
        taken[first] = second
    return key.take(pa.array(taken))


def _codes(texts: pa.Array) -> Ints:
    codes: Ints = texts.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _pairs(codes: Ints, borrower: Ints, lender: Ints) -> tuple[Ints, Ints]:
    """Return every pair of a borrower and a lender with one code, borrowers in order."""
    lender = lender[np.argsort(codes[lender], kind="stable")]
    start = np.searchsorted(codes[lender], codes[borrower], side="left")
    count = np.searchsorted(codes[lender], codes[borrower], side="right") - start
    count[count > MOST_BESIDE] = 0
    first = np.repeat(borrower, count)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    return first, lender[np.repeat(start, count) + offset]


def _of_one_mind(first: Ints, second: Ints, key_codes: Ints) -> tuple[Ints, Ints]:
    """Return one pair for each borrower all of whose lenders say the same."""
    if not len(first):
        return first, second
    starts = np.flatnonzero(np.diff(first, prepend=-1))
    said = key_codes[second]
    agreed = np.minimum.reduceat(said, starts) == np.maximum.reduceat(said, starts)
    return first[starts][agreed], second[starts][agreed]
