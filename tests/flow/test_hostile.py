"""Whatever comes to the door and means harm is refused with a code or taken in whole, and nothing else happens."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import fibermap
from fibermap.ingest.report import IngestReport
from fibermap.kernel.errors import FibermapError
from fibermap.plan import Plan
from tests.flow import hostile, hostile_content, mutation
from tests.flow.town import write_homes

SLOWEST_S = 60.0
"""Longest that any of these files may keep a planner waiting, on a busy machine."""
MOST_KILOBYTES = 1_500_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")

REFUSED = {
    "bomb_zip": (hostile.bomb_zip, "archive_bomb"),
    "bomb_kmz": (hostile.bomb_kmz, "archive_bomb"),
    "bomb_workbook": (hostile.bomb_workbook, "archive_bomb"),
    "bomb_geodatabase": (hostile.bomb_geodatabase, "archive_bomb"),
    "bomb_nested": (hostile.bomb_nested, "format_unknown"),
    "bomb_of_many": (hostile.bomb_of_many, "archive_bomb"),
    "liar": (hostile.liar, "archive_bomb"),
    "member_above": (hostile.outside("../addresses.csv"), "archive_member_unsafe"),
    "member_absolute": (hostile.outside("/etc/addresses.csv"), "archive_member_unsafe"),
    "member_of_windows": (hostile.outside("C:\\addresses.csv"), "archive_member_unsafe"),
    "member_link": (hostile.link, "archive_member_unsafe"),
    "laughs_kml": (hostile.laughs_kml, "xml_entity_refused"),
    "passwd_kml": (hostile.passwd_kml, "xml_entity_refused"),
    "laughs_workbook": (hostile.laughs_workbook, "xml_entity_refused"),
    "deep_kml": (hostile.deep_kml, "xml_too_deep"),
    "deep_multigeometry": (hostile.deep_multigeometry, "xml_too_deep"),
    "deep_crs": (hostile.deep_crs, "file_unreadable"),
    "million_columns": (hostile_content.million_columns, "file_unreadable"),
    "empty_kml": (hostile.empty("plan.kml"), "file_empty"),
    "empty_csv": (hostile.empty("a.csv"), "file_empty"),
    "spaces": (hostile.spaces, "format_unknown"),
    "directory": (hostile.directory, "file_is_directory"),
    "pipe": (hostile.pipe, "file_unreadable"),
    "circular_link": (hostile.circular_link, "file_unreadable"),
    "folder_of_itself": (hostile.folder_of_itself, "file_unreadable"),
}
"""Case -> what writes it, and the code with which it is refused as a whole."""

TAKEN: dict[str, hostile.Builder] = {
    "laughs_geodatabase": hostile.laughs_geodatabase,
    "deep_html": hostile.deep_html,
    "deep_json": hostile.deep_json,
    "deep_geojson_properties": hostile.deep_geojson_properties,
    "deep_geojson_geometry": hostile.deep_geojson_geometry,
    "deep_esri_json": hostile.deep_esri_json,
    "deep_wkt": hostile.deep_wkt,
    "deep_geoparquet": hostile.deep_geoparquet,
    "deep_geopackage": hostile.deep_geopackage,
    "wild_numbers_csv": hostile_content.wild_numbers_csv,
    "wild_numbers_geojson": hostile_content.wild_numbers_geojson,
    "wild_numbers_kml": hostile_content.wild_numbers_kml,
    "wild_numbers_esri": hostile_content.wild_numbers_esri,
    "knot": hostile_content.knot(300),
    "tight_knot": hostile_content.knot(5_000),
    "star": hostile_content.star,
    "named_areas": hostile_content.named_areas,
    "named_addresses": hostile_content.named_addresses,
    "million_keys": hostile_content.million_keys,
    "twins": hostile_content.twins,
    "huge_value_csv": hostile_content.huge_value_csv,
    "huge_value_geojson": hostile_content.huge_value_geojson,
    "huge_description": hostile_content.huge_description,
    "quote_without_end": hostile_content.quote_without_end,
    "utf_16": hostile_content.in_encoding("utf-16", "UTF-16"),
    "latin_1_in_disguise": hostile_content.in_encoding("latin-1", "UTF-8"),
    "utf_8_in_disguise": hostile_content.in_encoding("utf-8", "UTF-16"),
    "windows_table": hostile_content.table_in("cp1252"),
    "utf_16_table": hostile_content.table_in("utf-16"),
    "dos_table": hostile_content.table_in("cp437"),
}
"""Case -> what writes it: taken in, each thing in it accounted for, however bad it is."""

HUGE: dict[str, hostile.Builder] = {
    "many_vertices_kml": hostile_content.many_vertices_kml,
    "many_vertices_geojson": hostile_content.many_vertices_geojson,
}
"""The same, of hundreds of megabytes."""

SEEDS = [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 60))]


@pytest.fixture(scope="module")
def fm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plan]:
    """A database with a town in it, which no case may change."""
    path = tmp_path_factory.mktemp("town")
    with fibermap.open(":memory:") as plan:
        plan.ingest(write_homes(path), mutation.write_kml(path / "plan.kml"), yes=True, progress=False)
        yield plan


@pytest.fixture(scope="module")
def before(fm: Plan) -> tuple[str, ...]:
    """What people see of the town, which is what they see after every case."""
    return state(fm)


@pytest.fixture(scope="module")
def sound_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One sound file of every kind that is damaged."""
    return {kind: write(tmp_path_factory.mktemp(kind)) for kind, (write, _) in mutation.SAMPLES.items()}


@pytest.fixture
def bounded() -> Iterator[None]:
    """Hold a case to bounded time and memory."""
    began_s, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.perf_counter() - began_s < SLOWEST_S
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_KILOBYTES


def state(fm: Plan) -> tuple[str, ...]:
    """Return everything that people see of a database, as text, but for the version that last decided on an address."""
    relations = (
        "(SELECT * EXCLUDE (version) FROM addresses)", "areas", "network", "source_records",
        "rejection WHERE to_version IS NULL",
    )  # fmt: skip
    return tuple(repr(fm.store.sql.rows("state", f"SELECT * FROM {each} ORDER BY ALL")) for each in relations)


def check_refused(fm: Plan, refusal: FibermapError, before: tuple[str, ...]) -> None:
    """Check that a refusal says what to do, can be shown anywhere, and changed nothing."""
    assert refusal.code != "internal_error"
    assert refusal.hint
    assert str(refusal).isprintable()
    assert state(fm) == before


def check_taken(fm: Plan, report: IngestReport, before: tuple[str, ...]) -> None:
    """Check that nothing was lost, that the report can be shown anywhere, and that an undo brings everything back."""
    assert sum(count.read for count in report.files) > 0
    for count in report.files:
        assert count.conserved, count
    for line in report.lines():
        assert line.isprintable()
    page = f"{report._repr_html_()}{fm.status()._repr_html_()}"
    assert "<script" not in page
    assert "<img" not in page
    report.as_json()
    if report.promoted.changed:
        assert fm.doctor() == []
        assert fm.replay().differences == 0
        fm.undo()
    assert state(fm) == before


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_code_and_changes_nothing(
    fm: Plan, before: tuple[str, ...], tmp_path: Path, case: str
) -> None:
    build, code = REFUSED[case]
    with pytest.raises(FibermapError) as refusal:
        fm.ingest(build(tmp_path), yes=True, progress=False)
    assert refusal.value.code == code
    check_refused(fm, refusal.value, before)


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("case", TAKEN)
def test_what_can_be_read_is_taken_in_and_can_be_taken_back(
    fm: Plan, before: tuple[str, ...], tmp_path: Path, case: str
) -> None:
    report = fm.ingest(TAKEN[case](tmp_path), yes=True, progress=False, source=case)
    check_taken(fm, report, before)


@pytest.mark.slow
@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("case", HUGE)
def test_ten_million_vertices_take_no_other_feature_with_them(
    fm: Plan, before: tuple[str, ...], tmp_path: Path, case: str
) -> None:
    report = fm.ingest(HUGE[case](tmp_path), yes=True, progress=False, source=case)
    assert [(count.read, count.ingested, count.quarantined) for count in report.files] == [(2, 1, 1)]
    check_taken(fm, report, before)


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", mutation.SAMPLES)
def test_a_damaged_file_is_refused_or_taken_in_whole(
    fm: Plan, before: tuple[str, ...], sound_files: dict[str, Path], tmp_path: Path, kind: str, seed: int
) -> None:
    sound = sound_files[kind]
    damaged = hostile.write(tmp_path / sound.name, mutation.mutant(kind, sound.read_bytes(), seed))
    try:
        report = fm.ingest(damaged, yes=True, progress=False, source="damaged")
    except FibermapError as refusal:
        check_refused(fm, refusal, before)
    else:
        check_taken(fm, report, before)


@pytest.mark.usefixtures("bounded")
def test_no_name_is_a_formula_in_what_is_exported(fm: Plan, before: tuple[str, ...], tmp_path: Path) -> None:
    files = [hostile_content.named_addresses(tmp_path), hostile_content.named_areas(tmp_path)]
    fm.ingest(*files, yes=True, progress=False)
    for what in ("addresses", "source-records", "areas"):
        target = tmp_path / f"{what}.csv"
        assert fm.export(what, target).rows > len(hostile_content.NAMES) - 1
        cells = pd.read_csv(target, header=None, dtype=str, keep_default_na=False).to_numpy().ravel()
        assert [cell for cell in cells if cell.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(cell)] == []
    fm.undo()
    assert state(fm) == before
