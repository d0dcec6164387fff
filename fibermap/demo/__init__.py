"""The synthetic county: a place that exists nowhere, with everything that is wrong in real files."""

from __future__ import annotations

from fibermap.demo.files import CountyFiles, write_county

__all__ = ["CountyFiles", "write_county"]
