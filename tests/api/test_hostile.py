"""Hostile requests: a problem document or an honest answer, never a 500, and nothing of theirs in it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.access.model import Scope
from fibermap_api.requests import MOST_PARAMETERS, read_pairs
from tests.api.answering import Site

CHECK = "/v1/address-check"
TEXTS = {
    "empty": "",
    "blank": " \t ",
    "ten kB": "1 Main St " * 1024,
    "nul": "1 Main\x00 St",
    "escape": "1 Main \x1b[2J St",
    "sql": "'; DROP TABLE address; --",
    "sql union": "1' UNION SELECT hash FROM api_key --",
    "html": "<script>alert(1)</script>",
    "template": "{{7*7}}${7*7}#{7*7}<%= 7*7 %>",
    "format": "%s%n%x {0.__class__}",
    "path": "../../../../etc/passwd",
    "crlf": "1 Main St\r\nSet-Cookie: a=b",
    "right to left": "1 \u202eniaM\u202c St",
    "zero width": "1 Ma\u200bin\u200d St\ufeff",
    "combining": "1 Ma" + "\u0301" * 400 + "in St",
    "full width": "\uff11 \uff2d\uff41\uff49\uff4e \uff33\uff54",
    "emoji": "1 \U0001f3e0 St \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "noncharacter": "1 Main \uffff\U0010ffff St",
    "turkish": "1 \u0130stanbul St \u0131",
    "digits": "\u0661\u0662\u0663 Main St",
    "surrogate pair half": "1 \ud800 St",
    "regex": "(a+)+$" * 60,
    "one long word": "a" * 499,
    "quotes": "\"'`\u201c\u201d",
}


@pytest.fixture(scope="module")
def headers(here: Site) -> dict[str, str]:
    return here.key(Scope.ADMIN)


def refused_or_answered(response: Any) -> None:
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        assert "Traceback" not in response.text
        assert "pydantic" not in response.text
        assert ".py" not in response.text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_whatever_is_typed(here: Site, headers: dict[str, str], text: str) -> None:
    raw = json.dumps({"q": text}).encode()
    typed = headers | {"Content-Type": "application/json"}
    refused_or_answered(here.client.post(CHECK, content=raw, headers=typed))
    if "\ud800" not in text:
        refused_or_answered(here.client.get(CHECK, params={"q": text}, headers=headers))
        refused_or_answered(here.client.get("/v1/address-suggest", params={"q": text}, headers=headers))
        escaped = quote(text[:300], safe="")
        refused_or_answered(here.client.get(f"/v1/addresses/{escaped}/explain", headers=headers))
    report = json.dumps({"q": text, "note": text}).encode()
    refused_or_answered(here.client.post("/v1/addresses:report-missing", content=report, headers=typed))


@pytest.mark.parametrize("name", ["empty", "blank", "ten kB", "nul", "escape", "surrogate pair half"])
def test_what_cannot_be_an_address_is_refused(here: Site, headers: dict[str, str], name: str) -> None:
    raw = json.dumps({"q": TEXTS[name]}).encode()
    said = here.client.post(CHECK, content=raw, headers=headers | {"Content-Type": "application/json"})
    assert said.status_code in (400, 422)


@pytest.mark.parametrize(
    "place",
    [
        ("91", "0"), ("0", "181"), ("-1e308", "1e308"), ("NaN", "0"), ("Infinity", "-Infinity"), ("", ""), ("1,5", "2"),
        ("0x10", "1"), ("1e999", "0"), ("\u0661", "0"), ("1_0", "[]"), ("true", "null"),
    ],
)  # fmt: skip
def test_absurd_coordinates(here: Site, headers: dict[str, str], place: tuple[str, str]) -> None:
    refused_or_answered(here.client.get(CHECK, params={"lat": place[0], "lon": place[1]}, headers=headers))
    body = f'{{"lat": {place[0] or "null"}, "lon": {place[1] or "null"}}}'.encode()
    typed = headers | {"Content-Type": "application/json"}
    refused_or_answered(here.client.post(CHECK, content=body, headers=typed))


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"5", b'"q"', b"{", b'{"q": "1 Ma', b"[" * 50_000, b'{"q":' * 5_000,
        b"\xff\xfe", b"\xef\xbb\xbf{}",
        b'{"q": 5}', b'{"q": {"$ne": ""}}', b'{"q": ["a"]}', b'{"q": true}', b'{"__proto__": {}}',
        b'{"q": "a", "at": 1}',
        b'{"address_id": 1e400}', b'{"address_id": 9007199254740993}', b'{"address_id": -1}',
        b'{"address_id": "1; --"}',
        b'{"q": "\\ud800"}', b"{'q': 'a'}", b'{"q": NaN}', b'{"address_id": 1' + b"0" * 5000 + b"}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [CHECK, f"{CHECK}:batch", "/v1/addresses:report-missing", "/v1/keys", "/v1/users"])
def test_broken_and_twisted_bodies(here: Site, headers: dict[str, str], path: str, body: bytes) -> None:
    said = here.client.post(path, content=body, headers=headers | {"Content-Type": "application/json"})
    assert 400 <= said.status_code < 500, said.text
    refused_or_answered(said)


@pytest.mark.parametrize("length", ["-1", "1e3", "99999999999999999999", "", "\u0661".encode(), "0x10"])
def test_lengths_that_are_none(here: Site, headers: dict[str, str], length: str) -> None:
    odd = headers | {"Content-Type": "application/json", "Content-Length": length}
    refused_or_answered(here.client.post(CHECK, content=b'{"q": "a"}', headers=odd))


@pytest.mark.parametrize(
    "credentials",
    [
        "Bearer", "Bearer ", "Basic YTpi", "Bearer " + "a" * 10_000, "bearer fmk_", b"Bearer \xff\xfe", "Bearer a b",
        "Bearer ' OR 1=1", "Digest x", "",
    ],
)  # fmt: skip
def test_keys_that_are_none(here: Site, credentials: str | bytes) -> None:
    said = here.client.get(CHECK, params={"q": "a"}, headers={"Authorization": credentials})
    assert said.status_code == 401
    refused_or_answered(said)


@given(st.text(alphabet="ab=&+%3Cc\u00e9;", max_size=30) | st.text(max_size=30).map(quote))
def test_a_query_string_is_read_as_everywhere_else(text: str) -> None:
    try:
        expected = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        with pytest.raises(ValueError, match=r"too many|codec"):
            read_pairs(text)
    else:
        assert read_pairs(text) == expected


def test_more_parameters_than_anybody_needs(here: Site, headers: dict[str, str]) -> None:
    many = "&".join(f"p{n}=1" for n in range(300))
    said = here.client.get(f"{CHECK}?{many}", headers=headers)
    assert said.status_code == 400
    refused_or_answered(said)


@pytest.mark.parametrize(
    "path", ["//", "/%00", "/..%2f..%2fetc/passwd", "/v1/addresses/%ff", "/v1/addresses/1%0a2", "/v1/jobs/..%2F..%2Fx"]
)
def test_paths_that_lead_nowhere(here: Site, headers: dict[str, str], path: str) -> None:
    refused_or_answered(here.client.get(path, headers=headers))
