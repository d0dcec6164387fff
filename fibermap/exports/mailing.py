"""Mailing lists: one line a unit as USPS writes it, and apart from them the units that no mail would reach.

Source: USPS Publication 28, Postal Addressing Standards, section 2: last line, delivery line and secondary units.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fibermap.address.model import Connectivity
from fibermap.address.zip_state import state_of_zip
from fibermap.exports.model import CHOSEN, Material, Written, counted
from fibermap.formats.write import write_features
from fibermap.results import to_geo

CUSTOMERS = (Connectivity.ACTIVE, Connectivity.SUSPENDED)
"""Whoever has or had taken service and has not ended it is a customer."""
UNMAILABLE: Mapping[str, str] = {
    "no_house_number": "The address has no house number.",
    "no_street": "The address has no street.",
    "no_city": "The address has no city.",
    "no_zip": "The address has no ZIP code.",
    "no_state": "The state is not stated, and the ZIP code belongs to none.",
    "units_not_listed": "The building has several units, and nobody has said which.",
    "provisional": "Nobody but a planner knows the address yet.",
}
"""Why mail would not arrive, and what that means."""
_RECIPIENTS = {"residential": "CURRENT RESIDENT"}
_NOT_WRITTEN = re.compile(r"[^A-Z0-9 /#&-]+")


@dataclass(frozen=True, slots=True)
class _Split:
    mailable: pa.Table
    unmailable: pa.Table
    left_out: Mapping[str, int]


def write_mailing_list(material: Material, path: Path) -> Written:
    """Write the units that mail reaches; whatever else was asked for is counted, by reason."""
    found = _split(material)
    _write(found.mailable, path, "mailing-list")
    left_out = dict(found.left_out)
    if found.unmailable.num_rows:
        left_out["unmailable"] = found.unmailable.num_rows
    return Written(found.mailable.num_rows, left_out)


def write_unmailable(material: Material, path: Path) -> Written:
    """Write the units that belong on the mailing list and that mail would not reach, each with its reason."""
    found = _split(material)
    _write(found.unmailable, path, "mailing-list-unmailable")
    left_out = dict(found.left_out)
    if found.mailable.num_rows:
        left_out["mailable"] = found.mailable.num_rows
    return Written(found.unmailable.num_rows, left_out)


def _split(material: Material) -> _Split:
    asked = material.ask(_ASKED, customers=list(map(str, CUSTOMERS)))
    frame: pd.DataFrame = asked.filter(pc.is_null(asked["left_out"])).to_pandas(integer_object_nulls=True)
    of_zip = frame["zip"].map(state_of_zip)
    lines = pd.DataFrame(
        {
            "address_id": frame["address_id"],
            "recipient": frame["kind"].map(lambda kind: _RECIPIENTS.get(kind, "CURRENT OCCUPANT")),
            "delivery_line": frame["delivery_line"].map(as_usps_writes),
            "city": frame["city"].map(as_usps_writes),
            "state": frame["state"].fillna(of_zip),
            "zip": frame["zip"],
            "zip4": frame["zip4"],
            "state_from": frame["state"].isna().map({True: "zip", False: "source"}),
            "reason": frame["unmailable"],
            **{name: frame[name] for name in ("class", "phase", "area_name", "expected_live_on", "lat", "lon")},
        }
    )
    lines.loc[lines["reason"].isna() & lines["state"].isna(), "reason"] = "no_state"
    lines.insert(5, "last_line", _last_lines(lines))
    mailable = lines["reason"].isna()
    return _Split(
        _table(lines[mailable].drop(columns="reason")),
        _table(lines[~mailable].drop(columns=["last_line", "state_from"])),
        counted(asked["left_out"]),
    )


def as_usps_writes(text: str | None) -> str:
    """Return a line in capitals, with no punctuation but what belongs to numbers, and a space after a unit's ``#``.

    Examples
    --------
    >>> as_usps_writes("12 St. John's Rd, Unit B")
    '12 ST JOHNS RD UNIT B'
    """
    spaced = (text or "").upper().replace(",", " ").replace("#", "# ")
    return " ".join(_NOT_WRITTEN.sub("", spaced).split())


def _last_lines(lines: pd.DataFrame) -> Sequence[str]:
    zips = lines["zip"].str.cat(lines["zip4"], sep="-").fillna(lines["zip"])
    parts = zip(lines["city"], lines["state"], zips, strict=True)
    return [" ".join(part for part in line if isinstance(part, str) and part) for line in parts]


def _table(lines: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(lines, preserve_index=False)


def _write(table: pa.Table, path: Path, layer: str) -> None:
    write_features(path, to_geo(table), layer=layer)


# Everything that was asked for: what does not belong on the list with the first reason why, what does with the first
# reason why mail would not reach it.
_ASKED = f"""
SELECT a.address_id, a.delivery_line, a.city, a.state, a.zip, a.zip4, a.kind, a.class, a.phase, a.area_name,
       a.expected_live_on, a.lat, a.lon,
       CASE WHEN NOT a.listed THEN 'source_not_permitted'
            WHEN NOT a.serviceable THEN 'not_serviceable'
            WHEN a.units = 0 THEN 'building_of_listed_units'
            WHEN list_contains($customers::VARCHAR[], a.connectivity) THEN 'customer'
            WHEN o.address_id IS NOT NULL THEN 'opted_out'
            WHEN a.holds IS NOT NULL THEN 'held'
       END AS left_out,
       CASE WHEN a.provisional THEN 'provisional'
            WHEN a.number IS NULL THEN 'no_house_number'
            WHEN coalesce(a.street_name, '') = '' THEN 'no_street'
            WHEN coalesce(a.city, '') = '' THEN 'no_city'
            WHEN coalesce(a.zip, '') = '' THEN 'no_zip'
            WHEN a.unit IS NULL AND a.units > 1 THEN 'units_not_listed'
       END AS unmailable
FROM {CHOSEN} a LEFT JOIN mail_opt_out_in_force o ON o.address_id = a.address_id
ORDER BY a.zip, a.city, a.street_name, a.post_type, a.number, a.unit, a.address_id
"""
