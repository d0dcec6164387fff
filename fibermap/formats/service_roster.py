"""Who has answered the roll call: which of a layer's objects were announced, which arrived, which are missing.

The announcement (object ids, or at least a count) is asked for before any feature and apart from them; it is what
``read`` means for a live layer, so that whatever a server repeats, drops or makes up, the books balance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import orjson
from numpy.typing import NDArray

from fibermap.formats.esri_elements import RawFeature
from fibermap.formats.model import Outcome
from fibermap.kernel.errors import Code

_NOT_SERVED = "The service announced the object and never gave it."


class Roster(Protocol):
    """A layer's announced objects.

    Attributes
    ----------
    read
        Objects announced.
    repeated
        Objects that came again after they had been taken.
    unlisted
        Objects that came without being announced.
    """

    read: int
    repeated: int
    unlisted: int

    @property
    def is_complete(self) -> bool:
        """Whether everything announced has been taken."""

    @property
    def digest(self) -> str:
        """What was announced, in short."""

    def take(self, value: Mapping[str, Any]) -> int | None:
        """Tick off one feature; return its row, None where it is not wanted (again)."""

    def missing(self) -> NDArray[np.int64]:
        """Return the ids that are still missing, ascending; empty where ids are not known."""

    def leftovers(self) -> Iterator[RawFeature]:
        """Account for everything announced that never came."""


class IdRoster:
    """Objects announced by their ids; a row is the place of the id in ascending order."""

    def __init__(self, ids: Sequence[int], field: str) -> None:
        announced, counts = np.unique(np.asarray(ids, dtype=np.int64), return_counts=True)
        self.read = len(ids)
        self.repeated = self.unlisted = 0
        self._field = field
        self._key = field.lower()
        self._ids = announced
        self._again = announced[counts > 1]
        self._extra = counts[counts > 1] - 1
        self._is_taken = np.zeros(announced.size, dtype=bool)
        self._taken = 0

    @property
    def is_complete(self) -> bool:
        return self._taken == self._ids.size

    @property
    def digest(self) -> str:
        return hashlib.blake2b(self._ids.tobytes(), digest_size=16).hexdigest()

    def take(self, value: Mapping[str, Any]) -> int | None:
        object_id = self._object_id(value)
        place = -1 if object_id is None else int(np.searchsorted(self._ids, object_id))
        if not 0 <= place < self._ids.size or self._ids[place] != object_id:
            self.unlisted += 1
            return None
        if self._is_taken[place]:
            self.repeated += 1
            return None
        self._is_taken[place] = True
        self._taken += 1
        return place + 1

    def _object_id(self, value: Mapping[str, Any]) -> int | None:
        attributes = value.get("attributes")
        if not isinstance(attributes, Mapping):
            return None
        found = attributes.get(self._field)
        if found is None:
            found = next((item for key, item in attributes.items() if key.lower() == self._key), None)
        if not isinstance(found, int | float) or isinstance(found, bool) or not abs(found) < 2**63:
            return None
        return int(found) if found == int(found) else None

    def missing(self) -> NDArray[np.int64]:
        return self._ids[~self._is_taken]

    def leftovers(self) -> Iterator[RawFeature]:
        for place in np.flatnonzero(~self._is_taken).tolist():
            value = {"attributes": {self._field: int(self._ids[place])}}
            yield RawFeature(place + 1, value, Outcome.QUARANTINED, Code.OBJECT_NOT_SERVED, _NOT_SERVED)
        row = self._ids.size
        for object_id, extra in zip(self._again.tolist(), self._extra.tolist(), strict=True):
            for _ in range(extra):
                row += 1
                detail = "The service announced this object id more than once; its object is read once."
                value = {"attributes": {self._field: object_id}}
                yield RawFeature(row, value, Outcome.SET_ASIDE, Code.DUPLICATE_OBJECT_ID, detail)


class CountRoster:
    """Objects of which only the number was announced; they are told apart by all that they hold."""

    unlisted = 0

    def __init__(self, count: int) -> None:
        self.read = count
        self.repeated = 0
        self._seen: set[bytes] = set()

    @property
    def is_complete(self) -> bool:
        return len(self._seen) >= self.read

    @property
    def digest(self) -> str:
        return str(self.read)

    def take(self, value: Mapping[str, Any]) -> int | None:
        print_ = hashlib.blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=12).digest()
        if print_ in self._seen:
            self.repeated += 1
            return None
        self._seen.add(print_)
        self.read = max(self.read, len(self._seen))
        return len(self._seen)

    def missing(self) -> NDArray[np.int64]:
        return np.empty(0, dtype=np.int64)

    def leftovers(self) -> Iterator[RawFeature]:
        for row in range(len(self._seen) + 1, self.read + 1):
            yield RawFeature(row, None, Outcome.QUARANTINED, Code.OBJECT_NOT_SERVED, _NOT_SERVED)
