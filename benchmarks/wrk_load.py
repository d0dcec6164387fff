"""The load generator `wrk`, where it is installed: it takes a tenth of the processor that one in Python does.

What it does not take, the server has: on two cores that is the difference between measuring the one and the other.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.http_load import Load

_SCRIPT = """
local paths, n = {}, 0
for line in io.lines(os.getenv("FIBERMAP_BENCH_PATHS")) do paths[#paths + 1] = line end
local headers = { ["Authorization"] = "Bearer " .. os.getenv("FIBERMAP_BENCH_KEY") }

request = function()
  n = n + 7919  -- a prime, so that paths far from each other are asked for one after the other
  return wrk.format("GET", paths[n % #paths + 1], headers)
end

done = function(summary, latency)
  local wrong = summary.errors
  local failed = wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout
  io.stderr:write(string.format('{"per_s": %f, "p50_ms": %f, "p99_ms": %f, "failed": %d}',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, failed))
end
"""


def find_wrk() -> str | None:
    """Return the path of the program, None where it is not installed."""
    return shutil.which("wrk")


def ask_by_wrk(wrk: str, url: str, key: str, paths: Sequence[str], seconds: float, connections: int) -> Load:
    """Ask for some whole seconds, one at least, over so many connections."""
    with tempfile.TemporaryDirectory() as folder:
        script, listed = Path(folder) / "ask.lua", Path(folder) / "paths.txt"
        script.write_text(_SCRIPT)
        listed.write_text("\n".join(paths))
        environment = os.environ | {"FIBERMAP_BENCH_KEY": key, "FIBERMAP_BENCH_PATHS": str(listed)}
        lasts = f"{max(1, round(seconds))}s"
        done = subprocess.run(
            [wrk, "-t1", f"-c{connections}", "-d", lasts, "-s", str(script), url],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True,
            timeout=seconds + 30,
        )  # fmt: skip
    return Load(**json.loads(done.stderr))
