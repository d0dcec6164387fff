"""Settings: defaults a careful operator would choose, each overridable as ``FIBERMAP_<NAME>``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from fibermap.kernel.units import metres_from_feet


class Limits(BaseSettings):
    """Bounds on hostile or merely huge input. Every one ends in a stable error, never in a crash."""

    model_config = SettingsConfigDict(env_prefix="FIBERMAP_LIMIT_", frozen=True)

    file_bytes: int = Field(default=8 << 30, description="Largest file that is opened.")
    archive_bytes: int = Field(default=4 << 30, description="Largest sum of unpacked members of one archive.")
    archive_members: int = Field(default=10_000, description="Most members of one archive.")
    archive_ratio: float = Field(default=200.0, description="Largest unpacked-to-packed ratio of a member over 10 MB.")
    xml_depth: int = Field(default=400, description="Deepest nesting of elements.")
    xml_text_bytes: int = Field(default=256 << 20, description="Longest single text node, bytes.")
    vertices: int = Field(default=5_000_000, description="Most vertices of one feature.")
    attribute_bytes: int = Field(default=1 << 20, description="Longest JSON of one feature's attributes.")
    service_features: int = Field(default=20_000_000, description="Most features taken from one live layer.")
    service_pages: int = Field(default=200_000, description="Most pages taken from one live layer.")
    service_bytes: int = Field(default=64 << 20, description="Largest answer of a live service.")


class Engine(BaseSettings):
    """How much of this machine a database may take. An answer depends on none of it."""

    model_config = SettingsConfigDict(env_prefix="FIBERMAP_DATABASE_", frozen=True)

    threads: int | None = Field(
        default=None, ge=1, description="Threads of a database. Unset: one for each core, also where others need them."
    )
    memory_limit: str | None = Field(
        default=None, pattern=r"^\d+(\.\d+)? ?[KMGT]i?B$", description="Memory of a database, as 8GB. Unset: 80 %."
    )


class PublicAddress(BaseSettings):
    """Where customers reach the house."""

    model_config = SettingsConfigDict(env_prefix="FIBERMAP_API_", frozen=True)

    public_url: str = Field(
        default="",
        pattern=r"^(https?://[A-Za-z0-9.:\[\]-]{1,253}(/[A-Za-z0-9._~/-]{0,200})?)?$",
        description="Where customers reach this server, https://fiber.example: they come back there from paying, and "
        "their messages have a link to its portal.",
    )

    @property
    def public_base(self) -> str | None:
        """It without a slash at its end; None where nobody has said it."""
        return self.public_url.rstrip("/") or None


class Settings(BaseSettings):
    """The rules of one database.

    A new database takes them from the environment (or these defaults) and keeps them; from then on only a recorded
    change of settings changes them, because verdicts depend on them.
    """

    model_config = SettingsConfigDict(env_prefix="FIBERMAP_", frozen=True, allow_inf_nan=False)

    units: Literal["us", "metric"] = Field(default="us", description="Units of screens and exports.")
    duplicate_m: float = Field(
        default=30.0, ge=0, description="Records with one canonical key this close are one address."
    )
    drop_limit_m: float = Field(default=metres_from_feet(500), ge=0, description="Longest drop from a terminal.")
    route_limit_m: float = Field(
        default=metres_from_feet(300), ge=0, description="Longest drop from a route without terminals."
    )
    terminal_reach_m: float = Field(
        default=2000.0, ge=0, description="Farthest terminal that counts as serving an address."
    )
    sliver_m2: float = Field(
        default=25.0, ge=0, description="Areas and overlaps smaller than this are reported as slivers."
    )
    repair_change: float = Field(
        default=0.01, ge=0, description="A repair that changes an area by a larger share needs a yes."
    )
    position_error_m: float = Field(default=5.0, ge=0, description="Assumed error of an address point.")
    gap_link_m: float = Field(
        default=150.0, ge=0, description="Unserved addresses this close belong to one coverage gap."
    )
    gap_minimum: int = Field(default=5, ge=0, description="Fewest addresses of a coverage gap.")
    blocking_flags: tuple[str, ...] = Field(
        default=(), description="Flags that stand in the way of a sale, such as drop_over_limit."
    )
    recall_minutes: int = Field(
        default=60, ge=0, le=10_080, description="Minutes in which an undo still calls notices and charges off."
    )
    public_dates: Literal["quarter", "month", "day"] = Field(
        default="quarter", description="How precise a date the public is told at most."
    )
    check_text_days: int = Field(
        default=90, ge=0, description="Days after which what was typed in a check is erased from its record."
    )
    consent: Literal["always", "online"] = Field(
        default="always", description="When a lead or a pre-order needs a consent: always, or only by web and portal."
    )
    phone_region: Literal["US", "CA"] = Field(
        default="US", description="Where a phone number without a country code is dialled."
    )
    credit_days: int = Field(
        default=90, ge=0, description="Days for which the first rep of a household keeps the credit for it."
    )
    preorder_terms: int = Field(default=1, ge=1, description="Version of the terms that are signed with a pre-order.")
    preorder_deposit_cents: int = Field(
        default=0, ge=0, le=1_000_000, description="Deposit of a pre-order, in minor units; 0: none is asked for."
    )
    order_deposit_cents: int = Field(
        default=5_000, ge=0, le=1_000_000,
        description="What is paid at the gateway's page for an order without a token, in minor units; 0: nothing.",
    )  # fmt: skip
    limits: Limits = Limits()
