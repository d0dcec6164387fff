"""How often the matcher is right, asks, and is silently wrong: never."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fibermap.address.keys import canonical_key
from fibermap.address.match import Gazetteer, Matcher, NextAction, Segment
from fibermap.address.model import AddressParts
from fibermap.address.parse import parts_from_fields
from tests.address.match.gazetteers import table_of
from tests.address.match.noise import Noise
from tests.address.match.query_set import Score, read_parts, read_queries, score
from tests.reference import reference_data

SAMPLE = Path(__file__).parents[3] / "data" / "larkspur_sample"
_FIELDS = {
    "number": "Add_Number",
    "number_suffix": "AddNum_Suf",
    "pre_directional": "St_PreDir",
    "pre_type": "St_PreTyp",
    "street_name": "St_Name",
    "post_type": "St_PosTyp",
    "unit": "Unit",
    "city": "Inc_Muni",
    "state": "State",
    "zip": "Post_Code",
}

Reference = tuple[Path, list[AddressParts], dict[int, int], Matcher]


@pytest.fixture(scope="module")
def reference() -> Reference:
    folder = reference_data("address")
    parts, row = read_parts(folder)
    return folder, parts, row, matcher_over(parts)


def matcher_over(parts: Sequence[AddressParts]) -> Matcher:
    return Matcher([Segment(Gazetteer.build(table_of(parts)))])


def test_the_query_set_is_answered_as_promised(reference: Reference) -> None:
    folder, _, row, matcher = reference
    queries = read_queries(folder, row)
    matches = matcher.match_many([query.text for query in queries])
    found = score(queries, matches)
    asking = [match.next_action for query, match in zip(queries, matches, strict=True) if query.expect == "ambiguous"]
    assert set(asking) == {NextAction.CHOOSE_CANDIDATE}
    assert found.false == []
    assert found.share(found.right) >= 0.995
    assert found.share(found.accepted) >= 0.95
    assert found.share(found.right, "ambiguous") == 1
    assert found.share(found.right, "absent") == 1


def test_noise_of_the_reference_never_turns_into_another_house(reference: Reference) -> None:
    _, parts, _, matcher = reference
    holds(answered(parts, matcher, seed=11, count=3000))


def answered(parts: Sequence[AddressParts], matcher: Matcher, *, seed: int, count: int) -> Score:
    queries = list(Noise(parts, seed).queries(count))
    return score(queries, [matcher.match(query.text) for query in queries])


def holds(found: Score, *, right: float = 0.99, accepted: float = 0.95) -> None:
    assert found.false == []
    assert found.share(found.right) >= right
    assert found.share(found.accepted) >= accepted


def test_noise_of_a_county_never_turns_into_another_house() -> None:
    parts = county()
    holds(answered(parts, matcher_over(parts), seed=3, count=2000), right=0.98, accepted=0.9)


def county() -> list[AddressParts]:
    """Return the addresses of the synthetic county's sample that have number and street, each once."""
    features = json.loads((SAMPLE / "larkspur_county_addresses_synthetic.geojson").read_text())["features"]
    read = [_read(feature["properties"]) for feature in features]
    return list({canonical_key(parts): parts for parts in read if parts.number and parts.street_name}.values())


def _read(said: Mapping[str, object]) -> AddressParts:
    return parts_from_fields({name: said[field] for name, field in _FIELDS.items()})
