"""`make demo` to its end: the county's map is served, and the link that is printed leads in."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx


def test_the_demo_ends_with_an_address_and_a_link_that_signs_in(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fibermap", "demo", str(tmp_path / "demo"), "--addresses", "600"]
    demo = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert demo.stdout is not None
        said = ""
        while "Sign in, once" not in said and (line := demo.stdout.readline()):
            said += line
        url, token = re.findall(r"(http://127\.0\.0\.1:\d+)/#sign-in=(\S+)", said)[0]
        assert f"Listening on {url}" in said
        assert "text/html" in httpx.get(url, timeout=30).headers["content-type"]
        signed_in = httpx.post(f"{url}/v1/session:link", json={"token": token}, timeout=30)
        assert "admin" in signed_in.json()["scopes"]
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0
