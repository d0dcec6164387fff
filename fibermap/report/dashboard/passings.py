"""Passings over time: what every plan version made of them, and what the dates of the plan promise."""

from __future__ import annotations

import pyarrow as pa

from fibermap.report.dashboard.ground import Ground
from fibermap.store.executor import named_sql

MOST_POINTS = 1_000
"""Steps of a history, the latest."""

_NEVER = 2**31 - 1
_EXPECTED = """
    SELECT v.expected_live_on AS expected_on, v.expected_precision AS precision, f.phase,
           count(*) AS addresses, coalesce(sum(c.units), 0)::BIGINT AS units,
           v.expected_live_on < $today AS is_late
    FROM verdict v JOIN chosen c USING (address_id)
    LEFT JOIN plan_feature f ON f.feature_id = v.feature_id AND f.to_version IS NULL
    WHERE v.technology = $technology AND v.class = 'pre-build'
    GROUP BY ALL ORDER BY expected_on NULLS LAST, phase NULLS LAST, precision
"""


def passings(ground: Ground) -> pa.Table:
    """Return addresses and units by version, class and phase, from the change log.

    One technology is counted, since an address has a verdict for each. With filters it is the past of the addresses
    that they choose today.

    Returns
    -------
    pyarrow.Table
        ``version``, ``happened_at``, ``kind``, ``label``, ``class``, ``phase``, ``addresses``, ``units``: the
        state after each shown version, where it is not nothing.
    """
    said = {"technology": str(ground.wish.technology), "never": _NEVER, "everything": ground.is_everything}
    chosen = _NOBODY if ground.is_everything else ground.chosen("address_id")
    delta = ground.look_up("report.passings", named_sql("fibermap.report", "passings"), said, chosen=chosen)
    shown = {"step": ground.wish.step, "most": MOST_POINTS, "never": _NEVER}
    by_phase = named_sql("fibermap.report", "passings_by_phase")
    return ground.look_up("report.passings_by_phase", by_phase, shown, delta=delta)


def expected(ground: Ground) -> pa.Table:
    """Return what is planned, by the date on which it is expected to be live, and by phase.

    Returns
    -------
    pyarrow.Table
        ``expected_on`` (NULL: the plan has no date), ``precision``, ``phase``, ``addresses``, ``units``, and whether
        the date has passed (``is_late``).
    """
    said = {"technology": str(ground.wish.technology), "today": ground.today}
    return ground.look_up("report.expected", _EXPECTED, said, chosen=ground.chosen("address_id", "units"))


_NOBODY = pa.table({"address_id": pa.array([], pa.int64())})
