"""What ``fibermap doctor`` asks of addresses and verdicts: references that are no foreign keys, and invariants."""

from __future__ import annotations

from fibermap.store import Check, Problem, Store, reference_check

_CURRENT_ADDRESS = "(SELECT * FROM address WHERE to_version IS NULL)"
_CURRENT_HOLD = "(SELECT * FROM hold WHERE to_version IS NULL)"
_CURRENT_FEATURE = "(SELECT * FROM plan_feature WHERE to_version IS NULL)"


def coverage_checks() -> tuple[Check, ...]:
    """Return the checks of the slices address and coverage."""
    return (
        reference_check("address_key", "address", "address_id", "address_key", "address_id"),
        reference_check("verdict_address", "verdict", "address_id", _CURRENT_ADDRESS, "address_id"),
        reference_check("verdict_feature", "verdict", "feature_id", _CURRENT_FEATURE, "feature_id"),
        reference_check("verdict_terminal", "verdict", "terminal_id", _CURRENT_FEATURE, "feature_id"),
        reference_check("flag_address", "flag", "address_id", _CURRENT_ADDRESS, "address_id"),
        reference_check("hold_address", "address_hold", "address_id", _CURRENT_ADDRESS, "address_id"),
        reference_check("hold_in_force", "address_hold", "hold_id", _CURRENT_HOLD, "hold_id"),
        reference_check("feature_source", "plan_feature", "source_id", "source", "source_id"),
        reference_check("terms_source", "source_terms", "source_id", "source", "source_id"),
        reference_check("record_source", "source_record", "source_id", "source", "source_id"),
        reference_check("connectivity_address", "connectivity", "address_id", "address_key", "address_id"),
        reference_check("redirect_survivor", "redirect", "survivor_id", "address_key", "address_id"),
        _count_check(
            "one_current_row",
            """
            SELECT address_id FROM address WHERE to_version IS NULL GROUP BY address_id HAVING count(*) > 1
            UNION ALL
            SELECT feature_id FROM plan_feature WHERE to_version IS NULL GROUP BY feature_id HAVING count(*) > 1
            UNION ALL
            SELECT record_id FROM source_record WHERE to_version IS NULL GROUP BY record_id HAVING count(*) > 1
            """,
            "A thing has two current rows.",
        ),
        _count_check(
            "one_best_verdict",
            f"""
            SELECT a.address_id FROM {_CURRENT_ADDRESS} a
            LEFT JOIN verdict v ON v.address_id = a.address_id AND v.best
            GROUP BY a.address_id HAVING count(v.address_id) <> 1
            """,
            "An address takes its class from no verdict, or from several.",
        ),
        _count_check(
            "record_has_address",
            """
            SELECT r.record_id FROM source_record r
            LEFT JOIN record_address ra ON ra.record_id = r.record_id AND ra.to_version IS NULL
            WHERE r.to_version IS NULL GROUP BY r.record_id HAVING count(ra.address_id) <> 1
            """,
            "A source record belongs to no address, or to several.",
        ),
        _count_check(
            "record_current_address",
            f"""
            SELECT record_id FROM record_address
            WHERE to_version IS NULL AND address_id NOT IN (SELECT address_id FROM {_CURRENT_ADDRESS})
              AND address_id NOT IN (SELECT address_id FROM correction WHERE to_version IS NULL AND kind = 'retire')
            """,
            "A source record belongs to an address that there is not.",
        ),
        _count_check(
            "redirect_living",
            f"""
            SELECT address_id FROM redirect
            WHERE to_version IS NULL AND address_id IN (SELECT address_id FROM {_CURRENT_ADDRESS})
            """,
            "An address that is there leads to another one.",
        ),
        _count_check(
            "conservation",
            """
            SELECT revision_id FROM source_revision WHERE read <> ingested + repaired + quarantined + set_aside
            """,
            "Something that was read is neither ingested, repaired, quarantined nor set aside.",
        ),
    )


def _count_check(name: str, statement: str, message: str) -> Check:
    def run(store: Store) -> list[Problem]:
        rows = store.sql.rows(f"doctor_{name}", statement)
        if not rows:
            return []
        hint = "Run `fibermap classify`; if it stays, restore the last backup."
        return [Problem(name, "error", message, len(rows), [row[0] for row in rows[:5]], hint)]

    return Check(name, run)
