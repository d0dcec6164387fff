"""Copy what the browser needs from ``node_modules`` (put there by ``npm ci``) into the packages.

Run it as ``python tools/vendor.py`` after ``npm ci``. The copies are not committed; they are packed into the wheel.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAPS = ROOT / "fibermap" / "web" / "vendor"
"""For maps in notebooks and files."""
SCREENS = ROOT / "api" / "web" / "vendor"
"""For the browser application."""

FILES = {
    MAPS: {
        "leaflet": (
            "LICENSE",
            "dist/leaflet.css",
            "dist/leaflet.js",
            "dist/images/layers.png",
            "dist/images/layers-2x.png",
            "dist/images/marker-icon.png",
            "dist/images/marker-icon-2x.png",
            "dist/images/marker-shadow.png",
        ),
    },
    SCREENS: {
        "maplibre-gl": (
            "LICENSE.txt",
            "dist/maplibre-gl.css",
            "dist/maplibre-gl.mjs",
            "dist/maplibre-gl-shared.mjs",
            "dist/maplibre-gl-worker.mjs",
        ),
        "terra-draw": ("package.json", "dist/terra-draw.module.js"),
        "terra-draw-maplibre-gl-adapter": ("package.json", "dist/terra-draw-maplibre-gl-adapter.module.js"),
        "pmtiles": ("package.json", "dist/esm/index.js"),
        "fflate": ("LICENSE", "esm/browser.js"),
        "us-atlas": ("LICENSE", "counties-10m.json"),
    },
}
"""The files taken from each library, relative to its folder in ``node_modules``, by where they go.

Its licence is among them; a library without a file for it names it in its ``package.json``.
"""


def vendor() -> list[Path]:
    """Replace the copies and return them."""
    libraries = {library for taken in FILES.values() for library in taken}
    missing = sorted(name for name in libraries if not (ROOT / "node_modules" / name).is_dir())
    if missing:
        sys.exit(f"node_modules lacks {', '.join(missing)}. Run `npm ci` in {ROOT.name} first, then this again.")
    return [copy for target, taken in FILES.items() for copy in _replace(target, taken)]


def _replace(target: Path, taken: Mapping[str, Sequence[str]]) -> Iterator[Path]:
    shutil.rmtree(target, ignore_errors=True)
    for library, files in taken.items():
        for file in files:
            copy = target / library / file.removeprefix("dist/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / "node_modules" / library / file, copy)
            yield copy


if __name__ == "__main__":
    sys.stdout.write(f"{len(vendor())} files copied\n")
