"""The normaliser on real addresses: a county's points, a state's addresses, and queries as people type them."""

from __future__ import annotations

import json
import time
from functools import cache

import pyarrow as pa
import pyarrow.parquet as pq

from fibermap.address.keys import canonical_key
from fibermap.address.parse import parse_address
from fibermap.address.place import fold_city
from fibermap.address.renumber import other_readings
from fibermap.address.table import normalise_table
from fibermap.address.types import TypeTable
from tests.reference import reference_data

COUNTY_FIELDS = {
    "number": "ADDRESS",
    "pre_directional": "DIRPRE",
    "street_name": "ROADNAME",
    "post_type": "ROADTYPE",
    "post_directional": "DIRSUF",
    "unit": "LV_APT",
    "city": "CITY",
    "zip": "ZIPCODE",
    "county": "COUNTY",
}


@cache
def county() -> list[dict[str, object]]:
    text = reference_data("manhattan_mt/addresses.geojson").read_text()
    return [feature["properties"] for feature in json.loads(text)["features"]]


def county_table() -> pa.Table:
    return pa.table({field: [row[column] for row in county()] for field, column in COUNTY_FIELDS.items()})


@cache
def reference() -> pa.Table:
    raw = pq.read_table(reference_data("address/reference.parquet"))
    names = {"num": "number", "pre": "pre_directional", "name": "street_name", "typ": "post_type"}
    names |= {"post": "post_directional", "unit": "unit", "city": "city", "zip": "zip"}
    fields = pa.table({field: raw.column(column) for column, field in names.items()})
    fields = fields.append_column("state", pa.array(["FL"] * raw.num_rows))
    return normalise_table(fields).append_column("id", raw.column("id"))


def test_every_county_address_has_a_key_and_thirty_of_them_repeat() -> None:
    keys = normalise_table(county_table()).column("canonical_key")
    assert keys.null_count == 0
    counts = keys.value_counts().field("counts").to_pylist()
    assert (len(keys), len(counts), sum(count > 1 for count in counts)) == (3713, 3676, 30)


def test_the_countys_own_line_has_the_key_of_its_fields() -> None:
    fields = normalise_table(county_table().drop_columns(["city", "zip"])).column("canonical_key")
    lines = normalise_table(pa.table({"full_address": [row["ADDRESS_CONCAT"] for row in county()]}))
    assert lines.column("canonical_key").to_pylist() == fields.to_pylist()


def test_the_table_knows_every_type_word_of_the_county() -> None:
    rules = {row["TYPE"]: TypeTable().rule(row["TYPE"]) for row in county()}
    assert len(rules) == 31
    assert [word for word, rule in rules.items() if not rule.known] == []
    refused = sum(not rules[row["TYPE"]].serviceable for row in county())
    assert refused == 18 + 14 + 11 + 9 + 5 + 2 + 2 + 1 + 1 + 1


def test_displayed_addresses_read_back_to_their_keys() -> None:
    table = reference()
    keys = table.column("canonical_key").to_pylist()
    again = [canonical_key(parse_address(text).parts) for text in table.column("full_address").to_pylist()]
    same = sum(one == other for one, other in zip(keys, again, strict=True))
    assert same == len(keys) == 117_444


def share_of_queries(kind: str, cities: frozenset[str]) -> float:
    """Return the share of typed queries whose number, street and unit read as those of the true address."""
    keys = dict(zip(reference().column("id").to_pylist(), reference().column("canonical_key").to_pylist(), strict=True))
    right = total = 0
    for line in reference_data("address/queries.jsonl").read_text().splitlines():
        query = json.loads(line)
        if query["class"] != kind or query["expect"] != "match":
            continue
        parts = parse_address(query["q"], cities=cities).parts
        said = {_without_place(canonical_key(one)) for one in (parts, *other_readings(parts))}
        right += not said.isdisjoint(_without_place(keys[truth]) for truth in query["truth"])
        total += 1
    return right / total


def _without_place(key: str | None) -> str:
    return (key or "?").rpartition("|")[0]


def known_cities() -> frozenset[str]:
    return frozenset(fold_city(city) for city in reference().column("city").unique().to_pylist())


def test_clean_queries_read_as_the_address_they_mean() -> None:
    assert share_of_queries("clean", known_cities()) == 1.0
    assert share_of_queries("unit", known_cities()) == 1.0
    assert share_of_queries("drop_zip", known_cities()) == 1.0
    assert share_of_queries("wrong_zip", known_cities()) == 1.0
    assert share_of_queries("drop_city", known_cities()) >= 0.99


def test_most_clean_queries_read_right_without_a_list_of_cities() -> None:
    assert share_of_queries("clean", frozenset()) >= 0.98
    assert share_of_queries("unit", frozenset()) == 1.0


def test_three_hundred_thousand_rows_take_less_than_fifteen_seconds() -> None:
    rows = pa.concat_tables([county_table()] * 20)
    started = time.process_time()
    normalise_table(rows)
    seconds_per_row = (time.process_time() - started) / rows.num_rows
    assert seconds_per_row * 300_000 < 15
