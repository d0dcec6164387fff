"""What somebody wants ingested, sent to where the database is: files with what belongs to them, and frames."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Any

from fibermap.client.http import Connection
from fibermap.client.wire import frame_bytes
from fibermap.formats.archive import check_file
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits

PIECE_BYTES = 1 << 20
MOST_FILES = 2_000
UPLOADS = "/v1/plan/uploads"
_URL = re.compile(r"https?://", re.IGNORECASE)
_BESIDE_A_SHAPEFILE = frozenset({".shp", ".dbf", ".prj", ".cpg"})


def send_input(at: Connection, item: Any) -> dict[str, Any]:
    """Send one input of an ingest and return how to name it to the server; the URL of a live layer is not sent for.

    Raises
    ------
    InputRefused
        ``file_missing`` and the like, or ``argument_invalid`` for what is no path, URL or GeoDataFrame.
    """
    if isinstance(item, str) and _URL.match(item):
        return {"url": item}
    if isinstance(item, str | PurePath):
        return {"upload": _send_files(at, Path(item)), "name": _name_of(Path(item)), "given": str(item)}
    if hasattr(item, "to_wkb") and hasattr(item, "columns"):
        content = frame_bytes(item)
        return {"upload": _send(at, None, "frame.arrow", lambda: iter((content,)), len(content)), "frame": True}
    raise InputRefused(
        Code.ARGUMENT_INVALID,
        f"A {type(item).__name__} cannot be sent to a server.",
        hint="Give a path, a URL, or a GeoDataFrame.",
    )


def parts_of(path: Path) -> list[tuple[str, Path]]:
    """Return the files that belong to a path, each with its name from the path's own on: all of a folder, the
    companions of a shapefile.

    Raises
    ------
    InputRefused
        ``limit_exceeded`` for a folder of very many files; whatever `check_file` refuses.
    """
    if path.is_dir():
        inside = sorted(file for file in path.rglob("*") if file.is_file())
        if len(inside) > MOST_FILES:
            raise InputRefused(
                Code.LIMIT_EXCEEDED, f"The folder holds {len(inside):,} files.", hint="Name one inside.", file=str(path)
            )
        return [(f"{_name_of(path)}/{file.relative_to(path).as_posix()}", file) for file in inside]
    check_file(path, limits=Limits())
    if path.suffix.lower() == ".shp":
        beside = path.parent.glob(f"{_literal(path.stem)}.*")
        return [(file.name, file) for file in sorted(beside) if file.suffix.lower() in _BESIDE_A_SHAPEFILE]
    return [(path.name, path)]


def _send_files(at: Connection, path: Path) -> str:
    upload_id: str | None = None
    for name, file in parts_of(path):
        upload_id = _send(at, upload_id, name, _pieces(file), file.stat().st_size)
    if upload_id is None:
        raise InputRefused(Code.FILE_EMPTY, "The folder is empty.", file=str(path))
    return upload_id


def _send(at: Connection, upload_id: str | None, name: str, content: Callable[[], Iterator[bytes]], size: int) -> str:
    params = {"name": name} | ({"upload_id": upload_id} if upload_id else {})
    return str(at.upload(UPLOADS, params, content, size)["upload_id"])


def _pieces(file: Path) -> Callable[[], Iterator[bytes]]:
    def read() -> Iterator[bytes]:
        with file.open("rb") as opened:
            while piece := opened.read(PIECE_BYTES):
                yield piece

    return read


def _name_of(path: Path) -> str:
    return path.name or path.resolve().name


def _literal(text: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", text)
