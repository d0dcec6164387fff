"""One of the two processes of a server: ``python -m fibermap_api.worker owner`` or ``front``.

The supervisor says on standard input what to do, in one line of JSON, and hears on standard output how that went, in
another. Standard input then stays open for as long as the supervisor lives: where it ends, so does this process, at
once, as if both had been one that was killed.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from threading import Thread
from typing import Any

import orjson

from fibermap.access.acting import SERVER, acting_as
from fibermap.access.registry import FIRST_ADMIN
from fibermap.kernel.errors import Code, FibermapError, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.serving.live import index_path
from fibermap_api import compose
from fibermap_api.local_socket import front_protocol, front_socket_path, listen_locally, local_protocol
from fibermap_api.logs import log_to_stderr
from fibermap_api.server import Door, run
from fibermap_api.settings import ApiSettings
from fibermap_api.work import Work

ORPHANED = 70
Tell = Callable[[Mapping[str, Any]], None]


def own(work: Work, tell: Tell) -> None:
    """Have the database open, until a signal says stop."""
    from fibermap_api.app import create_app

    path, settings = Path(work.database), ApiSettings(**work.settings)
    publish = None if work.publish is None else Path(work.publish)
    with (
        acting_as(SERVER),
        compose.owner(path, Settings(**work.given), settings, publish=publish) as service,
    ):
        registry = service.registry
        key, link = registry.create_first_key(), registry.create_first_link()
        if link is None and work.sign_in == "always":
            link = registry.create_sign_in_link(FIRST_ADMIN)
        local = service.records.socket
        with (
            nullcontext() if local is None else listen_locally(local) as beside,
            listen_locally(front_socket_path(path)) as behind,
        ):
            doors = [Door(behind, front_protocol), *([] if beside is None else [Door(beside, local_protocol)])]

            def started() -> None:
                service.records.announce(work.url)
                tell({"admin_key": None if key is None else key.secret, "sign_in": link})

            run(create_app(service, settings), [], settings, started, doors)


def stand_in_front(work: Work, tell: Tell) -> None:
    """Answer from the index that the owner publishes, until a signal says stop."""
    from fibermap_api.front import create_front

    path, settings = Path(work.database), ApiSettings(**work.settings)
    with socket.socket(fileno=work.listening) as taken, compose.replica(index_path(path)) as service:
        run(create_front(service, settings, front_socket_path(path)), [taken], settings, lambda: tell({}))


ROLES: Mapping[str, Callable[[Work, Tell], None]] = {"owner": own, "front": stand_in_front}


def main(role: str) -> int:
    """Do the work of a role; return the exit code."""
    line = sys.stdin.buffer.readline()
    if not line:
        return ORPHANED
    work = Work.from_line(line)
    sys.argv = list(work.command)
    Thread(target=_end_with_supervisor, name="supervisor", daemon=True).start()
    log_to_stderr()
    try:
        ROLES[role](work, _tell)
    except FibermapError as error:
        _tell({"error": error.as_json()})
        return 1
    except OSError as error:
        _tell({"error": _refused(error).as_json()})
        return 1
    return 0


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
