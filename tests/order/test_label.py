"""The broadband label: every field of 47 CFR 8.1(a)(1), the same on a page, in a terminal and in a spreadsheet."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from fibermap.kernel.errors import Code, NotFound
from fibermap.order.label import BroadbandLabel, label_problems
from fibermap.order.label_facts import facts_of, price_text
from fibermap.order.label_page import PAGE_POLICY, STYLE, label_fragment, label_page, label_text
from fibermap.order.label_sheet import COLUMNS, labels_csv
from fibermap.order.offering import Fee, Introductory
from tests.order.selling import add_on_terms, label_of, plan_terms, sold

FULL = plan_terms(
    monthly_cents=6500, introductory=Introductory(4500, 12), term_months=24, early_termination_cents=20000,
    fees=(Fee("Installation", 9900),), monthly_fees=(Fee("Router", 500),),
    label=label_of("FIBER-500", data_unlimited=False, data_included_gb=1000, more_data_cents=1000, more_data_gb=50),
)  # fmt: skip


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    "field",
    ["plan_identifier", "typical_down_mbps", "typical_up_mbps", "typical_latency_ms", "government_taxes",
     "discounts_url", "network_management_url", "privacy_url", "support_phone", "support_url"],
)  # fmt: skip
def test_every_field_is_needed(field: str) -> None:
    lacking = plan_terms(label=label_of("X", **{field: None}))
    assert [problem.field for problem in label_problems(lacking)] == [field]


@pytest.mark.parametrize(
    ("label", "term_months", "missing"),
    [
        ({"data_unlimited": False}, 0, ["data_included_gb", "more_data_cents"]),
        ({"data_unlimited": False, "data_included_gb": 100, "more_data_cents": 0}, 0, []),
        ({"data_unlimited": False, "data_included_gb": 100, "more_data_cents": 500}, 0, ["more_data_cents"]),
        ({"terms_url": None}, 0, []),
        ({"terms_url": None}, 12, ["terms_url"]),
    ],
)
def test_some_fields_depend_on_others(label: dict[str, Any], term_months: int, missing: list[str]) -> None:
    terms = plan_terms(label=label_of("X", **label), term_months=term_months)
    assert [problem.field for problem in label_problems(terms)] == missing


def test_only_a_plan_has_one() -> None:
    assert label_problems(add_on_terms()) == []
    with pytest.raises(NotFound) as error:
        facts_of(sold(add_on_terms()))
    assert error.value.code is Code.OFFERING_NOT_FOUND
    assert len(label_problems(plan_terms(label=None))) == 12


def test_page_and_text_say_all_of_it() -> None:
    facts = facts_of(sold(FULL))
    said = [
        "Broadband Facts", "Example Fiber (fictional)", "Plan FIBER-500", "Fixed Broadband Consumer Disclosure",
        "Monthly Price", "$45.00", "This Monthly Price is an introductory rate.", "12 months", "$65.00",
        "requires a 24-month contract", "Router (monthly)", "$5.00", "Installation (once)", "$99.00",
        "Early Termination Fee", "$200.00", "Government Taxes", "Varies by Location", "Discounts & Bundles",
        "480 Mbps", "470 Mbps", "9 ms", "1000 GB", "$10.00 each additional 50 GB", "Network Management", "Privacy",
        "+1 406 555 0100", "F0000000000FIBER5000000000", "fcc.gov/consumer",
    ]  # fmt: skip
    html, text = text_of(label_fragment(facts)).replace("&amp;", "&"), " ".join("\n".join(label_text(facts)).split())
    for words in said:
        assert words in html, words
        assert words in text, words
    for url in ("terms", "discounts", "network", "privacy", "help"):
        assert f'href="https://example.com/{url}"' in label_fragment(facts)


def test_a_plain_plan_says_what_it_does_not_have() -> None:
    html = text_of(label_page(facts_of(sold(plan_terms()))))
    for words in ("is not an introductory rate", "does not require a contract", "Provider Monthly Fees None",
                  "Early Termination Fee None", "Unlimited"):  # fmt: skip
        assert words in html, words


def test_a_mobile_label_says_so() -> None:
    mobile = label_of("X", plan_identifier="M" + "0" * 25)
    assert "Mobile Broadband Consumer Disclosure" in label_page(facts_of(sold(plan_terms(label=mobile))))


def test_names_are_text_and_nothing_else_on_the_page() -> None:
    hostile = replace(FULL, name='<script>alert("x")</script>', fees=(Fee("<b onclick=x>Fee</b>", 1),))
    page = label_page(facts_of(sold(hostile)))
    assert "<script" not in page
    assert "<b " not in page
    assert "{{" not in label_page(facts_of(sold(replace(FULL, name="{{ 7 * 7 }}")))).replace("{{ 7 * 7 }}", "")


def test_a_page_is_one_that_everybody_can_read() -> None:
    page = label_page(facts_of(sold(FULL)))
    assert '<html lang="en">' in page
    assert 'aria-labelledby="facts-F0000000000FIBER5000000000"' in page
    assert page.count("<dt>") == page.count("<dd>")
    assert STYLE in page
    assert "sha256-" in PAGE_POLICY


def test_the_sheet_has_a_row_for_every_plan_and_what_the_label_says() -> None:
    rows = list(csv.DictReader(StringIO(labels_csv([sold(FULL), sold(add_on_terms())]))))
    assert len(rows) == 1
    assert list(rows[0]) == list(COLUMNS)
    said = rows[0]
    assert (said["monthly_price"], said["price_after_introductory_rate"], said["introductory_months"]) == (
        "45.00", "65.00", "12",
    )  # fmt: skip
    assert (said["one_time_fees"], said["early_termination_fee"]) == ("Installation: 99.00", "200.00")
    assert (said["unique_plan_id"], said["data_unlimited"]) == ("F0000000000FIBER5000000000", "false")
    assert (said["typical_download_mbps"], said["support_phone"]) == ("480", "'+1 406 555 0100")


def test_nothing_in_the_sheet_is_run_by_a_spreadsheet() -> None:
    hostile = replace(FULL, name='=HYPERLINK("http://x")', provider="@x")
    said = next(csv.DictReader(StringIO(labels_csv([sold(hostile)]))))
    assert (said["plan_name"][0], said["provider_name"]) == ("'", "'@x")


def test_an_incomplete_label_is_shown_with_what_is_not_stated() -> None:
    assert "not stated" in label_page(facts_of(sold(plan_terms(label=BroadbandLabel()))))


def test_amounts_are_read_as_people_read_them() -> None:
    assert (price_text(123456, "USD"), price_text(5, "USD"), price_text(100, "EUR")) == (
        "$1,234.56",
        "$0.05",
        "EUR 1.00",
    )
