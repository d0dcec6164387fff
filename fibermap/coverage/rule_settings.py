"""The settings that verdicts depend on, kept with the plan versions, so that each can be derived again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from fibermap.coverage.model import Flag
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork
from fibermap.store.temporal import IN_FORCE

KEPT: tuple[str, ...] = tuple(name for name in Settings.model_fields if name != "limits")
"""Every setting but the limits on input, which belong to the machine."""


def keep_settings(uow: UnitOfWork, settings: Settings) -> None:
    """Write the settings that a new database is made with, once."""
    if uow.sql.value("settings.any", "SELECT count(*) FROM rule_setting"):
        return
    for name in KEPT:
        _write(uow, name, getattr(settings, name), version=0)


def settings_in(uow: UnitOfWork, version: int, fallback: Settings) -> Settings:
    """Return the settings in force in a version; ``fallback`` gives the limits and whatever is not kept."""
    rows = uow.sql.rows("settings.load", f"SELECT name, value FROM rule_setting WHERE {IN_FORCE}", {"version": version})
    return fallback.model_copy(update={name: orjson.loads(value) for name, value in rows if name in KEPT})


def recall_minutes(uow: UnitOfWork) -> int:
    """Return for how long a new version can be called off; a database that never kept the setting has its default."""
    said = uow.sql.value(
        "settings.recall", "SELECT value FROM rule_setting WHERE name = 'recall_minutes' AND to_version IS NULL"
    )
    return int(Settings.model_fields["recall_minutes"].default if said is None else said)


def change_settings(uow: UnitOfWork, changes: Mapping[str, Any], version: int, settings: Settings) -> Settings:
    """Put other settings in force from ``version`` on.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for a name that is not in :data:`KEPT` or a value that it cannot have.
    """
    unknown = sorted(set(changes) - set(KEPT))
    if unknown:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"There is no setting {unknown[0]!r}.", hint=f"There are: {', '.join(KEPT)}."
        )
    try:
        checked = Settings.model_validate({**{name: getattr(settings, name) for name in KEPT}, **changes})
    except ValidationError as error:
        first = error.errors()[0]
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"The setting {first['loc'][0]} cannot be that: {first['msg']}.",
            hint="`fibermap settings list` says what each means.",
        ) from error
    if odd := sorted(set(checked.blocking_flags) - set(Flag)):
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"There is no flag {odd[0]!r} to block sales.", hint=f"There are: {', '.join(Flag)}."
        )
    for name in changes:
        uow.sql.execute(
            "settings.close",
            "UPDATE rule_setting SET to_version = ? WHERE name = ? AND to_version IS NULL",
            [version, name],
        )
        _write(uow, name, getattr(checked, name), version)
    return checked


def _write(uow: UnitOfWork, name: str, value: Any, version: int) -> None:
    row = [name, orjson.dumps(value).decode(), version]
    uow.sql.execute("settings.write", "INSERT INTO rule_setting VALUES (?, ?, ?, NULL)", row)
