"""Settings of messages: from the environment of the program only, because no database keeps passwords."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from fibermap.kernel.errors import Code, InputRefused
from fibermap.messages.message import is_address

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MailSettings(BaseSettings):
    """Who carries messages, and how. Nothing of it stands in the database or in a log."""

    model_config = SettingsConfigDict(env_prefix="FIBERMAP_MAIL_", frozen=True)

    messenger: Literal["simulated", "smtp"] = Field(
        default="simulated",
        description="Who carries messages. `simulated` sends nothing: it keeps what it would have sent.",
    )
    host: str = Field(default="", description="The mail server that takes them.")
    encryption: Literal["starttls", "tls"] = Field(
        default="starttls", description="`starttls`: asked for on a plain line. `tls`: from the first byte (RFC 8314)."
    )
    port: int | None = Field(
        default=None, ge=1, le=65_535, description="Its port for submission. Not given: 587, and 465 with `tls`."
    )
    user: str = Field(default="", description="Who signs in there. Empty: nobody does.")
    password: SecretStr = Field(default=SecretStr(""), description="With what.")
    sender: str = Field(default="", description="The address that messages come from.")
    timeout_s: float = Field(default=20.0, gt=0, le=120, description="Longest time that one step of a call may take.")
    most_per_round: int = Field(default=200, ge=1, le=10_000, description="Most messages that leave in one round.")


def mail_settings() -> MailSettings:
    """Read the settings from the environment.

    Raises
    ------
    InputRefused
        ``mail_misconfigured``: names the variable, and never its value.
    """
    try:
        return MailSettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        name = "_".join(str(part) for part in first["loc"])
        raise misconfigured(name, f"cannot be used: {first['msg']}") from None


def require_smtp(settings: MailSettings) -> MailSettings:
    """Return settings by which a mail server can be asked; raises ``InputRefused`` (``mail_misconfigured``)."""
    if not settings.host:
        raise misconfigured("host", "is missing")
    if not is_address(settings.sender) or not settings.sender.isascii():
        raise misconfigured("sender", "is no e-mail address")
    if bool(settings.user) != bool(settings.password.get_secret_value()):
        raise misconfigured("password", "goes with a user, and a user with it")
    return settings


def misconfigured(name: str, why: str) -> InputRefused:
    """Return the refusal of a setting."""
    message = f"The setting FIBERMAP_MAIL_{name.upper()} {why}."
    return InputRefused(Code.MAIL_MISCONFIGURED, message, hint="Correct the variable, or unset it.")
