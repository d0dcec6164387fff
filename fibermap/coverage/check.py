"""Check: what may be had at an address as somebody typed it, or at a place on the map.

A verdict is given only where the identity is settled: exactly one current address has the key that was typed. Anything
else is an honest question, never a neighbour's verdict. An address that only sources without ``public_answers`` know is
not found.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from fibermap.address.keys import canonical_key, street_key
from fibermap.address.model import AddressParts, Note
from fibermap.address.parse import parse_address
from fibermap.coverage.court import Court, best_technology, window_of
from fibermap.coverage.features import class_of
from fibermap.coverage.model import Class
from fibermap.coverage.surroundings import bare_points
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.spatial.bands import METRES_PER_DEGREE
from fibermap.spatial.metres import ground_distance_m
from fibermap.store import UnitOfWork

MOST_CANDIDATES = 5
NEAR_M = 200.0


class Match(StrEnum):
    """How the question fits the database."""

    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    NEEDS_UNIT = "needs_unit"
    UNIT_NOT_FOUND = "unit_not_found"
    NUMBER_NOT_FOUND = "number_not_found"
    STREET_NOT_FOUND = "street_not_found"
    NOT_A_SERVICE_ADDRESS = "not_a_service_address"
    UNPARSABLE = "unparsable"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer.

    Attributes
    ----------
    match
        How the question fits; only ``matched`` and ``place`` come with a class.
    class_
        The class of the address, or of the place; None unless the identity is settled.
    address
        The row of the view ``addresses`` that was matched.
    candidates
        Up to five addresses that may have been meant, or that lie nearest.
    """

    question: str
    match: Match
    class_: Class | None = None
    address: dict[str, Any] | None = None
    candidates: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the answer as JSON values."""
        return {
            "question": self.question,
            "match": str(self.match),
            "class": None if self.class_ is None else str(self.class_),
            "orderable": self.address["orderable"] if self.address else None,
            "not_orderable": self.address["not_orderable"] if self.address else None,
            "address": self.address,
            "candidates": list(self.candidates),
        }


_COLUMNS = """
    address_id, location_id, full_address, class, technology, confidence, expected_live_on, expected_precision,
    area_id, area_name, phase, serviceable, orderable, not_orderable, holds, flags, drop_m, unit, unit_count,
    connectivity, lon, lat
"""


def check_text(uow: UnitOfWork, text: str) -> Checked:
    """Check an address as it was typed. The house number, the street and the unit have to be there exactly."""
    parsed = parse_address(text)
    if Note.NOT_A_SERVICE_ADDRESS in parsed.notes:
        return Checked(text, Match.NOT_A_SERVICE_ADDRESS)
    parts = parsed.parts
    key, street = canonical_key(parts), street_key(parts)
    if key is None or not street:
        return Checked(text, Match.UNPARSABLE)
    number, _, unit, _ = key.split("|")
    found = _same_place(_at_number(uow, street, number), parts)
    if not found:
        return _not_found(uow, text, street, number, parts)
    exact = [row for row in found if _unit_of(row) == unit]
    rows = tuple(_public(row) for row in exact[:MOST_CANDIDATES])
    if len(exact) == 1:
        return Checked(text, Match.MATCHED, Class(exact[0]["class"]), rows[0])
    if len(exact) > 1:
        return Checked(text, Match.AMBIGUOUS, candidates=rows)
    listed = tuple(_public(row) for row in found[:MOST_CANDIDATES])
    return Checked(text, Match.UNIT_NOT_FOUND if unit else Match.NEEDS_UNIT, candidates=listed)


def _at_number(uow: UnitOfWork, street: str, number: str) -> list[dict[str, Any]]:
    """Return the addresses of a house number on a street, whatever their unit and place."""
    return uow.sql.records(
        "check.number",
        f"""
        SELECT {_COLUMNS}, zip, city, k.canonical_key AS key
        FROM addresses JOIN (
            SELECT address_id, canonical_key FROM address
            WHERE to_version IS NULL AND street_key = $street AND split_part(canonical_key, '|', 1) = $number
        ) k USING (address_id)
        WHERE answerable
        ORDER BY full_address
        """,
        {"street": street, "number": number},
    )


def _same_place(rows: list[dict[str, Any]], parts: AddressParts) -> list[dict[str, Any]]:
    """Return the rows that no stated ZIP or city contradicts."""

    def fits(row: dict[str, Any]) -> bool:
        zip_fits = parts.zip is None or row["zip"] is None or row["zip"] == parts.zip
        city_fits = parts.zip is not None or parts.city is None or row["city"] in (None, parts.city)
        return zip_fits and city_fits

    return [row for row in rows if fits(row)]


def _unit_of(row: dict[str, Any]) -> str:
    pieces = row["key"].split("|")
    return pieces[2] if len(pieces) > 2 else ""


def _public(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("key", "zip", "city")}


def _not_found(uow: UnitOfWork, text: str, street: str, number: str, parts: AddressParts) -> Checked:
    neighbours = uow.sql.records(
        "check.street",
        f"""
        SELECT {_COLUMNS}, zip, city, '' AS key
        FROM addresses WHERE answerable AND street_name IS NOT NULL AND address_id IN (
            SELECT address_id FROM address WHERE to_version IS NULL AND street_key = $street)
        ORDER BY abs(number - try_cast($number AS INTEGER)), full_address LIMIT 50
        """,
        {"street": street, "number": number},
    )
    here = [_public(row) for row in _same_place(neighbours, parts)]
    match = Match.NUMBER_NOT_FOUND if here else Match.STREET_NOT_FOUND
    return Checked(text, match, candidates=tuple(here[:MOST_CANDIDATES]))


def check_place(uow: UnitOfWork, lon: float, lat: float, settings: Settings) -> Checked:
    """Check a place in EPSG:4326: the class that the plan gives it, and the nearest addresses."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InputRefused(
            Code.COORDINATE_OUT_OF_RANGE,
            f"There is no place at latitude {lat}, longitude {lon}.",
            hint="Give degrees; in North America the longitude is negative.",
        )
    here = bare_points(np.array([lon]), np.array([lat]))
    court = Court(uow, current_version(uow), settings, window_of(here, settings.terminal_reach_m))
    verdicts = court.judge(here)
    best = list(verdicts.values())[best_technology(verdicts)[0]]
    return Checked(f"{lat}, {lon}", Match.PLACE, class_of(int(best.class_code[0])), candidates=_nearest(uow, lon, lat))


def _nearest(uow: UnitOfWork, lon: float, lat: float) -> tuple[dict[str, Any], ...]:
    dy = NEAR_M / METRES_PER_DEGREE
    dx = dy / max(np.cos(np.radians(lat)), 0.01)
    rows = uow.sql.records(
        "check.near",
        f"""
        SELECT {_COLUMNS} FROM addresses
        WHERE answerable AND lon BETWEEN $lon - $dx AND $lon + $dx AND lat BETWEEN $lat - $dy AND $lat + $dy
        """,
        {"lon": lon, "lat": lat, "dx": float(dx), "dy": dy},
    )
    for row in rows:
        row["distance_m"] = round(float(ground_distance_m([lon], [lat], [row["lon"]], [row["lat"]])[0]), 2)
    return tuple(sorted(rows, key=lambda row: (row["distance_m"], row["address_id"]))[:MOST_CANDIDATES])
