"""Several datasets that came together (a folder, an archive) as one source."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from fibermap.formats.archive import safe_extract
from fibermap.formats.model import FeatureSource, LayerInfo, Notice
from fibermap.kernel.settings import Limits


class CombinedSource:
    """The layers of several sources, one after the other.

    A layer whose name an earlier part has used already gets the name of its file before it.
    """

    def __init__(self, path: Path, parts: Sequence[FeatureSource], keep: object = None) -> None:
        self.path = str(path)
        self.format = " and ".join(dict.fromkeys(part.format for part in parts))
        self._parts, self._keep = parts, keep
        self._names: dict[tuple[int, str], str] = {}

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches of each part in turn."""
        for index, part in enumerate(self._parts):
            for batch in part.batches():
                yield self._renamed(index, batch)

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return the layers of all parts."""
        return tuple(
            replace(layer, name=self._name(index, layer.name))
            for index, part in enumerate(self._parts)
            for layer in part.layers()
        )

    def notices(self) -> tuple[Notice, ...]:
        """Return the notices of all parts."""
        return tuple(
            replace(notice, layer=notice.layer and self._name(index, notice.layer))
            for index, part in enumerate(self._parts)
            for notice in part.notices()
        )

    def _renamed(self, part: int, batch: pa.RecordBatch) -> pa.RecordBatch:
        at = batch.schema.get_field_index("layer")
        names = [self._name(part, name) for name in batch.column(at).to_pylist()]
        return batch.set_column(at, batch.schema.field(at), pa.array(names, pa.string()))

    def _name(self, part: int, layer: str) -> str:
        key = (part, layer)
        if key not in self._names:
            used = set(self._names.values())
            file = Path(self._parts[part].path).name
            candidates = [layer, f"{file}/{layer}", f"{file}/{layer}/{part + 1}"]
            self._names[key] = next(name for name in candidates if name not in used)
        return self._names[key]


def combine(
    path: Path,
    *,
    limits: Limits,
    find: Callable[[Path], Sequence[Path]],
    open_one: Callable[[Path], FeatureSource],
) -> FeatureSource:
    """Open every dataset of a folder, or of an archive unpacked for as long as the source lives.

    Parameters
    ----------
    path
        The folder or zip archive.
    limits
        Bounds of the archive.
    find
        Lists the datasets of a folder, in the order they are read; raises where there are none.
    open_one
        Opens one of them.

    Raises
    ------
    InputRefused
        As :func:`~.archive.safe_extract` and the two callables.
    """
    if path.is_dir():
        return CombinedSource(path, [open_one(dataset) for dataset in find(path)])
    folder = tempfile.TemporaryDirectory(prefix="fibermap-")
    try:
        safe_extract(path, Path(folder.name), limits=limits)
        return CombinedSource(path, [open_one(dataset) for dataset in find(Path(folder.name))], folder)
    except BaseException:
        folder.cleanup()
        raise
