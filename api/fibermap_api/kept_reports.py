"""Dry runs that callers may still answer and promote: few, for their owner only, and not for long."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import RLock

from fibermap.access.refusals import RateExceeded
from fibermap.ingest.report import IngestReport
from fibermap.kernel.clock import Clock
from fibermap.kernel.errors import Code, NotFound
from fibermap_api.settings import ApiSettings


@dataclass(frozen=True, slots=True)
class Kept:
    """A dry run with all that it read, which is held in memory."""

    report_id: str
    owner: str
    report: IngestReport
    expires_at: datetime


class KeptReports:
    """The dry runs of one server. An owner's oldest makes way for the next; nobody's makes way for somebody else's.

    Threads may share one: the verbs of a plan run in several.
    """

    def __init__(self, settings: ApiSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._kept: dict[str, Kept] = {}
        self._lock = RLock()

    def check_room(self, owner: str) -> None:
        """Make room for one more dry run of this owner; raises ``RateExceeded`` where others hold all there is."""
        with self._lock:
            self.forget_expired()
            own = [kept for kept in self._kept.values() if kept.owner == owner]
            if len(own) >= self._settings.plan_reports_per_caller:
                del self._kept[min(own, key=lambda kept: kept.expires_at).report_id]
            elif len(self._kept) >= self._settings.plan_reports:
                raise RateExceeded(30.0)

    def keep(self, owner: str, report: IngestReport) -> str:
        """Keep a dry run and return its id."""
        kept = Kept(secrets.token_hex(16), owner, report, self._expiry())
        with self._lock:
            self._kept[kept.report_id] = kept
        return kept.report_id

    def find(self, owner: str, report_id: str) -> IngestReport:
        """Return a dry run, and keep it on; raises ``NotFound`` (``report_not_found``) if this owner has none."""
        with self._lock:
            self.forget_expired()
            kept = self._kept.get(report_id)
            if kept is None or kept.owner != owner:
                raise NotFound(Code.REPORT_NOT_FOUND, "This dry run is no longer kept.", hint="Make the dry run again.")
            self._kept[report_id] = replace(kept, expires_at=self._expiry())
        return kept.report

    def remove(self, report_id: str) -> None:
        """Forget a dry run."""
        with self._lock:
            self._kept.pop(report_id, None)

    def _expiry(self) -> datetime:
        return self._clock.now() + timedelta(minutes=self._settings.plan_kept_min)

    def forget_expired(self) -> None:
        """Forget what nobody promoted in time."""
        now = self._clock.now()
        with self._lock:
            for kept in [kept for kept in self._kept.values() if kept.expires_at <= now]:
                self.remove(kept.report_id)
