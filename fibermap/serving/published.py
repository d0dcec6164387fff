"""The index as files, for whoever answers without the database: a large one that stays, a small one of what changed.

Beside ``plan.index`` lies ``plan.index.ID.layer``, where ID names the index that it goes above: the layer of a new
index is there before that index is, so that whoever looks finds one state whole, whenever he looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TypeAlias

from fibermap.kernel.errors import NotFound
from fibermap.serving.index import open_index
from fibermap.serving.index_file import Contents, new_index_file, read_index_file
from fibermap.serving.overlay import lay_over

_LAYER = ".layer"


def layer_path(path: Path, index_id: str) -> Path:
    """Return where the changes above an index lie."""
    return path.with_name(f"{path.name}.{index_id}{_LAYER}")


@dataclass(frozen=True, slots=True)
class Publication:
    """Where an index is published.

    Attributes
    ----------
    places
        The paths; the first lies where the index is written, the others get the same file.
    texts
        Gives what goes into every index that is published, beside what it is.
    """

    places: tuple[Path, ...]
    texts: Callable[[], Mapping[str, bytes]] = dict

    def put(self, fresh: Path, index_id: str) -> None:
        """Put a new index in the place of the old one; the layer with its id, if it has one, has been put before."""
        for place in self.places[1:]:
            _copy(fresh, place)
        fresh.replace(self.places[0])
        self._forget_layers(but=index_id)

    def put_again(self) -> None:
        """Put the index that lies in the first place in the others too, without the layer that it had."""
        for place in self.places[1:]:
            _copy(self.places[0], place)
        self._forget_layers()

    def _forget_layers(self, but: str = "") -> None:
        for place in self.places:
            for path in place.parent.glob(f"{escape(place.name)}.*{_LAYER}"):
                if path != layer_path(place, but):
                    path.unlink(missing_ok=True)

    def put_layer(self, layer: Contents) -> None:
        """Put what has changed above an index beside it, in the place of what had changed before."""
        first, *others = (layer_path(place, layer.about["index_id"]) for place in self.places)
        with new_index_file(first, layer) as fresh:
            for place in others:
                _copy(fresh, place)
            fresh.replace(first)


class Published:
    """An index as files, in memory; newer ones are taken up.

    Raises
    ------
    NotFound
        ``file_missing``.
    InputRefused
        It is no index file, or a damaged one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._take_up()

    def refresh(self) -> None:
        """Take up what has been put in the place of a file; what cannot be read is not looked at again."""
        base = _mark(self._path)
        if base is None:  # there is none just now
            return
        if base != self._base_seen:
            self._take_up()
        elif _mark(self._layer_path) != self._layer_seen:
            self._lay()

    def _take_up(self) -> None:
        self._base_seen = _mark(self._path)  # before it is read: what comes then is seen the next time
        contents = read_index_file(self._path)
        self._base, self.texts = open_index(contents), contents.texts
        self._layer_path = layer_path(self._path, self._base.index_id)
        self._lay()

    def _lay(self) -> None:
        self._layer_seen = _mark(self._layer_path)
        layer = None if self._layer_seen is None else self._layer()
        if layer is not None:
            self.index = lay_over(self._base, layer)
        elif _mark(self._path) == self._base_seen:
            self.index = self._base
        else:  # it has gone since another base came that holds it: nobody is answered from before it
            self._take_up()

    def _layer(self) -> Contents | None:
        with suppress(NotFound):  # gone since it was looked at
            return read_index_file(self._layer_path)
        self._layer_seen = None
        return None


_Mark: TypeAlias = tuple[int, int, int]


def _mark(path: Path) -> _Mark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _copy(file: Path, place: Path) -> None:
    """Put the same file in another place too: as another name for it where that can be."""
    with TemporaryDirectory(dir=place.parent, prefix=f".{place.name}.") as folder:
        fresh = Path(folder) / place.name
        try:
            fresh.hardlink_to(file)
        except OSError:  # another file system
            copyfile(file, fresh)
        fresh.replace(place)
