"""What addresses that stand alike have in common is said of each as if it had been worked out for it alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import shapely

from fibermap.serving.answer import Answerer
from fibermap.serving.index import Index
from fibermap.serving.question import Question
from tests.builders import new_plan, place
from tests.serving.test_settled import mixed_town
from tests.serving.towns import index_of, small_town

NOW = datetime.now(UTC)
SOON = (NOW + timedelta(days=5)).date()


def say(index: Index, public: bool, **asked: Any) -> dict[str, Any]:
    """Return an answer without what is new in each."""
    return Answerer(index, public=public).answer(Question(**asked), NOW) | {"check_id": ""}


def test_answers_of_an_index_that_has_answered_before_are_those_of_a_fresh_one() -> None:
    with new_plan() as fm:
        mixed_town(fm)
        used = index_of(fm)
        ids = used.layers[0].book.ids.tolist()
        asked = [{"address_id": address_id, "at": at} for at in (None, SOON, None) for address_id in ids]
        for public in (False, True, False):
            warm = [say(used, public, **each) for each in asked]
            assert warm == [say(index_of(fm), public, **each) for each in asked[: len(ids)]] + warm[len(ids) :]
            assert warm[: len(ids)] == warm[2 * len(ids) :]
        assert len({str(said["serviceability"]) for said in warm}) > 6


def test_a_place_is_judged_by_the_first_area_that_covers_it() -> None:
    with new_plan() as fm:
        small_town(fm)
        index = index_of(fm)
        judge = index.planned.judges["fiber"]
        areas = judge._plan.areas
        for x in range(-100, 400, 7):
            lon, lat = place(x, 3)
            covering = [n for n, area in enumerate(areas.geometry) if shapely.intersects_xy(area, lon, lat)]
            if covering:
                assert judge(lon, lat) == (areas.class_code[covering[0]], areas.feature_id[covering[0]])
            assert judge(lon, lat) == judge(lon, lat)


def test_who_changes_an_answer_in_a_notebook_changes_no_other() -> None:
    with new_plan() as fm:
        small_town(fm)
        said = fm.check("1 Main St, 59741")
        said["serviceability"]["technologies"].clear()
        assert fm.check("1 Main St, 59741")["serviceability"]["technologies"]
