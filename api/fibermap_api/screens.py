"""The browser application's files: found once, sent compressed, and cached by what is in them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fibermap.kernel.errors import Code, NotFound
from fibermap_api.module_graph import modules_of, read_import_map
from fibermap_api.outlines import outlines

ASSETS = "/assets"
PAGE, PORTAL = "index.html", "portal.html"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""What is sent, by the ending of its name; no other file leaves, wherever it lies."""
_COMPRESSED = {".css", ".html", ".js", ".json", ".mjs", ".svg"}
_WORTH_COMPRESSING_BYTES = 1_000
_HERE = "{{assets}}"
_MODULES = "{{modules}}"
_FIRST_MODULE = "js/main.js"
_MADE: Mapping[str, tuple[str, Callable[[bytes], bytes]]] = {
    "outlines.json": ("vendor/us-atlas/counties-10m.json", outlines)
}
"""Files that are made of another one when they are first asked for."""
_INLINE = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it travels. ``gzipped`` is None where that would not make it smaller."""

    body: bytes
    gzipped: bytes | None
    media_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and the hashes of the import map in it, which its policy has to name."""

    asset: Asset
    script_hashes: tuple[str, ...]


def web_root() -> Path:
    """Return the folder of the application: inside an installed package, beside it in a checkout."""
    packed = Path(__file__).with_name("web")
    return packed if packed.is_dir() else Path(__file__).parents[1] / "web"


class Screens:
    """The files under one folder.

    Parameters
    ----------
    root
        The folder. What changes in it is seen at the next request for the page.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def release(self) -> str:
        """Return a name that changes whenever any file does, so that browsers may keep all files of a release."""
        told = hashlib.sha256()
        for file in sorted(self._root.rglob("*")):
            if file.suffix in TYPES:
                found = file.stat()
                told.update(f"{file.relative_to(self._root)} {found.st_size} {found.st_mtime_ns}\n".encode())
        return told.hexdigest()[:16]

    def page(self, name: str = PAGE) -> Page:
        """Return a page, which names the files of the current release; raises ``NotFound`` where none is packed."""
        file = self._root / name
        if not file.is_file():
            raise _missing()
        release = self.release()
        text = file.read_text(encoding="utf-8").replace(_MODULES, _preloaded(self._root, release))
        text = text.replace(_HERE, f"{ASSETS}/{release}")
        hashes = tuple(_hash_of(script) for script in _INLINE.findall(text))
        return Page(_asset(text.encode(), ".html"), hashes)

    def asset(self, path: str) -> Asset:
        """Return one file.

        Raises
        ------
        NotFound
            ``route_not_found``: it is not there, not of a kind that is sent, or not inside the folder.
        """
        named = path.split("/")
        if "\\" in path or "\0" in path or any(part in ("", ".", "..") or part.startswith(".") for part in named):
            raise _missing()
        source, make = _MADE.get(path, (path, bytes))
        file = self._root.joinpath(*source.split("/"))
        if file.suffix not in TYPES or not file.is_file():
            raise _missing()
        found = file.stat()
        return _read(file, make, found.st_size, found.st_mtime_ns)


def policy_of(
    script_hashes: Iterable[str], image_hosts: Iterable[str] = (), embedded_in: Iterable[str] = ("'none'",)
) -> str:
    """Return the Content-Security-Policy of a page.

    Parameters
    ----------
    script_hashes
        Hashes of inline scripts that are let through: the import map, which browsers take inline only.
    image_hosts
        Origins of the imagery that the operator has set, ``https://tiles.example``.
    embedded_in
        The sites whose pages may show it in a frame.
    """
    scripts = " ".join(("'self'", *(f"'{digest}'" for digest in script_hashes)))
    hosts = "".join(f" {host}" for host in image_hosts)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            "worker-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: blob:{hosts}",
            f"connect-src 'self'{hosts}",
            "font-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {' '.join(embedded_in)}",
        )
    )


@lru_cache(maxsize=10)
def _preloaded(root: Path, _release: str) -> str:
    """Return the links by which a browser fetches all modules of the page at once."""
    names = read_import_map((root / PAGE).read_text(encoding="utf-8"))
    inside = {name: at.removeprefix(f"{_HERE}/") for name, at in names.items()}
    paths = modules_of(_FIRST_MODULE, lambda path: (root / path).read_text(encoding="utf-8"), inside)
    return "\n    ".join(f'<link rel="modulepreload" href="{_HERE}/{path}">' for path in paths)


@lru_cache(maxsize=1_000)
def _read(file: Path, make: Callable[[bytes], bytes], _bytes: int, _changed_ns: int) -> Asset:
    return _asset(make(file.read_bytes()), file.suffix)


def _asset(body: bytes, suffix: str) -> Asset:
    gzipped = None
    if suffix in _COMPRESSED and len(body) >= _WORTH_COMPRESSING_BYTES:
        gzipped = gzip.compress(body, 6, mtime=0)
    return Asset(body, gzipped, TYPES[suffix], f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _hash_of(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _missing() -> NotFound:
    return NotFound(Code.ROUTE_NOT_FOUND, "There is nothing at this path.", hint="The screens are at /.")
