"""An index file gives back what was written, and anything else is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fibermap.kernel.errors import Code, FibermapError, NotFound
from fibermap.serving.index_file import FORMAT, Contents, read_about, read_index_file, write_index_file


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "town.index"
    contents = Contents(
        {"data_version": "7.12"},
        {"numbers": np.arange(12, dtype=np.int32).reshape(3, 4), "none": np.empty((0, 2))},
        {"homes": pa.table({"id": [3, 5], "name": ["a", None]}), "empty": pa.table({"x": pa.array([], pa.int64())})},
        {"keys": b"[]"},
    )
    write_index_file(path, contents)
    return path


def test_what_was_written_is_read(written: Path) -> None:
    found = read_index_file(written)
    assert found.about == {"data_version": "7.12"} == read_about(written)
    assert found.arrays["numbers"].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert found.arrays["none"].shape == (0, 2)
    assert found.tables["homes"].to_pylist() == [{"id": 3, "name": "a"}, {"id": 5, "name": None}]
    assert found.tables["empty"].num_rows == 0
    assert found.texts["keys"] == b"[]"


def test_what_was_read_cannot_be_changed(written: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        read_index_file(written).arrays["numbers"][0, 0] = 9


def test_a_file_is_replaced_whole_and_leaves_no_other_behind(written: Path) -> None:
    before = read_index_file(written)
    write_index_file(written, Contents({"data_version": "8"}))
    assert read_about(written) == {"data_version": "8"}
    assert before.tables["homes"].num_rows == 2, "who had mapped the old one keeps it"
    assert [path.name for path in written.parent.iterdir()] == ["town.index"]


def test_what_cannot_be_written_leaves_the_old_file(written: Path) -> None:
    with pytest.raises(TypeError):
        write_index_file(written, Contents({}, {"odd": np.array([object()])}))
    assert read_about(written) == {"data_version": "7.12"}
    assert [path.name for path in written.parent.iterdir()] == ["town.index"]


def refused(path: Path) -> str:
    with pytest.raises(FibermapError) as refusal:
        read_index_file(path)
    return str(refusal.value.code)


def test_a_truncated_file_is_broken_wherever_it_ends(written: Path) -> None:
    whole = written.read_bytes()
    for length in (40, 64, len(whole) // 2, len(whole) - 1):
        written.write_bytes(whole[:length])
        assert refused(written) == Code.INDEX_BROKEN, length


def test_a_damaged_directory_is_broken(written: Path) -> None:
    whole = bytearray(written.read_bytes())
    whole[-5] ^= 1
    written.write_bytes(whole)
    assert refused(written) == Code.INDEX_BROKEN


def test_other_files_are_foreign(tmp_path: Path) -> None:
    for content in (b"", b"PK", b"not an index at all, but longer than any header"):
        (tmp_path / "x").write_bytes(content)
        assert refused(tmp_path / "x") == Code.INDEX_FOREIGN
    assert refused(tmp_path) == Code.INDEX_FOREIGN, "a folder"


def test_a_later_format_is_newer(written: Path) -> None:
    whole = bytearray(written.read_bytes())
    whole[8:12] = (FORMAT + 1).to_bytes(4, "little")
    written.write_bytes(whole)
    assert refused(written) == Code.INDEX_NEWER


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_index_file(tmp_path / "none")
