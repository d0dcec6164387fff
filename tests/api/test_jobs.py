"""Many questions: inline, and as files."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from fibermap.access.model import Scope
from fibermap.serving.batch import SCHEMA
from tests.api.answering import TYPED, Site, site

BATCH = "/v1/address-check:batch"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path, jobs_per_caller=3, job_bytes=100_000, job_rows=1_000) as started:
        yield started


def send(here: Site, content: bytes, kind: str, headers: dict[str, str]) -> httpx.Response:
    return here.client.post(BATCH, content=content, headers=headers | {"Content-Type": kind})


def finished(here: Site, job: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """Wait for a job to end."""
    deadline_s = time.monotonic() + 60
    while job["state"] in ("waiting", "running") and time.monotonic() < deadline_s:
        job = here.client.get(f"/v1/jobs/{job['job_id']}", headers=headers).json()
        time.sleep(0.005)
    return job


def test_an_inline_batch_is_answered_in_its_order(here: Site) -> None:
    body = {"checks": [{"q": "nowhere"}, {"q": TYPED}, {"lat": 45.0, "lon": -111.0}]}
    said = here.client.post(BATCH, json=body, headers=here.key(Scope.CHECK)).json()
    assert [one["match"]["status"] for one in said["checks"]] == ["street_not_found", "matched", "street_not_found"]


@pytest.mark.parametrize("checks", [[], [{}], [{"q": "a"}] * 1001, {"q": "a"}, None, [{"q": "a"}, 5]])
def test_a_batch_that_is_none_or_too_large_is_refused(here: Site, checks: Any) -> None:
    said = here.client.post(BATCH, json={"checks": checks}, headers=here.key(Scope.CHECK))
    assert said.status_code == 422


def test_a_csv_becomes_a_job_whose_rows_stand_in_order(here: Site) -> None:
    headers = here.key(Scope.CHECK)
    said = send(here, f"id,q\r\n1,{TYPED}\r\n2,\r\n3,=cmd()\r\n".encode(), "text/csv; charset=utf-8", headers)
    assert said.status_code == 202
    job = finished(here, said.json(), headers)
    assert said.headers["location"] == f"/v1/jobs/{job['job_id']}"
    assert (job["state"], job["rows"], job["done"]) == ("done", 3, 3)
    result = here.client.get(job["result"], headers=headers)
    rows = list(csv.DictReader(io.StringIO(result.text)))
    assert list(rows[0]) == [*SCHEMA.names, "error"]
    assert [(row["status"], row["class"], row["orderable"]) for row in rows] == [
        ("matched", "build", "true"), ("", "", ""), ("street_not_found", "", ""),
    ]  # fmt: skip
    assert rows[1]["error"]
    assert rows[2]["q"] == "'=cmd()"


def test_ndjson_becomes_a_job_with_whole_answers(here: Site) -> None:
    headers = here.key(Scope.CHECK)
    lines = b'{"q": "1 Main St"}\n\n{"q": "1 Ma\n{"lat": 200, "lon": 0}\n[]\n'
    job = finished(here, send(here, lines, "application/x-ndjson", headers).json(), headers)
    answers = [json.loads(line) for line in here.client.get(job["result"], headers=headers).text.splitlines()]
    assert answers[0]["match"]["status"] == "matched"
    assert [answer.get("error", {}).get("code") for answer in answers[1:]] == [
        "json_broken", "argument_invalid", "argument_invalid",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "text/csv", 422),
        (b"name\r\na\r\n", "text/csv", 422),
        (b"q\r\n", "text/csv", 422),
        (b"q\r\n\xff\xfe\r\n", "text/csv", 422),
        (b"q\r\n" + b"a" * 20_000, "text/csv", 422),
        (b'q\r\n"' + b"a,\n" * 20_000, "text/csv", 422),
        (b"q\r\n" + b"a\r\n" * 1001, "text/csv", 422),
        (b"", "application/x-ndjson", 422),
        (b"[" * 20_000, "application/x-ndjson", 422),
        (b"a" * 100_001, "text/csv", 413),
        (b"q\r\na", "application/vnd.ms-excel", 415),
    ],
)
def test_a_file_that_cannot_be_answered_is_refused_and_leaves_nothing(
    here: Site, content: bytes, kind: str, status: int
) -> None:
    assert send(here, content, kind, here.key(Scope.CHECK)).status_code == status
    folder = here.service.jobs_folder
    assert not folder.exists() or list(folder.iterdir()) == []


def test_one_callers_jobs_are_nobody_elses_but_the_administrators(here: Site) -> None:
    job = send(here, b"q\r\na\r\n", "text/csv", here.key(Scope.CHECK)).json()
    url = f"/v1/jobs/{job['job_id']}"
    assert here.client.get(url, headers=here.key(Scope.CHECK)).json()["code"] == "job_not_found"
    assert here.client.get(url, headers=here.key(Scope.ADMIN)).status_code == 200


def test_a_removed_job_leaves_nothing(here: Site) -> None:
    headers = here.key(Scope.CHECK)
    job = finished(here, send(here, b"q\r\na\r\n", "text/csv", headers).json(), headers)
    assert here.client.delete(f"/v1/jobs/{job['job_id']}", headers=headers).status_code == 204
    assert list(here.service.jobs_folder.iterdir()) == []


def test_a_job_that_is_removed_while_it_is_answered_leaves_nothing_and_has_not_failed(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers, check = here.key(Scope.CHECK), here.service.answers.check_table
    begun, removed, failures = Event(), Event(), list[str]()

    def held_back(*asked: Any, **named: Any) -> Any:
        begun.set()
        assert removed.wait(60)
        return check(*asked, **named)

    monkeypatch.setattr(here.service.answers, "check_table", held_back)
    monkeypatch.setattr("fibermap_api.jobs._log.error", lambda name, **_: failures.append(name))
    first = send(here, b"q\r\na\r\n", "text/csv", headers).json()
    assert begun.wait(60)
    assert here.client.delete(f"/v1/jobs/{first['job_id']}", headers=headers).status_code == 204
    removed.set()
    second = finished(here, send(here, b"q\r\na\r\n", "text/csv", headers).json(), headers)
    assert second["state"] == "done", "the next one has had its turn"
    assert {path.stem for path in here.service.jobs_folder.iterdir()} == {second["job_id"]}
    assert failures == []


def test_a_caller_has_so_many_jobs_and_no_more(here: Site) -> None:
    headers = here.key(Scope.CHECK)
    statuses = [send(here, b"q\r\na\r\n", "text/csv", headers).status_code for _ in range(4)]
    assert statuses == [202, 202, 202, 429]


def test_a_job_that_fails_says_so_and_no_more(here: Site) -> None:
    headers = here.key(Scope.CHECK)
    job = finished(here, send(here, b"q\r\nfail\r\n", "text/csv", headers).json(), headers)
    assert job["state"] == "failed"
    assert "secret" not in job["error"]
    assert here.client.get(f"/v1/jobs/{job['job_id']}/result", headers=headers).json()["code"] == "job_not_done"


def test_jobs_outlive_a_restart_and_not_their_day(tmp_path: Path) -> None:
    with site(tmp_path) as before:
        job = send(before, b"q\r\na\r\n", "text/csv", before.key(Scope.CHECK)).json()
        finished(before, job, before.key(Scope.ADMIN))
    with site(tmp_path) as after:
        admin = after.key(Scope.ADMIN)
        assert after.client.get(f"/v1/jobs/{job['job_id']}/result", headers=admin).status_code == 200
    for path in (tmp_path / "jobs").glob("*.json"):
        path.write_text(path.read_text().replace('"expires_at":"2', '"expires_at":"1'))
    with site(tmp_path) as much_later:
        admin = much_later.key(Scope.ADMIN)
        assert much_later.client.get(f"/v1/jobs/{job['job_id']}", headers=admin).status_code == 404
        assert list((tmp_path / "jobs").iterdir()) == []


def test_a_job_that_a_crash_interrupted_begins_anew(tmp_path: Path) -> None:
    with site(tmp_path) as before:
        job = send(before, b"q\r\na\r\nb\r\n", "text/csv", before.key(Scope.CHECK)).json()
        finished(before, job, before.key(Scope.ADMIN))
    kept = tmp_path / "jobs" / f"{job['job_id']}.json"
    kept.write_text(kept.read_text().replace('"done","done":2', '"running","done":1'))
    with site(tmp_path) as after:
        admin = after.key(Scope.ADMIN)
        again = finished(after, {**job, "state": "running"}, admin)
        assert again["done"] == 2
        assert len(after.client.get(again["result"], headers=admin).text.splitlines()) == 3
