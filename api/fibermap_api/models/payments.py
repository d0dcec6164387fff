"""Models of payments that customers make."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap.money.simulated_page import LONGEST_PAGE_ID
from fibermap_api.models.questions import Question

PageId = Annotated[str, StringConstraints(max_length=LONGEST_PAGE_ID, pattern=r"^cs_simulated_[A-Za-z0-9_-]{20,50}$")]


class PaymentTold(BaseModel):
    """How far a payment is."""

    payment_id: int = Field(examples=[4503599627370494])
    state: Literal["intended", "calling", "unknown", "awaiting", "captured", "failed"] = Field(
        description="`awaiting`: at the page; `captured`: the money was taken.",
        examples=["awaiting"],
    )
    gateway: str = Field(description="Who takes it; `simulated` moves no money.", examples=["simulated"])
    amount_cents: int = Field(examples=[5000])
    currency: str = Field(examples=["USD"])
    page_url: str | None = Field(
        description="The gateway's page, as long as somebody may pay there.",
        examples=["https://fiber.example/simulated-payment/cs_simulated_1"],
    )
    expires_at: datetime | None = Field(description="Until when.", examples=["2026-11-27T07:31:00Z"])
    failure: str | None = Field(description="The gateway's word for why it failed.", examples=[None])


class SimulatedPageQuestion(Question):
    """One page of the simulated gateway."""

    page_id: PageId = Field(description="What stands in the link.", examples=["cs_simulated_KqpX0Jv5Q2mX8h3cVn0T1lAw"])
