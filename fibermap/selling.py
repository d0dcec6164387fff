"""Everything about selling that a plan has: the catalogue, leads, orders, money, and what customers are told."""

from __future__ import annotations

from fibermap.catalogue_decisions import CatalogueDecisions
from fibermap.money_decisions import MoneyDecisions
from fibermap.notice_decisions import NoticeDecisions
from fibermap.order_decisions import OrderDecisions
from fibermap.preorder_decisions import PreOrderDecisions


class Selling(CatalogueDecisions, PreOrderDecisions, OrderDecisions, MoneyDecisions, NoticeDecisions):
    """The rooms of :class:`fibermap.plan.Plan` in which is sold."""
