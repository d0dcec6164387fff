"""What the audit log says of each table: one list, so that nothing is left out by somebody's forgetting to say it.

A table that is neither told here nor passed over for a reason is still on record, with the number of its rows and none
of its contents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Told:
    """How the rows of a table are told.

    Attributes
    ----------
    what
        What a row is, in a word.
    relation
        The rows, in SQL: the table, or a query in parentheses.
    key
        The expression that tells one row from another.
    subject
        The expression that names a row for a person.
    columns
        What is told of a row. Anything else of it is nobody's business, or too long.
    silent
        What is told to have changed, and not to what: secrets and shapes, by a name for people, each an expression.
    """

    what: str
    relation: str
    key: str
    subject: str
    columns: tuple[str, ...]
    silent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Versioned(Told):
    """Rows that hold from one plan version to another: what it ended was so before, what it began is so after."""


@dataclass(frozen=True, slots=True)
class Kept(Told):
    """Rows that are changed in place: what is committed was so before, what the transaction sees is so after.

    ``moment`` is the expression for when a row was last changed, for tables that are too long to be read whole; rows of
    those are never deleted.
    """

    moment: str | None = None


_AREA = ("class", "override_class", "override_live_on", "technology", "phase", "priority", "expected_live_on",
         "expected_precision", "live_on", "network_ready_on", "sales_open_on")  # fmt: skip

TOLD: Mapping[str, Told] = {
    "user_account": Kept(
        "user", "user_account", "user_id", "name", ("roles", "disabled_at"), silent={"password": "password_hash"}
    ),
    "api_key": Kept(
        "key", "api_key", "key_id", "coalesce(nullif(name, ''), hint)", ("scopes", "rate_per_s", "revoked_at")
    ),
    "sign_in_link": Kept(
        "sign-in link",
        "(SELECT link.*, u.name FROM sign_in_link link LEFT JOIN user_account u USING (user_id))",
        "token_hash", "name", ("expires_at", "used_at"),
    ),
    "user_session": Kept(
        "session",
        "(SELECT s.*, u.name FROM user_session s LEFT JOIN user_account u USING (user_id))",
        "token_hash", "name", ("ended_at",),
    ),
    "screen_setting": Kept("setting of screens", "screen_setting", "name", "name", ("value",)),
    "server_setting": Kept("setting of the server", "server_setting", "name", "name", ("value",)),
    "rule_setting": Versioned("setting", "rule_setting", "name", "name", ("value",)),
    "unit_cost": Kept(
        "unit cost",
        "(SELECT name, arg_max(value, set_at) AS value, arg_max(reason, set_at) AS reason FROM unit_cost GROUP BY 1)",
        "name", "name", ("value", "reason"),
    ),
    "source_revision": Versioned(
        "layer", "source_revision", "revision_id", "path || ' ' || layer",
        ("read", "ingested", "repaired", "quarantined", "set_aside"),
    ),
    "source_terms": Versioned(
        "terms of source", "(SELECT t.*, s.name FROM source_terms t LEFT JOIN source s USING (source_id))",
        "source_id", "coalesce(name, source_id::VARCHAR)", ("licence", "permitted_uses"),
    ),
    "permission_override": Versioned(
        "permission", "(SELECT p.*, s.name FROM permission_override p LEFT JOIN source s USING (source_id))",
        "source_id", "coalesce(name, source_id::VARCHAR)", ("uses", "reason"),
    ),
    "plan_feature": Versioned(
        "feature", "plan_feature", "feature_id", "coalesce(name || ' ', '') || feature_id", ("role", "name", *_AREA),
        silent={"shape": "geometry"},
    ),
    "distance_rule": Versioned(
        "distance rule", "distance_rule", "rule_id", "target || ' ' || technology", ("limit_m",)
    ),
    "hold": Versioned(
        "hold", "hold", "hold_id", "hold_id::VARCHAR",
        ("scope", "address_id", "location_id", "code", "reason", "document", "review_on"),
    ),
    "correction": Versioned(
        "address",
        "(SELECT * REPLACE (json_merge_patch('{}'::JSON, fields)::VARCHAR AS fields) FROM correction)",  # without nulls
        "correction_id", "address_id::VARCHAR", ("kind", "fields", "reason"),
    ),
    "record_ruling": Versioned(
        "ruling", "record_ruling", "ruling_id", "record_id || ' and ' || other_record_id", ("one", "reason")
    ),
    "review_decision": Versioned(
        "review", "review_decision", "decision_id", "title", ("queue", "why", "choice", "reason")
    ),
    "review_assignee": Kept("review", "review_assignee", "item_id", "item_id::VARCHAR", ("assignee",)),
    "phase_opening": Versioned(
        "phase opening", "phase_opening", "opening_id", "phase",
        ("part", "network_ready_on", "sales_open_on", "state", "reason"),
    ),
    "date_slip": Versioned(
        "date of a phase", "date_slip", "slip_id", "phase || ' ' || feature_id",
        ("was_on", "now_on", "now_precision", "reason"),
    ),
    "mail_opt_out": Kept(
        "mail opt-out", "mail_opt_out", "opt_out_id", "address_id::VARCHAR", ("reason", "ended_at", "end_reason"),
        moment="greatest(opted_out_at, ended_at)",
    ),
    "connectivity": Kept(
        "connectivity", "connectivity", "address_id", "address_id::VARCHAR", ("state", "cause"), moment="since"
    ),
    "missing_report": Kept(
        "missing address", "missing_report", "report_id", "report_id::VARCHAR", ("text", "note", "lon", "lat")
    ),
    "area_draft": Kept("draft", "area_draft", "draft_id", "title", ("state", "revision", "plan_version")),
    "scenario": Kept("scenario", "scenario", "scenario_id", "title", ("plan_version", "removed_at")),
    "saved_source": Kept(
        "source", "(SELECT * REPLACE (regexp_replace(url, '[?#].*', '') AS url) FROM saved_source)",
        "name", "name", ("url", "role", "crs", "schedule", "most_changed", "due_at", "failures"),
        silent={"mappings": "mappings"},
    ),
    "source_pull": Kept(
        "pull", "source_pull", "name || ' ' || ended_at", "name", ("state", "plan_version"), moment="ended_at"
    ),
    "status_word": Kept("status word", "status_word", "word", "word", ("answer",)),
    "type_word": Kept("type word", "type_word", "word", "word", ("answer",)),
    "mapping_profile": Kept("mapping", "mapping_profile", "name", "name", ("profile",)),
    "deposit": Kept(  # those that are held or become credits follow from payments and orders, by the hundred thousand
        "deposit", "(SELECT * FROM deposit WHERE state NOT IN ('held', 'applied'))", "deposit_id",
        "party || ' deposit ' || deposit_id", ("state", "currency", "amount"), moment="changed_at",
    ),
    "refund": Kept(
        "refund", "refund", "refund_id", "'refund ' || refund_id",
        ("state", "currency", "amount", "failure", "reason", "paid_by", "note"), moment="changed_at",
    ),
    "subscription": Kept("subscriber", "subscription", "subscriber", "subscriber", ("retired_at_utc",)),
    "delivery": Kept(
        "parked event", "(SELECT * FROM delivery WHERE state = 'parked')", "subscriber || ' ' || event_id",
        "subscriber || ' ' || event_id", ("state", "attempts"),
    ),
    "offering": Kept(
        "offering", "offering", "offer_id", "code || ' revision ' || revision",
        ("name", "provider", "kind", "monthly_cents", "currency", "valid_from", "valid_until", "ended_on", "reason"),
        moment="changed_at",
    ),
    "consent": Kept("consent", "consent", "consent_id", "contact_id::VARCHAR", ("channel", "given_at", "withdrawn_at")),
    "contact": Kept(  # whose it is stands in the table alone
        "contact", "contact", "contact_id", "contact_id::VARCHAR", ("created_at",),
        silent={"who": "concat_ws(chr(31), name, phone, email)"}, moment="changed_at",
    ),
    "lead": Kept(
        "lead", "lead", "lead_id", "lead_id::VARCHAR",
        ("address_id", "state", "lost_reason", "technology", "channel", "rep"), moment="changed_at",
    ),
    "commitment": Kept(
        "pre-order", "commitment", "commitment_id", "commitment_id::VARCHAR",
        ("address_id", "offer_id", "technology", "state", "price_locked_until", "order_id"), moment="changed_at",
    ),
    "zone": Kept(
        "zone", "zone", "zone_id", "code",
        ("public_name", "priority", "goal_kind", "goal_value", "counts", "deadline", "state"),
    ),
    "zone_area": Kept("area of a zone", "zone_area", "zone_id || ' ' || area_id", "zone_id::VARCHAR", ("area_id",)),
    "customer_order": Kept(
        "order", "customer_order", "order_id", "order_id::VARCHAR",
        ("kind", "state", "held_from", "address_id", "offer_id", "technology", "release_on", "rep"),
        moment="changed_at",
    ),
    "sale_draft": Kept(
        "begun order", "sale_draft", "draft_id", "draft_id::VARCHAR",
        ("address_id", "offer_id", "sale", "channel", "rep", "state"), moment="changed_at",
    ),
    "order_payment": Kept(
        "payment method of an order", "order_payment", "order_id", "order_id::VARCHAR", (), silent={"token": "token"},
        moment="noted_at",
    ),
    "notice": Kept(  # those that leave by themselves follow from what they tell of; told is what a person decides
        "notice", "(SELECT * FROM notice WHERE decided_from IS NOT NULL)", "notice_id", "notice_id::VARCHAR",
        ("kind", "subject", "subject_id", "state", "decided_from"), moment="changed_at",
    ),
    "install_capacity": Kept(
        "weekly installations", "install_capacity", "technology || ' ' || zone_id", "technology || ' ' || zone_id",
        ("weekly",),
    ),
    "plan_version": Versioned(
        "plan version", "(SELECT *, version AS from_version, NULL AS to_version FROM plan_version)",
        "version", "version::VARCHAR", ("kind", "label", "author", "undoes"),
    ),
}  # fmt: skip
"""By table, in the order in which they are told."""

PASSED_OVER: Mapping[str, str] = {
    "migration": "comes with a release",
    "event": "follows from what is told; the screen of events shows it",
    "address_key": "has no contents",
    "source": "told with its layers",
    "source_record": "what a source holds; counted with its layers",
    "record_address": "follows from the records",
    "address": "follows from the records and the corrections",
    "redirect": "follows from the records",
    "duplicate_review": "follows from the records",
    "rejection": "counted with its layers",
    "area_override": "told as the feature that it changes",
    "verdict": "follows from areas, network and rules; the plan version has its history",
    "verdict_change": "is a history itself",
    "flag": "follows from the plan",
    "address_hold": "follows from the holds",
    "hold_member": "told as its hold",
    "phase_part": "told as the areas that it cuts",
    "recall_window": "follows from the plan version; who takes that back is told",
    "connectivity_change": "told as the connectivity that it changes",
    "address_check": "a question is no change; it is kept and erased by rules of its own",
    "broadband_label": "follows from the offerings",
    "account": "follows from the orders and pre-orders; it is opened once and never changed",
    "household": "follows from the leads",
    "commitment_slip": "follows from the dates of phases",
    "lead_merge": "is a history itself",
    "active_order": "follows from the orders",
    "port_reservation": "follows from the orders",
    "waiting_list": "follows from the orders",
    "sale_change": "is a history itself",
    "idempotency_key": "is what was answered; what was done is told",
    "server_secret": "is made by the server for itself, and said to nobody",
    "audit_entry": "is the log itself",
    "ledger_account": "comes with a release",
    "ledger_transaction": "is a history itself",
    "ledger_entry": "is a history itself",
    "payment": "follows from what customers pay; the ledger has what came of it",
    "payment_page": "is part of a payment; the ledger has what came of it",
    "payment_webhook": "what the gateway told; what follows from it is told",
    "simulated_charge": "stands for what is outside",
    "simulated_message": "stands for what is outside",
    "simulated_page": "stands for what is outside",
    "simulated_refund": "stands for what is outside",
}
"""Tables that are not told, and why."""
