"""The script and style of a map, with every image inlined so that nothing is fetched."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fibermap.kernel.errors import Code, InputRefused

WEB = Path(__file__).resolve().parents[1] / "web"
_IMAGE = re.compile(r"url\((images/[\w.-]+)\)")
_MARKER_IMAGES = {"iconUrl": "marker-icon.png", "iconRetinaUrl": "marker-icon-2x.png", "shadowUrl": "marker-shadow.png"}


@dataclass(frozen=True, slots=True)
class Assets:
    """What goes into the head of the page: one style sheet, one script."""

    style: str
    script: str


@cache
def read_assets() -> Assets:
    """Return Leaflet and this package's own script and style, as text to inline.

    Raises
    ------
    InputRefused
        ``browser_library_missing``.
    """
    leaflet = WEB / "vendor" / "leaflet"
    sheet = _IMAGE.sub(lambda found: f"url({_data_url(leaflet / found[1])})", _read(leaflet / "leaflet.css"))
    icons = ",".join(f'{name}:"{_data_url(leaflet / "images" / file)}"' for name, file in _MARKER_IMAGES.items())
    script = "\n".join(
        [
            re.sub(r"//# sourceMappingURL=.*", "", _read(leaflet / "leaflet.js")),
            f"L.Icon.Default.mergeOptions({{{icons}}});",
            _read(WEB / "coverage_map.js"),
        ]
    )
    return Assets(style=sheet + _read(WEB / "coverage_map.css"), script=script)


def _read(path: Path) -> str:
    return _bytes(path).decode("utf-8")


def _data_url(path: Path) -> str:
    return f"data:image/png;base64,{b64encode(_bytes(path)).decode('ascii')}"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputRefused(
            Code.BROWSER_LIBRARY_MISSING,
            f"The map needs {path.name}, and it is not in the package.",
            hint="Run `make setup` in the project's folder, or install a wheel that was built after it.",
            file=path.relative_to(WEB).as_posix(),
        ) from error
