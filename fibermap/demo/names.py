"""Invented names. The county, its towns, ZIPs, streets and companies exist nowhere."""

from __future__ import annotations

COUNTY = "Larkspur"
STATE = "MT"
COUNTY_GEOID = "30999"
"""A county code that the Census has not given out."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TREES = _words(
    "Aspen Birch Cedar Dogwood Elm Fir Hawthorn Juniper Larch Maple Oak Pine Rowan Spruce Tamarack Willow Alder Hazel "
    "Linden Mulberry Poplar Quince Redwood Sumac Walnut Yew Cypress Hemlock Ironwood Laurel Mesquite Sequoia"
)
FLOWERS = _words(
    "Aster Bluebell Clover Daisy Fireweed Gentian Harebell Iris Lupine Mallow Paintbrush Phlox Primrose Sage Sorrel "
    "Thistle Violet Yarrow Bitterroot Camas Columbine Foxglove Goldenrod Heather Indigo Jasmine Lavender Marigold "
    "Orchid Poppy Rose Tulip"
)
"""Avenues east and west of Center Avenue, nearest first."""

FIRST_HALVES = _words(
    "Elk Heron Sage Otter Badger Falcon Lynx Marten Osprey Plover Quail Raven Sorrel Teal Wren Bison Crane Dun"
)
SECOND_HALVES = _words("Ridge Meadow Pond Run Hollow Crossing Bluff Glen Bench Spur Prairie Bottom Butte")
SUBDIVISION_TYPES = ("Dr", "Ln", "Ct", "Loop", "Way", "Cir")
RANCHES = _words("Hanlon Tolsgaard Mirek Ostby Quarles Redfearn Sandvik Thrane Ubeck Varga Wister Yoakam")


def paired_name(index: int) -> str:
    """Return the ``index``-th name of two words, such as ``Elk Ridge``; the 234 names come before any repeats."""
    first, second = index % len(FIRST_HALVES), (index + index // len(FIRST_HALVES)) % len(SECOND_HALVES)
    return f"{FIRST_HALVES[first]} {SECOND_HALVES[second]}"


def ordinal(number: int) -> str:
    """Return ``1st``, ``2nd``, ``11th``."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{('th', 'st', 'nd', 'rd')[number % 10] if number % 10 < 4 else 'th'}"
