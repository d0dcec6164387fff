"""Everything about selling that a plan has: the catalogue, leads, orders, and the money that customers pay ahead."""

from __future__ import annotations

from fibermap.catalogue_decisions import CatalogueDecisions
from fibermap.lead_decisions import LeadDecisions
from fibermap.money_decisions import MoneyDecisions
from fibermap.order_decisions import OrderDecisions


class Selling(CatalogueDecisions, LeadDecisions, OrderDecisions, MoneyDecisions):
    """The rooms of :class:`fibermap.plan.Plan` in which is sold."""
