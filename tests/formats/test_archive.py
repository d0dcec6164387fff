"""Archives: what is inside comes out unchanged, and nothing hostile gets past the door."""

from __future__ import annotations

import contextlib
import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.formats.archive import check_file, is_archive, members, open_archive, open_member, safe_extract
from fibermap.formats.archive_stream import MemberStream
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits
from tests.reference import reference_data

LIMITS = Limits()


def archive(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as target:
        for name, content in files.items():
            target.writestr(zipfile.ZipInfo(name), content, method)
    return path


def refused(action: object, *arguments: object, limits: Limits = LIMITS) -> Code:
    with pytest.raises(InputRefused) as caught:
        action(*arguments, limits=limits)  # type: ignore[operator]
    assert caught.value.message
    return caught.value.code


def drained(stream: MemberStream) -> tuple[bytes, Code | None]:
    """Read to the end or the refusal; return what came and why it ended."""
    received = bytearray()
    try:
        while chunk := stream.read(1000):
            received += chunk
    except InputRefused as error:
        return bytes(received), error.code
    return bytes(received), None


@given(files=st.dictionaries(st.sampled_from("abcdef"), st.binary(max_size=5000), min_size=1), stored=st.booleans())
def test_members_come_out_as_zipfile_reads_them(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], stored: bool
) -> None:
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    path = archive(tmp_path_factory.mktemp("zip") / "a.zip", files, method)
    with open_archive(path, limits=LIMITS) as opened, zipfile.ZipFile(path) as oracle:
        assert {m.name: opened.open(m).read() for m in opened.members} == {n: oracle.read(n) for n in oracle.namelist()}


def test_extraction_writes_files_and_folders(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"plan.gdb/": b"", "plan.gdb/a00000001.gdbtable": b"table", "readme.txt": b"x"})
    target = tmp_path / "out"
    target.mkdir()
    assert safe_extract(path, target, limits=LIMITS) == (target / "plan.gdb/a00000001.gdbtable", target / "readme.txt")
    assert (target / "plan.gdb/a00000001.gdbtable").read_bytes() == b"table"


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "C:/x", "..\\x", "\\x"])
def test_a_member_that_points_outside_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    path = archive(tmp_path / "a.zip", {"good": b"1", name: b"2"})
    target = tmp_path / "out"
    target.mkdir()
    assert refused(safe_extract, path, target) == Code.ARCHIVE_MEMBER_UNSAFE
    assert not list(target.iterdir())


def test_a_member_with_dots_can_be_read_by_name(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.kmz", {"../x.kml": b"<kml/>"})
    with open_member(path, "../x.kml", limits=LIMITS) as stream:
        assert stream.read() == b"<kml/>"


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as target:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(link, "/etc/passwd")
    (tmp_path / "out").mkdir()
    assert refused(safe_extract, path, tmp_path / "out") == Code.ARCHIVE_MEMBER_UNSAFE


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a", "a"), ("a", "a/b")])
def test_a_name_used_twice_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as target:
        for name in names:
            target.writestr(name, b"x")
    (tmp_path / "out").mkdir()
    assert refused(safe_extract, path, tmp_path / "out") == Code.ARCHIVE_MEMBER_UNSAFE


def test_a_bomb_is_refused_by_its_ratio_while_it_unpacks(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"zeros": bytes(30 << 20)})
    with open_archive(path, limits=LIMITS) as opened:
        received, code = drained(opened.open(opened.members[0]))
    assert code == Code.ARCHIVE_BOMB
    assert len(received) < 11 << 20


def test_a_sum_of_members_beyond_the_limit_is_refused_at_the_door(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {name: bytes(1000) for name in "abc"})
    assert refused(members, path, limits=Limits(archive_bytes=2999)) == Code.ARCHIVE_BOMB
    assert len(members(path, limits=Limits(archive_bytes=3000))) == 3


def test_a_member_larger_than_it_declares_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a": bytes(5000)})
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<L", content, directory + 24, 10)
    path.write_bytes(content)
    with open_archive(path, limits=LIMITS) as opened, pytest.raises(InputRefused) as caught:
        opened.open(opened.members[0]).read()
    assert caught.value.code == Code.ARCHIVE_BOMB


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {str(i): b"" for i in range(11)})
    assert refused(members, path, limits=Limits(archive_members=10)) == Code.ARCHIVE_BOMB


def test_a_directory_too_long_to_list_is_refused_before_it_is_listed(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {f"{i:0>200}": b"" for i in range(100)})
    assert refused(members, path, limits=Limits(archive_members=5)) == Code.ARCHIVE_BOMB


def test_an_encrypted_member_is_refused_and_the_others_can_be_read(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"secret": b"x", "open": b"y"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with open_archive(path, limits=LIMITS) as opened:
        secret, readable = opened.members
        with pytest.raises(InputRefused) as caught:
            opened.open(secret)
        assert caught.value.code == Code.FILE_UNREADABLE
        assert opened.open(readable).read() == b"y"


def test_another_packing_method_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a": b"x" * 100}, zipfile.ZIP_BZIP2)
    with open_archive(path, limits=LIMITS) as opened, pytest.raises(InputRefused) as caught:
        opened.open(opened.members[0])
    assert caught.value.code == Code.FILE_UNREADABLE


def test_a_wrong_checksum_is_told_after_the_content(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a": b"content"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"content", b"c0ntent"))
    with open_archive(path, limits=LIMITS) as opened:
        stream = io.BufferedReader(opened.open(opened.members[0]))
        assert stream.read(7) == b"c0ntent"
        with pytest.raises(InputRefused) as caught:
            stream.read(1)
    assert caught.value.code == Code.ARCHIVE_BROKEN


def test_a_truncated_archive_is_salvaged_but_not_extracted(tmp_path: Path) -> None:
    whole = archive(tmp_path / "a.zip", {"a": b"first" * 10, "b": b"second"}).read_bytes()
    path = tmp_path / "b.zip"
    path.write_bytes(whole[: whole.index(b"PK\x01\x02")])
    with open_archive(path, limits=LIMITS) as opened:
        assert opened.is_salvaged
        assert {m.name: opened.open(m).read() for m in opened.members} == {"a": b"first" * 10, "b": b"second"}
    (tmp_path / "out").mkdir()
    assert refused(safe_extract, path, tmp_path / "out") == Code.ARCHIVE_BROKEN


def test_a_member_that_breaks_off_hands_out_what_is_left(tmp_path: Path) -> None:
    text = b"".join(b"%d," % (i * i * 7919) for i in range(20000))
    whole = archive(tmp_path / "a.zip", {"a": text}).read_bytes()
    path = tmp_path / "b.zip"
    path.write_bytes(whole[: len(whole) // 2])
    with open_archive(path, limits=LIMITS) as opened:
        received, code = drained(opened.open(opened.members[0]))
    assert code == Code.ARCHIVE_BROKEN
    assert len(received) > len(text) // 3
    assert text.startswith(received)


@given(st.data())
def test_a_damaged_archive_never_ends_in_a_library_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("zip")
    content = bytearray(archive(folder / "a.zip", {"a": b"first" * 50, "b/c": b"second"}).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = folder / "b.zip"
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with contextlib.suppress(InputRefused), open_archive(path, limits=LIMITS) as opened:
        for member in opened.members:
            opened.open(member).read()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert refused(check_file, tmp_path / "nothing") == Code.FILE_MISSING
    assert refused(check_file, tmp_path / "no\0name") == Code.FILE_MISSING
    assert refused(check_file, tmp_path) == Code.FILE_IS_DIRECTORY
    assert refused(check_file, tmp_path / "empty") == Code.FILE_EMPTY
    (tmp_path / "empty").write_bytes(b"12345")
    assert refused(check_file, tmp_path / "empty", limits=Limits(file_bytes=4)) == Code.FILE_TOO_LARGE


def test_an_archive_is_known_by_its_content(tmp_path: Path) -> None:
    assert is_archive(archive(tmp_path / "plan.dat", {"a": b""}))
    assert not is_archive(reference_data("kml_samples/bad.kmz"))
    assert refused(members, reference_data("kml_samples/bad.kmz")) == Code.ARCHIVE_BROKEN


def test_an_archive_without_files_is_refused(tmp_path: Path) -> None:
    assert refused(members, archive(tmp_path / "a.zip", {})) == Code.ARCHIVE_EMPTY
