"""What a planner sees of a dry run: what changes, whom it touches, what comes from where, and where findings lie."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely

import fibermap
from fibermap.coverage.compare import compare
from fibermap.ingest.fields import LayerMapping
from fibermap.ingest.groups import Role
from fibermap.ingest.roles import RoleOverride
from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.plan import Plan
from tests.cli.village import write_addresses, write_plan


@pytest.fixture
def fm(tmp_path: Path) -> Iterator[Plan]:
    """The village: three houses in build, two in pre-build, one outside."""
    with fibermap.open(":memory:") as plan:
        plan.ingest(write_addresses(tmp_path / "houses.csv"), write_plan(tmp_path / "fiber_plan.geojson"))
        yield plan


def id_of(fm: Plan, address: str) -> int:
    return int(fm.addresses(f"full_address LIKE '{address}%'")["address_id"].iloc[0])


def test_the_difference_says_who_gains_and_who_loses(fm: Plan, tmp_path: Path) -> None:
    swapped = write_plan(tmp_path / "fiber_plan.geojson", west="Under Construction", east="In Service")
    report = fm.ingest(swapped, dry_run=True)
    tables = report.difference()
    rows = tables["addresses"].to_pylist()
    assert [row["change"] for row in rows] == ["lost"] * 3 + ["gained"] * 2
    assert {(row["from_area"], row["from_class"], row["to_class"]) for row in rows if row["change"] == "lost"} == {
        ("Elk Ridge", "build", "pre-build")
    }
    assert [(row["name"], row["change"], row["moved"]) for row in tables["areas"].to_pylist()] == [
        ("Elk Ridge", "changed", False),
        ("Larch", "changed", False),
    ]
    assert [(row["area"], row["gained"], row["lost"]) for row in tables["by_area"].to_pylist()] == [
        ("Elk Ridge", 0, 3),
        ("Larch", 2, 0),
    ]


def test_the_difference_of_a_dry_run_is_that_of_the_versions_once_it_is_done(fm: Plan, tmp_path: Path) -> None:
    report = fm.ingest(write_plan(tmp_path / "fiber_plan.geojson", east="In Service"), dry_run=True)
    would = report.difference()["addresses"].drop_columns(["change", "from_area", "to_area"])
    report.promote()
    did = fm.store.preview(lambda uow: compare(uow, 1, 2), cause="read")
    key = [("address_id", "ascending")]
    assert would.sort_by(key).equals(did.sort_by(key))
    with pytest.raises(Conflict):
        report.difference()


def test_an_area_that_leaves_is_lost_with_all_in_it(fm: Plan, tmp_path: Path) -> None:
    plan = tmp_path / "fiber_plan.geojson"
    plan.write_text(plan.read_text().replace("Larch", "Larch North"))
    areas = fm.ingest(plan, dry_run=True).difference()["areas"].to_pylist()
    assert {row["name"] for row in areas} <= {"Larch", "Larch North"}
    assert all(shapely.from_wkb(row["geometry"]).area > 0 for row in areas)


def test_whom_a_change_touches_is_told_before_it_is_made(fm: Plan, tmp_path: Path) -> None:
    customer = id_of(fm, "1 Elk")
    fm.change_connectivity(customer, "network_passed", "test")
    fm.change_connectivity(customer, "drop_built", "test")
    fm.hold("unsafe", "dog", "pat", address_id=id_of(fm, "2 Elk"))
    report = fm.ingest(write_plan(tmp_path / "fiber_plan.geojson", west="Under Construction"), dry_run=True)
    assert report.consequences is not None
    assert (report.consequences.touched, report.consequences.of, report.consequences.share) == (3, 6, 0.5)
    found = {obstacle.code: obstacle for obstacle in report.consequences.obstacles}
    assert {code: obstacle.count for code, obstacle in found.items()} == {"leaves_build": 3, "customer": 1, "hold": 1}
    assert found["customer"].address_ids == (customer,)
    assert found["leaves_build"].message == "3 addresses leave build."


def test_a_change_that_touches_nobody_has_no_obstacles(fm: Plan, tmp_path: Path) -> None:
    report = fm.ingest(write_plan(tmp_path / "fiber_plan.geojson", east="In Service"), dry_run=True)
    assert report.consequences is not None
    assert report.consequences.obstacles == ()


def test_what_changes_nothing_touches_nobody(fm: Plan, tmp_path: Path) -> None:
    report = fm.ingest(tmp_path / "fiber_plan.geojson", dry_run=True)
    assert report.consequences is not None
    assert report.consequences.touched == 0


def test_every_field_is_shown_with_where_it_comes_from_and_the_first_rows(fm: Plan, tmp_path: Path) -> None:
    report = fm.ingest(write_addresses(tmp_path / "more.csv"), dry_run=True)
    (layer,) = report.layers
    fields = {field.target: field for field in layer.fields}
    assert (layer.role, layer.features) == ("addresses", 6)
    assert fields["full_address"].taken_from == {"column": "FULLADDR"}
    assert fields["full_address"].confidence > 0.5
    assert layer.rows[0]["full_address"] == "1 Elk Ridge Rd"
    assert "ZIPCODE" in layer.columns


def test_first_rows_are_shown_though_a_column_stands_only_further_down(fm: Plan, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "p.geojson")
    read = json.loads(plan.read_text())
    one = read["features"][0]
    late = {**one, "properties": {**one["properties"], "TECHNOLOGY": "Fiber"}}
    read["features"] = [one] * 9 + [late] * 9
    plan.write_text(json.dumps(read))
    (layer,) = fm.ingest(plan, dry_run=True).layers
    assert "technology" in {field.target for field in layer.fields}
    assert layer.rows[0]["area_name"] == "Elk Ridge"


def test_an_open_word_is_told_once_with_its_count(fm: Plan, tmp_path: Path) -> None:
    report = fm.ingest(write_plan(tmp_path / "p.geojson", east="Splicing"), dry_run=True)
    assert [(word.kind, word.word, word.count) for word in report.words] == [("status", "Splicing", 1)]
    assert report.answer(statuses={"Splicing": "build"}).words == []


def test_answers_add_up(fm: Plan, tmp_path: Path) -> None:
    report = fm.ingest(write_plan(tmp_path / "p.geojson", west="Trenching?", east="Splicing"), dry_run=True)
    answered = report.answer(statuses={"Splicing": "build"}).answer(statuses={"Trenching?": "ignored"})
    assert answered.words == []


def test_a_layer_is_mapped_as_a_person_says(fm: Plan, tmp_path: Path) -> None:
    report = fm.ingest(write_addresses(tmp_path / "more.csv"), dry_run=True)
    own = LayerMapping.from_json(
        {"layer": report.layers[0].layer, "role": "addresses", "fields": {"full_address": "FULLADDR"}}
    )
    (layer,) = report.answer(layer_mappings=[own]).layers
    assert [field.target for field in layer.fields] == ["full_address"]
    (again,) = report.answer(layer_mappings=[own]).answer(roles=(RoleOverride(Role.ADDRESSES),)).layers
    assert [field.target for field in again.fields] == ["full_address"]


def test_a_mapping_of_a_column_that_is_not_there_is_refused(fm: Plan, tmp_path: Path) -> None:
    report = fm.ingest(write_addresses(tmp_path / "more.csv"), dry_run=True)
    wrong = {"layer": report.layers[0].layer, "role": "addresses", "fields": {"full_address": "FULADR"}}
    with pytest.raises(InputRefused) as refused:
        report.answer(layer_mappings=[LayerMapping.from_json(wrong)])
    assert refused.value.code is Code.MAPPING_INVALID
    with pytest.raises(InputRefused):
        LayerMapping.from_json({"role": "addresses", "fields": {}})


def test_findings_lie_where_their_features_are(fm: Plan, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "p.geojson", east="Splicing")
    findings = {finding.code: finding for finding in fm.ingest(plan, dry_run=True).findings}
    waiting = findings["quarantined_status_unknown"]
    assert waiting.places[0] is not None
    assert shapely.from_wkb(waiting.places[0]).centroid.x == pytest.approx(-111.2795)
    assert "places" not in waiting.as_json()


def test_overlapping_areas_show_the_ground_that_they_share(fm: Plan, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "other.geojson", west="Under Construction", east="Under Construction")
    findings = {finding.code: finding for finding in fm.ingest(plan, dry_run=True).findings}
    shared = findings["areas_overlap"].places[0]
    assert shared is not None
    assert shapely.from_wkb(shared).area == pytest.approx(0.004 * 0.002)


def test_an_undo_is_shown_before_it_is_done(fm: Plan, tmp_path: Path) -> None:
    fm.ingest(write_plan(tmp_path / "fiber_plan.geojson", east="In Service"))
    preview = fm.preview_undo(2)
    assert preview.undone.flips.counts == {"fiber": {"build -> pre-build": 2}}
    assert preview.difference.counts()["addresses"] == {"gained": 0, "lost": 2, "changed": 0}
    assert [obstacle.code for obstacle in preview.consequences.obstacles] == ["leaves_build"]
    assert fm.versions.table.num_rows == 2


def test_whoever_looks_on_is_told_how_far_a_promote_is(fm: Plan, tmp_path: Path) -> None:
    report = fm.ingest(write_plan(tmp_path / "fiber_plan.geojson", east="In Service"), dry_run=True)
    seen: list[str] = []
    done = report.promote(author="sam", watch=lambda doing, done, of: seen.append(doing))
    assert seen[0] == "Entering fiber_plan.geojson"
    assert seen[-1] == "Finishing"
    assert done.plan_version == 2
    assert fm.versions.table.to_pylist()[0]["author"] == "sam"
