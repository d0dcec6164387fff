"""Large files in bounded memory and time."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import pytest

from fibermap.formats.kml import read_kml
from fibermap.kernel.settings import Limits
from tests.formats.kml_files import LIMITS, folder, kml, placemark, polygon, write

VERTICES = 2_000


def large_file(path: Path, size_mb: int) -> int:
    """Write a document of polygons; return how many."""
    around = np.linspace(0, 2 * np.pi, VERTICES)
    circle = " ".join(f"{-111 + x:.7f},{45 + y:.7f},0" for x, y in zip(np.cos(around), np.sin(around), strict=True))
    one = folder("Phase 1", placemark("area", polygon(circle))) + "\n"
    count = (size_mb << 20) // len(one)
    with path.open("w") as file:
        file.write("<kml><Document>")
        for _ in range(count):
            file.write(one)
        file.write("</Document></kml>")
    return count


def growth_mb(path: Path, limits: Limits = LIMITS) -> tuple[Counter[str], float]:
    """Read a file; return the outcomes and by how much the process grew at most, beyond its batches."""
    process = psutil.Process()
    before, peak, outcomes = process.memory_info().rss, 0, Counter[str]()
    for batch in read_kml(path, limits=limits).batches():
        peak = max(peak, process.memory_info().rss)
        outcomes.update(batch.column("outcome").to_pylist())
    return outcomes, (peak - before) / 2**20


@pytest.mark.parametrize("size_mb", [60, pytest.param(200, marks=pytest.mark.slow)])
def test_a_large_file_takes_bounded_memory(tmp_path: Path, size_mb: int) -> None:
    count = large_file(tmp_path / "large.kml", size_mb)
    outcomes, grown_mb = growth_mb(tmp_path / "large.kml")
    assert outcomes == {"ingested": count}
    assert grown_mb < 300


def test_a_polygon_of_ten_million_vertices_is_refused_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "huge.kml"
    with path.open("w") as file:
        file.write(
            "<kml>" + placemark("a") + "<Placemark><name>huge</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        )
        for _ in range(1_000):
            file.write("-111.3456,45.8123 " * 10_000)
        file.write("</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>" + placemark("b") + "</kml>")
    rows = [row for batch in read_kml(path, limits=Limits(vertices=1_000_000)).batches() for row in batch.to_pylist()]
    assert [(row["name"], row["reason"]) for row in rows] == [("a", None), ("huge", "geometry_too_large"), ("b", None)]
    _, grown_mb = growth_mb(path, Limits(vertices=1_000_000))
    assert grown_mb < 150


def test_a_comment_without_end_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "comment.kml"
    with path.open("w") as file:
        file.write("<kml>" + placemark("a") + "<!--")
        for _ in range(60):
            file.write("x" * (1 << 20))
    outcomes, grown_mb = growth_mb(path)
    assert outcomes == {"ingested": 1}
    assert grown_mb < 100


def test_many_small_features_in_many_folders_take_seconds(tmp_path: Path) -> None:
    inside = "".join(folder(f"F{i}", *(placemark(f"p{j}") for j in range(13))) for i in range(196))
    path = write(tmp_path / "a.kml", kml(inside))
    start = time.process_time()
    outcomes, _ = growth_mb(path)
    assert outcomes == {"ingested": 196 * 13}
    assert time.process_time() - start < 2
