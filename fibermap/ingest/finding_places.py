"""Where findings lie: the geometry behind each pointer, so that a map can go there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fibermap.ingest.findings import MOST_SAMPLES, Finding
from fibermap.ingest.promote import Named


def with_places(findings: Iterable[Finding], named: Sequence[Named]) -> list[Finding]:
    """Return the findings with the geometry of the features that their samples point at by layer and row.

    The file's own geometry is given where it could be read, however it was judged.
    """
    staged: dict[str | None, list[pa.Table]] = {}
    for item in named:
        staged.setdefault(item.source, []).append(item.draft.staged.features)
    return [
        replace(finding, places=_places(finding, staged[finding.source]))
        if not finding.places and finding.source in staged
        else finding
        for finding in findings
    ]


def _places(finding: Finding, files: Sequence[pa.Table]) -> tuple[bytes | None, ...]:
    pointers = [(sample.get("layer"), sample.get("row"), sample.get("part")) for sample in finding.samples]
    rows = [row for _, row, _ in pointers if row is not None]
    if not rows:
        return ()
    found: dict[tuple[Any, Any, Any], bytes | None] = {}
    wanted = pa.array(rows[:MOST_SAMPLES], pa.int64())
    near = [file.filter(pc.is_in(file["row"].cast(pa.int64()), value_set=wanted)) for file in files]
    for row in pa.concat_tables(each.select(["layer", "row", "part", "geometry"]) for each in near).to_pylist():
        found.setdefault((row["layer"], row["row"], row["part"]), row["geometry"])
        found.setdefault((row["layer"], row["row"], None), row["geometry"])
    return tuple(found.get(pointer) for pointer in pointers)
