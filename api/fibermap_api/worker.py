"""One of the two processes of a server: ``python -m fibermap_api.worker owner`` or ``front``.

The supervisor says on standard input what to do, in one line of JSON, and hears on standard output how that went, in
another. Standard input then stays open for as long as the supervisor lives: where it ends, so does this process, at
once, as if both had been one that was killed.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping
from threading import Thread
from typing import TYPE_CHECKING, Any

import orjson

from fibermap.kernel.errors import Code, FibermapError, InputRefused
from fibermap_api.logs import log_to_stderr
from fibermap_api.work import Work

if TYPE_CHECKING:
    from fibermap_api.roles import Tell

ORPHANED = 70


def main(role: str) -> int:
    """Do the work of a role; return the exit code."""
    roles = _read_code()
    line = sys.stdin.buffer.readline()
    if not line:
        return ORPHANED
    work = Work.from_line(line)
    sys.argv = list(work.command)
    Thread(target=_end_with_supervisor, name="supervisor", daemon=True).start()
    log_to_stderr()
    try:
        roles[role](work, _tell)
    except FibermapError as error:
        _tell({"error": error.as_json()})
        return 1
    except OSError as error:
        _tell({"error": _refused(error).as_json()})
        return 1
    return 0


def _read_code() -> Mapping[str, Callable[[Work, Tell], None]]:
    """Return what there is to do, by role. Code that is read stays: nobody looks for garbage in it, now or later."""
    gc.disable()
    from fibermap_api.roles import ROLES

    gc.freeze()
    gc.enable()
    return ROLES


def _end_with_supervisor() -> None:
    while os.read(0, 1):
        pass
    os._exit(ORPHANED)


def _tell(said: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(said) + b"\n")
    sys.stdout.buffer.flush()


def _refused(error: OSError) -> InputRefused:
    return InputRefused(
        Code.FILE_UNREADABLE,
        f"The system refused: {error.strerror or error}.",
        hint="Check that the path is there, that you may use it, and that the disk has room.",
        file=error.filename if isinstance(error.filename, str) else None,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
