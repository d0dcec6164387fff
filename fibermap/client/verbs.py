"""The verbs of a plan that work over HTTP: who may use each, and what comes back. Client and server follow this table.

How a verb is called stands with the method of ``Plan`` and nowhere else: the server holds the arguments against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from fibermap.access.model import Scope
from fibermap.address.model import Connectivity
from fibermap.coverage.commands import Done
from fibermap.coverage.permissions import LeftOut
from fibermap.coverage.reclassify import Flips
from fibermap.coverage.replay import Replay
from fibermap.ingest.pipeline import Undone
from fibermap.ingest.profiles import Profile
from fibermap.kernel.settings import Settings
from fibermap.order.catalogue_commands import Stated
from fibermap.order.offering import Offering
from fibermap.order.offers import Offers
from fibermap.order.quote import PriceOnDay, Quote
from fibermap.store import Manifest, Problem
from fibermap.store.kept_backups import KeptBackup


class Shape(StrEnum):
    """In what form an answer travels."""

    ANSWER = "answer"
    """An :class:`fibermap.results.Answer`: its value, and its lines for a person."""
    VALUE = "value"
    """A value of the type that the verb names."""
    PROFILES = "profiles"
    """Mapping profiles."""
    TABLE = "table"
    """A :class:`fibermap.results.Result`, as Arrow."""
    FRAME = "frame"
    """A GeoDataFrame, as Arrow with WKB."""
    TABLES = "tables"
    """Arrow tables by name."""
    PAGE = "page"
    """A drawn map, as HTML."""
    FILE = "file"
    """A written file."""
    REPORT = "report"
    """A dry run or a promote. The server keeps a dry run, to be answered and promoted."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb.

    Attributes
    ----------
    name
        As it is called on the plan; ``catalogue.quote`` is the verb ``quote`` of the plan's ``catalogue``.
    shape, of
        What comes back; ``of`` is the type of an answer's or a value's own value, None where it stays JSON.
    scope
        What a caller needs.
    attribute
        It is read and not called.
    on_report
        It is about a dry run that the server keeps, and not about the plan.
    on_this_machine
        It writes to the server's own disk, so it is only for callers on the same machine.
    """

    name: str
    shape: Shape
    of: Any = None
    scope: Scope = Scope.READ
    attribute: bool = False
    on_report: bool = False
    on_this_machine: bool = False

    @property
    def room(self) -> str:
        """The property of the plan that has it; empty where it is the plan's own."""
        return self.name.rpartition(".")[0]

    @property
    def own_name(self) -> str:
        """Its name there."""
        return self.name.rpartition(".")[2]


def _asks(name: str, shape: Shape, of: Any = None, *, attribute: bool = False) -> Verb:
    return Verb(name, shape, of, attribute=attribute)


def _decides(name: str, shape: Shape = Shape.VALUE, of: Any = Done) -> Verb:
    return Verb(name, shape, of, Scope.PLAN)


def _on_report(name: str, shape: Shape, of: Any = None) -> Verb:
    return Verb(name, shape, of, Scope.PLAN, on_report=True)


_TABLE = (
    _decides("ingest", Shape.REPORT, None),
    _decides("undo", Shape.ANSWER, Undone),
    _decides("classify", Shape.ANSWER, Flips),
    _on_report("answer", Shape.REPORT),
    _on_report("promote", Shape.REPORT),
    _on_report("tables", Shape.TABLES),
    _on_report("difference", Shape.TABLES),
    _on_report("forget", Shape.VALUE, None),
    _asks("settings", Shape.VALUE, Settings, attribute=True),
    _asks("profiles", Shape.PROFILES, Profile, attribute=True),
    _asks("check", Shape.ANSWER),
    _asks("check_many", Shape.TABLE),
    _asks("explain", Shape.ANSWER),
    _asks("replay", Shape.ANSWER, Replay),
    _asks("status", Shape.ANSWER, dict[str, Any]),
    _asks("addresses", Shape.FRAME),
    _asks("left_out", Shape.VALUE, LeftOut),
    _asks("areas", Shape.FRAME, attribute=True),
    _asks("network", Shape.FRAME, attribute=True),
    _asks("source_records", Shape.TABLE, attribute=True),
    _asks("rejections", Shape.TABLE, attribute=True),
    _asks("versions", Shape.TABLE, attribute=True),
    _asks("compare", Shape.TABLE),
    _asks("gaps", Shape.TABLE),
    _asks("report", Shape.TABLE),
    _asks("sql", Shape.TABLE),
    _asks("map", Shape.PAGE),
    _asks("distance_rules", Shape.TABLE, attribute=True),
    _asks("disagreements", Shape.VALUE, list[dict[str, Any]]),
    _asks("export", Shape.FILE),
    _asks("doctor", Shape.VALUE, list[Problem]),
    _decides("hold"),
    _decides("release_hold"),
    _decides("add_address"),
    _decides("add_lots"),
    _asks("preview_lots", Shape.VALUE, list[dict[str, Any]]),
    _decides("confirm_address"),
    _decides("move_address"),
    _decides("retype_address"),
    _decides("split_address"),
    _asks("preview_units", Shape.VALUE, list[dict[str, Any]]),
    _decides("retire_address"),
    _asks("bulk_preview", Shape.VALUE, dict[str, Any]),
    _decides("bulk_change", of=dict[str, Any]),
    _asks("match_list", Shape.VALUE, dict[str, Any]),
    _decides("keep_correction"),
    _decides("withdraw_correction"),
    _decides("set_area_class"),
    _decides("draw_area"),
    _decides("edit_area"),
    _decides("split_area"),
    _decides("merge_areas"),
    _decides("cut_hole"),
    _decides("retire_areas"),
    _decides("edit_areas"),
    _asks("area_impact", Shape.VALUE, dict[str, Any]),
    _asks("validate_area", Shape.VALUE, list[dict[str, Any]]),
    _asks("area_versions", Shape.VALUE, list[dict[str, Any]]),
    _asks("area_disagreements", Shape.VALUE, list[dict[str, Any]]),
    _asks("what_if", Shape.VALUE, dict[str, Any]),
    _asks("unit_costs", Shape.VALUE, dict[str, float], attribute=True),
    _decides("set_unit_costs", of=dict[str, float]),
    _asks("phases", Shape.TABLE, attribute=True),
    _asks("phase", Shape.VALUE, dict[str, Any]),
    _asks("preview_phase", Shape.VALUE, dict[str, Any]),
    _decides("open_phase"),
    _decides("open_due_phases", of=list[Done]),
    _asks("preview_slip", Shape.VALUE, dict[str, Any]),
    _decides("slip_phase"),
    _asks("recall_windows", Shape.VALUE, list[dict[str, Any]], attribute=True),
    _decides("merge_addresses"),
    _decides("keep_addresses_apart"),
    Verb("review_queues", Shape.TABLE, None, Scope.PLAN, attribute=True),
    _decides("reviews", Shape.TABLE, None),
    _decides("review", of=dict[str, Any]),
    _decides("decide_review"),
    _decides("undo_review"),
    _decides("review_decisions", Shape.TABLE, None),
    _decides("assign_review", of=int),
    _decides("override_permission"),
    _decides("configure"),
    _decides("set_distance_rule"),
    _asks("catalogue.offers_at", Shape.VALUE, Offers),
    _asks("catalogue.offerings", Shape.TABLE),
    _asks("catalogue.stated", Shape.VALUE, tuple[Offering, ...]),
    _asks("catalogue.offering", Shape.VALUE, Offering),
    _asks("catalogue.revisions", Shape.VALUE, tuple[Offering, ...]),
    _asks("catalogue.quote", Shape.VALUE, Quote),
    _asks("catalogue.price_on", Shape.VALUE, PriceOnDay),
    _decides("catalogue.add", of=Offering),
    _decides("catalogue.revise", of=Offering),
    _decides("catalogue.retire", of=Offering),
    _decides("catalogue.load", of=Stated),
    _decides("withdraw_distance_rule"),
    _decides("opt_out_of_mail", of=int),
    _decides("opt_in_to_mail", of=int),
    _asks("mail_opt_outs", Shape.TABLE, attribute=True),
    _decides("change_connectivity", of=Connectivity),
    _decides("save_mapping", of=None),
    _asks("sources", Shape.TABLE, attribute=True),
    _decides("add_source", of=None),
    _decides("pull_source", Shape.ANSWER, None),
    _decides("remove_source", of=None),
    Verb("audit", Shape.TABLE, None, Scope.ADMIN),
    Verb("subscribers", Shape.TABLE, None, Scope.ADMIN, attribute=True),
    Verb("parked_events", Shape.TABLE, None, Scope.ADMIN, attribute=True),
    Verb("retry_parked", Shape.VALUE, int, Scope.ADMIN),
    Verb("backups", Shape.TABLE, None, Scope.ADMIN, attribute=True),
    Verb("keep_backup", Shape.VALUE, KeptBackup, Scope.ADMIN),
    Verb("verify_backup", Shape.VALUE, KeptBackup, Scope.ADMIN),
    Verb("backup", Shape.VALUE, Manifest, Scope.READ, on_this_machine=True),
    Verb("publish_snapshot", Shape.VALUE, Path, Scope.READ, on_this_machine=True),
)
VERBS: Mapping[str, Verb] = {verb.name: verb for verb in _TABLE}
ROOMS = frozenset(verb.room for verb in _TABLE if verb.room)
"""Properties of the plan that have verbs of their own."""

NOT_REMOTE: Mapping[str, str] = {
    "open": "a remote plan is opened by fibermap.connect",
    "close": "closing a remote plan lets go of the connection; the database stays open in the server",
    "catalogue.ground": "what is true at an address is read where the database is open",
    "store": "the database belongs to the process that has it open",
    "live": "checks are answered from it where the database is open",
    "orders": "a remote plan has verbs of the same names, which ask /v1/orders",
    "deliver": "a server delivers by itself",
    "rounds": "deliveries run in the process that has the database open",
    "outbox": "subscribers run in the process that has the database open",
    "check_slices": "a remote plan sends each slice to check_many",
    "bringing": "its dry runs live where the database is open; `ingest` and `undo` reach it",
    "preview_undo": "over HTTP it is /v1/plan-versions/{version}/undo-preview",
    "leads": "a remote plan has verbs of the same names, which ask /v1/leads",
    "money": "a remote plan has verbs of the same names, which ask /v1/money",
    "drafts": "a remote plan has verbs of the same names, which ask /v1/drafts",
    "notices": "a remote plan has verbs of the same names, which ask /v1/notices",
    "preorders": "a remote plan has verbs of the same names, which ask /v1/preorders",
    "zones": "a remote plan has verbs of the same names, which ask /v1/zones",
    "map_of": "a dry run is drawn where it is looked at, from the tables of the report",
}
"""What else ``Plan`` has, and why it does not travel."""
