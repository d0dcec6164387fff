"""Corrections of many addresses at once, set by set: what they would be one by one, in a few statements.

Phase and mark are no fields of an address: views lay them over it. Kind and serviceable are, so that its row is written
as :func:`fibermap.address.settle.settle` would write it, without a look at records that say what they said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pyarrow as pa

from fibermap.address.corrections import Author, CorrectionKind
from fibermap.store import UnitOfWork
from fibermap.store.temporal import content_of

_TYPED = ("kind", "serviceable")
_ID = "(md5_number_lower(concat_ws(chr(31), 'correction', $version, $kind, i.address_id)) >> 11)::BIGINT | 1"
_CLOSE = """
    UPDATE correction SET to_version = $version
    WHERE to_version IS NULL AND from_version < $version AND kind = $kind
      AND address_id IN (SELECT address_id FROM ids)
"""
_WRITE = f"""
    INSERT INTO correction
    SELECT {_ID}, $kind, i.address_id, $fields, NULL, $author, $reason, $at, $version, NULL FROM ids i
"""
_RETYPE = f"""
    INSERT INTO correction
    SELECT {_ID}, $kind, i.address_id,
           json_merge_patch(coalesce(o.fields, '{{{{}}}}')::JSON, $fields::JSON)::VARCHAR,
           CASE WHEN r.record_id IS NOT NULL
                THEN json_merge_patch(coalesce(o.source_fields, '{{{{}}}}')::JSON, json_object({{said}}))::VARCHAR END,
           $author, $reason, $at, $version, NULL
    FROM ids i
    JOIN address a ON a.address_id = i.address_id AND a.to_version IS NULL
    LEFT JOIN correction o ON o.address_id = i.address_id AND o.kind = $kind AND o.to_version IS NULL
    LEFT JOIN source_record r ON r.record_id = a.record_id AND r.to_version IS NULL
"""
_REVISED = """
    CREATE OR REPLACE TEMP TABLE revised AS
    SELECT a.* EXCLUDE (content, from_version, to_version) REPLACE ({changes},
        array_to_string(list_sort(list_distinct(list_filter(
            list_concat(string_split(coalesce(a.corrected, ''), ','), $decided::VARCHAR[]), x -> x <> ''))), ',')
        AS corrected)
    FROM address a WHERE a.to_version IS NULL AND a.address_id IN (SELECT address_id FROM ids)
"""


def set_phase(uow: UnitOfWork, ids: pa.Table, phase: str | None, by: Author, version: int) -> None:
    """Give addresses (``address_id``) a phase of their own; None gives them that of their area back."""
    _replace(uow, CorrectionKind.PHASE, ids, None if phase is None else {"phase": phase}, by, version)


def set_mark(uow: UnitOfWork, ids: pa.Table, by: Author, version: int, *, marked: bool) -> None:
    """Flag addresses for somebody to look at, or take that flag away."""
    _replace(uow, CorrectionKind.FLAG, ids, {} if marked else None, by, version)


def retype(uow: UnitOfWork, ids: pa.Table, fields: Mapping[str, Any], by: Author, version: int) -> None:
    """Say who is at addresses (``kind``), whether they are sold to (``serviceable``), or both.

    What an earlier correction decided beside that stays decided.
    """
    decided = [name for name in _TYPED if name in fields]
    said = ", ".join(f"'{name}', r.{name}" for name in decided)
    uow.sql.execute(
        "mass.retype", _RETYPE.format(said=said), _row(CorrectionKind.RETYPE, fields, by, version, uow), ids=ids
    )
    uow.sql.execute("mass.retype.close", _CLOSE, {"kind": "retype", "version": version}, ids=ids)
    changes = ", ".join(f"${name} AS {name}" for name in decided)
    values = {name: fields[name] for name in decided}
    uow.sql.execute("mass.revise", _REVISED.format(changes=changes), {"decided": decided, **values}, ids=ids)
    columns = uow.sql.arrow("mass.columns", "SELECT * FROM revised LIMIT 0").schema
    uow.sql.execute(
        "mass.address.close",
        """
        UPDATE address SET to_version = $version
        WHERE to_version IS NULL AND address_id IN (SELECT address_id FROM revised)
        """,
        {"version": version},
    )
    uow.sql.execute(
        "mass.address.open",
        f"""
        INSERT INTO address BY NAME
        SELECT *, {content_of(columns)} AS content, $version::INTEGER AS from_version FROM revised
        """,
        {"version": version},
    )
    uow.sql.execute("mass.forget", "DROP TABLE revised")


def _replace(
    uow: UnitOfWork, kind: CorrectionKind, ids: pa.Table, fields: Mapping[str, Any] | None, by: Author, version: int
) -> None:
    """End corrections of a kind, and write others in their place, or none."""
    uow.sql.execute(f"mass.{kind}.close", _CLOSE, {"kind": str(kind), "version": version}, ids=ids)
    if fields is not None:
        uow.sql.execute(f"mass.{kind}", _WRITE, _row(kind, fields, by, version, uow), ids=ids)


def _row(kind: CorrectionKind, fields: Mapping[str, Any], by: Author, version: int, uow: UnitOfWork) -> dict[str, Any]:
    return {
        "kind": str(kind),
        "fields": orjson.dumps(dict(fields)).decode(),
        "author": by.name,
        "reason": by.reason,
        "at": uow.at_utc,
        "version": version,
    }
