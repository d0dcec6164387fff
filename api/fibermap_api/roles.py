"""What the two processes of a server do: one has the database open, the other answers in front of it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from fibermap.access.acting import SERVER, acting_as
from fibermap.access.registry import FIRST_ADMIN
from fibermap.kernel.settings import Settings
from fibermap.serving.live import index_path
from fibermap_api import compose
from fibermap_api.app import create_app
from fibermap_api.front import create_front
from fibermap_api.local_socket import front_protocol, front_socket_path, listen_locally, local_protocol
from fibermap_api.server import Door, run
from fibermap_api.settings import ApiSettings
from fibermap_api.work import Work

Tell = Callable[[Mapping[str, Any]], None]


def own(work: Work, tell: Tell) -> None:
    """Have the database open, until a signal says stop."""
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
    path, settings = Path(work.database), ApiSettings(**work.settings)
    with socket.socket(fileno=work.listening) as taken, compose.replica(index_path(path)) as service:
        run(create_front(service, settings, front_socket_path(path)), [taken], settings, lambda: tell({}))


ROLES: Mapping[str, Callable[[Work, Tell], None]] = {"owner": own, "front": stand_in_front}
