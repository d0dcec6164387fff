"""Copy what the browser needs from ``node_modules`` (put there by ``npm ci``) into the package.

Run it as ``python tools/vendor.py`` after ``npm ci``. The copies are not committed; they are packed into the wheel.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "fibermap" / "web" / "vendor"

FILES = {
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
}
"""The files taken from each library, relative to its folder in ``node_modules``."""


def vendor() -> list[Path]:
    """Replace the copies and return them."""
    missing = [name for name in FILES if not (ROOT / "node_modules" / name).is_dir()]
    if missing:
        sys.exit(f"node_modules lacks {', '.join(missing)}. Run `npm ci` in {ROOT.name} first, then this again.")
    shutil.rmtree(TARGET, ignore_errors=True)
    copies = [TARGET / library / file.removeprefix("dist/") for library, files in FILES.items() for file in files]
    originals = [ROOT / "node_modules" / library / file for library, files in FILES.items() for file in files]
    for original, copy in zip(originals, copies, strict=True):
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, copy)
    return copies


if __name__ == "__main__":
    sys.stdout.write(f"{len(vendor())} files copied to {TARGET.relative_to(ROOT)}\n")
