"""The verb that serves."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fibermap.cli.options import AsJson, Db, database_path, read_settings
from fibermap.cli.output import say
from fibermap.kernel.errors import InputRefused

if TYPE_CHECKING:
    from fibermap.access.registry import Registry
    from fibermap_api.service import Service
    from fibermap_api.settings import ApiSettings

USUAL_PORT = 8080


def serve(
    host: Annotated[str, typer.Option("--host", help="Where to listen; by default here only.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="On which port; 0 takes a free one.")
    ] = USUAL_PORT,
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
    """Show the map and answer address checks over HTTP until Ctrl-C or SIGTERM.

    The first start prints the admin key and a link that signs the first administrator in, both this once.
    """
    from fibermap.access.registry import Registry
    from fibermap_api.server import listen
    from fibermap_api.settings import ApiSettings

    settings = read_settings(ApiSettings)
    taken = listen(host, port)
    with taken, _service(replica, publish, db, settings) as service:
        _answer(service, taken, settings, Registry.create_first_link, as_json=as_json)


def serve_for_a_look(database: Path) -> None:
    """Serve a database on this machine until Ctrl-C, and print the address and a link that signs in as its admin."""
    from fibermap.access.registry import FIRST_ADMIN
    from fibermap_api.settings import ApiSettings

    def link(registry: Registry) -> str:
        return registry.create_first_link() or registry.create_sign_in_link(FIRST_ADMIN)

    settings = read_settings(ApiSettings)
    with _usual_port_or_a_free_one() as taken, _service(None, None, database, settings) as service:
        _answer(service, taken, settings.model_copy(update={"log_requests": False}), link, as_json=False)


def _answer(
    service: Service,
    taken: socket.socket,
    settings: ApiSettings,
    make_link: Callable[[Registry], str | None],
    *,
    as_json: bool,
) -> None:
    from fibermap.access.secrets import link_path
    from fibermap_api.app import create_app
    from fibermap_api.local_socket import listen_locally
    from fibermap_api.logs import log_to_stderr
    from fibermap_api.server import run, url_of

    registry, records, url = service.own_registry, service.own_records, url_of(taken)
    key = None if registry is None else registry.create_first_key()
    token = None if registry is None else make_link(registry)
    told = {
        "url": url,
        "admin_key": None if key is None else key.secret,
        "sign_in": None if token is None else url + link_path(token),
    }

    def started() -> None:
        if records is not None:
            records.announce(url)
        say(list(_lines(told)), told, as_json=as_json)

    log_to_stderr()
    beside = None if records is None else records.socket
    with nullcontext() if beside is None else listen_locally(beside) as local:
        run(create_app(service, settings), taken, settings, started, local)


def _lines(told: Mapping[str, str | None]) -> Iterator[str]:
    if told["admin_key"] is not None:
        yield f"admin key: {told['admin_key']}"
    yield f"Listening on {told['url']}"
    if told["sign_in"] is not None:
        yield f"Sign in, once, within an hour: {told['sign_in']}"


def _usual_port_or_a_free_one() -> socket.socket:
    from fibermap_api.server import listen

    try:
        return listen("127.0.0.1", USUAL_PORT)
    except InputRefused:
        return listen("127.0.0.1", 0)


def _service(
    replica: Path | None, publish: Path | None, db: Path | None, settings: ApiSettings
) -> AbstractContextManager[Service]:
    from fibermap.kernel.settings import Settings
    from fibermap_api import compose

    if replica is not None:
        return compose.replica(replica)
    return compose.owner(database_path(db), read_settings(Settings), settings, publish=publish)
