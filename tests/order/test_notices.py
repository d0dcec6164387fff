"""Notices leave: once, only when nobody may recall them, and what does not arrive waits for a person."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fibermap.kernel.errors import Code, Conflict, NotFound
from fibermap.messages.message import Message
from fibermap.messages.messenger import NotSent, Send, TurnedAway
from fibermap.messages.settings import MailSettings
from fibermap.messages.smtp_messenger import SmtpMessenger
from fibermap.order.consent import withdraw_consent
from fibermap.order.contact import forget_contact
from fibermap.order.notice_sending import MOST_ATTEMPTS, NoticeDesk, SentRound, send_notices
from fibermap.order.notice_store import notice_json
from fibermap.order.notices import count_as_told, queue_notices, send_again, take_told_back
from fibermap.order.order_commands import cancel_order
from fibermap.order.queues import Page, Queue, queue_page
from fibermap.plan import Plan
from fibermap.screens.portal_settings import PortalSettings, save_portal_settings
from fibermap.store import Store, UnitOfWork
from tests.builders import rows
from tests.messages.mail_server import HANG_UP, mail_server
from tests.order.sales import commit_lead, fall_back, go_live, orders, planned_street

PORTAL = PortalSettings(True, "Quill Fiber", "You may call me.", "Terms.", "1", "406-555-0100")


@dataclass
class Postbox:
    """A messenger that keeps what it is given, and does with it as it is told: an exception, or nothing."""

    outcomes: list[Exception | None] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    name: str = "smtp"

    @contextmanager
    def connected(self) -> Iterator[Send]:
        yield self._take

    def _take(self, message: Message) -> None:
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        self.taken.append(message)


def desk(fm: Plan, messenger: Any, **said: Any) -> NoticeDesk:
    return NoticeDesk(fm.store, messenger, MailSettings(**said), "https://fiber.example/portal")


def sold(fm: Plan, homes: int = 1, *, email: bool = True, queued: bool = True) -> None:
    """Let pre-orders become orders whose notices may leave."""
    for n in range(1, homes + 1):
        commit_lead(fm, f"{n} Main St", n)
        address = f"ann{n}@example.com" if email else None
        fm.store.run(
            lambda uow, n=n, address=address: uow.sql.execute(  # type: ignore[misc]
                "test", "UPDATE contact SET email = ? WHERE contact_id = ?", [address, 3_000 + n]
            ),
            cause="test",
        )
    go_live(fm)
    if queued:
        fm.store.run(lambda uow: queue_notices(uow, list(range(1, 50))), cause="window over")


def notices(fm: Plan) -> list[dict[str, Any]]:
    return rows(fm, "SELECT * FROM notice ORDER BY queued_at, subject_id")


def states(fm: Plan) -> list[str]:
    return sorted(row["state"] for row in notices(fm))


def later(fm: Plan, **spans: int) -> None:
    """Let what is put off be due, and a sending be long ago."""
    span = timedelta(**spans)
    fm.store.run(
        lambda uow: uow.sql.execute(
            "test", "UPDATE notice SET due_at = due_at - $span, changed_at = changed_at - $span", {"span": span}
        ),
        cause="test",
    )


def waiting(fm: Plan) -> list[dict[str, Any]]:
    return fm.store.preview(lambda uow: queue_page(uow, Queue.NOTICES, Page()), cause="read")[0]


def test_a_notice_says_what_was_ordered_and_how_to_follow_it_and_leaves_once() -> None:
    with planned_street() as fm:
        fm.store.run(lambda uow: save_portal_settings(uow, PORTAL, "ann"), cause="test")
        sold(fm)
        box = Postbox()
        assert send_notices(desk(fm, box)) == SentRound("smtp", sent=1)
        assert send_notices(desk(fm, box)) == SentRound("smtp")
        (message,) = box.taken
        account = str(fm.store.sql.value("test", "SELECT account_number FROM account"))
        assert message.to == "ann1@example.com"
        assert message.subject.startswith("Your order for 1 Main St")
        for said in (f"A {account[1:5]} {account[5:]}", "https://fiber.example/portal#follow=", "Quill Fiber",
                     "Questions: 406-555-0100", "Hello Ann Lee,", "It is no advertisement."):  # fmt: skip
            assert said in message.body
        assert "{" not in message.body
        (notice,) = notices(fm)
        assert (notice["state"], notice["told_by"], notice["attempts"]) == ("sent", "smtp", 1)


def test_before_the_recall_window_is_over_and_after_a_recall_nothing_leaves() -> None:
    with planned_street() as fm:
        sold(fm, queued=False)
        box = Postbox()
        assert send_notices(desk(fm, box)).sent == 0
        fm.undo()
        fm.store.run(lambda uow: queue_notices(uow, list(range(1, 50))), cause="window over")
        assert send_notices(desk(fm, box)).sent == 0
        assert (states(fm), box.taken) == (["recalled"], [])


def test_of_an_order_that_stands_still_nobody_hears_until_it_goes_on_and_of_one_that_ended_never() -> None:
    with planned_street() as fm:
        sold(fm, 2)
        fall_back(fm)
        box = Postbox()
        assert send_notices(desk(fm, box)).sent == 0
        go_live(fm)
        gone = orders(fm)[0]["order_id"]
        fm.store.run(lambda uow: cancel_order(uow, gone, "price", "ann"), cause="test")
        assert send_notices(desk(fm, box)).sent == 1
        assert states(fm) == ["recalled", "sent"]


def test_a_slipped_date_offers_the_deposit_back_and_names_both_dates() -> None:
    with planned_street(PHASE="P1", EXPECTED_LIVE="2027-03-01") as fm:
        fm.store.run(lambda uow: save_portal_settings(uow, PORTAL, "ann"), cause="test")
        commit_lead(fm, "1 Main St")
        fm.store.run(lambda uow: uow.sql.execute("test", "UPDATE contact SET email = 'ann@example.com'"), cause="test")
        fm.slip_phase("P1", date(2027, 6, 1), "wet ground", "ann")
        fm.store.run(lambda uow: queue_notices(uow, list(range(1, 50))), cause="window over")
        box = Postbox()
        assert send_notices(desk(fm, box)).sent == 1
        (message,) = box.taken
        for said in (
            "first quarter of 2027",
            "second quarter of 2027",
            "your deposit of USD 50.00 goes back to you",
            "by the link below",
        ):
            assert said in message.body


def test_a_date_that_slips_within_its_quarter_is_said_to_stay_in_it() -> None:
    with planned_street(PHASE="P1", EXPECTED_LIVE="2027-01-15") as fm:
        commit_lead(fm, "1 Main St")
        fm.slip_phase("P1", date(2027, 3, 1), "wet ground", "ann")
        (notice,) = fm.notices.list().table["notice_id"].to_pylist()
        body = fm.notices.get(notice)["text"]["body"]
        assert "Expected now: first quarter of 2027 as before; the day within it has moved\n" in body
        assert "Expected before" not in body


def test_whoever_has_no_e_mail_address_is_called_which_counts_once_and_can_be_undone() -> None:
    with planned_street() as fm:
        sold(fm, email=False)
        assert send_notices(desk(fm, Postbox())) == SentRound("smtp")
        (row,) = waiting(fm)
        assert (row["state"], row["phone"]) == ("to_call", "+14065550100")
        assert row["why"] == "There is no e-mail address."
        notice_id = row["id"]
        assert "Hello Ann Lee" in fm.notices.get(notice_id)["text"]["body"]
        assert fm.notices.told(notice_id, "bo")["told_by"] == "bo"
        assert fm.notices.told(notice_id, "cy")["told_by"] == "bo"
        assert waiting(fm) == []
        assert fm.notices.not_told(notice_id)["state"] == "to_call"
        with pytest.raises(Conflict) as refused:
            fm.notices.again(notice_id)
        assert refused.value.code is Code.NOTICE_STATE_REFUSED
        with pytest.raises(NotFound):
            fm.notices.get(404)


def test_what_is_put_off_is_tried_again_later_and_later_and_then_waits_for_a_person() -> None:
    with planned_street() as fm:
        sold(fm)
        box = Postbox([TurnedAway("smtp_450", for_good=False)] * MOST_ATTEMPTS)
        pauses = []
        for _ in range(MOST_ATTEMPTS - 1):
            assert send_notices(desk(fm, box)).put_off == 1
            assert send_notices(desk(fm, box)).put_off == 0, "not yet"
            (notice,) = notices(fm)
            pauses.append(round((notice["due_at"] - notice["changed_at"]).total_seconds() / 60))
            later(fm, hours=7)
        assert pauses == [1, 4, 16, 64, 256, 360, 360]
        assert send_notices(desk(fm, box)).to_person == 1
        (row,) = waiting(fm)
        assert row["state"] == "failed"
        assert fm.notices.again(row["id"])["state"] == "queued"
        assert send_notices(desk(fm, box)).sent == 1


def test_what_is_turned_away_for_good_waits_for_a_person_and_holds_up_nobody() -> None:
    with planned_street() as fm, mail_server(RCPT=["550 nobody", "250 ok"]) as server:
        sold(fm, 3)
        mail = SmtpMessenger(MailSettings(host="127.0.0.1", port=server.port, sender="no-reply@fiber.example"))
        assert send_notices(desk(fm, mail)) == SentRound("smtp", sent=2, to_person=1)
        assert len(server.taken) == 2
        assert waiting(fm)[0]["state"] == "failed"
        assert fm.notices.list("failed").table["failure"].to_pylist() == ["smtp_550"]


def test_where_the_line_broke_after_the_hand_over_a_person_decides() -> None:
    with planned_street() as fm, mail_server(DOT=[HANG_UP]) as server:
        sold(fm, 2)
        mail = SmtpMessenger(MailSettings(host="127.0.0.1", port=server.port, sender="no-reply@fiber.example"))
        assert send_notices(desk(fm, mail)).broke_off == "interrupted"
        assert states(fm) == ["queued", "unknown"]
        assert "may have arrived" in waiting(fm)[0]["why"]
        box = Postbox()
        assert send_notices(desk(fm, box)).sent == 1, "the other one; this one is never repeated by itself"
        fm.store.run(lambda uow: send_again(uow, waiting(fm)[0]["id"]), cause="test")
        assert send_notices(desk(fm, box)).sent == 1


@pytest.mark.parametrize("why", ["unreachable", "sender_refused"])
def test_where_nobody_takes_messages_no_notice_is_at_fault(why: str) -> None:
    with planned_street() as fm:
        sold(fm, 3)
        assert send_notices(desk(fm, Postbox([NotSent(why)]))).broke_off == why
        assert states(fm) == ["queued"] * 3
        later(fm, minutes=2)
        assert send_notices(desk(fm, Postbox())).sent == 3


def test_a_round_is_bounded_and_rounds_at_once_send_each_once() -> None:
    with planned_street() as fm:
        sold(fm, 6)
        box = Postbox()
        assert send_notices(desk(fm, box, most_per_round=2)).sent == 2
        with ThreadPoolExecutor(3) as pool:
            done = list(pool.map(lambda _: send_notices(desk(fm, box)), range(3)))
        assert sum(each.sent for each in done) == 4
        assert len({each.key for each in box.taken}) == len(box.taken) == 6


def test_whoever_is_forgotten_or_wants_to_hear_no_more_is_told_nothing_and_nothing_is_kept() -> None:
    with planned_street() as fm:
        sold(fm, 2)
        fm.store.run(lambda uow: withdraw_consent(uow, 3_001), cause="test")
        done = fm.notices.send()
        assert (done.messenger, done.sent) == ("simulated", 1)
        (sent,) = [row for row in notices(fm) if row["state"] == "sent"]
        told = fm.notices.get(sent["notice_id"])
        assert told["simulated"] is True
        assert told["would_have_sent"]["recipient"] == "ann2@example.com"
        fm.store.run(lambda uow: forget_contact(uow, 3_002), cause="test")
        assert (
            fm.store.preview(lambda uow: notice_json(uow, sent["notice_id"]), cause="read")["would_have_sent"] is None
        )
        assert fm.store.sql.rows("test", "SELECT recipient || subject || body FROM simulated_message") == [("",)]
        assert states(fm) == ["sent", "undeliverable"]


_LONG_AGO = "UPDATE notice SET changed_at = changed_at - INTERVAL 10 MINUTE"
_ROWS = (
    "INSERT INTO contact VALUES (3, 'Ann Lee', NULL, 'ann@example.com', $now, $now)",
    """
    INSERT INTO customer_order BY NAME
    SELECT 2 AS order_id, 'new' AS kind, 'pending' AS state, 4 AS address_id, 3 AS contact_id, 5 AS offer_id,
           'fiber' AS technology, '{}' AS price, 'door' AS channel, $now AS placed_at, $now AS changed_at
    """,
    """
    INSERT INTO notice BY NAME
    SELECT 1 AS notice_id, 3 AS contact_id, 'order_placed' AS kind, 'order' AS subject, 2 AS subject_id, '{}' AS facts,
           'queued' AS state, $now AS queued_at, $now AS changed_at
    """,
)


def _write_notice(uow: UnitOfWork) -> None:
    for statement in _ROWS:
        uow.sql.execute("test", statement, {"now": uow.at_utc})


def _state(store: Store) -> str:
    return str(store.sql.value("test", "SELECT state FROM notice"))


_KILLED = """
import os, signal, sys
from contextlib import contextmanager
from fibermap.messages.settings import MailSettings
from fibermap.order.notice_sending import NoticeDesk, send_notices
from fibermap.store import Store

class Deadly:
    name = "smtp"
    @contextmanager
    def connected(self):
        yield lambda message: os.kill(os.getpid(), signal.SIGKILL)

with Store.open(sys.argv[1]) as store:
    send_notices(NoticeDesk(store, Deadly(), MailSettings()))
"""


def test_killed_between_intent_and_outcome_it_is_never_sent_again_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    with Store.open(path) as store:
        store.run(_write_notice, cause="test")
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(path)], env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    with Store.open(path) as store:
        box = Postbox()
        sending = NoticeDesk(store, box, MailSettings())
        assert _state(store) == "sending"
        assert send_notices(sending).sent == 0, "it may still be under way"
        store.run(lambda uow: uow.sql.execute("test", _LONG_AGO), cause="test")
        assert send_notices(sending).sent == 0
        assert (_state(store), box.taken) == ("unknown", [])
        store.run(lambda uow: count_as_told(uow, 1, "ann"), cause="test")
        store.run(lambda uow: take_told_back(uow, 1), cause="test")
        assert _state(store) == "unknown"
