"""The shape of every failure."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class FieldProblem(BaseModel):
    """What is wrong with one value."""

    field: str = Field(description="Which, as a path; empty for the whole.", examples=["lat"])
    code: str = Field(description="What is wrong, for programs.", examples=["less_than_equal"])
    message: str = Field(description="What is wrong.", examples=["Input should be less than or equal to 90"])


class ProblemDocument(BaseModel):
    """RFC 9457. `code` never changes once released; `detail` and `hint` are for people."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:fibermap:problem:argument_invalid",
                    "title": "Unprocessable Entity",
                    "status": 422,
                    "detail": "The request cannot be used: lat.",
                    "code": "argument_invalid",
                    "hint": "`errors` says what is wrong with each.",
                    "request_id": "b7ad6b7169203331",
                    "errors": [
                        {
                            "field": "lat",
                            "code": "less_than_equal",
                            "message": "Input should be less than or equal to 90",
                        }
                    ],
                }
            ]
        }
    )

    type: str = Field(description="A URN that ends in the code.")
    title: str = Field(description="The status in words.")
    status: Annotated[int, Field(ge=400, le=599)] = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong.")
    code: str = Field(description="What is wrong, for programs; see the list of codes.")
    hint: str = Field(description="What to do next; may be empty.")
    request_id: str = Field(description="Names this request in the server's log.")
    errors: list[FieldProblem] | None = Field(default=None, description="With 422: each value that cannot be used.")
    retry_after_s: int | None = Field(default=None, description="With 429 and 503: when to ask again, seconds.")
