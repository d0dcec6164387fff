"""Users, settings, events and backups over HTTP."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from fibermap.access.model import Role, Scope
from fibermap.coverage.rule_settings import KEPT
from fibermap.coverage.setting_list import TOUCHES
from fibermap.store import restore
from fibermap.store.kept_backups import KeptBackup
from fibermap_api.backups import Doing
from fibermap_api.models.settings import SettingChanges
from tests.api.answering import Client, Site
from tests.api.changes import NOW, Auditor, backup, quiet, retry
from tests.api.planning import planning, village


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Auditor]:
    with planning(village(tmp_path_factory.mktemp("administration"))) as site:
        yield Auditor(site)


def refused(a: Auditor, method: str, path: str, status: int, body: Any = None) -> str:
    said = a.site.client.request(method, path, headers=a.headers, json=body)
    assert said.status_code == status, said.text
    return str(said.json()["code"])


def test_a_person_is_invited_and_comes_in_by_the_link(admin: Auditor) -> None:
    told = admin.ask("POST", "/v1/users:invite", {"name": "kim", "roles": ["planner"]})
    assert (told["has_password"], told["valid_min"]) == (False, 3 * 24 * 60)
    client = Client(admin.site.client.app, admin.site.client.portal)
    said = client.post("/v1/session:link", json={"token": told["path"].partition("=")[2]})
    assert "plan" in said.json()["scopes"]
    listed = {user["name"]: user for user in admin.ask("GET", "/v1/users")["users"]}
    assert listed["kim"]["sessions"] == 1
    assert listed["kim"]["last_seen_at"]
    assert refused(admin, "POST", "/v1/users:invite", 409, {"name": "kim", "roles": ["csr"]}) == "user_exists"


def test_a_person_who_administers_cannot_raise_or_remove_themselves(admin: Auditor) -> None:
    client, name, token = admin.client()
    headers = {"X-CSRF-Token": token}
    body = {"roles": ["admin"]}
    assert client.request("PUT", f"/v1/users/{name}/roles", headers=headers, json=body).status_code == 403
    admin.ask("PUT", f"/v1/users/{name}/roles", body)
    for method, path, sent in (("PUT", "roles", {"roles": ["admin", "planner"]}), ("POST", "disable", None)):
        said = client.request(method, f"/v1/users/{name}/{path}", headers=headers, json=sent)
        assert (said.status_code, said.json()["code"]) == (403, "own_account")
    assert refused(admin, "POST", f"/v1/users/{name}/disable", 409) == "last_admin"
    admin.site.registry.add_user("other", [Role.ADMIN], "correct horse battery")
    admin.ask("POST", f"/v1/users/{name}/disable")
    assert client.get("/v1/session").status_code == 401


def test_settings_say_what_they_mean_are_weighed_and_changed_as_a_version(admin: Auditor) -> None:
    asked = {"changes": {"gap_minimum": 9, "blocking_flags": ["drop_over_limit"]}, "reason": "fewer"}
    before = admin.ask("GET", "/v1/settings")
    assert {each["kind"] for each in before["settings"]} == {"length_m", "number", "whole", "choice", "words"}
    assert all(each["meaning"] and each["touches"] for each in before["settings"])
    weighed = admin.ask("POST", "/v1/settings:preview", asked)
    assert admin.ask("GET", "/v1/settings") == before
    done = admin.ask("PUT", "/v1/settings", asked)
    assert (done["plan_version"], done["changes"]) == (weighed["plan_version"], weighed["changes"])
    after = {each["name"]: each for each in admin.ask("GET", "/v1/settings")["settings"]}
    assert (after["gap_minimum"]["value"], after["gap_minimum"]["default"]) == (9, 5)
    assert (after["gap_minimum"]["since_version"], after["gap_minimum"]["changed_by"]) == (
        done["plan_version"],
        "auditor",
    )


def test_every_setting_that_is_kept_is_explained_and_can_be_changed_here() -> None:
    assert TOUCHES.keys() == SettingChanges.model_fields.keys() == set(KEPT)


@pytest.mark.parametrize(
    "changes", [{}, {"gap_minimum": -1}, {"units": "furlongs"}, {"nonsense": 1}, {"blocking_flags": ["no_such"]}]
)
def test_settings_that_cannot_be_are_refused(admin: Auditor, changes: dict[str, Any]) -> None:
    body = {"changes": changes, "reason": "x"}
    for method, path in (("PUT", "/v1/settings"), ("POST", "/v1/settings:preview")):
        assert refused(admin, method, path, 422, body) == "argument_invalid"


def test_events_show_subscribers_and_what_was_parked_until_it_is_tried_anew(admin: Auditor) -> None:
    retry(admin)
    told = admin.ask("GET", "/v1/events?type=PlanPromoted&limit=1")
    assert [event["type"] for event in told["events"]] == ["PlanPromoted"]
    subscribers = [each["subscriber"] for each in told["subscribers"]]
    assert subscribers[:2] == ["mailer", "order.conversion"]
    assert told["parked"] == []
    assert admin.ask("POST", "/v1/events:retry", {}) == {"retried": 0}
    assert admin.newest()["before"][0]["which"].startswith("mailer ")


def test_a_backup_is_made_verified_fetched_restored_and_removed(admin: Auditor, tmp_path: Any) -> None:
    first, second = backup(admin), backup(admin)
    told = quiet(admin, "POST", f"/v1/backups/{second}:verify")
    assert [each["name"] for each in told["backups"]] == [second, first]
    assert told["backups"][0]["proof"]["problem"] is None
    said = admin.site.client.get(f"/v1/backups/{second}/file", headers=admin.headers)
    assert said.headers["content-disposition"] == f'attachment; filename="{second}.tar"'
    with tarfile.open(fileobj=io.BytesIO(said.content)) as packed:
        for member in filter(tarfile.TarInfo.isfile, packed.getmembers()):
            content = packed.extractfile(member)
            assert content is not None
            (tmp_path / member.name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / member.name).write_bytes(content.read())
    assert restore(tmp_path / second, tmp_path / "again.duckdb").migration >= 14
    assert admin.newest()["command"] == "download_backup"
    admin.ask("DELETE", f"/v1/backups/{first}")
    assert refused(admin, "DELETE", f"/v1/backups/{second}", 409) == "last_backup"


def test_no_other_name_reaches_a_file(admin: Auditor) -> None:
    for name in ("..", "%2e%2e", "..%2fplan.duckdb", "20990101T000000Z", "manifest.json"):
        said = admin.site.client.get(f"/v1/backups/{name}/file", headers=admin.headers)
        assert said.status_code in (404, 422), (name, said.status_code)


def test_a_backup_that_is_due_is_made_by_the_server_itself(admin: Auditor) -> None:
    backup(admin)
    backups = admin.site.service.backups
    count = len(backups.kept.listed())
    backups.make_due()
    assert len(backups.kept.listed()) == count, "no schedule is set"
    admin.ask("PUT", "/v1/backups:schedule", {"schedule": "every hour"})
    backups.make_due()
    assert len(backups.kept.listed()) == count, "the newest is younger than that"
    for each in backups.kept.listed():
        (backups.kept.folder / each.name).rename(backups.kept.folder / f"2020{each.name[4:]}")
        manifest = backups.kept.folder / f"2020{each.name[4:]}" / "manifest.json"
        manifest.write_text(
            manifest.read_text().replace(f'"made_at_utc": "{each.made_at_utc.year}', '"made_at_utc": "2020')
        )
    backups.make_due()
    assert len(backups.kept.listed()) == count + 1
    assert admin.ask("PUT", "/v1/backups:schedule", {"schedule": None})["schedule"] is None
    assert refused(admin, "PUT", "/v1/backups:schedule", 422, {"schedule": "now and then"}) == "argument_invalid"


def test_a_backup_that_fails_by_itself_says_so_and_is_tried_again_later(
    admin: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = admin.site.service.backups
    tried: list[bool] = []

    def full(*_: object) -> None:
        tried.append(True)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fibermap_api.backups.make_kept", full)
    monkeypatch.setattr(backups.kept, "listed", list)
    admin.ask("PUT", "/v1/backups:schedule", {"schedule": "every hour"})
    backups.make_due()
    backups.make_due()
    told = admin.ask("GET", "/v1/backups")["doing"]
    assert (told["state"], told["error"]["code"]) == ("failed", "internal_error")
    assert len(tried) == 1
    admin.ask("PUT", "/v1/backups:schedule", {"schedule": None})
    backups.doing = None


def test_a_backup_that_is_done_while_they_are_listed_is_never_missing_and_no_longer_being_made(
    admin: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = admin.site.service.backups
    listed = backups.kept.listed

    def done_meanwhile() -> list[KeptBackup]:
        found = listed()
        backups.doing = None
        return found

    backups.doing = Doing("make", None, NOW())
    monkeypatch.setattr(backups.kept, "listed", done_meanwhile)
    assert admin.ask("GET", "/v1/backups")["doing"]["state"] == "running", "so that whoever waits asks again"
    assert admin.ask("GET", "/v1/backups")["doing"] is None


def test_while_the_server_makes_one_by_itself_it_says_so_and_begins_no_other(
    admin: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = admin.site.service.backups
    made: list[str] = []

    def making(*_: object) -> SimpleNamespace:
        made.append(refused(admin, "POST", "/v1/backups", 409))
        backups.make_due()
        made.append(admin.ask("GET", "/v1/backups")["doing"]["what"])
        return SimpleNamespace(name="made")

    monkeypatch.setattr("fibermap_api.backups.make_kept", making)
    monkeypatch.setattr(backups.kept, "listed", list)
    admin.ask("PUT", "/v1/backups:schedule", {"schedule": "every hour"})
    backups.make_due()
    assert (made, backups.doing) == (["backup_running", "make"], None)
    admin.ask("PUT", "/v1/backups:schedule", {"schedule": None})


def test_the_doctor_reports_nothing_of_a_sound_database(admin: Auditor) -> None:
    findings = admin.ask("GET", "/v1/doctor")["findings"]
    assert [each for each in findings if each["severity"] == "error"] == []


def test_only_administrators_come_here(here: Site) -> None:
    headers = here.key(Scope.PLAN, Scope.READ)
    for path in ("/v1/audit", "/v1/users", "/v1/settings", "/v1/events", "/v1/backups", "/v1/doctor"):
        assert here.client.get(path, headers=headers).status_code == 403
