"""How many rows a layer has, read from the file itself and not through GDAL.

Sources: ESRI Shapefile Technical Description (July 1998); dBASE III record layout; OGC GeoPackage 1.3; FlatGeobuf
``header.fbs``; the FileGDB table header as GDAL's "FGDB Spec" notes describe it.
"""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import numpy as np

from fibermap.formats.shapefile import find_beside, list_records

_FGB_MAGIC_BYTES = 8
_FGB_COUNT_SLOT = 8
_GDB_TABLE_VERSION = 3


def count_shapefile(path: Path) -> int:
    """Count the records of a shapefile: the entries of its index, without those its table marks as deleted."""
    index = find_beside(path, ".shx")
    entries = len(list_records(path)) if index is None else (index.stat().st_size - 100) // 8
    return max(0, entries - _deleted(path))


def _deleted(path: Path) -> int:
    table = find_beside(path, ".dbf")
    if table is None or table.stat().st_size < 32:
        return 0
    with table.open("rb") as file:
        count, header_bytes, record_bytes = struct.unpack("<IHH", file.read(12)[4:])
    if not record_bytes:
        return 0
    records = np.memmap(table, np.uint8, "r", header_bytes) if table.stat().st_size > header_bytes else np.empty(0)
    return int(np.count_nonzero(records[::record_bytes][:count] == ord("*")))


def count_geopackage(path: Path, layer: str) -> int:
    """Count the rows of one table of a GeoPackage."""
    quoted = layer.replace('"', '""')
    with closing(open_sqlite(path)) as database:
        (count,) = database.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()
    return int(count)


def open_sqlite(path: Path) -> sqlite3.Connection:
    """Open a SQLite file so that nothing is ever written, not even a lock beside it."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def count_flatgeobuf(path: Path) -> int | None:
    """Read the feature count from the header; None where the writer did not know it."""
    with path.open("rb") as file:
        start = file.read(_FGB_MAGIC_BYTES + 4)
        (length,) = struct.unpack_from("<I", start, _FGB_MAGIC_BYTES)
        header = file.read(min(length, 1 << 24))
    (root,) = struct.unpack_from("<I", header, 0)
    table = root - struct.unpack_from("<i", header, root)[0]
    (table_bytes,) = struct.unpack_from("<H", header, table)
    slot = 4 + 2 * _FGB_COUNT_SLOT
    (offset,) = struct.unpack_from("<H", header, table + slot) if slot < table_bytes else (0,)
    return int(struct.unpack_from("<Q", header, root + offset)[0]) if offset else None


def count_geodatabase_table(folder: Path, number: int) -> int | None:
    """Read the row count from the header of the geodatabase table with this number; None for later layouts."""
    table = folder / f"a{number:08x}.gdbtable"
    if not table.is_file():
        return None
    with table.open("rb") as file:
        version, count = struct.unpack("<Ii", file.read(8).ljust(8, b"\xff"))
    return int(count) if version == _GDB_TABLE_VERSION and count >= 0 else None
