"""Fixed broadband availability for the FCC: one row for each Fabric location and technology that is served today.

Source: FCC Broadband Data Collection, data specifications for biannual submission of availability data, section "Fixed
Broadband Availability: Location Lists"; 47 CFR 1.7004. A location is filed where service is, or could be brought within
ten business days: what is only planned, held back or out of reach stays out, and is counted.

The location id is the one of the Fabric record that came to be the address. The Fabric's licence lets its ids be filed,
and little else, so this is the one export that reads them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fibermap.coverage.model import Flag, Technology
from fibermap.exports.model import CHOSEN, Material, Written, counted
from fibermap.formats.whole_file import whole_file
from fibermap.kernel.errors import Code, InputRefused

COLUMNS = (
    "provider_id",
    "brand_name",
    "location_id",
    "technology",
    "max_advertised_download_speed",
    "max_advertised_upload_speed",
    "low_latency",
    "business_residential_code",
)
FCC_TECHNOLOGIES: Mapping[str, tuple[int, ...]] = {Technology.FIBER: (50,), Technology.FIXED_WIRELESS: (70, 71, 72)}
"""The FCC's codes: fiber to the premises; fixed wireless unlicensed, licensed, and licensed by rule."""
LONGEST_BRAND = 100
FASTEST_MBPS = 100_000


@dataclass(frozen=True, slots=True)
class Advertised:
    """What is advertised for a technology: the fastest plan, Mbit/s, and whether its latency is at most 100 ms."""

    code: int
    down_mbps: int
    up_mbps: int
    low_latency: bool = True


@dataclass(frozen=True, slots=True)
class Filing:
    """Who files, and what is advertised.

    Attributes
    ----------
    provider_id
        The FCC's number of the provider.
    offers
        By technology; an address that is served by another one only is left out and counted.
    as_of
        The date that is filed for; None is today.
    """

    provider_id: int
    brand_name: str
    offers: Mapping[str, Advertised]
    as_of: date | None = None

    def __post_init__(self) -> None:
        """Refuse what the FCC's intake would: ``argument_invalid``."""
        if not 0 < self.provider_id < 10**9:
            raise _invalid("The provider id is the FCC's number of the provider, digits only.", "provider_id")
        if not self.brand_name.strip() or len(self.brand_name) > LONGEST_BRAND or not self.brand_name.isprintable():
            raise _invalid(f"The brand name is one line of at most {LONGEST_BRAND} characters.", "brand_name")
        if not self.offers:
            raise _invalid("Nothing is advertised.", "offers")
        for technology, offer in self.offers.items():
            _check_offer(technology, offer)


def write_availability(material: Material, path: Path, filing: Filing) -> Written:
    """Write the location list as CSV.

    Several addresses at one Fabric location are one row; those merged so are counted as ``same_location``. Rows plus
    all that is counted are the verdicts of the addresses that were asked for, one for each technology.
    """
    as_of = filing.as_of or material.today
    judged = material.ask(_JUDGED, as_of=as_of, filed=sorted(filing.offers))
    filed = judged.filter(pc.is_null(judged["reason"]))
    locations = _by_location(filed)
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows(_row(filing, *location) for location in locations)
    left_out = counted(judged["reason"])
    if merged := filed.num_rows - len(locations):
        left_out["same_location"] = merged
    return Written(len(locations), dict(sorted(left_out.items())))


# Each address and technology that was asked for, with the first reason why it is not filed; NULL: it is.
_JUDGED = f"""
WITH located AS (
    SELECT ra.address_id,
           min(r.fcc_location_id) FILTER (list_contains(string_split(p.permitted_uses, ','), 'filing')) AS location_id,
           min(r.fcc_location_id) AS any_location_id
    FROM record_address ra
    JOIN source_record r ON r.record_id = ra.record_id AND r.to_version IS NULL AND r.fcc_location_id IS NOT NULL
    LEFT JOIN source_permission p ON p.source_id = r.source_id
    WHERE ra.to_version IS NULL GROUP BY ra.address_id
)
SELECT l.location_id, v.technology, a.kind,
       CASE WHEN NOT a.serviceable THEN 'not_serviceable'
            WHEN v.class <> 'build' THEN replace(v.class, '-', '_')
            WHEN coalesce(f.override_live_on, f.live_on) > $as_of THEN 'not_live_yet'
            WHEN f.network_ready_on > $as_of THEN 'network_not_ready'
            WHEN a.holds IS NOT NULL THEN 'held'
            WHEN v.technology = '{Technology.FIBER}'
                 AND list_contains(string_split(a.flags, ','), '{Flag.DROP_OVER_LIMIT}') THEN 'drop_over_limit'
            WHEN NOT list_contains($filed::VARCHAR[], v.technology) THEN 'technology_not_advertised'
            WHEN l.location_id IS NULL AND l.any_location_id IS NOT NULL THEN 'source_not_permitted'
            WHEN NOT regexp_full_match(coalesce(l.location_id, ''), '0*[1-9][0-9]{{0,17}}') THEN 'no_fabric_location'
       END AS reason
FROM {CHOSEN} a
JOIN verdict v ON v.address_id = a.address_id
LEFT JOIN plan_feature f ON f.feature_id = v.feature_id AND f.to_version IS NULL
LEFT JOIN located l ON l.address_id = a.address_id
"""


def _by_location(filed: pa.Table) -> list[tuple[int, str, str]]:
    """Return location, technology and who is there (``R``, ``B`` or ``X`` for both), in order."""
    residential = pc.equal(filed["kind"], "residential")
    numbered = pa.table(
        {
            "location": filed["location_id"].cast(pa.int64()),
            "technology": filed["technology"],
            "homes": residential.cast(pa.int8()),
            "others": pc.invert(residential).cast(pa.int8()),
        }
    )
    found = numbered.group_by(["location", "technology"]).aggregate([("homes", "max"), ("others", "max")])
    found = found.sort_by([("location", "ascending"), ("technology", "ascending")])
    columns = (found[name].to_pylist() for name in ("location", "technology", "homes_max", "others_max"))
    return [
        (location, technology, "X" if homes and others else "R" if homes else "B")
        for location, technology, homes, others in zip(*columns, strict=True)
    ]


def _row(filing: Filing, location: int, technology: str, who: str) -> tuple[Any, ...]:
    offer = filing.offers[technology]
    return (
        filing.provider_id, filing.brand_name, location, offer.code, offer.down_mbps, offer.up_mbps,
        int(offer.low_latency), who,
    )  # fmt: skip


def _check_offer(technology: str, offer: Advertised) -> None:
    codes = FCC_TECHNOLOGIES.get(technology)
    if codes is None:
        raise _invalid(f"There is no technology {technology!r}.", "offers")
    if offer.code not in codes:
        raise _invalid(f"The FCC's code for {technology} is one of {', '.join(map(str, codes))}.", "offers")
    if not (0 < offer.down_mbps <= FASTEST_MBPS and 0 < offer.up_mbps <= FASTEST_MBPS):
        raise _invalid(f"Speeds are whole Mbit/s from 1 to {FASTEST_MBPS:,}.", "offers")


def _invalid(message: str, field: str) -> InputRefused:
    return InputRefused(Code.ARGUMENT_INVALID, message, hint="See the guide on FCC availability.", field=field)
