"""How fast KML is read, and how many features each reader finds, beside fastkml and pyogrio (GDAL) in the same run.

Usage: ``python benchmarks/bench_kml.py [megabytes]``. Files are made, read and deleted. A speed means little where the
features are not all found: the ``broken`` file has one unclosed element in its second folder, ``old`` the namespace of
KML 2.1, ``plain`` neither.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyogrio
from fastkml import KML
from fastkml.features import Placemark

from fibermap.formats.kml import read_kml
from fibermap.kernel.settings import Limits

KML_22 = "http://www.opengis.net/kml/2.2"
KML_21 = "http://earth.google.com/kml/2.1"


def write_sample(path: Path, size_mb: float, *, vertices: int, namespace: str = KML_22, fault: str = "") -> int:
    """Write folders of ten polygons (or points, for one vertex) each; return how many placemarks."""
    random = np.random.default_rng(7)
    count = 0
    with path.open("w") as file:
        written = file.write(f'<?xml version="1.0"?><kml xmlns="{namespace}"><Document>')
        while written < size_mb * 1e6:
            places = "".join(placemark(random, vertices, count + i) for i in range(10))
            broken = fault if count == 10 else ""
            written += file.write(f"<Folder><name>F{count // 10}</name>{broken}{places}</Folder>\n")
            count += 10 + bool(broken)
        file.write("</Document></kml>")
    return count


def placemark(random: np.random.Generator, vertices: int, number: int) -> str:
    x, y = random.uniform(-110, 110), random.uniform(-70, 70)
    angles = np.linspace(0, 2 * np.pi, vertices)
    ring = " ".join(f"{x + dx:.7f},{y + dy:.7f},0" for dx, dy in zip(np.cos(angles), np.sin(angles), strict=True))
    coordinates = f"<coordinates>{ring}</coordinates>"
    polygon = f"<Polygon><outerBoundaryIs><LinearRing>{coordinates}</LinearRing></outerBoundaryIs></Polygon>"
    geometry = f"<Point>{coordinates}</Point>" if vertices == 1 else polygon
    data = f'<ExtendedData><Data name="STATUS"><value>BUILD {number}</value></Data></ExtendedData>'
    return f"<Placemark><name>p{number}</name>{data}{geometry}</Placemark>"


def by_fibermap(path: Path) -> int:
    return sum(len(batch) for batch in read_kml(path, limits=Limits()).batches())


def by_fastkml(path: Path) -> int:
    waiting = list(KML.parse(path).features)
    found = 0
    while waiting:
        feature = waiting.pop()
        found += isinstance(feature, Placemark)
        waiting.extend(getattr(feature, "features", []))
    return found


def by_pyogrio_first_layer(path: Path) -> int:
    return len(pyogrio.read_dataframe(path))


def by_pyogrio_all_layers(path: Path) -> int:
    return sum(len(pyogrio.read_dataframe(path, layer=name)) for name, _ in pyogrio.list_layers(path))


READERS: dict[str, Callable[[Path], int]] = {
    "fibermap": by_fibermap,
    "fastkml": by_fastkml,
    "pyogrio, default layer": by_pyogrio_first_layer,
    "pyogrio, every layer": by_pyogrio_all_layers,
}


def report(label: str, path: Path, count: int) -> None:
    size_mb = path.stat().st_size / 1e6
    print(f"\n{label}: {size_mb:.1f} MB, {count:,} placemarks")
    for reader, read in READERS.items():
        start = time.process_time()
        try:
            found = f"{read(path):,} found"
        except Exception as error:
            found = f"{type(error).__name__}: {str(error)[:50]}"
        seconds = time.process_time() - start
        print(f"  {reader:24} {size_mb / seconds:7.1f} MB/s of CPU  {found}")


def main() -> None:
    logging.disable()
    warnings.simplefilter("ignore")
    size_mb = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    samples = {
        "plain polygons": {"vertices": 500},
        "plain points": {"vertices": 1},
        "old namespace": {"vertices": 500, "namespace": KML_21},
        "broken": {"vertices": 500, "fault": "<Placemark><name>x</Placemark>"},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.kml"
        for label, options in samples.items():
            report(label, path, write_sample(path, size_mb / (5 if "points" in label else 1), **options))


if __name__ == "__main__":
    main()
