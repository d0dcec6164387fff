"""How long until somebody who signs in sees the map: headless Chromium and the server on the cores of this machine.

``python -m benchmarks.bench_first_map [--addresses 1000000] [--areas 5000] [--database FILE]``

Each look is a new browser without anything kept. The map is there once it has drawn all it asked for and says so
(``body[data-map="idle"]``).
"""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

from benchmarks.bench_http import serving
from benchmarks.large_plan import given_plan
from benchmarks.promise import Promise, report

ALLOWED_S = 3.0
LOOKS = 5
CHROMIUM = "/usr/bin/chromium"
_WEBGL = ("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
_IDLE = 'body[data-map="idle"]'
_GB_PER_MILLION = 1.5
PERSON = {"name": "benchmark", "password": "look at the whole county", "roles": ["planner"]}


def session(url: str, key: str) -> str:
    """Make a person, sign in as them, and return the cookie's value."""
    headers = {"Authorization": f"Bearer {key}"}
    httpx.post(f"{url}/v1/users", json=PERSON, headers=headers, timeout=60).raise_for_status()
    asked = {"name": PERSON["name"], "password": PERSON["password"]}
    answered = httpx.post(f"{url}/v1/session", json=asked, timeout=60)
    answered.raise_for_status()
    return str(answered.cookies["fibermap_session"])


def look(browser: Any, url: str, token: str) -> float:
    """Open the map with nothing kept, and return the seconds until it is drawn."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "fibermap_session", "value": token, "url": url}])
    page = context.new_page()
    began_s = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(_IDLE, timeout=60_000)
    took_s = time.perf_counter() - began_s
    context.close()
    return took_s


def main() -> int:
    """Build a plan, or copy one that is there, serve it, and look."""
    with given_plan(__doc__, _GB_PER_MILLION) as path, sync_playwright() as playwright, serving(path) as (url, key):
        token = session(url, key)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_WEBGL))
        first, *later = (look(browser, url, token) for _ in range(1 + LOOKS))
        browser.close()
    promise = Promise(f"from nothing to the map, median of {LOOKS}", ALLOWED_S, median(later))
    return report([promise], [f"the very first look at the server took {first:.2f} s"])


if __name__ == "__main__":
    sys.exit(main())
