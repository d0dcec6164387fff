"""The pages of one live layer, whatever its server can and cannot do.

First pages by offset, in order of object id, where the server has paging; then whatever is still missing by object id,
in ever smaller batches. Both stop as soon as a server brings nothing new, so that none can go on for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fibermap.formats.esri_elements import RawFeature
from fibermap.formats.http_fetch import AnswerTooHeavy, RequestRefused, ServiceClient
from fibermap.formats.model import Notice
from fibermap.formats.service_keeper import Keeper, Page
from fibermap.formats.service_roster import Roster
from fibermap.kernel.errors import Code

_MOST_SINGLE_FAILURES = 10
_MOST_BARREN_BATCHES = 3


@dataclass(slots=True)
class Pager:
    """Takes one layer page by page.

    Attributes
    ----------
    url, query
        Of the layer, and the parameters that every request shares (``where``, ``outSR``...).
    roster, keeper
        The books and the memory.
    id_field
        Object id field, None where the layer has none.
    has_paging
        Whether the server says that it knows ``resultOffset``.
    page_rows
        Most features of one request.
    pages_left
        Requests that may still be made.
    """

    client: ServiceClient
    url: str
    query: Mapping[str, str]
    roster: Roster
    keeper: Keeper
    id_field: str | None
    has_paging: bool
    page_rows: int
    pages_left: int
    notices: list[Notice] = field(default_factory=list)
    _fresh: int = 0
    _by_range: bool = False

    def features(self) -> Iterator[RawFeature]:
        """Yield every announced object once, first the kept ones; what never comes is quarantined at the end."""
        offset = 0
        for page in self.keeper.kept():
            offset = max(offset, page.next_offset or 0)
            yield from self._taken(page)
        if self.has_paging:
            yield from self._by_offset(offset)
        yield from self._by_id()
        yield from self.roster.leftovers()

    def _by_offset(self, offset: int) -> Iterator[RawFeature]:
        rows, failures = self.page_rows, 0
        order = {"orderByFields": f"{self.id_field} ASC"} if self.id_field else {}
        while not self.roster.is_complete and self._may_ask():
            try:
                answer = self._ask({**order, "resultOffset": str(offset), "resultRecordCount": str(rows)})
            except RequestRefused:
                return
            except AnswerTooHeavy:
                failures += rows == 1
                if failures == _MOST_SINGLE_FAILURES:
                    raise
                offset += rows == 1  # step over the one feature that the server breaks down over
                rows = max(1, rows // 2)
                continue
            features = answer.get("features") or []
            if not features:
                return
            offset += len(features)
            failures = 0
            yield from self._kept_and_taken(Page(answer, offset))
            if not self._fresh:
                self._say_endless()
                return
            rows = min(self.page_rows, rows * 2)

    def _by_id(self) -> Iterator[RawFeature]:
        """Ask for what is missing, in rounds of smaller batches, until a round of small ones brings nothing."""
        rows, small = self.page_rows, max(1, self.page_rows // 10)
        while (missing := self.roster.missing()).size:
            yield from self._round(missing, rows)
            has_progress = self.roster.missing().size < missing.size
            if not has_progress and rows <= small:
                return
            rows = max(1, rows // 2) if has_progress else small

    def _round(self, missing: NDArray[np.int64], rows: int) -> Iterator[RawFeature]:
        batches = [missing[first : first + rows] for first in range(0, missing.size, rows)][::-1]
        failures = barren = 0
        while batches and self._may_ask():
            batch = batches.pop()
            try:
                answer = self._ask(self._wanted(batch))
            except (AnswerTooHeavy, RequestRefused) as failure:
                if isinstance(failure, RequestRefused) and not self._by_range:
                    self._by_range = True
                    batches.append(batch)
                elif batch.size > 1:
                    batches += [batch[batch.size // 2 :], batch[: batch.size // 2]]
                else:
                    failures += 1
                    if failures == _MOST_SINGLE_FAILURES:
                        raise
                continue
            repeated = self.roster.repeated
            yield from self._kept_and_taken(Page(answer))
            if self._by_range:
                self.roster.repeated = repeated  # a range takes in objects that are there already
            failures = 0 if self._fresh else failures
            barren = 0 if self._fresh or not answer.get("features") else barren + 1
            if barren == _MOST_BARREN_BATCHES:
                if self._by_range:
                    self._say_endless()
                    return
                self._by_range, barren = True, 0

    def _wanted(self, batch: NDArray[np.int64]) -> dict[str, str]:
        if not self._by_range or not self.id_field:
            return {"objectIds": ",".join(map(str, batch.tolist()))}
        bounds = f"{self.id_field} >= {batch[0]} AND {self.id_field} <= {batch[-1]}"
        where = self.query.get("where", "1=1")
        return {"where": bounds if where == "1=1" else f"({where}) AND {bounds}"}

    def _may_ask(self) -> bool:
        if self.pages_left > 0:
            return True
        self._say_endless()
        return False

    def _ask(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        self.pages_left -= 1
        return self.client.ask(f"{self.url}/query", {**self.query, **parameters})

    def _kept_and_taken(self, page: Page) -> Iterator[RawFeature]:
        self.keeper.keep(page)
        yield from self._taken(page)

    def _taken(self, page: Page) -> Iterator[RawFeature]:
        """Yield what is wanted of a page, each geometry with the coordinate system of its page."""
        self._fresh = 0
        system = page.answer.get("spatialReference")
        features = page.answer.get("features")
        for value in features if isinstance(features, list) else ():
            row = self.roster.take(value) if isinstance(value, dict) else None
            if row is None:
                continue
            self._fresh += 1
            geometry = value.get("geometry")
            if isinstance(geometry, dict) and system:
                geometry.setdefault("spatialReference", system)
            yield RawFeature(row, value)

    def _say_endless(self) -> None:
        message = "The service gives the same objects again and again; what it did not give is quarantined."
        if all(notice.code is not Code.SERVICE_ENDLESS for notice in self.notices):
            self.notices.append(Notice(Code.SERVICE_ENDLESS, message, needs_yes=True))
