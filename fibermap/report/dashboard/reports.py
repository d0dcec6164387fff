"""The verb of a plan that makes reports."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from fibermap.coverage.model import Technology
from fibermap.coverage.permissions import LeftOut
from fibermap.report.dashboard.catalogue import make_report
from fibermap.report.dashboard.ground import LISTED, Ground, Wish
from fibermap.report.selection import Selection
from fibermap.results import Result
from fibermap.store import Store


class Reports(ABC):
    """What :class:`fibermap.plan.Plan` reports."""

    store: Store

    @abstractmethod
    def left_out(self, where: str = "true") -> LeftOut:
        """Return how many addresses lists do not show, because of their licence."""

    def report(
        self, name: str, *, of_technology: Technology = Technology.FIBER, step: str = "day", **filters: Any
    ) -> Result:
        """Make a report: homes passed, passings over time, data quality and others, as one table.

        Parameters
        ----------
        name
            A name of :data:`fibermap.report.dashboard.catalogue.REPORTS`: ``homes``, ``phases``, ``passings``,
            ``expected``, ``quality``, ``sources``, ``ingests``, ``ports``, ``terminals``,
            ``funnel``, ``demand``, ``demand_by_area``.
        of_technology
            Whose verdicts ``passings`` and ``expected`` count.
        step
            ``version``, ``day`` or ``month``: after which plan versions ``passings`` says the state.
        **filters
            The shared filters, as :meth:`fibermap.report.selection.Selection.from_query` reads them: ``phase``,
            ``territory``, ``kind`` ... What is not about addresses is about everything.
        """
        wish = Wish(Selection.from_query(filters), of_technology, step)
        today = self.store.clock.now().date()
        made = self.store.preview(
            lambda uow: make_report(name, Ground(uow.sql, LISTED, uow, today, wish)), cause="read"
        )
        return Result(made.report.title, made.table, self.left_out(), made.notes)
