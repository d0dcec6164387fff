"""Where tests find the real inputs and references that are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(os.environ.get("FIBERMAP_REFERENCE_DATA", ROOT.parent / "shared" / "data"))


def reference_data(name: str) -> Path:
    """Return the path of a reference file; without it skip and say so, except in CI, where that is a failure."""
    path = FOLDER / name
    if not path.exists():
        message = f"reference data {name} is not beside the project (../shared/data or FIBERMAP_REFERENCE_DATA)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path
