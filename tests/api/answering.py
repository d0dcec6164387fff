"""Two houses to ask about, and a server in front of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from fibermap.access.model import Role, Scope
from fibermap.access.registry import Registry
from fibermap.kernel.errors import Code, NotFound
from fibermap.kernel.settings import Settings
from fibermap.money.settings import MoneySettings
from fibermap.money.settle import open_desk
from fibermap.order.catalogue import Catalogue
from fibermap.order.label_sheet import labels_csv
from fibermap.order.offering import Offering
from fibermap.plan import Plan
from fibermap.report.screen import Screen
from fibermap.serving.answers import Answers
from fibermap.serving.batch import SCHEMA
from fibermap.serving.question import Question
from fibermap.store import Store
from fibermap.store.kept_backups import KeptBackups
from fibermap_api.app import create_app
from fibermap_api.backups import Backups
from fibermap_api.ingests import Ingests
from fibermap_api.made_exports import MadeExports
from fibermap_api.plan_desk import PlanDesk
from fibermap_api.screen_desk import ScreenDesk, Shown
from fibermap_api.service import Json, Records, Service
from fibermap_api.settings import ApiSettings
from fibermap_api.source_runner import SourceRunner

HOUSE, OTHER_HOUSE, BUILDING = 101, 102, 11
TYPED = "1 Main St"
PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


class TwoHouses:
    """Answers for two houses, in the shape of every answer."""

    def data_version(self) -> str:
        return "7"

    def check(self, question: Question, *, public: bool, caller: str) -> Json:
        if question.q == "fail":
            raise RuntimeError("secret detail")
        found = question.q == TYPED or question.address_id == HOUSE
        best = HOUSE if found else None
        return {
            "check_id": "c1",
            "checked_at": NOW,
            "data_version": "7",
            "input": {"q": question.q, "parsed": {}, "unparsed": None},
            "match": {
                "status": "matched" if found else "street_not_found", "grade": "exact", "score": 1.0,
                "next_action": "accept" if found else "report_missing", "faults": [], "margin": 1.0,
                "address_id": best, "location_id": best, "fcc_location_id": None,
                "address": TYPED if found else None, "point": {"lon": -111.3, "lat": 45.85} if found else None,
            },
            "candidates": [],
            "units": None,
            "serviceability": self._verdict(public=public) if found else None,
        }  # fmt: skip

    def look(self, question: Question, *, public: bool) -> Json:
        return self.check(question, public=public, caller="")

    def check_many(self, questions: Sequence[Question], *, public: bool, caller: str) -> Sequence[Json]:
        return [self.check(one, public=public, caller=caller) for one in questions]

    def check_table(self, questions: Sequence[Question], *, caller: str) -> pa.Table:
        answers = [self.check(one, public=False, caller=caller) for one in questions]
        rows = [
            {"q": one.q, **found["match"], **(found["serviceability"] or {}), "not_orderable": None, "source_id": None}
            for one, found in zip(questions, answers, strict=True)
        ]
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def suggest(self, text: str, limit: int) -> Json:
        return {"suggestions": [{"text": TYPED, "kind": "address", "address_id": HOUSE}][:limit]}

    def address(self, address_id: int, *, public: bool) -> Json:
        self._known(address_id)
        return {"address_id": address_id}

    def explain(self, address_id: int, at: date | None) -> Json:
        self._known(address_id)
        return {"address": {"address_id": address_id}}

    def units(self, location_id: int) -> Json:
        if location_id != BUILDING:
            raise NotFound(Code.ADDRESS_NOT_FOUND, "There is no such building.")
        return {"location_id": BUILDING, "units": []}

    def offers(self, address_id: int, channel: str, on: date | None, *, public: bool) -> Json:
        self._known(address_id)
        day = (on or NOW.date()).isoformat()
        return {
            "data_version": "7", "address_id": address_id, "channel": channel, "on": day, "sale": "interest",
            "offers": [], "not_available": [],
        }  # fmt: skip

    def offering(self, offer_id: int) -> Offering:
        return Catalogue().find(offer_id)

    def labels(self) -> str:
        return labels_csv(())

    def _known(self, address_id: int) -> None:
        if address_id not in (HOUSE, OTHER_HOUSE):
            raise NotFound(Code.ADDRESS_NOT_FOUND, "There is no such address.", address_id=address_id)

    def _verdict(self, *, public: bool) -> dict[str, Any]:
        return {
            "class": "build", "orderable": True, "not_orderable": [], "confidence": "high", "technologies": [],
            "reasons": [], "drop": None if public else {"distance_m": 12.0, "terminal_id": 5, "over_limit": False},
            "flags": [], "evidence": None, "valid_until": None,
        }  # fmt: skip


class Client:
    """Sends requests to an application in this process, one after the other, and keeps its cookies."""

    def __init__(self, app: FastAPI, portal: BlockingPortal, host: str = "192.0.2.7") -> None:
        self.app = app
        self.portal = portal
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(host, 50000))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://fibermap.test")

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Send one request."""
        return self.portal.call(partial(self._client.request, method, url, **more))

    def get(self, url: str, **more: Any) -> httpx.Response:
        """Send GET."""
        return self.request("GET", url, **more)

    def post(self, url: str, **more: Any) -> httpx.Response:
        """Send POST."""
        return self.request("POST", url, **more)

    def delete(self, url: str, **more: Any) -> httpx.Response:
        """Send DELETE."""
        return self.request("DELETE", url, **more)

    def cookie(self, name: str) -> str:
        """Return a cookie that the server set."""
        return str(self._client.cookies[name])

    def forget(self) -> None:
        """Forget all cookies."""
        self._client.cookies.clear()


@dataclass
class Site:
    """A running server: its registry, a client without credentials, and a key of each kind."""

    registry: Registry
    client: Client
    service: Service
    settings: ApiSettings

    def near(self) -> Client:
        """Return a client on the same machine."""
        return Client(self.client.app, self.client.portal, "127.0.0.1")

    def key(self, *scopes: Scope, **more: Any) -> dict[str, str]:
        """Return the headers of a new key."""
        return {"Authorization": f"Bearer {self.registry.create_key(scopes, **more).secret}"}

    def log_in(self, *roles: Role, name: str = "pat") -> dict[str, str]:
        """Add a person, log the client in, and return the headers of a write."""
        self.registry.add_user(name, roles, PASSWORD)
        said = self.client.post("/v1/session", json={"name": name, "password": PASSWORD})
        assert said.status_code == 200, said.text
        return {"X-CSRF-Token": said.json()["csrf_token"]}


@contextmanager
def site(
    folder: Path, *, replica: bool = False, started: bool = True, plan: Plan | None = None, **settings: Any
) -> Iterator[Site]:
    """Start a server in this process, in front of an empty database or a plan's; or leave the starting to others."""
    limits = ApiSettings(**settings)
    with _store_of(plan) as store, closing(Screen(store)) as screen:
        screen.refresh()
        registry = Registry(store)
        answers = TwoHouses() if plan is None else Answers(lambda: plan.live.index, store.clock)
        desk = PlanDesk(plan or Plan(store), folder / "uploads", limits)
        ingests = Ingests(plan or Plan(store), desk, folder / "ingests", limits)
        shown = ScreenDesk(Shown(screen, store, Settings()))
        service = Service(
            answers, registry.gate, folder / "jobs", registry, Records(store), desk, ingests, shown,
            SourceRunner(desk.plan, ingests), own_backups=Backups(store, KeptBackups(folder / "backups")),
            own_exports=MadeExports(desk.plan, folder / "exports", limits),
            own_money=open_desk(store, MoneySettings(webhook_secret="whsec_test")),
            own_notices=desk.plan.notices.desk,
        )  # fmt: skip
        if replica:
            none = dict.fromkeys(
                (
                    "own_registry",
                    "own_records",
                    "own_desk",
                    "own_ingests",
                    "own_screen",
                    "own_sources",
                    "own_backups",
                    "own_exports",
                    "own_money",
                    "own_notices",
                )
            )
            service = replace(service, **none)
        app = create_app(service, limits)
        with start_blocking_portal() as portal, ExitStack() as stack:
            if started:
                stack.enter_context(portal.wrap_async_context_manager(app.router.lifespan_context(app)))
            yield Site(registry, Client(app, portal), service, limits)


def _store_of(plan: Plan | None) -> AbstractContextManager[Store]:
    return Store.open(":memory:", threads=1) if plan is None else nullcontext(plan.store)
