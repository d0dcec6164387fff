"""One change for many addresses: looked at with its count, carried out as one plan version, refused if that moved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from fibermap.address import mass
from fibermap.address.corrections import Author
from fibermap.address.model import Kind
from fibermap.coverage import holds
from fibermap.coverage.area_impact import CUSTOMERS
from fibermap.coverage.court import point_batches, points_of_ids
from fibermap.coverage.model import Flag, HoldCode
from fibermap.coverage.versions import current_version, open_version, summarise
from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.kernel.events import PlanPromoted
from fibermap.store import UnitOfWork

LONGEST_PHASE = 200
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_SEEN = re.compile(r"(\d{1,10})-(\d{1,12})-(\d{1,12})-[0-9a-f]{32}", re.ASCII)


class SelectionChanged(Conflict):
    """What is selected, or what would change of it, is no longer what was confirmed; ``changes`` says how."""


@dataclass(frozen=True, slots=True)
class BulkChange:
    """What is to become of addresses; None leaves a thing as it is.

    Attributes
    ----------
    phase
        A phase of their own, whatever their area's is; empty: that of their area again.
    flag
        Whether they carry the flag ``marked``.
    hold, document, review_on
        One hold on all of them.
    """

    kind: Kind | None = None
    serviceable: bool | None = None
    phase: str | None = None
    flag: bool | None = None
    hold: HoldCode | None = None
    document: str | None = None
    review_on: date | None = None

    def __post_init__(self) -> None:
        if not self.sets:
            raise InputRefused(
                Code.ARGUMENT_INVALID, "Nothing is to change.", hint="Set kind, serviceable, phase, flag or hold."
            )
        if self.phase is not None and (len(self.phase) > LONGEST_PHASE or _CONTROLS.search(self.phase)):
            raise InputRefused(Code.ARGUMENT_INVALID, "No phase is called that.", field="phase")
        if self.hold is HoldCode.EXCLUSION:
            raise InputRefused(
                Code.ARGUMENT_INVALID, "Such holds come from exclusion areas.", hint="Give another code.", field="hold"
            )

    @property
    def sets(self) -> dict[str, Any]:
        """What it sets, by name."""
        named = ("kind", "serviceable", "phase", "flag", "hold")
        return {name: getattr(self, name) for name in named if getattr(self, name) is not None}

    def label(self) -> str:
        """Say it as the list of versions does."""
        said = {
            "serviceable": {True: "serviceable", False: "not serviceable"},
            "flag": {True: "flag", False: "no flag"},
        }
        return ", ".join(
            said[name][value] if name in said else f"{name} {value or 'of the area'}"
            for name, value in self.sets.items()
        )


@dataclass(frozen=True, slots=True)
class Selected:
    """Which addresses: a condition on the view ``addresses`` and its parameters."""

    condition: str
    params: Mapping[str, Any]


def look(uow: UnitOfWork, selected: Selected, change: BulkChange) -> dict[str, Any]:
    """Say what a change would do, and write nothing that stays: the caller rolls the unit of work back.

    Returns
    -------
    dict
        ``selected`` and ``changed`` addresses, ``units`` of those that change; ``classes``, ``held`` and ``customers``
        among those that change; ``changes`` as ``{field: {"from -> to": addresses}}``; ``not_listed``, addresses that
        the condition holds for and lists may not contain, which are left alone; ``seen``, which names all of this.
    """
    _select(uow, selected, change)
    return _told(uow, selected, change)


def carry_out(
    uow: UnitOfWork, selected: Selected, change: BulkChange, by: Author, *, seen: str | None = None
) -> dict[str, Any]:
    """Carry a change out as one plan version, and return what :func:`look` says with ``plan_version`` and ``hold_id``.

    Raises
    ------
    InputRefused
        ``argument_invalid`` where nothing would change.
    SelectionChanged
        ``selection_changed``: not what ``seen`` names any more.
    """
    _select(uow, selected, change)
    told = _told(uow, selected, change)
    if seen is not None and seen != told["seen"]:
        raise _moved(uow, seen, told)
    if not told["changed"]:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "This changes no address.", hint="Select others; these are so already."
        )
    addresses = f"{told['changed']:,} address{'' if told['changed'] == 1 else 'es'}"
    label = f"{change.label()} for {addresses}: {by.reason}"
    version = open_version(uow, kind="bulk", label=label, author=by.name)
    hold_id = _write(uow, change, by, version)
    uow.sql.execute("bulk.forget", "DROP TABLE bulk_selected")
    summarise(uow, version, {"flips": {}, "changes": told["changes"], "addresses": told["changed"]})
    uow.emit(PlanPromoted(f"bulk:{version}", plan_version=version, kind="bulk", label=label))
    return told | {"plan_version": version, "hold_id": hold_id}


_WAS = {
    "kind": "kind",
    "serviceable": "serviceable::VARCHAR",
    "phase": "coalesce(phase, 'none')",
    "flag": f"CASE WHEN list_contains(string_split(flags, ','), '{Flag.MARKED}') THEN 'marked' ELSE 'not marked' END",
    "hold": "coalesce(holds, 'none')",
}
_DIFFERS = {
    "kind": "kind <> $kind",
    "serviceable": "serviceable <> $serviceable",
    "phase": "CASE WHEN $phase = '' THEN own_phase IS NOT NULL ELSE phase IS DISTINCT FROM $phase END",
    "flag": f"coalesce(list_contains(string_split(flags, ','), '{Flag.MARKED}'), false) <> $flag",
    "hold": "$hold IS NOT NULL",
}


def _select(uow: UnitOfWork, selected: Selected, change: BulkChange) -> None:
    sets = {name: str(value) if name in ("kind", "hold") else value for name, value in change.sets.items()}
    was = ", ".join(f"{_WAS[name]} AS {name}_was, {_DIFFERS[name]} AS {name}_differs" for name in sets)
    uow.sql.execute(
        "bulk.select",
        f"""
        CREATE OR REPLACE TEMP TABLE bulk_selected AS
        WITH chosen AS (SELECT * FROM addresses WHERE listed AND ({selected.condition}))
        SELECT address_id, class, units, holds IS NOT NULL AS held, connectivity, {was}
        FROM chosen LEFT JOIN (SELECT address_id, phase AS own_phase FROM address_phase) USING (address_id)
        """,
        {**selected.params, **sets},
    )


def _told(uow: UnitOfWork, selected: Selected, change: BulkChange) -> dict[str, Any]:
    names = list(change.sets)
    differs = " OR ".join(f"{name}_differs" for name in names)
    mask = " || ".join(f"{name}_differs::INTEGER" for name in names)
    count, changed, units, held, customers, digest = uow.sql.rows(
        "bulk.count",
        f"""
        SELECT count(*), count(*) FILTER ({differs}), coalesce(sum(units) FILTER ({differs}), 0)::BIGINT,
               count(*) FILTER (held AND ({differs})),
               count(*) FILTER (connectivity IN (SELECT unnest($customers::VARCHAR[])) AND ({differs})),
               md5(coalesce(string_agg(address_id || ':' || {mask}, ',' ORDER BY address_id), ''))
        FROM bulk_selected
        """,
        {"customers": list(CUSTOMERS)},
    )[0]
    classes = uow.sql.rows(
        "bulk.classes", f"SELECT class, count(*) FROM bulk_selected WHERE {differs} GROUP BY 1 ORDER BY 1"
    )
    not_listed = uow.sql.value(
        "bulk.not_listed",
        f"SELECT count(*) FROM addresses WHERE NOT listed AND ({selected.condition})",
        dict(selected.params),
    )
    version = current_version(uow)
    return {
        "plan_version": version,
        "selected": count,
        "changed": changed,
        "units": units,
        "classes": dict(classes),
        "held": held,
        "customers": customers,
        "not_listed": not_listed,
        "changes": {name: _changes(uow, name, change) for name in names},
        "seen": f"{version}-{count}-{changed}-{digest}",
    }


def _changes(uow: UnitOfWork, name: str, change: BulkChange) -> dict[str, int]:
    rows = uow.sql.rows(
        f"bulk.{name}", f"SELECT {name}_was, count(*) FROM bulk_selected WHERE {name}_differs GROUP BY 1 ORDER BY 1"
    )
    words = {True: "true", False: "false", "": "that of its area"}
    marked = {True: "marked", False: "not marked"}
    value = change.sets[name]
    becomes = marked[value] if name == "flag" else words.get(value, str(value))
    return {f"{was} -> {becomes}": count for was, count in rows}


def _write(uow: UnitOfWork, change: BulkChange, by: Author, version: int) -> int | None:
    typed = {name: value for name, value in change.sets.items() if name in ("kind", "serviceable")}
    if typed:
        fields = {name: str(value) if name == "kind" else value for name, value in typed.items()}
        mass.retype(uow, _ids(uow, " OR ".join(f"{name}_differs" for name in typed)), fields, by, version)
    if change.phase is not None:
        mass.set_phase(uow, _ids(uow, "phase_differs"), change.phase or None, by, version)
    if change.flag is not None:
        mass.set_mark(uow, _ids(uow, "flag_differs"), by, version, marked=change.flag)
    if change.hold is None:
        return None
    ids = _ids(uow, "true")
    order = holds.HoldOrder(change.hold, by.reason, by.name, document=change.document, review_on=change.review_on)
    hold_id = holds.insert_on_list(uow, order, ids, version)
    for points in point_batches(points_of_ids(uow, ids["address_id"].to_numpy())):
        holds.replace_on(uow, points, version)
    return hold_id


def _ids(uow: UnitOfWork, condition: str) -> pa.Table:
    return uow.sql.arrow("bulk.ids", f"SELECT address_id FROM bulk_selected WHERE {condition} ORDER BY address_id")


def _moved(uow: UnitOfWork, seen: str, told: Mapping[str, Any]) -> SelectionChanged:
    """Say what is different from what was confirmed, and who opened which versions since."""
    then = _SEEN.fullmatch(seen)
    if then is None:
        raise InputRefused(Code.ARGUMENT_INVALID, "That names no look before.", hint="Look again.", field="seen")
    version, count, changed = (int(number) for number in then.groups())
    since = uow.sql.records(
        "bulk.since",
        """
        SELECT version, author, label, created_at::VARCHAR AS at FROM plan_version
        WHERE version > $version ORDER BY version DESC LIMIT 20
        """,
        {"version": version},
    )
    return SelectionChanged(
        Code.SELECTION_CHANGED,
        f"What you confirmed is no longer so: {count:,} addresses were selected and {changed:,} of them would have "
        f"changed; now it is {told['selected']:,} and {told['changed']:,}.",
        hint="Look at it again, and confirm what it is now.",
        changes=since,
    )
