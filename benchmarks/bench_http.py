"""Checks and suggestions over HTTP: a server and its load generator on the cores of this machine, over loopback.

Also what a server is for while its plan changes: how soon an edit shows, and how long a check waits during an ingest.

``python -m benchmarks.bench_http [--addresses 1000000] [--areas 5000] [--seconds 5] [--connections 16]
[--ingest-rows 300000]``
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode

import httpx
import numpy as np

from benchmarks.county_files import write_addresses
from benchmarks.http_load import Load
from benchmarks.large_plan import build_in_process
from benchmarks.promise import Promise, check_disk, report
from benchmarks.wrk_load import ask_by_wrk, find_wrk
from fibermap.plan import Plan
from fibermap.serving.live import index_path

QUESTIONS = 5_000
EDITS = 10
REST_S = 6.0
"""How long a server that has begun is let be: meanwhile its owner makes ready what screens show."""
_ASKED_PER_S = {"checks": 50, "timelines": 5}
CHECK, SUGGEST = "/v1/address-check", "/v1/address-suggest"


def questions(path: Path) -> dict[str, list[str]]:
    """Return the paths to ask for: texts with their noise, places, and what somebody has typed so far."""
    with Plan.open(path) as plan:
        rows = plan.store.sql.rows(
            "bench.sample",
            f"SELECT full_address, lon, lat FROM address USING SAMPLE {QUESTIONS} ROWS (reservoir, 7)",
        )
    texts = [text.lower() if n % 2 else text.replace(",", "") for n, (text, _, _) in enumerate(rows)]
    return {
        "text": [f"{CHECK}?{urlencode({'q': text})}" for text in texts],
        "coordinates": [f"{CHECK}?{urlencode({'lat': lat, 'lon': lon})}" for _, lon, lat in rows],
        "suggest": [f"{SUGGEST}?{urlencode({'q': text[: 4 + n % 12]})}" for n, text in enumerate(texts)],
    }


@contextmanager
def serving(path: Path) -> Iterator[tuple[str, str]]:
    """Run a server until the block ends; gives its URL and its admin key."""
    command = [sys.executable, "-m", "fibermap", "serve", "--db", str(path), "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield said["url"], said["admin_key"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def load(url: str, key: str, paths: Sequence[str], seconds: float, connections: int) -> Load:
    """Ask from a process of its own: `wrk`, or where that is not installed one in Python."""
    wrk = find_wrk()
    if wrk is not None:
        return ask_by_wrk(wrk, url, key, paths, seconds, connections)
    command = [sys.executable, "-m", "benchmarks.http_load", url, key, str(seconds), str(connections)]
    limit_s = seconds + 30
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, check=True, timeout=limit_s)
    return Load(**json.loads(done.stdout))


def edits(url: str, key: str, path: str) -> list[float]:
    """Hold an address a few times and ask until it shows; seconds since the server said that it was done."""
    seen_s = []
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        for n in range(EDITS):
            before = client.get(path).json()
            hold = {"address_id": before["match"]["address_id"], "document": f"letter {n}"}
            said = client.post("/v1/plan/hold", json={"arguments": ["do_not_serve", "asked", "bench"], "named": hold})
            said.raise_for_status()
            done_s = time.perf_counter()
            while client.get(path).json()["data_version"] == before["data_version"]:
                time.sleep(0.005)
            seen_s.append(time.perf_counter() - done_s)
    return seen_s


def loaded(index: Path) -> dict[str, float]:
    """Load the index that is published, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.index_load", str(index)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    said: dict[str, float] = json.loads(done.stdout)
    return said


def timelines(url: str, key: str, paths: Sequence[str]) -> list[str]:
    """Return the paths of the histories of some addresses: small questions to the database, which the owner answers."""
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        ids = [client.get(path).json()["match"]["address_id"] for path in paths]
    return [f"/v1/addresses/{address_id}/timeline" for address_id in ids if address_id is not None]


class Waiting:
    """Asks so many questions a second, in a thread, and notes how long each answer took since it was due."""

    def __init__(self, url: str, key: str, paths: Sequence[str], per_s: int) -> None:
        self._per_s = per_s
        self.waited_ms: list[float] = []
        self._client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self._paths = paths
        self._stopped = Event()
        self._thread = Thread(target=self._ask)

    def __enter__(self) -> Waiting:
        self._client.get(self._paths[0])
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._client.close()

    def told(self) -> str:
        """Return how it was."""
        p50, p99, most = np.percentile(self.waited_ms, [50, 99, 100])
        return f"p50 {p50:,.1f} ms, p99 {p99:,.1f} ms, longest {most:,.0f} ms of {len(self.waited_ms):,}"

    def _ask(self) -> None:
        began_s = time.perf_counter()
        while not self._stopped.is_set():
            due_s = began_s + len(self.waited_ms) / self._per_s
            time.sleep(max(0.0, due_s - time.perf_counter()))
            self._client.get(self._paths[len(self.waited_ms) % len(self._paths)]).raise_for_status()
            self.waited_ms.append(1000 * (time.perf_counter() - due_s))


def while_ingesting(
    url: str, key: str, asked: Mapping[str, Sequence[str]], database: Path, rows: int
) -> dict[str, Waiting]:
    """Ingest a county through the server, and ask meanwhile: what the front answers, and what the owner does."""
    county = database.with_name("county.csv")
    write_addresses(county, rows)
    command = [sys.executable, "-m", "fibermap", "--db", str(database), "ingest", str(county), "--yes", "--json"]
    with ExitStack() as stack:
        waiting = {
            what: stack.enter_context(Waiting(url, key, paths, _ASKED_PER_S[what])) for what, paths in asked.items()
        }
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return waiting


def p99(waiting: Waiting) -> float:
    """Return how long the slowest of each hundred took, milliseconds."""
    return float(np.percentile(waiting.waited_ms, 99))


def main() -> int:
    """Build a plan, serve it, and ask."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--addresses", type=int, default=1_000_000)
    parser.add_argument("--areas", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--ingest-rows", type=int, default=300_000)
    options = parser.parse_args()
    found: dict[str, Load] = {}
    with tempfile.TemporaryDirectory() as folder:
        check_disk(Path(folder), 1 + options.addresses / 1e6)
        path = Path(folder) / "plan.duckdb"
        build_in_process(path, options.addresses, options.areas)
        asked = questions(path)
        with serving(path) as (url, key):
            time.sleep(REST_S)
            for what, paths in asked.items():
                load(url, key, paths, 1.0, options.connections)
                found[what] = load(url, key, paths, options.seconds, options.connections)
            seen_s = edits(url, key, asked["text"][0])
            load_s = loaded(index_path(path))
            meanwhile = {"checks": asked["text"], "timelines": timelines(url, key, asked["text"][:50])}
            waiting = while_ingesting(url, key, meanwhile, path, options.ingest_rows)
    promises = [
        Promise("microseconds a check by text (1,500 requests/s)", 667, 1e6 / found["text"].per_s, "us"),
        Promise("p99 of checks by text", 15, found["text"].p99_ms, "ms"),
        Promise("microseconds a check by coordinates (4,000 requests/s)", 250, 1e6 / found["coordinates"].per_s, "us"),
        Promise("p99 of checks by coordinates", 10, found["coordinates"].p99_ms, "ms"),
        Promise("p99 of suggestions", 15, found["suggest"].p99_ms, "ms"),
        Promise("p99 of checks by text during an ingest", 50, p99(waiting["checks"]), "ms"),
        Promise("until an edit shows, longest of ten", 1, max(seen_s)),
        Promise("until an index is loaded", 2, load_s["seconds"]),
        Promise("memory of a loaded index", 500, load_s["mb"], "MB"),
        Promise("requests that failed", 0, sum(load.failed for load in found.values()), ""),
    ]
    notes = [f"asked by {'wrk' if find_wrk() else 'the load generator in Python'}, {options.connections} connections"]
    notes += [
        f"{what}: {load.per_s:,.0f} requests/s, p50 {load.p50_ms:.1f} ms, p99 {load.p99_ms:.1f} ms"
        for what, load in found.items()
    ]
    notes += [f"{what} during an ingest: {each.told()}" for what, each in waiting.items()]
    return report(promises, notes)


if __name__ == "__main__":
    sys.exit(main())
