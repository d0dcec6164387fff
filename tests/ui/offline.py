"""A program of its own: serve a database from an installed package, with no network but this machine, and open its map.

``python -m tests.ui.offline PYTHON DATABASE COOKIE_ROLE`` prints what is drawn as JSON. Run it within ``unshare --net``
to have no network at all; the loopback device is then brought up here.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM, SWITCHES
from tests.ui.conftest import SETTLES_MS
from tests.ui.serving import COOKIE, Served

_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41
NO_HOST = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
_SEEN = """import('fibermap/map').then(({ map: { gl } }) => [
    gl.getStyle().layers.map(({ id }) => id),
    gl.queryRenderedFeatures({ layers: ['address-groups'] }).length,
])"""


def main(python: str, database: str, role: str) -> None:
    """Serve, look, and say what was seen."""
    _bring_loopback_up()
    served = subprocess.Popen(
        [python, "-I", "-m", "fibermap", "--db", database, "serve", "--port", "0", "--json"],
        stdout=subprocess.PIPE, text=True, cwd=Path(database).parent,
        env={"PATH": os.environ["PATH"], "HOME": str(Path(database).parent)},
    )  # fmt: skip
    try:
        assert served.stdout is not None
        url = json.loads(served.stdout.readline())["url"]
        sys.stdout.write(json.dumps(_look(url, Served(url, Path(database).parent, "").session_of(role))))
    finally:
        served.terminate()
        served.wait(30)


def _look(url: str, session: str) -> dict[str, object]:
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*SWITCHES, NO_HOST])
        context = browser.new_context()
        context.add_cookies([{"name": COOKIE, "value": session, "url": url}])
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url)
        page.wait_for_selector("body[data-map=idle]", timeout=2 * SETTLES_MS)
        layers, drawn = page.evaluate(_SEEN)
        browser.close()
    outside = [each for each in asked if not each.startswith((url, "data:", "blob:"))]
    return {"layers": layers, "drawn": drawn, "outside": outside, "asked": len(asked)}


def _bring_loopback_up() -> None:
    """Bring the device up where this process has a network of its own; elsewhere it is up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))
        except OSError:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
