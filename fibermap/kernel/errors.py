"""One tree of errors and one list of stable codes.

The *class* says what kind of failure it is (HTTP and the CLI map classes to statuses); the *code* says exactly
which, never changes once released, and is what programs compare. The message names the file, layer and row and
says what to do next.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from fibermap.kernel.text import printable


class Code(StrEnum):
    """Every stable code, sorted by room. Also used for the reasons of quarantined and set-aside features."""

    # files and archives
    FILE_MISSING = "file_missing"
    FILE_EMPTY = "file_empty"
    FILE_IS_DIRECTORY = "file_is_directory"
    FILE_TOO_LARGE = "file_too_large"
    FILE_UNREADABLE = "file_unreadable"
    FORMAT_UNKNOWN = "format_unknown"
    ENCODING_UNKNOWN = "encoding_unknown"
    ARCHIVE_BOMB = "archive_bomb"
    ARCHIVE_MEMBER_UNSAFE = "archive_member_unsafe"
    ARCHIVE_EMPTY = "archive_empty"
    ARCHIVE_BROKEN = "archive_broken"
    XML_BROKEN = "xml_broken"
    XML_ENTITY_REFUSED = "xml_entity_refused"
    XML_TOO_DEEP = "xml_too_deep"
    JSON_BROKEN = "json_broken"
    # features
    GEOMETRY_MISSING = "geometry_missing"
    GEOMETRY_BROKEN = "geometry_broken"
    GEOMETRY_UNSUPPORTED = "geometry_unsupported"
    GEOMETRY_TOO_LARGE = "geometry_too_large"
    GEOMETRY_EMPTY = "geometry_empty"
    COORDINATE_INVALID = "coordinate_invalid"
    COORDINATE_OUT_OF_RANGE = "coordinate_out_of_range"
    RING_CLOSED = "ring_closed"
    RING_TOO_SHORT = "ring_too_short"
    RING_TURNED = "ring_turned"
    COORDINATES_SPLIT = "coordinates_split"
    CURVE_DENSIFIED = "curve_densified"
    AREA_SELF_INTERSECTS = "area_self_intersects"
    AREA_TOO_LARGE = "area_too_large"
    AREA_SLIVER = "area_sliver"
    AXES_SWAPPED = "axes_swapped"
    OVERLAY_SET_ASIDE = "overlay_set_aside"
    NETWORK_LINK_NOT_FOLLOWED = "network_link_not_followed"
    ROW_UNREADABLE = "row_unreadable"
    DUPLICATE_OBJECT_ID = "duplicate_object_id"
    OBJECT_NOT_SERVED = "object_not_served"
    # coordinate systems
    CRS_MISSING = "crs_missing"
    CRS_UNKNOWN = "crs_unknown"
    # live services
    SERVICE_HOST_REFUSED = "service_host_refused"
    SERVICE_UNREACHABLE = "service_unreachable"
    SERVICE_ERROR = "service_error"
    SERVICE_TOKEN_REFUSED = "service_token_refused"  # noqa: S105
    SERVICE_ENDLESS = "service_endless"
    SERVICE_NOT_A_LAYER = "service_not_a_layer"
    # ingest
    ROLE_UNKNOWN = "role_unknown"
    MAPPING_INVALID = "mapping_invalid"
    FIELD_MISSING = "field_missing"
    STATUS_UNKNOWN = "status_unknown"
    STATUS_IGNORED = "status_ignored"
    TECHNOLOGY_UNKNOWN = "technology_unknown"
    TECHNOLOGY_OTHER = "technology_other"
    NEEDS_YES = "needs_yes"
    NOTHING_TO_UNDO = "nothing_to_undo"
    UNDO_NOT_LATEST = "undo_not_latest"
    REPORT_STALE = "report_stale"
    REPORT_ALREADY_PROMOTED = "report_already_promoted"
    REPORT_NOT_FOUND = "report_not_found"
    UPLOAD_NOT_FOUND = "upload_not_found"
    INGEST_NOT_FOUND = "ingest_not_found"
    INGEST_NOT_WAITING = "ingest_not_waiting"
    INGEST_EXPIRED = "ingest_expired"
    # the database
    DATABASE_BUSY = "database_busy"
    DATABASE_MISSING = "database_missing"
    DATABASE_NEWER = "database_newer"
    DATABASE_CORRUPT = "database_corrupt"
    DATABASE_EXISTS = "database_exists"
    MIGRATION_CHANGED = "migration_changed"
    STATEMENT_FAILED = "statement_failed"
    CONFLICT = "conflict"
    BACKUP_INVALID = "backup_invalid"
    DATABASE_OLDER = "database_older"
    CONSTRAINT_BROKEN = "constraint_broken"
    EXTENSION_UNUSABLE = "extension_unusable"
    NOTHING_TO_COPY = "nothing_to_copy"
    # the index that checks are answered from
    INDEX_FOREIGN = "index_foreign"
    INDEX_NEWER = "index_newer"
    INDEX_BROKEN = "index_broken"
    # lookups and commands
    ADDRESS_NOT_FOUND = "address_not_found"
    ADDRESS_CHANGED = "address_changed"
    CORRECTION_NOT_FOUND = "correction_not_found"
    SELECTION_CHANGED = "selection_changed"
    AREA_NOT_FOUND = "area_not_found"
    SCOPE_IS_EMPTY = "scope_is_empty"
    AREA_CHANGED = "area_changed"
    DRAFT_NOT_FOUND = "draft_not_found"
    DRAFT_CHANGED = "draft_changed"
    SCENARIO_NOT_FOUND = "scenario_not_found"
    PHASE_NOT_FOUND = "phase_not_found"
    PHASE_NOTHING_TO_OPEN = "phase_nothing_to_open"
    VERSION_NOT_FOUND = "version_not_found"
    SOURCE_NOT_FOUND = "source_not_found"
    HOLD_NOT_FOUND = "hold_not_found"
    RULE_NOT_FOUND = "rule_not_found"
    REVIEW_ITEM_NOT_FOUND = "review_item_not_found"
    REVIEW_DECIDED = "review_decided"
    REVIEW_CHANGED = "review_changed"
    CHOICE_NOT_FITTING = "choice_not_fitting"
    DECISION_NOT_FOUND = "decision_not_found"
    EXPORT_FORMAT_UNKNOWN = "export_format_unknown"
    EXPORT_TARGET_REFUSED = "export_target_refused"
    EXPORT_NOT_FOUND = "export_not_found"
    EXPORT_NOT_DONE = "export_not_done"
    QUERY_REFUSED = "query_refused"
    ARGUMENT_INVALID = "argument_invalid"
    LIMIT_EXCEEDED = "limit_exceeded"
    BROWSER_LIBRARY_MISSING = "browser_library_missing"
    # selling
    NOT_BUILD = "not_build"
    ON_HOLD = "on_hold"
    NO_PORT = "no_port"
    SALES_NOT_OPEN = "sales_not_open"
    OFFER_NOT_AVAILABLE = "offer_not_available"
    ADDRESS_NOT_SETTLED = "address_not_settled"
    OFFERING_NOT_FOUND = "offering_not_found"
    OFFERING_EXISTS = "offering_exists"
    OFFERING_CHANGED = "offering_changed"
    ORDER_STATE_REFUSED = "order_state_refused"
    ORDER_NOT_FOUND = "order_not_found"
    DUPLICATE_ACTIVE_ORDER = "duplicate_active_order"
    PREREQUISITE_OPEN = "prerequisite_open"
    CONTACT_INVALID = "contact_invalid"
    CONTACT_NOT_FOUND = "contact_not_found"
    CONSENT_REQUIRED = "consent_required"
    LEAD_NOT_FOUND = "lead_not_found"
    LEAD_STATE_REFUSED = "lead_state_refused"
    PREORDER_NOT_FOUND = "preorder_not_found"
    DRAFT_CLOSED = "draft_closed"
    PREORDER_STATE_REFUSED = "preorder_state_refused"
    NOTICE_NOT_FOUND = "notice_not_found"
    NOTICE_STATE_REFUSED = "notice_state_refused"
    MAIL_MISCONFIGURED = "mail_misconfigured"
    ZONE_NOT_FOUND = "zone_not_found"
    ZONE_EXISTS = "zone_exists"
    # money
    AMOUNT_INVALID = "amount_invalid"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    CURRENCY_UNKNOWN = "currency_unknown"
    CURRENCY_MISMATCH = "currency_mismatch"
    LEDGER_UNBALANCED = "ledger_unbalanced"
    LEDGER_SOURCE_REUSED = "ledger_source_reused"
    LEDGER_TRANSACTION_NOT_FOUND = "ledger_transaction_not_found"
    PAYMENT_NOT_FOUND = "payment_not_found"
    PAYMENT_PAGE_CLOSED = "payment_page_closed"
    PAYMENT_PAGE_NOT_FOUND = "payment_page_not_found"
    PAYMENT_PAGE_UNAVAILABLE = "payment_page_unavailable"
    PAYMENT_TOKEN_REFUSED = "payment_token_refused"  # noqa: S105
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    DEPOSIT_NOT_FOUND = "deposit_not_found"
    DEPOSIT_NOT_HELD = "deposit_not_held"
    REFUND_NOT_FOUND = "refund_not_found"
    REFUND_NOT_WAITING = "refund_not_waiting"
    WEBHOOK_REFUSED = "webhook_refused"
    GATEWAY_MISCONFIGURED = "gateway_misconfigured"
    CARD_NUMBER_REFUSED = "card_number_refused"
    # who may ask
    CREDENTIALS_MISSING = "credentials_missing"
    CREDENTIALS_REFUSED = "credentials_refused"
    RATE_EXCEEDED = "rate_exceeded"
    KEY_NOT_FOUND = "key_not_found"
    USER_NOT_FOUND = "user_not_found"
    USER_EXISTS = "user_exists"
    LAST_ADMIN = "last_admin"
    OWN_ACCOUNT = "own_account"
    SCOPE_MISSING = "scope_missing"
    CSRF_REFUSED = "csrf_refused"
    ORIGIN_REFUSED = "origin_refused"
    IDEMPOTENCY_KEY_REQUIRED = "idempotency_key_required"
    IDEMPOTENCY_KEY_IN_USE = "idempotency_key_in_use"
    LINK_INVALID = "link_invalid"
    # the server
    ROUTE_NOT_FOUND = "route_not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    PRECONDITION_MISSING = "precondition_missing"
    REQUEST_UNREADABLE = "request_unreadable"
    REQUEST_TOO_LARGE = "request_too_large"
    REQUEST_TOO_SLOW = "request_too_slow"
    MEDIA_TYPE_REFUSED = "media_type_refused"
    SERVER_OVERLOADED = "server_overloaded"
    NOT_ON_REPLICA = "not_on_replica"
    OWNER_AWAY = "owner_away"
    SCREEN_NOT_READY = "screen_not_ready"
    TILE_NOT_FOUND = "tile_not_found"
    PAGE_NOT_FOUND = "page_not_found"
    PUBLIC_MAP_OFF = "public_map_off"
    PORTAL_CLOSED = "portal_closed"
    JOB_NOT_FOUND = "job_not_found"
    JOB_NOT_DONE = "job_not_done"
    BACKUP_NOT_FOUND = "backup_not_found"
    BACKUP_RUNNING = "backup_running"
    LAST_BACKUP = "last_backup"
    # the program itself
    REPLAY_DIFFERS = "replay_differs"
    DOCTOR_FOUND_ERRORS = "doctor_found_errors"
    WORKER_LOST = "worker_lost"
    INTERRUPTED = "interrupted"
    INTERNAL_ERROR = "internal_error"


class FibermapError(Exception):
    """Root of every error that fibermap raises on purpose.

    Parameters
    ----------
    code
        The stable code.
    message
        One sentence that says what is wrong.
    hint
        One sentence that says what to do next; ``""`` where nothing can be done.
    **where
        Whatever pins the failure down: ``file``, ``layer``, ``row``, ``field`` and the like. JSON values only.
    """

    def __init__(self, code: Code, message: str, *, hint: str = "", **where: Any) -> None:
        self.code = code
        self.message = printable(message)
        self.hint = hint
        self.where = {key: value for key, value in where.items() if value is not None}
        super().__init__(str(self))

    def __str__(self) -> str:
        place = ", ".join(f"{key} {value}" for key, value in self.where.items())
        said = " ".join(part for part in (f"{self.message}{f' ({place})' if place else ''}", self.hint) if part)
        return printable(said)

    def as_json(self) -> dict[str, Any]:
        """Return the error as the CLI prints it and HTTP answers it."""
        return {"code": str(self.code), "message": self.message, "hint": self.hint, **self.where}


class InputRefused(FibermapError):
    """What was given cannot be used as it is: a broken file, an unknown CRS, a bad argument."""


class NotFound(FibermapError):
    """What was asked for is not there."""


class Conflict(FibermapError):
    """Somebody else changed the same thing first, or the state does not allow it now."""


class NeedsYes(FibermapError):
    """Nothing is broken, but a person has to agree first."""


class NotPermitted(FibermapError):
    """The licence, role or host rules forbid it."""


class DatabaseBusy(FibermapError):
    """Another process owns the database file."""


class StoreFailed(FibermapError):
    """The database refused a statement, is damaged, or belongs to another release."""


class ServiceFailed(FibermapError):
    """A remote service did not do its part."""
