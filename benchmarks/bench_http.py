"""Checks and suggestions over HTTP: one worker and its load generator on the cores of this machine, over loopback.

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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import numpy as np

from benchmarks.county_files import write_addresses
from benchmarks.http_load import Load
from benchmarks.large_plan import build_in_process
from benchmarks.promise import Promise, check_disk, report
from fibermap.plan import Plan

QUESTIONS = 5_000
_STEADY_PER_S = 50
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
    """Ask from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.http_load", url, key, str(seconds), str(connections)]
    limit_s = seconds + 30
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, check=True, timeout=limit_s)
    return Load(**json.loads(done.stdout))


def while_ingesting(url: str, key: str, paths: Sequence[str], database: Path, rows: int) -> list[float]:
    """Ask fifty times a second while a county is ingested through the server; milliseconds since each was due."""
    county = database.with_name("county.csv")
    write_addresses(county, rows)
    command = [sys.executable, "-m", "fibermap", "--db", str(database), "ingest", str(county), "--yes", "--json"]
    waited_ms: list[float] = []
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}) as client:
        client.get(paths[0])
        ingest = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        began_s = time.perf_counter()
        while ingest.poll() is None:
            due_s = began_s + len(waited_ms) / _STEADY_PER_S
            time.sleep(max(0.0, due_s - time.perf_counter()))
            client.get(paths[len(waited_ms) % len(paths)])
            waited_ms.append(1000 * (time.perf_counter() - due_s))
    if ingest.returncode != 0:
        raise RuntimeError("the ingest failed")
    return waited_ms


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
            for what, paths in asked.items():
                load(url, key, paths, 1.0, options.connections)
                found[what] = load(url, key, paths, options.seconds, options.connections)
            waited_ms = while_ingesting(url, key, asked["text"], path, options.ingest_rows)
    promises = [
        Promise("microseconds a check by text (1,500 requests/s)", 667, 1e6 / found["text"].per_s, "us"),
        Promise("p99 of checks by text", 15, found["text"].p99_ms, "ms"),
        Promise("microseconds a check by coordinates (4,000 requests/s)", 250, 1e6 / found["coordinates"].per_s, "us"),
        Promise("p99 of checks by coordinates", 10, found["coordinates"].p99_ms, "ms"),
        Promise("p99 of suggestions", 15, found["suggest"].p99_ms, "ms"),
        Promise("p99 of checks by text during an ingest", 50, float(np.percentile(waited_ms, 99)), "ms"),
        Promise("requests that failed", 0, sum(load.failed for load in found.values()), ""),
    ]
    notes = [
        f"{what}: {load.per_s:,.0f} requests/s, p50 {load.p50_ms:.1f} ms, p99 {load.p99_ms:.1f} ms"
        for what, load in found.items()
    ]
    return report(promises, notes)


if __name__ == "__main__":
    sys.exit(main())
