"""Live layers: whatever the server does, every object that it announces is accounted for once."""

from __future__ import annotations

import gzip
import json
import logging
import os
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibermap.formats.feature_service import FeatureServiceSource, read_feature_service
from fibermap.formats.http_fetch import Pace, ServiceClient, take_apart
from fibermap.formats.service_keeper import LONGEST_KEPT_S
from fibermap.ingest.pipeline import display_name
from fibermap.kernel.errors import Code, FibermapError, InputRefused, NotPermitted, ServiceFailed
from fibermap.kernel.settings import Limits
from tests.formats.arcgis_server import ArcGisServer, Asked, Reply, error, running

LIMITS = Limits()
QUICK = Pace(requests_per_s=1e6, attempts=3, first_wait_s=0.001)

Row = dict[str, Any]


def opened(
    server: ArcGisServer, url: str | None = None, limits: Limits = LIMITS, **options: Any
) -> FeatureServiceSource:
    client = httpx.Client(trust_env=False)
    return read_feature_service(url or server.layer_url, limits=limits, client=client, pace=QUICK, **options)


def rows_of(source: FeatureServiceSource) -> list[Row]:
    """Read to the end and check the books."""
    rows = [row for batch in source.batches() for row in batch.to_pylist()]
    assert sum(layer.read for layer in source.layers()) == len(rows)
    assert len({(row["layer"], row["row"]) for row in rows}) == len(rows)
    for row in rows:
        row["attributes"] = json.loads(row["attributes"])
        row["geometry"] = None if row["geometry"] is None else shapely.from_wkb(row["geometry"])
    return rows


def ids(rows: list[Row], outcome: str = "ingested") -> list[int]:
    return sorted(int(row["source_fid"]) for row in rows if row["outcome"] == outcome)


def codes(source: FeatureServiceSource) -> set[Code]:
    return {notice.code for notice in source.notices()}


# --- a server that behaves ---------------------------------------------------------------------------------------


def test_a_layer_is_paged_in_the_order_of_its_object_ids() -> None:
    with running(ArcGisServer()) as server:
        source = opened(server)
        assert ids(rows_of(source)) == list(range(1, 26))
    queries = server.feature_queries()
    assert [asked.parameters["resultOffset"] for asked in queries] == ["0", "10", "20"]
    assert {asked.parameters["orderByFields"] for asked in queries} == {"OBJECTID ASC"}
    assert source.notices() == ()


def test_a_feature_has_labels_dates_a_name_and_a_place() -> None:
    with running(ArcGisServer(count=1)) as server:
        source = opened(server)
        (row,) = rows_of(source)
    assert (row["source_fid"], row["name"], row["layer"], row["row"]) == ("1", "No. 1", "Addresses", 1)
    attributes = {"OBJECTID": 1, "NAME": "No. 1", "STATUS": "Build", "STATUS.code": 1, "READY": "2025-10-01T00:00:00Z"}
    assert row["attributes"] == attributes
    assert row["geometry"].coords[0] == (-111.001, 45.0)
    assert source.layers()[0].crs == "EPSG:4326"


def test_all_layers_of_a_service_are_read_and_others_passed_over_aloud() -> None:
    with running(ArcGisServer(count=3)) as server:
        source = opened(server, server.service_url)
        assert ids(rows_of(source)) == [1, 2, 3]
    assert [(notice.code, notice.layer) for notice in source.notices()] == [(Code.SERVICE_NOT_A_LAYER, "Photo")]


def test_a_query_address_keeps_its_condition() -> None:
    with running(ArcGisServer()) as server:
        source = opened(server, f"{server.layer_url}/query?where=OBJECTID%20%3E%2020&f=html")
        assert ids(rows_of(source)) == [21, 22, 23, 24, 25]
    assert source.path == server.layer_url


def test_an_empty_layer_is_empty() -> None:
    with running(ArcGisServer(count=0)) as server:
        source = opened(server)
        assert rows_of(source) == []
    assert source.layers()[0].read == 0


def test_without_paging_objects_are_asked_for_by_id() -> None:
    with running(ArcGisServer(has_paging=False)) as server:
        assert ids(rows_of(opened(server))) == list(range(1, 26))
    assert server.feature_queries()[0].parameters["objectIds"] == "1,2,3,4,5,6,7,8,9,10"


def test_without_paging_and_object_ids_objects_are_asked_for_by_range() -> None:
    with running(ArcGisServer(has_paging=False, knows_object_ids=False)) as server:
        source = opened(server)
        assert ids(rows_of(source)) == list(range(1, 26))
    assert server.feature_queries()[-1].parameters["where"] == "OBJECTID >= 21 AND OBJECTID <= 25"
    assert source.notices() == ()


def test_without_ids_the_count_is_what_was_announced() -> None:
    with running(ArcGisServer(knows_ids=False, dropped=frozenset({4, 5}))) as server:
        outcomes = Counter((row["outcome"], row["reason"]) for row in rows_of(opened(server)))
    assert outcomes == {("ingested", None): 23, ("quarantined", "object_not_served"): 2}


# --- servers that do not -----------------------------------------------------------------------------------------


def test_objects_that_are_never_served_are_quarantined_by_their_id() -> None:
    with running(ArcGisServer(dropped=frozenset({3, 17}))) as server:
        rows = rows_of(opened(server))
    lost = [row for row in rows if row["outcome"] == "quarantined"]
    assert [(row["source_fid"], row["row"], row["reason"]) for row in lost] == [
        ("3", 3, "object_not_served"),
        ("17", 17, "object_not_served"),
    ]
    assert len(ids(rows)) == 23


def test_objects_that_come_twice_are_read_once() -> None:
    with running(ArcGisServer(overlap=3)) as server:
        source = opened(server)
        assert ids(rows_of(source)) == list(range(1, 26))
    assert codes(source) == {Code.DUPLICATE_OBJECT_ID}


def test_ids_that_are_announced_twice_are_set_aside_once() -> None:
    with running(ArcGisServer(announced_twice=frozenset({2}))) as server:
        rows = rows_of(opened(server))
    assert ids(rows) == list(range(1, 26))
    assert [(row["source_fid"], row["row"], row["reason"]) for row in rows if row["outcome"] == "set_aside"] == [
        ("2", 26, "duplicate_object_id")
    ]


def test_objects_that_appear_meanwhile_are_left_for_the_next_reading() -> None:
    with running(ArcGisServer(unannounced=frozenset({99}))) as server:
        source = opened(server)
        assert ids(rows_of(source)) == list(range(1, 26))
        assert [notice.needs_yes for notice in source.notices() if "not announced" in notice.message] == [True]


def test_a_server_that_gives_the_first_page_for_ever_is_asked_by_id() -> None:
    with running(ArcGisServer(obeys_offset=False)) as server:
        source = opened(server)
        assert ids(rows_of(source)) == list(range(1, 26))
    assert Code.SERVICE_ENDLESS in codes(source)


def test_a_server_that_gives_the_same_page_for_everything_ends() -> None:
    page = {"spatialReference": {"wkid": 4326}, "features": [ArcGisServer._feature(n, True) for n in (1, 2)]}

    def same_page(asked: Asked, number: int) -> Reply | None:
        is_wanted = asked.path.endswith("/query") and "returnIdsOnly" not in asked.parameters
        return Reply(body=json.dumps({**page, "exceededTransferLimit": True}).encode()) if is_wanted else None

    with running(ArcGisServer(count=500, interrupt=same_page)) as server:
        source = opened(server)
        rows = rows_of(source)
    assert (ids(rows), len(ids(rows, "quarantined"))) == ([1, 2], 498)
    assert Code.SERVICE_ENDLESS in codes(source)
    assert len(server.asked) < 40


def test_a_server_that_makes_up_objects_without_end_is_stopped_by_its_own_count() -> None:
    made_up = iter(range(10**9))

    def invented(asked: Asked, number: int) -> Reply | None:
        if "resultOffset" not in asked.parameters:
            return None
        features = [ArcGisServer._feature(next(made_up) + 1, True) for _ in range(10)]
        content = {"spatialReference": {"wkid": 4326}, "features": features, "exceededTransferLimit": True}
        return Reply(body=json.dumps(content).encode())

    with running(ArcGisServer(count=35, knows_ids=False, interrupt=invented)) as server:
        assert len(rows_of(opened(server))) == 40
    assert len(server.feature_queries()) == 4


def test_pages_are_bounded_by_the_limit() -> None:
    with running(ArcGisServer(count=200)) as server:
        source = opened(server, limits=Limits(service_pages=5))
        outcomes = Counter(row["outcome"] for row in rows_of(source))
    assert outcomes == {"ingested": 50, "quarantined": 150}
    assert Code.SERVICE_ENDLESS in codes(source)


def test_more_objects_than_the_limit_are_refused() -> None:
    with running(ArcGisServer(count=200)) as server, pytest.raises(InputRefused) as caught:
        list(opened(server, limits=Limits(service_features=100)).batches())
    assert caught.value.code is Code.LIMIT_EXCEEDED


def test_one_object_that_breaks_the_server_costs_only_itself() -> None:
    with running(ArcGisServer(poisoned=frozenset({7}))) as server:
        rows = rows_of(opened(server))
    assert ids(rows) == [n for n in range(1, 26) if n != 7]
    assert ids(rows, "quarantined") == [7]


def test_pages_shrink_until_the_server_can_bear_them() -> None:
    def overwhelmed(asked: Asked, number: int) -> Reply | None:
        return Reply(status=504) if int(asked.parameters.get("resultRecordCount", 0)) > 3 else None

    with running(ArcGisServer(interrupt=overwhelmed)) as server:
        assert ids(rows_of(opened(server))) == list(range(1, 26))


@pytest.mark.parametrize(
    "hiccup",
    [
        error(500),
        error(429),
        Reply(status=503),
        Reply(status=429, headers={"retry-after": "0"}),
        Reply(status=503, headers={"retry-after": formatdate(0, usegmt=True)}),
        Reply(body=b"<html>Please stand by</html>"),
        Reply(body=b'{"features": [', headers={"content-length": "9999", "connection": "close"}),
    ],
    ids=["500 inside 200", "429 inside 200", "503", "429", "503 with a date", "html", "cut off"],
)
def test_a_passing_failure_is_retried(hiccup: Reply) -> None:
    def every_other(asked: Asked, number: int) -> Reply | None:
        return hiccup if number % 2 else None

    with running(ArcGisServer(interrupt=every_other)) as server:
        assert ids(rows_of(opened(server))) == list(range(1, 26))


def test_the_server_says_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)

    def busy_once(asked: Asked, number: int) -> Reply | None:
        return Reply(status=429, headers={"retry-after": "7"}) if number == 1 else None

    with running(ArcGisServer(count=1, interrupt=busy_once)) as server:
        opened(server)
    assert max(waits) == 7


def test_requests_keep_their_pace() -> None:
    with running(ArcGisServer()) as server:
        client = ServiceClient(
            server.url, limits=LIMITS, client=httpx.Client(trust_env=False), pace=Pace(requests_per_s=20)
        )
        start = time.monotonic()
        for _ in range(4):
            client.ask(server.layer_url, {})
        assert time.monotonic() - start >= 0.15


def test_a_server_that_never_finishes_its_answer_is_given_up() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        while not stop.is_set():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        break

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/FeatureServer/0"
    pace = Pace(requests_per_s=1e6, heavy_attempts=1, silence_s=0.5, answer_s=0.3)
    with pytest.raises(ServiceFailed) as caught:
        read_feature_service(url, limits=LIMITS, client=httpx.Client(trust_env=False), pace=pace)
    assert caught.value.code is Code.SERVICE_UNREACHABLE
    stop.set()
    listener.close()
    thread.join(2)


def test_a_server_that_is_not_there_is_said_to_be_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceFailed) as caught:
        opened(ArcGisServer(), f"http://127.0.0.1:{port}/FeatureServer/0")
    assert caught.value.code is Code.SERVICE_UNREACHABLE


def test_an_answer_that_unpacks_without_end_is_cut_off() -> None:
    bomb = Reply(body=gzip.compress(b" " * 20_000_000), headers={"content-encoding": "gzip"})
    with (
        running(ArcGisServer(interrupt=lambda asked, number: bomb)) as server,
        pytest.raises(ServiceFailed) as caught,
    ):
        opened(server, limits=Limits(service_bytes=1_000_000))
    assert caught.value.code is Code.LIMIT_EXCEEDED


# --- coordinate systems ------------------------------------------------------------------------------------------


def test_a_server_that_ignores_the_system_asked_for_is_transformed() -> None:
    with running(ArcGisServer(count=1, obeys_out_sr=False)) as server:
        source = opened(server)
        (row,) = rows_of(source)
    assert row["geometry"].coords[0] == pytest.approx((-111.001, 45.0), abs=1e-9)
    assert source.layers()[0].crs == "EPSG:3857"


def test_answers_without_a_system_are_refused_with_a_suggestion() -> None:
    with running(ArcGisServer(count=1, says_system=False)) as server, pytest.raises(InputRefused) as caught:
        list(opened(server).batches())
    assert caught.value.code is Code.CRS_MISSING
    assert "EPSG:4326" in caught.value.hint


def test_a_system_given_is_that_of_the_stored_coordinates() -> None:
    with running(ArcGisServer(count=1, says_system=False)) as server:
        source = opened(server, crs="EPSG:3857")
        (row,) = rows_of(source)
    assert row["geometry"].coords[0] == pytest.approx((-111.001, 45.0), abs=1e-9)


# --- resuming ----------------------------------------------------------------------------------------------------


def breaks_down_after(pages: int) -> Any:
    taken = Counter[str]()

    def interrupt(asked: Asked, number: int) -> Reply | None:
        taken["pages"] += "outFields" in asked.parameters
        return Reply(status=502) if taken["pages"] > pages else None

    return interrupt


def test_a_reading_that_broke_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with running(ArcGisServer(count=100, interrupt=breaks_down_after(4))) as server:
        with pytest.raises(ServiceFailed) as caught:
            list(opened(server, resume_folder=tmp_path).batches())
        assert (caught.value.code, caught.value.where["layer"]) == (Code.SERVICE_ERROR, "Addresses")
        assert "go on from there" in caught.value.hint
        server.interrupt = lambda asked, number: None
        server.asked.clear()
        assert ids(rows_of(opened(server, resume_folder=tmp_path))) == list(range(1, 101))
    assert len(server.feature_queries()) == 6
    assert list(tmp_path.iterdir()) == []


def broken_off(server: ArcGisServer, folder: Path) -> None:
    server.interrupt = breaks_down_after(1)
    with pytest.raises(ServiceFailed):
        list(opened(server, resume_folder=folder).batches())
    server.interrupt = lambda asked, number: None
    server.asked.clear()


def test_pages_of_an_edited_layer_are_not_used(tmp_path: Path) -> None:
    with running(ArcGisServer()) as server:
        broken_off(server, tmp_path)
        server.edited_at = 2
        rows_of(opened(server, resume_folder=tmp_path))
    assert len(server.feature_queries()) == 3


def test_old_and_damaged_pages_are_thrown_away(tmp_path: Path) -> None:
    with running(ArcGisServer()) as server:
        broken_off(server, tmp_path)
        (page,) = tmp_path.glob("*/*.json")
        os.utime(page, (0, time.time() - LONGEST_KEPT_S - 60))
        (page.parent / "00000002.json").write_bytes(b'{"answer": {"fea')
        assert ids(rows_of(opened(server, resume_folder=tmp_path))) == list(range(1, 26))
    assert len(server.feature_queries()) == 3


# --- tokens and hosts --------------------------------------------------------------------------------------------

SECRET = "s3cr3t/tok+en=="


def test_a_token_opens_the_layer_and_is_in_no_address_or_log(caplog: pytest.LogCaptureFixture) -> None:
    with running(ArcGisServer(count=1, token=SECRET)) as server, caplog.at_level(logging.DEBUG):
        source = opened(server, token=SECRET)
        rows = rows_of(source)
    assert all("s3cr3t" not in asked.target for asked in server.asked)
    assert {asked.method for asked in server.asked} == {"POST"}
    assert "s3cr3t" not in caplog.text + repr(rows) + source.path


def test_a_token_in_the_address_is_used_and_taken_out_of_it() -> None:
    with running(ArcGisServer(count=1, token="abc")) as server:
        source = opened(server, f"{server.layer_url}?token=abc")
        assert len(rows_of(source)) == 1
    assert "abc" not in source.path


@pytest.mark.parametrize("code", [498, 499, 403])
def test_a_refused_token_is_an_error_that_does_not_tell_it(code: int) -> None:
    refusal = error(code, f"Invalid Token {SECRET}")
    with (
        running(ArcGisServer(interrupt=lambda asked, number: refusal)) as server,
        pytest.raises(NotPermitted) as caught,
    ):
        opened(server, token=SECRET)
    assert caught.value.code is Code.SERVICE_TOKEN_REFUSED
    assert "s3cr3t" not in str(caught.value) + json.dumps(caught.value.as_json())
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest",
        "http://localhost:1/x",
        "https://127.0.0.1:8/x",
        "//elsewhere.invalid/x",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_to_another_host_is_refused(target: str) -> None:
    reply = Reply(status=302, headers={"location": target})
    with (
        running(ArcGisServer(interrupt=lambda asked, number: reply)) as server,
        pytest.raises(NotPermitted) as caught,
    ):
        opened(server)
    assert caught.value.code is Code.SERVICE_HOST_REFUSED


def test_a_redirect_within_the_host_is_followed_but_not_in_circles() -> None:
    def moved(asked: Asked, number: int) -> Reply | None:
        is_old = not asked.path.startswith("/new")
        return Reply(status=301, headers={"location": "/new" + asked.path}) if is_old else None

    with running(ArcGisServer(count=2, interrupt=moved)) as server:
        assert len(rows_of(opened(server))) == 2
        server.interrupt = lambda asked, number: Reply(status=302, headers={"location": asked.path})
        with pytest.raises(ServiceFailed):
            opened(server)


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "host/FeatureServer/0", "http://", "http://user:word@host/x", "http://host:port/x", ""]
)
def test_what_is_no_address_of_a_service_is_refused(url: str) -> None:
    with pytest.raises(InputRefused) as caught:
        read_feature_service(url, limits=LIMITS)
    assert caught.value.code is Code.ARGUMENT_INVALID
    assert "word" not in caught.value.message


def test_an_address_that_is_no_layer_is_refused() -> None:
    with (
        running(ArcGisServer(interrupt=lambda asked, number: Reply(body=b'{"folders": []}'))) as server,
        pytest.raises(FibermapError) as caught,
    ):
        opened(server)
    assert caught.value.code is Code.SERVICE_NOT_A_LAYER


# --- the law -----------------------------------------------------------------------------------------------------

some_ids = st.frozensets(st.integers(1, 40), max_size=4)


@settings(max_examples=15)
@given(
    st.builds(
        ArcGisServer,
        count=st.integers(0, 40),
        max_record_count=st.integers(1, 12),
        has_paging=st.booleans(),
        knows_ids=st.booleans(),
        knows_object_ids=st.booleans(),
        obeys_offset=st.booleans(),
        overlap=st.integers(0, 3),
        dropped=some_ids,
        unannounced=st.frozensets(st.integers(41, 45), max_size=2),
        poisoned=st.frozensets(st.integers(1, 40), max_size=2),
    )
)
def test_the_books_balance_whatever_the_server_does(server: ArcGisServer) -> None:
    with running(server):
        rows = rows_of(opened(server))
    if server.knows_ids:
        assert sorted(row["row"] for row in rows) == list(range(1, server.count + 1))
        assert set(ids(rows)) <= set(range(1, server.count + 1)) - server.dropped - server.poisoned


@given(st.text(max_size=30), st.text(max_size=10))
@example("[\u010a", "")
@example("\u008d\u00bd]\u00e5", "x")
def test_any_text_is_an_address_that_can_be_asked_or_is_refused(host: str, rest: str) -> None:
    for url in (f"http://{host}/{rest}", f"https://{host}:{rest}", f"HTTP://{host}?token=secret{rest}"):
        assert "secret" not in display_name(url)
        with suppress(InputRefused):
            ServiceClient(take_apart(url).url, limits=Limits())
