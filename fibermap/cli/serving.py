"""The verb that serves."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fibermap.cli.options import AsJson, Db, database_path, read_settings
from fibermap.cli.output import say

if TYPE_CHECKING:
    from fibermap_api.service import Service
    from fibermap_api.settings import ApiSettings


def serve(
    host: Annotated[str, typer.Option("--host", help="Where to listen; by default here only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="On which port; 0 takes a free one.")] = 8080,
    replica: Annotated[
        Path | None,
        typer.Option("--replica", metavar="INDEX", help="Answer from an index file, without a database."),
    ] = None,
    publish: Annotated[
        Path | None,
        typer.Option("--publish", metavar="INDEX", help="Write the index for replicas here, whenever it changes."),
    ] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Answer address checks over HTTP until Ctrl-C or SIGTERM. The first start prints the admin key, once."""
    from fibermap_api.app import create_app
    from fibermap_api.local_socket import listen_locally
    from fibermap_api.logs import log_to_stderr
    from fibermap_api.server import listen, run, url_of
    from fibermap_api.settings import ApiSettings

    settings = read_settings(ApiSettings)
    taken = listen(host, port)
    with taken, _service(replica, publish, db, settings) as service:
        registry = service.own_registry
        first = None if registry is None else registry.create_first_key()
        admin_key = None if first is None else first.secret
        url = url_of(taken)

        def started() -> None:
            if service.own_records is not None:
                service.own_records.announce(url)
            lines = [*([] if admin_key is None else [f"admin key: {admin_key}"]), f"Listening on {url}"]
            say(lines, {"url": url, "admin_key": admin_key}, as_json=as_json)

        log_to_stderr()
        socket = None if service.own_records is None else service.own_records.socket
        with nullcontext() if socket is None else listen_locally(socket) as local:
            run(create_app(service, settings), taken, settings, started, local)


def _service(
    replica: Path | None, publish: Path | None, db: Path | None, settings: ApiSettings
) -> AbstractContextManager[Service]:
    from fibermap.kernel.settings import Settings
    from fibermap_api import compose

    if replica is not None:
        return compose.replica(replica)
    return compose.owner(database_path(db), read_settings(Settings), settings, publish=publish)
