"""A catalogue goes to a file and comes back as it was; a file with faults changes nothing and says where they are."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, FibermapError, InputRefused
from fibermap.order.catalogue_file import COLUMNS, file_of, read_catalogue_file
from fibermap.order.offering import Customers, Fee, Introductory, Terms
from fibermap.order.region import Region
from tests.builders import new_plan, rows
from tests.order.selling import add_on_terms, bundle_terms, label_of, plan_terms, sold

HERE = shapely.to_geojson(shapely.box(-111.4, 45.8, -111.2, 45.9))
STATED = [
    plan_terms(
        name="=Fast", included=(Region("box", shape=HERE), Region("town", cities=("Elk Ridge",))),
        fees=(Fee("Installation", 9900), Fee("Dispatch", 5000)), introductory=Introductory(4500, 12),
        channels=("portal", "door"), customers=Customers.EVERYBODY,
        label=label_of("FIBER-500", data_unlimited=False, data_included_gb=10, more_data_cents=0),
    ),
    add_on_terms(goes_with=("FIBER-500",)),
    bundle_terms("FIBER-500", "VOICE"),
]  # fmt: skip
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)


def written(path: Path, stated: list[Terms]) -> Path:
    path.write_bytes(file_of(path.name, [sold(terms) for terms in stated]))
    return path


@pytest.mark.parametrize("name", ["catalogue.json", "catalogue.csv"])
def test_it_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    assert read_catalogue_file(written(tmp_path / name, STATED)) == STATED


@settings(max_examples=50)
@given(name=NAMES, cents=st.integers(0, 10**9), city=NAMES)
def test_any_words_come_back(tmp_path_factory: pytest.TempPathFactory, name: str, cents: int, city: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    region = Region(name, cities=(city,))
    stated = [plan_terms(name=name, monthly_cents=cents, excluded=(region,))]
    for kind in ("json", "csv"):
        assert read_catalogue_file(written(folder / f"x.{kind}", stated)) == stated


def test_labels_are_a_file_too() -> None:
    assert file_of("all.labels.csv", [sold(STATED[0])]).startswith(b"provider_name,")
    with pytest.raises(InputRefused) as error:
        file_of("all.xlsx", [])
    assert error.value.code is Code.EXPORT_FORMAT_UNKNOWN


def refused(path: Path) -> FibermapError:
    with pytest.raises(FibermapError) as error:
        read_catalogue_file(path)
    return error.value


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("x.json", "{", Code.FILE_UNREADABLE), ("x.json", '{"offerings": 5}', Code.FILE_UNREADABLE),
        ("x.json", "[5]", Code.ARGUMENT_INVALID), ("x.txt", "[]", Code.FORMAT_UNKNOWN),
        ("x.csv", "code,colour\r\nA,red\r\n", Code.ARGUMENT_INVALID), ("x.csv", 'code\r\n"A', Code.FILE_UNREADABLE),
    ],
)  # fmt: skip
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, name: str, text: str, code: Code) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert refused(tmp_path / name).code is code


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.json").code is Code.FILE_MISSING
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\x00")
    assert refused(tmp_path / "x.json").code is Code.FILE_UNREADABLE


def test_every_fault_is_named_by_row_and_field(tmp_path: Path) -> None:
    head = "code,name,provider,kind,monthly_cents,valid_from\r\n"
    lines = ["A,Voice,X,add-on,1500,2026-01-01", "B,Voice,X,add-on,12.5,2026-01-01", "C,Voice,X,thing,1,soon"]
    (tmp_path / "x.csv").write_text(head + "\r\n".join(lines), encoding="utf-8", newline="")
    error = refused(tmp_path / "x.csv")
    assert (error.where["row"], error.where["field"]) == (2, "monthly_cents")
    assert [(fault["row"], fault["field"]) for fault in error.where["faults"]] == [(2, "monthly_cents"), (3, "kind")]


def test_faults_of_the_house_are_named_too_and_nothing_is_written() -> None:
    with new_plan() as fm:
        bad = [plan_terms(), add_on_terms(monthly_cents=-1, goes_with=("NONE",)), plan_terms()]
        with pytest.raises(InputRefused) as error:
            fm.catalogue.load(bad, "spring", "pat")
        assert [(fault["row"], fault["field"]) for fault in error.value.where["faults"]] == [
            (2, "monthly_cents"), (2, "goes_with"), (3, "code"),
        ]  # fmt: skip
        assert rows(fm, "SELECT * FROM offering") == []


def test_two_labels_of_one_file_have_no_identifier_in_common() -> None:
    with new_plan() as fm, pytest.raises(InputRefused) as error:
        fm.catalogue.load([plan_terms(), plan_terms("OTHER", label=label_of("FIBER-500"))], "spring", "pat")
    assert error.value.where["field"] == "label.plan_identifier"


def test_the_columns_are_the_fields() -> None:
    assert {"code", "label_plan_identifier", "introductory_months", "included"} <= set(COLUMNS)
