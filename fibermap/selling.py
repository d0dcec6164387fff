"""Everything about selling that a plan has: the catalogue, leads, orders, and the money that customers pay ahead."""

from __future__ import annotations

from fibermap.catalogue_decisions import CatalogueDecisions
from fibermap.money_decisions import MoneyDecisions
from fibermap.order_decisions import OrderDecisions
from fibermap.preorder_decisions import PreOrderDecisions


class Selling(CatalogueDecisions, PreOrderDecisions, OrderDecisions, MoneyDecisions):
    """The rooms of :class:`fibermap.plan.Plan` in which is sold."""
