"""What a table of checks says of many settled addresses is what is said of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from fibermap.plan import Plan
from fibermap.serving.settled import say_settled
from fibermap.serving.verdict import Standing
from tests.builders import area, box, home, ids, ingest, new_plan, source, terminal
from tests.serving.towns import index_of

TODAY = datetime.now(UTC).date()


def mixed_town(fm: Plan) -> None:
    """Ingest addresses that differ in whatever decides whether one may be sold."""
    later = (TODAY + timedelta(days=9)).isoformat()
    kinds = ("House", "Garage", "House", "House", "House", "House")
    homes = [home(n, 40 * n, TYPE=kind) for n, kind in enumerate(kinds, 1)]
    areas = [
        area("Ready", "Build", box(0, -50, 100, 50)),
        area("Soon", "Build", box(100, -50, 140, 50), SALES_OPEN=later, NETWORK_READY=later),
        area("Later", "Pre-build", box(140, -50, 220, 50)),
    ]
    ports = [terminal("T1", 40, 10, PORTS_FREE="0"), terminal("T2", 120, 10, PORTS_FREE="1")]
    ingest(fm, source("county", [*homes, home(7, None)]), source("plan", areas))
    ingest(fm, source("terminals", ports))
    ingest(fm, source("second", [home(1, 41), home(8, 9000)]))
    ingest(fm, source("fabric", [home(9, 60, OBJECTID=900)]), permitted_uses=frozenset({"filing", "public_answers"}))
    fm.hold("unsafe", "mud", "ann", address_id=ids(fm)["3 Main St"])


def test_of_each_address_is_said_what_its_standing_says() -> None:
    with new_plan() as fm:
        mixed_town(fm)
        index = index_of(fm)
    asked = [*index.layers[0].book.ids.tolist(), 5]
    at, said = say_settled(index, np.array(asked, dtype=np.int64), TODAY)
    found = dict(zip(at.tolist(), said.to_pylist(), strict=True))
    assert sorted(found) == [n for n, address_id in enumerate(asked) if address_id != 5]
    assert len({row["not_orderable"] for row in found.values()}) > 4
    for n, row in found.items():
        where = index.at(asked[n])
        standing = Standing(index, where, None, TODAY)
        assert row == {
            "address_id": asked[n],
            "source_id": standing.records()[0]["source_fid"],
            "address": where.book.addresses.cell("full_address", where.row),
            "class": str(standing.offer.best.class_),
            "orderable": not standing.offer.not_orderable,
            "not_orderable": ",".join(standing.offer.not_orderable) or None,
        }
