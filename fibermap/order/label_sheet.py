"""Every label as a spreadsheet: 47 CFR 8.1(a)(3) asks for a file of all labels, such as CSV, at an address of its own.

The rule names no columns, only that the file says what the labels say; these are the fields of the label in its order.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any

from fibermap.formats.write_csv import neutralise
from fibermap.order.label import BroadbandLabel
from fibermap.order.offering import Fee, Offering

MEDIA_TYPE = "text/csv; charset=utf-8"
COLUMNS = (
    "provider_name", "plan_name", "connection_type", "unique_plan_id", "customers", "technology", "monthly_price",
    "currency", "introductory_rate", "introductory_months", "price_after_introductory_rate", "contract_months",
    "contract_terms_url", "provider_monthly_fees", "one_time_fees", "early_termination_fee", "government_taxes",
    "discounts_bundles_url", "typical_download_mbps", "typical_upload_mbps", "typical_latency_ms", "data_unlimited",
    "data_included_gb", "additional_data_charge", "additional_data_gb", "data_policy_url", "network_management_url",
    "privacy_url", "support_phone", "support_url", "valid_from", "valid_until",
)  # fmt: skip


def labels_csv(offerings: Iterable[Offering]) -> str:
    """Return the labels of plans as CSV (RFC 4180, UTF-8); amounts in major units, fees as ``name: amount; ...``."""
    sheet = StringIO(newline="")
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(offering) for offering in offerings if offering.terms.is_plan)
    return sheet.getvalue()


def _row(offering: Offering) -> list[str]:
    terms, label = offering.terms, offering.terms.label or BroadbandLabel()
    first = terms.introductory
    said: dict[str, Any] = {
        "provider_name": terms.provider,
        "plan_name": terms.name,
        "connection_type": str(label.access),
        "unique_plan_id": label.plan_identifier,
        "customers": str(terms.customers),
        "technology": terms.technology,
        "monthly_price": _amount(terms.monthly_cents if first is None else first.monthly_cents),
        "currency": terms.currency,
        "introductory_rate": first is not None,
        "introductory_months": None if first is None else first.months,
        "price_after_introductory_rate": None if first is None else _amount(terms.monthly_cents),
        "contract_months": terms.term_months,
        "contract_terms_url": label.terms_url,
        "provider_monthly_fees": _fees(terms.monthly_fees),
        "one_time_fees": _fees(terms.fees),
        "early_termination_fee": _amount(terms.early_termination_cents),
        "discounts_bundles_url": label.discounts_url,
        "typical_download_mbps": _number(label.typical_down_mbps),
        "typical_upload_mbps": _number(label.typical_up_mbps),
        "typical_latency_ms": _number(label.typical_latency_ms),
        "additional_data_charge": None if label.more_data_cents is None else _amount(label.more_data_cents),
        "additional_data_gb": label.more_data_gb,
        "valid_from": terms.valid_from.isoformat(),
        "valid_until": None if terms.valid_until is None else terms.valid_until.isoformat(),
    }
    return [_cell(said[name] if name in said else getattr(label, name)) for name in COLUMNS]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else neutralise(str(value))


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _fees(fees: Iterable[Fee]) -> str:
    return "; ".join(f"{fee.name}: {_amount(fee.amount_cents)}" for fee in fees)
