"""What the server keeps for those who work on the plan: bounded, theirs alone, and not for long."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest

from fibermap.access.refusals import RateExceeded
from fibermap.ingest.report import IngestReport
from fibermap.kernel.clock import FixedClock
from fibermap.kernel.errors import NotFound
from fibermap_api.kept_reports import KeptReports
from fibermap_api.settings import ApiSettings
from fibermap_api.spool import Spool, place_in

REPORT = cast(IngestReport, object())


def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 25, tzinfo=UTC))


def reports(**settings: Any) -> KeptReports:
    return KeptReports(ApiSettings(**settings), clock())


def test_the_oldest_dry_run_of_a_caller_makes_way_for_the_next() -> None:
    kept = reports(plan_reports_per_caller=2)
    ids = []
    for _ in range(3):
        kept.check_room("pat")
        ids.append(kept.keep("pat", REPORT))
    with pytest.raises(NotFound):
        kept.find("pat", ids[0])
    assert kept.find("pat", ids[2]) is REPORT


def test_nobodys_dry_run_makes_way_for_somebody_elses() -> None:
    kept = reports(plan_reports=1)
    mine = kept.keep("pat", REPORT)
    with pytest.raises(RateExceeded):
        kept.check_room("sam")
    with pytest.raises(NotFound):
        kept.find("sam", mine)
    assert kept.find("pat", mine) is REPORT


def test_a_dry_run_and_an_upload_are_kept_for_so_long(tmp_path: Path) -> None:
    settings = ApiSettings(plan_kept_min=0.0)
    kept, spool = KeptReports(settings, clock()), Spool(tmp_path / "spool", settings, clock())
    with pytest.raises(NotFound):
        kept.find("pat", kept.keep("pat", REPORT))
    folder = spool.take("pat", None).folder
    spool.forget_expired()
    assert not folder.exists()


class Meddling:
    """A clock that lets a thread begin to do something just before it tells the time."""

    def __init__(self) -> None:
        self.do: Callable[[], object] | None = None
        self.thread: Thread | None = None

    def now(self) -> datetime:
        if self.do is not None:
            self.thread = Thread(target=self.do)
            self.do = None
            self.thread.start()
            self.thread.join(0.02)  # it has to wait until whoever looks has looked
        return clock().now()


def test_a_dry_run_that_is_let_go_while_somebody_looks_at_it_does_not_come_back() -> None:
    meddling = Meddling()
    kept = KeptReports(ApiSettings(), meddling)
    report_id = kept.keep("pat", REPORT)
    kept.forget_expired = lambda: setattr(meddling, "do", lambda: kept.remove(report_id))  # type: ignore[method-assign]
    assert kept.find("pat", report_id) is REPORT
    assert meddling.thread is not None
    meddling.thread.join()
    with pytest.raises(NotFound):
        kept.find("pat", report_id)


def test_an_upload_that_goes_while_the_others_are_weighed_weighs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path / "spool", ApiSettings(), clock())
    place_in(spool.take("pat", None), "a.csv").write_bytes(b"four")
    walked = list(os.walk(tmp_path / "spool"))
    spool.clear()
    monkeypatch.setattr("fibermap_api.spool.os.walk", lambda _: walked)
    assert spool.take("pat", None).owner == "pat"


def test_an_upload_is_its_owners_and_one_of_so_many(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", ApiSettings(plan_uploads=1), clock())
    taken = spool.take("pat", None)
    place_in(taken, "plan.gdb/a.gdbtable").write_bytes(b"x")
    assert spool.take("pat", taken.upload_id) == taken
    for owner, refusal in (("sam", NotFound), ("pat", RateExceeded)):
        with pytest.raises(refusal):
            spool.take(owner, taken.upload_id if owner == "sam" else None)
    spool.remove(taken.upload_id)
    assert list((tmp_path / "spool").iterdir()) == []


def test_no_file_is_taken_in_over_the_sum_of_all(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", ApiSettings(plan_spool_bytes=3), clock())
    taken = spool.take("pat", None)
    place_in(taken, "a.csv").write_bytes(b"four")
    for owner, upload_id in (("sam", None), ("pat", taken.upload_id)):
        with pytest.raises(RateExceeded):
            spool.take(owner, upload_id)
