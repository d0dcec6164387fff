"""Settings of payments: from the environment of the program only, because no database keeps keys and secrets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, HttpUrl, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from fibermap.kernel.errors import Code, InputRefused


class MoneySettings(BaseSettings):
    """Which gateway takes payments, and how it is asked. Nothing of it stands in the database or in a log."""

    model_config = SettingsConfigDict(env_prefix="FIBERMAP_PAYMENT_", frozen=True)

    gateway: Literal["simulated", "stripe"] = Field(
        default="simulated", description="Who takes payments. `simulated` moves no money: for trials and training."
    )
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$", description="The currency of this house, ISO 4217.")
    api_key: SecretStr = Field(default=SecretStr(""), description="The gateway's secret key.")
    webhook_secret: SecretStr = Field(
        default=SecretStr(""), description="The secret that the gateway signs its webhooks with. Empty: none are taken."
    )
    base_url: HttpUrl = Field(
        default=HttpUrl("https://api.stripe.com"), description="Where the gateway answers. Only https, or this machine."
    )
    timeout_s: float = Field(default=20.0, gt=0, le=120, description="Longest time that one call of it may take.")
    webhook_tolerance_s: int = Field(default=300, gt=0, description="Oldest signature of a webhook that is taken.")
    repeat_within_min: float = Field(
        default=60.0, gt=0, le=1_200,
        description="A payment that the gateway never saw is asked for again within so long; after that it has failed.",
    )  # fmt: skip
    page_open_min: float = Field(
        default=1_380.0, ge=60, le=1_430,
        description="How long a customer may pay at the gateway's page. Stripe keeps one open for a day at most.",
    )  # fmt: skip


def money_settings() -> MoneySettings:
    """Read the settings from the environment.

    Raises
    ------
    InputRefused
        ``gateway_misconfigured``: names the variable, and never its value.
    """
    try:
        return MoneySettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        message = f"The setting FIBERMAP_PAYMENT_{name} cannot be used: {first['msg']}."
        raise InputRefused(Code.GATEWAY_MISCONFIGURED, message, hint="Correct the variable, or unset it.") from None
