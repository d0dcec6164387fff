"""What the operator of the synthetic county sells. Provider, prices and identifiers exist nowhere."""

from __future__ import annotations

from datetime import date
from typing import Any

from fibermap.demo.model import CAPITAL, TOWNS
from fibermap.order.label import TAXES_VARY, BroadbandLabel
from fibermap.order.offering import Customers, Fee, Introductory, OfferingKind, Service, Terms
from fibermap.order.region import Region

PROVIDER = "Larkspur Fiber (fictional)"
FRN = "0000000000"
"""No provider has this registration number."""
SITE = "https://larkspur.example"
VALID_FROM = date(2026, 1, 1)


def demo_catalogue() -> list[Terms]:
    """Return plans over fiber and over the air, for homes and businesses, add-ons, and a bundle."""
    return [*_plans(), *_add_ons(), _bundle()]


def _plans() -> list[Terms]:
    contract = {"term_months": 12, "early_termination_cents": 12_000}
    business = {"customers": Customers.BUSINESS, "fees": (Fee("Installation", 25_000),), **contract}
    town = Region(f"The streets of {TOWNS[CAPITAL].name}", cities=(TOWNS[CAPITAL].name,))
    return [
        _plan("FIBER-300", "Fiber 300", 5_500, "fiber", 300, 300),
        _plan("FIBER-1000", "Fiber Gig", 7_500, "fiber", 1_000, 1_000, introductory=Introductory(6_000, 6)),
        _plan("FIBER-2000", "Fiber 2 Gig", 10_900, "fiber", 2_000, 2_000, included=(town,), channels=("portal", "csr")),
        _plan("BIZ-1000", "Business Fiber Gig", 14_900, "fiber", 1_000, 1_000, **business),
        _plan("AIR-100", "Air 100", 4_900, "fixed_wireless", 100, 20, **contract),
    ]


def _plan(code: str, name: str, cents: int, technology: str, down: int, up: int, **more: Any) -> Terms:
    said: dict[str, Any] = {"fees": (Fee("Installation", 9_900),), **more}
    return Terms(
        code, name, PROVIDER, OfferingKind.PLAN, cents, VALID_FROM, technology=technology, down_mbps=float(down),
        up_mbps=float(up), label=_label(code, down, up, technology), **said,
    )  # fmt: skip


def _label(code: str, down: int, up: int, technology: str) -> BroadbandLabel:
    tail = code.replace("-", "").ljust(15, "0")
    return BroadbandLabel(
        plan_identifier=f"F{FRN}{tail}",
        typical_down_mbps=round(down * 0.95, 1),
        typical_up_mbps=round(up * 0.95, 1),
        typical_latency_ms=9.0 if technology == "fiber" else 28.0,
        data_unlimited=True,
        government_taxes=TAXES_VARY,
        terms_url=f"{SITE}/terms",
        discounts_url=f"{SITE}/discounts",
        network_management_url=f"{SITE}/network-management",
        privacy_url=f"{SITE}/privacy",
        support_phone="+1 406 555 0100",
        support_url=f"{SITE}/help",
    )


def _add_ons() -> list[Terms]:
    fiber = ("FIBER-300", "FIBER-1000", "FIBER-2000")
    return [
        _add_on("VOICE", "Home Voice", 1_500, Service.VOICE),
        _add_on("WIFI", "Whole-Home Wi-Fi", 800, Service.WIFI, goes_with=fiber),
        _add_on("SAFE", "Safe Home", 600, Service.SECURITY),
        _add_on("BIZ-IP", "Static Addresses", 2_500, Service.BUSINESS, goes_with=("BIZ-1000",),
                customers=Customers.BUSINESS),
    ]  # fmt: skip


def _add_on(code: str, name: str, cents: int, service: Service, **more: Any) -> Terms:
    said: dict[str, Any] = {"customers": Customers.EVERYBODY, **more}
    return Terms(code, name, PROVIDER, OfferingKind.ADD_ON, cents, VALID_FROM, service=service, **said)


def _bundle() -> Terms:
    return Terms(
        "HOME-PACK", "Home Pack: Fiber Gig, Voice, Wi-Fi", PROVIDER, OfferingKind.BUNDLE, 9_200, VALID_FROM,
        parts=("FIBER-1000", "VOICE", "WIFI"),
    )  # fmt: skip
