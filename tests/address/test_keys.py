"""Keys tell one address from another, and ids rest on them."""

from __future__ import annotations

import pytest

from fibermap.address.keys import building_basis, canonical_key, identity_basis, mailing_lines
from fibermap.address.model import AddressParts
from fibermap.address.parse import parse_address


def key(text: str) -> str | None:
    return canonical_key(parse_address(text).parts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 Elm St #5, 59714", "12 Elm Street Apt 05, Manhattan MT 59714"),
        ("12 Elm St Unit B-12, 59714", "12 Elm St # B12, 59714"),
        ("12 Elm St, Ft Lauderdale FL", "12 Elm St, Fort Lauderdale, Florida"),
        ("12 Elm St, Port Saint Lucie FL", "12 Elm St, Pt St Lucie FL"),
        ("12 Elm St Trlr 4, 59714", "12 Elm St Lot 4, 59714"),
        ("12 MT-86, 59714", "12 State Route 86, 59714"),
    ],
)
def test_one_address_however_it_is_spelled(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 Elm St Apt 1-2, 59714", "12 Elm St Apt 12, 59714"),
        ("12 Elm St, 59714", "12 1/2 Elm St, 59714"),
        ("12 Elm St, 59714", "12A Elm St, 59714"),
        ("12 Elm St, 59714", "12 Elm St Apt 1, 59714"),
        ("12 Elm St Bldg 1 Apt 1, 59714", "12 Elm St Bldg 2 Apt 1, 59714"),
        ("12 Elm St, 59714", "12 Elm St, 59741"),
        ("12 Elm St, Bozeman MT", "12 Elm St, Belgrade MT"),
        ("12-14 Elm St, 59714", "1214 Elm St, 59714"),
    ],
)
def test_two_addresses_stay_two(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize("text", ["", "Elm St, Bozeman MT", "59714", "PO Box 5, Bozeman MT"])
def test_what_cannot_tell_neighbours_apart_has_no_key(text: str) -> None:
    parts = parse_address(text).parts
    assert (canonical_key(parts), identity_basis(parts)) == (None, "")


def test_units_of_one_building_share_its_basis() -> None:
    bases = {building_basis(parse_address(f"12 Elm St Apt {unit}, 59714").parts) for unit in "ABC"}
    assert bases == {"12|ELM ST||59714"}


def test_mailing_lines_are_delivery_line_and_last_line() -> None:
    parts = parse_address("12 elm street apartment 3, bozeman, montana 59715").parts
    assert mailing_lines(parts) == ("12 Elm St Apt 3", "Bozeman MT 59715")
    assert mailing_lines(AddressParts()) == ("", "")
