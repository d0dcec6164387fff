"""DuckDB's spatial extension, loaded from the wheel it was installed with and never from the network."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb

from fibermap.kernel.errors import Code, StoreFailed

PACKAGE = "duckdb_extension_spatial"


def spatial_extension_path() -> Path:
    """Return the extension's file for the installed DuckDB.

    Raises
    ------
    StoreFailed
        ``extension_unusable`` where the wheel is missing or was built for another DuckDB.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise _unusable("the spatial extension is not installed")
    folder = Path(spec.origin).parent / "extensions"
    path = folder / f"v{duckdb.__version__}" / "spatial.duckdb_extension"
    if not path.is_file():
        found = ", ".join(sorted(child.name for child in folder.glob("v*"))) or "no version"
        raise _unusable(f"the installed spatial extension is for {found}, DuckDB is v{duckdb.__version__}")
    return path


def load_spatial(connection: duckdb.DuckDBPyConnection) -> None:
    """Load the extension into the database behind ``connection``; cursors made from it share it."""
    path = spatial_extension_path()
    try:
        connection.execute(f"LOAD '{str(path).replace(chr(39), chr(39) * 2)}'")
    except duckdb.Error as error:
        raise _unusable(f"the spatial extension cannot be loaded: {error}") from error


def _unusable(message: str) -> StoreFailed:
    pins = f"duckdb=={duckdb.__version__} duckdb-extension-spatial=={duckdb.__version__}"
    return StoreFailed(Code.EXTENSION_UNUSABLE, message + ".", hint=f"Install matching versions: pip install {pins}.")
