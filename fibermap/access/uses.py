"""Which keys were used where there is no database: lines in a file, for its owner to take in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import orjson

from fibermap.access.gate import Gate
from fibermap.kernel.errors import Code, InputRefused


def spool_uses(gate: Gate, path: Path) -> None:
    """Write which keys were used since the last call to the end of a file: a JSON list of id and moment a line."""
    used, _ = gate.take_uses()
    if used:
        with path.open("ab") as file:
            file.write(b"".join(orjson.dumps(one) + b"\n" for one in used))


def read_uses(path: Path) -> Sequence[tuple[str, datetime]]:
    """Return what `spool_uses` wrote: each key once, with the latest moment; a line that is not whole is left out.

    Raises
    ------
    InputRefused
        ``file_unreadable``.
    """
    latest: dict[str, datetime] = {}
    try:
        for key_id, said in map(orjson.loads, path.read_bytes().split(b"\n")[:-1]):
            at = datetime.fromisoformat(said)
            latest[str(key_id)] = max(at, latest.get(str(key_id), at))
    except (ValueError, TypeError) as error:
        raise InputRefused(Code.FILE_UNREADABLE, "These are no uses of keys.", file=str(path)) from error
    return list(latest.items())
