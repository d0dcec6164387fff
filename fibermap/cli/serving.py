"""The verb that serves."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fibermap.cli.options import AsJson, Db, database_path, read_settings
from fibermap.cli.output import say
from fibermap.kernel.errors import InputRefused

if TYPE_CHECKING:
    from fibermap_api.settings import ApiSettings
    from fibermap_api.work import SignIn

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
    from fibermap_api.listening import listen
    from fibermap_api.settings import ApiSettings

    settings = read_settings(ApiSettings)
    with listen(host, port) as taken:
        if replica is not None:
            _serve_replica(replica, taken, settings, as_json=as_json)
        else:
            _serve_database(database_path(db), publish, taken, settings, "first", as_json=as_json)


def serve_for_a_look(database: Path) -> None:
    """Serve a database on this machine until Ctrl-C, and print the address and a link that signs in as its admin."""
    from fibermap_api.settings import ApiSettings

    settings = read_settings(ApiSettings).model_copy(update={"log_requests": False})
    with _usual_port_or_a_free_one() as taken:
        _serve_database(database, None, taken, settings, "always", as_json=False)


def _serve_replica(index: Path, taken: socket.socket, settings: ApiSettings, *, as_json: bool) -> None:
    from fibermap_api import compose
    from fibermap_api.app import create_app
    from fibermap_api.listening import url_of
    from fibermap_api.logs import log_to_stderr
    from fibermap_api.server import run

    told = {"url": url_of(taken), "admin_key": None, "sign_in": None}
    log_to_stderr()
    with compose.replica(index) as service:
        run(create_app(service, settings), [taken], settings, lambda: say(list(_lines(told)), told, as_json=as_json))


def _serve_database(
    path: Path, publish: Path | None, taken: socket.socket, settings: ApiSettings, sign_in: SignIn, *, as_json: bool
) -> None:
    from fibermap.access.secrets import link_path
    from fibermap.kernel.settings import Settings
    from fibermap_api.listening import url_of
    from fibermap_api.logs import log_to_stderr
    from fibermap_api.supervisor import supervise
    from fibermap_api.work import Work

    url = url_of(taken)
    work = Work(
        database=str(path),
        publish=None if publish is None else str(publish),
        settings=settings.model_dump(mode="json"),
        given=read_settings(Settings).model_dump(mode="json"),
        sign_in=sign_in,
        url=url,
        listening=taken.fileno(),
        command=tuple(sys.argv),
    )

    def started(admin_key: str | None, token: str | None) -> None:
        told = {"url": url, "admin_key": admin_key, "sign_in": None if token is None else url + link_path(token)}
        say(list(_lines(told)), told, as_json=as_json)

    log_to_stderr()
    supervise(taken, work, started)


def _lines(told: Mapping[str, str | None]) -> Iterator[str]:
    if told["admin_key"] is not None:
        yield f"admin key: {told['admin_key']}"
    yield f"Listening on {told['url']}"
    if told["sign_in"] is not None:
        yield f"Sign in, once, within an hour: {told['sign_in']}"


def _usual_port_or_a_free_one() -> socket.socket:
    from fibermap_api.listening import listen

    try:
        return listen("127.0.0.1", USUAL_PORT)
    except InputRefused:
        return listen("127.0.0.1", 0)
