"""Which modules a page loads before its first line runs, so that it can name them all to the browser at once.

Otherwise a browser learns of a module only once it has read the one that imports it: as many journeys as the graph is
deep.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Mapping

_STATIC = re.compile(r"""^(?:import|export)\b(?:[^"';]*?\bfrom)?\s*["']([^"']+)["']""", re.MULTILINE)
_IMPORT_MAP = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)


def read_import_map(page: str) -> dict[str, str]:
    """Return the names that a page gives to modules, with where they are."""
    found = _IMPORT_MAP.search(page)
    return {} if found is None else dict(json.loads(found[1])["imports"])


def modules_of(first: str, read: Callable[[str], str], names: Mapping[str, str]) -> list[str]:
    """Return every module that one imports, itself first, however far away: the nearest first.

    Parameters
    ----------
    first
        The path of the module to begin with.
    read
        Gives the text of a module by its path.
    names
        Where modules are that are imported by name; one that is missing there is left out.
    """
    found = {first: None}
    for path in (waiting := [first]):
        for asked in _STATIC.findall(read(path)):
            at = names.get(asked) if asked[0] != "." else posixpath.normpath(f"{posixpath.dirname(path)}/{asked}")
            if at is not None and at not in found:
                found[at] = None
                waiting.append(at)
    return list(found)
