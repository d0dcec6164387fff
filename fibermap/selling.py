"""Everything about selling that a plan has: catalogue, leads, orders, drafts, money, and what customers are told."""

from __future__ import annotations

from fibermap.catalogue_decisions import CatalogueDecisions
from fibermap.draft_decisions import DraftDecisions
from fibermap.money_decisions import MoneyDecisions
from fibermap.notice_decisions import NoticeDecisions
from fibermap.order_decisions import OrderDecisions
from fibermap.preorder_decisions import PreOrderDecisions


class Selling(CatalogueDecisions, PreOrderDecisions, OrderDecisions, DraftDecisions, MoneyDecisions, NoticeDecisions):
    """The rooms of :class:`fibermap.plan.Plan` in which is sold."""
