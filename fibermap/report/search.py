"""One box to find anything: addresses as they are typed, places, ids, areas and terminals by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from fibermap.report.coordinates import read_coordinates
from fibermap.store import Executor

LONGEST_TYPED = 200
_NEAR_DEG = 0.002
"""About two hundred metres: how far from a place its nearest address is looked for."""
_SHORTEST_ID = 6


class Suggests(Protocol):
    """Completes what is typed; `fibermap.serving.answers.Answers` does."""

    def suggest(self, text: str, limit: int) -> Any:
        """Return ``suggestions``, each with ``text, kind, address_id``."""

    def meant(self, text: str, limit: int) -> Any:
        """Return the same of a line that is whole, as it stands in a letter."""


def search(sql: Executor, answers: Suggests, text: str, limit: int) -> list[dict[str, Any]]:
    """Return what a text may mean, likeliest first.

    Parameters
    ----------
    sql
        The tables of a `Screen`.
    text
        What was typed so far.
    limit
        Most results.

    Returns
    -------
    list of dict
        ``kind`` (place, address, street, city, area, network), ``id`` (None for places, streets and cities), ``text``,
        ``class`` (None where it has none), ``lon`` and ``lat`` (EPSG:4326; None where it has no place), ``bbox``
        (west, south, east, north; None for points) and ``detail``. A street or city is shown by filtering with its
        ``text``.
    """
    typed = text.strip()[:LONGEST_TYPED]
    if not typed:
        return []
    place = read_coordinates(typed)
    if place is not None:
        return list(_at(sql, *place))[:limit]
    found = list(_by_id(sql, typed))
    begun = answers.suggest(typed, limit)["suggestions"] or answers.meant(typed, limit)["suggestions"]
    suggested = _suggested(sql, begun)
    named = _by_name(sql, typed, limit)
    # An area called as what was typed goes before addresses that only begin so.
    exact = [row for row in named if row["text"].casefold() == typed.casefold()]
    rest = [row for row in named if row not in exact]
    room = max(limit - len(found) - len(exact) - min(len(rest), 3), 0)
    return [*found, *exact, *suggested[:room], *rest][:limit]


def _at(sql: Executor, lon: float, lat: float) -> Iterator[dict[str, Any]]:
    yield _result("place", None, f"{lat:.6f}, {lon:.6f}", lon=lon, lat=lat, detail="Latitude, longitude")
    near = sql.records(
        "search.near",
        """
        SELECT address_id, full_address, class::VARCHAR AS class, lon, lat,
               pow((lon - $lon) * cos(radians($lat)), 2) + pow(lat - $lat, 2) AS away
        FROM addresses
        WHERE lon BETWEEN $lon - $near AND $lon + $near AND lat BETWEEN $lat - $near AND $lat + $near
        ORDER BY away, address_id LIMIT 3
        """,
        {"lon": lon, "lat": lat, "near": _NEAR_DEG},
    )
    for row in near:
        yield _address(row, "Near that place")


def _by_id(sql: Executor, typed: str) -> Iterator[dict[str, Any]]:
    if not (typed.isascii() and typed.isdigit() and _SHORTEST_ID <= len(typed) <= 16):
        return
    wanted = {"id": int(typed)}
    rows = sql.records(
        "search.address_id",
        "SELECT address_id, full_address, class::VARCHAR AS class, lon, lat FROM addresses WHERE address_id = $id",
        wanted,
    )
    yield from (_address(row, f"Address {typed}") for row in rows)
    features = sql.records("search.feature_id", f"SELECT {_FEATURE} FROM feature WHERE feature_id = $id", wanted)
    yield from (_feature(row) for row in features)


def _suggested(sql: Executor, suggestions: Sequence[Any]) -> list[dict[str, Any]]:
    ids = [each["address_id"] for each in suggestions if each["kind"] == "address"]
    rows = sql.records(
        "search.suggested",
        """
        SELECT address_id, class::VARCHAR AS class, lon, lat FROM addresses
        WHERE address_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        {"ids": ids},
    )
    known = {row["address_id"]: row for row in rows}
    results = []
    for each in suggestions:
        row = known.get(each["address_id"], {})
        own_id = each["address_id"] if each["kind"] == "address" else None
        results.append(
            _result(
                each["kind"], own_id, each["text"].strip(" ,"), class_=row.get("class"), lon=row.get("lon"),
                lat=row.get("lat"),
            )
        )  # fmt: skip
    return results


def _by_name(sql: Executor, typed: str, limit: int) -> list[dict[str, Any]]:
    rows = sql.records(
        "search.named",
        f"""
        SELECT {_FEATURE} FROM feature WHERE contains(lower(name), $typed)
        ORDER BY lower(name) <> $typed, NOT starts_with(lower(name), $typed), layer, name, feature_id LIMIT $most
        """,
        {"typed": typed.lower(), "most": limit},
    )
    return [_feature(row) for row in rows]


_FEATURE = "feature_id, layer, role, kind, name, class, phase, west, south, east, north"


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    is_area = row["layer"] == "areas"
    sort = "Area" if is_area else (row["kind"] or "network").replace("_", " ").capitalize()
    return _result(
        "area" if is_area else "network",
        row["feature_id"],
        row["name"] or f"{row['kind'] or row['role']} {row['feature_id']}",
        class_=row["class"],
        lon=(row["west"] + row["east"]) / 2,
        lat=(row["south"] + row["north"]) / 2,
        bbox=[row["west"], row["south"], row["east"], row["north"]],
        detail=", ".join(part for part in (sort, row["phase"]) if part),
    )


def _address(row: dict[str, Any], detail: str) -> dict[str, Any]:
    return _result(
        "address", row["address_id"], row["full_address"], class_=row["class"], lon=row["lon"], lat=row["lat"],
        detail=detail,
    )  # fmt: skip


def _result(
    kind: str,
    own_id: int | None,
    text: str,
    *,
    class_: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
    bbox: list[float] | None = None,
    detail: str = "",
) -> dict[str, Any]:
    return {
        "kind": kind, "id": own_id, "text": text, "class": class_, "lon": lon, "lat": lat, "bbox": bbox,
        "detail": detail,
    }  # fmt: skip
