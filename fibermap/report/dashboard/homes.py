"""How many homes: passed, serviceable, orderable, connected. The one place that says what each word counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa

from fibermap.address.model import Connectivity
from fibermap.coverage.model import Class
from fibermap.report.dashboard.ground import Ground
from fibermap.report.selection import Selection

CONNECTED: tuple[Connectivity, ...] = (
    Connectivity.DROP_INSTALLED, Connectivity.ONT_INSTALLED, Connectivity.ACTIVE, Connectivity.SUSPENDED,
    Connectivity.DISCONNECTED,
)  # fmt: skip
"""A drop is there, whoever pays for it."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its definition.

    Attributes
    ----------
    selection
        The filters that leave exactly what is counted.
    standard
        What the industry calls it, and where the meanings part.
    """

    code: str
    label: str
    selection: Selection
    definition: str
    standard: str


MEASURES: tuple[Measure, ...] = (
    Measure(
        "serviceable", "Serviceable", Selection(serviceable=True),
        "Addresses that one sells to, whatever their class. A unit of a building counts one; a building whose units "
        "are not listed counts as many as it is said to have.",
        "FCC: broadband serviceable location (BSL) and its unit count. A BSL is a structure, so it has fewer.",
    ),
    Measure(
        "homes_passed", "Homes passed", Selection(serviceable=True, classes=(Class.BUILD,)),
        "Serviceable, in class build: the network is there, connected or not.",
        "FTTH Council: homes passed. FCC: units at locations where service is, or can be within 10 business days.",
    ),
    Measure(
        "planned", "Planned", Selection(serviceable=True, classes=(Class.PRE_BUILD,)),
        "Serviceable, in class pre-build: planned or under construction.",
        "No filing counts these.",
    ),
    Measure(
        "orderable", "Orderable", Selection(orderable=True),
        "May be sold today: build, no hold, no blocking flag, a free port where ports are recorded, network ready, "
        "sales open, and a source that permits sales.",
        "TM Forum: positive service qualification.",
    ),
    Measure(
        "connected", "Connected", Selection(connectivity=CONNECTED),
        "A drop is installed, whether or not service is on.",
        "FTTH Council: homes connected.",
    ),
    Measure(
        "active", "Active", Selection(connectivity=(Connectivity.ACTIVE,)),
        "Service is on. Its share of the serviceable units is the take rate.",
        "FTTH Council: subscribers. FCC: broadband subscription (Form 477).",
    ),
)  # fmt: skip

HOMES = pa.schema(
    [
        ("measure", pa.string()), ("label", pa.string()), ("addresses", pa.int64()), ("units", pa.int64()),
        ("structures", pa.int64()), ("share", pa.float64()), ("definition", pa.string()), ("standard", pa.string()),
        ("filter", pa.string()),
    ]
)  # fmt: skip


def homes(ground: Ground) -> pa.Table:
    """Return each measure of the chosen addresses: addresses, units and structures, told apart.

    Returns
    -------
    pyarrow.Table
        :data:`HOMES`; ``share`` of the serviceable units, NULL where there are none; ``filter`` is a query string of
        the shared filters that leaves what is counted.
    """
    counted = {measure.code: _count(ground, measure) for measure in MEASURES}
    serviceable = counted["serviceable"]["units"]
    rows = [
        {
            "measure": measure.code, "label": measure.label, **counted[measure.code],
            "share": counted[measure.code]["units"] / serviceable if serviceable else None,
            "definition": measure.definition, "standard": measure.standard,
            "filter": urlencode(measure.selection.as_query()),
        }
        for measure in MEASURES
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=HOMES)


def _count(ground: Ground, measure: Measure) -> dict[str, Any]:
    chosen, chosen_params = ground.wish.selection.condition()
    counted, params = measure.selection.condition()
    return ground.addresses.records(
        f"report.homes.{measure.code}",
        f"""
        SELECT count(*) AS addresses, coalesce(sum(units), 0)::BIGINT AS units,
               count(DISTINCT location_id) AS structures
        FROM (SELECT * FROM {ground.relation} WHERE {chosen}) WHERE {_apart(counted)}
        """,
        {**chosen_params, **{_apart(name): value for name, value in params.items()}} or None,
    )[0]


def _apart(text: str) -> str:
    """Give a measure's parameters names that are not those of the chosen addresses."""
    return text.replace("selection_", "measure_")


def phases(ground: Ground) -> pa.Table:
    """Return by phase and class: addresses, units, orderable, connected, active, and when it is expected to be live."""
    connected = ", ".join(f"'{state}'" for state in CONNECTED)
    return ground.ask(
        "report.phases",
        f"""
        phase, class::VARCHAR AS class, count(*) AS addresses, coalesce(sum(units), 0)::BIGINT AS units,
        coalesce(sum(units) FILTER (orderable), 0)::BIGINT AS orderable_units,
        count(*) FILTER (connectivity IN ({connected})) AS connected,
        count(*) FILTER (connectivity = 'active') AS active,
        min(expected_live_on) FILTER (class = 'pre-build') AS expected_from,
        max(expected_live_on) FILTER (class = 'pre-build') AS expected_to
        """,
        """
        GROUP BY phase, class
        ORDER BY phase NULLS LAST,
                 list_position(['build', 'pre-build', 'out-of-coverage', 'unknown'], any_value(class)::VARCHAR)
        """,
    )
