"""Both processes killed at random moments of swap and reload: every answer is of one state that existed, and right."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from fibermap.store import Store
from tests.api.planning import village
from tests.api.program import Running, serve

HOUSES = ("1 Elk Ridge Rd 59741", "2 Elk Ridge Rd 59741")
_HELD = """
    SELECT coalesce(bool_or(from_version <= $version AND coalesce(to_version, 1000000) > $version), false)
    FROM hold WHERE address_id = $address_id
"""
_EXISTS = """
    SELECT EXISTS (FROM plan_version WHERE version = $version)
       AND $event = (SELECT coalesce(max(event_id), 0) FROM event WHERE coalesce(plan_version, 0) <= $version)
"""


class Work:
    """Edits and asks over and over, for as long as the server is tormented."""

    def __init__(self, server: Running) -> None:
        self.answers: list[dict[str, Any]] = []
        self.edits = 0
        self.wrong: list[BaseException] = []
        self._server = server
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._repeat, args=(work,)) for work in (self._edit, self._ask)]

    def __enter__(self) -> Work:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, work: Any) -> None:
        with httpx.Client(base_url=self._server.url, headers=self._server.headers(), timeout=60) as client:
            while not self._stopped.is_set():
                try:
                    work(client)
                except httpx.TransportError:  # whoever was asked has just been killed
                    continue
                except BaseException as error:  # told by the test: a thread that ends says nothing
                    self.wrong.append(error)
                    raise

    def _edit(self, client: httpx.Client) -> None:
        house = client.get("/v1/address-check", params={"q": HOUSES[self.edits % 2]}).json()["match"]["address_id"]
        named = {"address_id": house, "document": f"letter {self.edits}"}
        said = client.post("/v1/plan/hold", json={"arguments": ["do_not_serve", "dog", "ann"], "named": named})
        assert said.status_code in (200, 503, 500), said.text
        if said.status_code != 200:
            self._stopped.wait(0.2)  # who asks without a pause takes from the owner what it needs to come back
            return  # and undoes no version of somebody else
        self.edits += 1
        released = client.post("/v1/plan/undo", json={"arguments": []})
        assert released.status_code in (200, 409, 422, 500, 503), released.text

    def _ask(self, client: httpx.Client) -> None:
        said = client.post("/v1/address-check:batch", json={"checks": [{"q": house} for house in HOUSES]})
        assert said.status_code == 200, said.text
        self.answers.append(said.json())


@pytest.mark.parametrize("kills", [3, pytest.param(25, marks=pytest.mark.slow)])
def test_no_answer_is_wrong_or_mixed_whoever_is_killed(tmp_path: Path, kills: int) -> None:
    database, rng = village(tmp_path), random.Random(kills)
    with serve("--db", database) as server, Work(server) as work:
        for _ in range(kills):
            time.sleep(rng.uniform(0.5, 4.0))
            with suppress(StopIteration, psutil.NoSuchProcess):  # it is just being begun again
                server.worker(rng.choice(["owner", "front"])).kill()
        until = time.monotonic() + 120
        edits, answers = work.edits + 2, len(work.answers) + 2
        while (work.edits < edits or len(work.answers) < answers) and not work.wrong and time.monotonic() < until:
            time.sleep(0.1)
        assert work.wrong == []
        assert work.edits >= edits, "the owner is there again"
        assert len(work.answers) >= answers, "and the front"
        assert server.process.poll() is None
    with Store.open(database) as store:
        for answer in work.answers:
            check_truth(store, answer["checks"])


def check_truth(store: Store, checks: list[dict[str, Any]]) -> None:
    assert len({check["data_version"] for check in checks}) == 1, "mixed"
    version, event = (int(part) for part in checks[0]["data_version"].split("."))
    assert store.sql.value("exists", _EXISTS, {"version": version, "event": event}), "a state that never was"
    for check in checks:
        about = {"version": version, "address_id": check["match"]["address_id"]}
        is_held = "hold" in check["serviceability"]["not_orderable"]
        assert is_held == store.sql.value("held", _HELD, about), "not as it was in that state"
