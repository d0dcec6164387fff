"""How addresses stand, for lists of what was sold there: read only where the list needs it."""

from __future__ import annotations


def standing_at(ids: str) -> str:
    """Return ``address_id, full_address, class, phase`` of current addresses as a relation, as ``addresses`` has them.

    That view joins all that there is to know of every address in the plan; a page of fifty leads does not need it.

    Parameters
    ----------
    ids
        A SELECT of the ids that the list names, composed by the caller from its own constants.
    """
    return f"""(
        SELECT a.address_id, a.full_address, coalesce(v.class, 'unknown') AS class,
               coalesce(p.phase, f.phase) AS phase
        FROM (
            SELECT address_id, full_address FROM address WHERE to_version IS NULL AND address_id IN ({ids})
        ) a
        LEFT JOIN (SELECT * FROM verdict WHERE best AND address_id IN ({ids})) v ON v.address_id = a.address_id
        LEFT JOIN plan_feature f ON f.feature_id = v.feature_id AND f.to_version IS NULL
        LEFT JOIN address_phase p ON p.address_id = a.address_id
    )"""
