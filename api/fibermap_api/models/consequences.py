"""Models of what an action would lead to."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class ConsequenceAnswer(BaseModel):
    """Something that would follow."""

    code: str = Field(examples=["port_to_next"])
    text: str = Field(examples=["Order 4503599627370902 (5 Main St), the next in line, gets port 3 of T-12."])


class WeighedAnswer(BaseModel):
    """What would follow, in the order in which it would come about, and the answer as it would be."""

    consequences: list[ConsequenceAnswer]
    result: dict[str, Any] = Field(
        description="Ids that are drawn at random, such as those of new contacts and leads, will be others.",
        examples=[{}],
    )
