"""Pulls saved sources when they are due; what must not publish itself is put before the planners."""

from __future__ import annotations

from functools import partial
from typing import Any

from anyio import from_thread

from fibermap.ingest import saved_sources
from fibermap.ingest.saved_sources import Pulled, SavedSource
from fibermap.kernel.errors import FibermapError
from fibermap.plan import Plan
from fibermap_api.ingests import Ingests
from fibermap_api.logs import get_logger

_log = get_logger()


class SourceRunner:
    """The saved sources of one server's plan."""

    def __init__(self, plan: Plan, ingests: Ingests) -> None:
        self._plan = plan
        self._ingests = ingests

    def pull_due(self) -> None:
        """Pull what is due, one after the other; called again and again, in a thread."""
        for source in self._plan.store.preview(saved_sources.due_sources, cause="read"):
            pulled = saved_sources.pull(self._plan.store, self._plan.bringing, source.name)
            (_log.warning if pulled.state == "failed" else _log.info)(
                "source_pulled", source=source.name, state=pulled.state, plan_version=pulled.plan_version
            )
            from_thread.run_sync(partial(self._hand_over, source, pulled))

    def told(self) -> list[dict[str, Any]]:
        """Return every source with its last pulls and the ingest that waits for a planner."""
        # What waits is asked for first: a pull is written down before it is put before the planners.
        waiting = {record.saved_source: record.ingest_id for record in self._ingests.waiting_pulls()}
        sources, pulls = self._plan.store.preview(
            lambda uow: (saved_sources.list_sources(uow), saved_sources.last_pulls(uow)), cause="read"
        )
        return [_told(source, pulls.get(source.name, []), waiting.get(source.name)) for source in sources]

    def _hand_over(self, source: SavedSource, pulled: Pulled) -> None:
        """Let what waited before go: this pull has seen more. What waits now is put before the planners."""
        for record in self._ingests.waiting_pulls():
            if record.saved_source == source.name:
                self._ingests.discard(record)
        if pulled.state == "waiting" and pulled.report is not None:
            name = source.name
            inputs = (source.url or name,)
            owner, author = f"source:{name}", f"saved source {name}"
            record = self._ingests.begin(owner, author, inputs, source=name, saved_source=name)
            try:
                self._ingests.take_waiting(record, pulled.report)
            except FibermapError as error:
                self._ingests.fail(record, error)


def _told(source: SavedSource, pulls: list[dict[str, Any]], waiting: str | None) -> dict[str, Any]:
    shown = ("name", "url", "role", "crs", "schedule", "most_changed", "author", "due_at", "failures")
    # Decided, or seen by a later pull, since it was asked for: then it waits no more.
    waits = bool(pulls) and pulls[0]["state"] == "waiting"
    return {
        **{name: getattr(source, name) for name in shown},
        "waiting": waiting if waits else None,
        "pulls": pulls,
    }
