"""Something to sell, and somewhere to sell it: offerings with complete labels, and grounds, for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from fibermap.address.model import Kind
from fibermap.coverage.model import Class
from fibermap.order.catalogue import Catalogue
from fibermap.order.ground import Coverage, Ground
from fibermap.order.label import BroadbandLabel
from fibermap.order.offering import Offering, OfferingKind, Service, Terms, offer_id_of

ON = date(2026, 6, 1)
"""The day on which tests ask."""
FRN = "0000000000"


def label_of(code: str, **changes: Any) -> BroadbandLabel:
    """Return a complete label."""
    tail = "".join(sign for sign in code if sign.isalnum()).upper()[:15].ljust(15, "0")
    said = BroadbandLabel(
        plan_identifier=f"F{FRN}{tail}",
        typical_down_mbps=480.0,
        typical_up_mbps=470.0,
        typical_latency_ms=9.0,
        data_unlimited=True,
        government_taxes="Varies by Location",
        terms_url="https://example.com/terms",
        discounts_url="https://example.com/discounts",
        network_management_url="https://example.com/network",
        privacy_url="https://example.com/privacy",
        support_phone="+1 406 555 0100",
        support_url="https://example.com/help",
    )
    return replace(said, **changes)


def plan_terms(code: str = "FIBER-500", **changes: Any) -> Terms:
    """Return a fiber plan with a complete label."""
    said = Terms(
        code=code,
        name=f"Plan {code}",
        provider="Example Fiber (fictional)",
        kind=OfferingKind.PLAN,
        monthly_cents=6500,
        valid_from=date(2026, 1, 1),
        technology="fiber",
        down_mbps=500.0,
        up_mbps=500.0,
        label=label_of(code),
    )
    return replace(said, **changes)


def add_on_terms(code: str = "VOICE", **changes: Any) -> Terms:
    """Return an add-on that goes with any plan of its provider."""
    said = Terms(
        code=code,
        name=f"Add-on {code}",
        provider="Example Fiber (fictional)",
        kind=OfferingKind.ADD_ON,
        monthly_cents=1500,
        valid_from=date(2026, 1, 1),
        service=Service.VOICE,
    )
    return replace(said, **changes)


def bundle_terms(*parts: str, code: str = "BUNDLE", **changes: Any) -> Terms:
    """Return a bundle of parts."""
    said = replace(add_on_terms(code), kind=OfferingKind.BUNDLE, service=Service.INTERNET, parts=parts)
    return replace(said, **changes)


def sold(terms: Terms, revision: int = 1, ended_on: date | None = None) -> Offering:
    """Return a revision of an offering."""
    return Offering(offer_id_of(terms.code, revision), revision, terms, ended_on)


def catalogue(*stated: Terms) -> Catalogue:
    """Return a catalogue of first revisions."""
    return Catalogue(sold(terms) for terms in stated)


def ground(class_: Class | None = Class.BUILD, **changes: Any) -> Ground:
    """Return an address on Main Street whose fiber is of a class."""
    coverage = {} if class_ is None else {"fiber": Coverage(class_, 5, "P1")}
    said = Ground(
        address_id=1,
        location_id=10,
        full_address="1 Main St, Elk Ridge, MT 59700",
        serviceable=True,
        units=1,
        kind=Kind.RESIDENTIAL,
        city="ELK RIDGE",
        state="MT",
        zip="59700",
        lon=-111.3,
        lat=45.85,
        phase="P1",
        coverage=coverage,
    )
    return replace(said, **changes)
