"""A server in front of the village, in this process: everything that a planner does, with nothing simulated."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from anyio.from_thread import start_blocking_portal

import fibermap
import fibermap_api.app
from fibermap.access.model import Scope
from fibermap.kernel.settings import Settings
from fibermap_api.app import create_app
from fibermap_api.compose import owner
from fibermap_api.settings import ApiSettings
from tests.api.answering import Client, Site
from tests.cli.village import write_addresses, write_plan


def village(folder: Path) -> Path:
    """Put a database of the village into a folder, its files beside it, and return it. They are made once."""
    shutil.copytree(_made().name, folder, dirs_exist_ok=True)
    return folder / "plan.duckdb"


@cache
def _made() -> TemporaryDirectory[str]:
    made = TemporaryDirectory(prefix="village-")
    folder = Path(made.name)
    with fibermap.open(folder / "plan.duckdb") as fm:
        fm.ingest(write_addresses(folder / "houses.csv"), write_plan(folder / "fiber_plan.geojson"), progress=False)
    return made


@contextmanager
def planning(db: Path, **settings: Any) -> Iterator[Site]:
    """Serve a database; it makes no backups by itself, which would be in the way of those that a test makes."""
    limits = ApiSettings(**settings)
    with (
        patch.object(fibermap_api.app, "BACK_UP_EVERY_S", 86_400.0),
        owner(db, Settings(), limits) as service,
        start_blocking_portal() as portal,
    ):
        app = create_app(service, limits)
        with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            yield Site(service.registry, Client(app, portal), service, limits)


class Desk:
    """A planner with a key."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.headers = site.key(Scope.PLAN, Scope.READ, name="pat")

    def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        """Send a request, expect a status, and return the document."""
        said = self.site.client.request(method, path, headers=self.headers, **more)
        assert said.status_code == status, said.text
        return said.json()

    def send(self, *files: Path, status: int = 202, **fields: str) -> Any:
        """Send files as a form."""
        parts = [("file", (file.name, file.read_bytes())) for file in files]
        return self.ask("POST", "/v1/ingests", status, files=parts, data=fields)

    def dry_run(self, *files: Path, **fields: str) -> Any:
        """Send files and return the ingest once its dry run waits for a decision."""
        return self.settled(self.send(*files, **fields)["id"])

    def settled(self, ingest_id: str, *states: str) -> Any:
        """Return an ingest once nothing is being done on it."""
        for _ in range(1_200):
            told = self.ask("GET", f"/v1/ingests/{ingest_id}")
            if told["state"] not in ("queued", "running"):
                return told
            time.sleep(0.05)
        raise AssertionError(told)

    def decide(self, ingest_id: str, verb: str, status: int = 202, **body: Any) -> Any:
        """Answer, promote or discard, and return the ingest once that is done, or the refusal."""
        told = self.ask("POST", f"/v1/ingests/{ingest_id}:{verb}", status, json=body)
        return told if status >= 400 else self.settled(ingest_id)
