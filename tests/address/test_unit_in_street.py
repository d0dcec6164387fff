"""A unit that stands in the field of the street."""

from __future__ import annotations

import pytest

from fibermap.address.parse import parts_from_fields


@pytest.mark.parametrize(
    ("name", "post_type", "street", "unit"),
    [
        ("Main St Apt 4", None, "MAIN", "4"),
        ("Main Apt 4", "St", "MAIN", "4"),
        ("MAIN ST #4", None, "MAIN", "4"),
        ("Main", "St", "MAIN", None),
        ("Court", "St", "COURT", None),
        ("Lot 5", "Rd", "LOT 5", None),
    ],
)
def test_it_is_split_off(name: str, post_type: str | None, street: str, unit: str | None) -> None:
    parts = parts_from_fields({"number": "12", "street_name": name, "post_type": post_type})
    assert (parts.street_name, parts.unit) == (street, unit)


def test_the_field_of_the_unit_goes_before_it() -> None:
    parts = parts_from_fields({"number": "12", "street_name": "Main St Apt 4", "unit": "7"})
    assert (parts.street_name, parts.unit) == ("MAIN", "7")
