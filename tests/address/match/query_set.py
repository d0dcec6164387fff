"""The reference addresses and the queries typed for them, and how well a matcher answers them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from fibermap.address.match import Match, NextAction, Status
from fibermap.address.model import AddressParts
from fibermap.address.parse import read_fields

_COLUMNS = {
    "num": "number",
    "pre": "pre_directional",
    "name": "street_name",
    "typ": "post_type",
    "post": "post_directional",
    "unit": "unit",
    "city": "city",
    "zip": "zip",
}
_SETTLES = (NextAction.ACCEPT, NextAction.CHOOSE_UNIT)


class Query(NamedTuple):
    """What was typed, the rows that are meant, and what has to happen (``match``, ``needs_unit``, ...)."""

    text: str
    truth: frozenset[int]
    expect: str
    kind: str
    how: str = ""


@dataclass
class Score:
    """How queries were answered, by kind and what was expected: counts of everything that matters."""

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    right: Counter[tuple[str, str]] = field(default_factory=Counter)
    accepted: Counter[tuple[str, str]] = field(default_factory=Counter)
    false: list[tuple[Query, Match]] = field(default_factory=list)

    def share(self, counted: Counter[tuple[str, str]], expect: str = "match") -> float:
        """Return the share of the queries with one expectation that were counted."""
        of = sum(count for (_, expected), count in self.asked.items() if expected == expect)
        return sum(count for (_, expected), count in counted.items() if expected == expect) / max(1, of)

    def lines(self) -> list[str]:
        """Write the score out, a line for every kind of query."""
        false = Counter((query.kind, query.expect) for query, _ in self.false)
        rows = [f"{'kind':28}{'expected':12}{'asked':>7}{'right':>9}{'accepted':>10}{'false':>7}"]
        for key in sorted(self.asked):
            right, accepted = (counted[key] / self.asked[key] for counted in (self.right, self.accepted))
            rows.append(f"{key[0]:28}{key[1]:12}{self.asked[key]:>7}{right:>9.1%}{accepted:>10.1%}{false[key]:>7}")
        return rows


def score(queries: Sequence[Query], answers: Sequence[Match]) -> Score:
    """Score answers: right is the best candidate, or for what is to be asked, that it is asked."""
    found = Score()
    for query, answer in zip(queries, answers, strict=True):
        key = (query.kind, query.expect)
        is_right = answer.row is not None and answer.row.row in query.truth
        found.asked[key] += 1
        settles = answer.settled or answer.next_action in _SETTLES
        found.right[key] += _is_as_expected(query.expect, answer, is_right=is_right, settles=settles)
        found.accepted[key] += is_right and answer.next_action is NextAction.ACCEPT
        may_settle = query.expect in ("match", "needs_unit") and is_right
        if settles and not may_settle:
            found.false.append((query, answer))
    return found


def _is_as_expected(expect: str, answer: Match, *, is_right: bool, settles: bool) -> bool:
    if expect == "match":
        return is_right
    return is_right and answer.status is Status.NEEDS_UNIT if expect == "needs_unit" else not settles


def read_parts(folder: Path) -> tuple[list[AddressParts], dict[int, int]]:
    """Read ``reference.parquet`` as ingest would; return the parts, and the row of each id."""
    table = pq.read_table(folder / "reference.parquet")
    records = table.select(list(_COLUMNS)).rename_columns(list(_COLUMNS.values())).to_pylist()
    parts = [read_fields({**record, "state": "FL"}).parts for record in records]
    return parts, {identity: index for index, identity in enumerate(table["id"].to_pylist())}


def read_queries(folder: Path, row: Mapping[int, int]) -> list[Query]:
    """Read ``queries.jsonl``."""
    return [
        Query(said["q"], frozenset(row[each] for each in said["truth"] if each in row), said["expect"], said["class"])
        for said in map(json.loads, (folder / "queries.jsonl").read_text().splitlines())
    ]
