"""`fibermap serve` on a copy of the county, and people who are signed in to it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx

from fibermap.demo.run import DATABASE
from tests.ui.county import PASSWORD

COOKIE = "fibermap_session"
_CLIENT = httpx.Client(
    timeout=60,
    verify=False,
    limits=httpx.Limits(max_keepalive_connections=0),
    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
)
"""One for all, since each would read the certificates of the world anew. It keeps no connection and no cookie."""


@dataclass(frozen=True)
class Served:
    """A running server: where it answers, its files, its key for everything."""

    url: str
    folder: Path
    admin_key: str
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        """The database that it holds open."""
        return self.folder / DATABASE

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask as an admin, by key."""
        headers = {"authorization": f"Bearer {self.admin_key}"} | more.pop("headers", {})
        return _CLIENT.request(method, self.url + path, headers=headers, **more)

    def session_of(self, role: str) -> str:
        """Return the value of the cookie of whoever has this role, who is signed in once while that session lasts."""
        if (kept := self.sessions.get(role)) is not None:
            answered = _CLIENT.get(f"{self.url}/v1/session", headers={"cookie": f"{COOKIE}={kept}"})
            if answered.status_code == 200:
                return kept
        self.sessions[role] = self._sign_in(role)
        return self.sessions[role]

    def _sign_in(self, role: str) -> str:
        asked = {"name": role, "password": PASSWORD.format(role=role)}
        answered = httpx.post(f"{self.url}/v1/session", json=asked, timeout=30)
        while answered.status_code == 429:  # logins have a bucket, and a file of tests has many
            time.sleep(int(answered.headers["retry-after"]))
            answered = httpx.post(f"{self.url}/v1/session", json=asked, timeout=30)
        assert answered.status_code == 200, answered.text
        return str(answered.cookies[COOKIE])


@contextmanager
def served(county: Path | None, folder: Path) -> Iterator[Served]:
    """Serve a copy of a county, or an empty database; whatever a test does to it stays in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    if county is None:
        _make_empty(folder / DATABASE)
    else:
        shutil.copytree(county, folder, dirs_exist_ok=True)
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "fibermap", "--db", str(folder / DATABASE), "serve", "--port", "0", "--json"],
            stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "FIBERMAP_API_LOG_REQUESTS": "true"},
        )  # fmt: skip
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said, (folder / "server.log").read_text()
            told = json.loads(said)
            yield Served(told["url"], folder, told["admin_key"])
        finally:
            process.terminate()
            process.wait(30)


def _make_empty(path: Path) -> None:
    from fibermap.access.model import Role
    from fibermap.access.registry import Registry
    from fibermap.store import Store

    with Store.open(path) as store:
        registry = Registry(store)
        for role in (Role.PLANNER, Role.ADMIN):
            registry.add_user(role.value, [role], PASSWORD.format(role=role.value))
