"""Messages: what goes into a head stays in it, and a mail server's answers mean what they mean."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from fibermap.kernel.errors import Code, InputRefused
from fibermap.messages.message import Message, one_line
from fibermap.messages.messenger import NotSent, OutcomeUnknown, TurnedAway
from fibermap.messages.open import open_messenger
from fibermap.messages.settings import MailSettings, mail_settings
from fibermap.messages.simulated_messenger import SimulatedMessenger, simulated_message
from fibermap.messages.smtp_messenger import SmtpMessenger
from fibermap.order.notice_texts import WORDINGS, written
from fibermap.store import Store
from tests.messages.mail_server import HANG_UP, SILENT, MailServer, mail_server

SENDER = "no-reply@fiber.example"
HELLO = Message("notice-1", "ann@example.com", "Your order", "Hello,\n.dot\nbye\n")
HEADS = {"From", "To", "Subject", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
         "MIME-Version"}  # fmt: skip
hostile = st.text(st.characters(codec="utf-8") | st.sampled_from("\r\n\x00\u2028\x85:{}"), max_size=60)


def messenger(server: MailServer, **said: object) -> SmtpMessenger:
    told = {"messenger": "smtp", "host": "127.0.0.1", "port": server.port, "sender": SENDER, "timeout_s": 60.0} | said
    return SmtpMessenger(MailSettings(**told))  # type: ignore[arg-type]


def patience(answers: dict[str, list[str]]) -> dict[str, float]:
    """Return how long to wait for a server: only for one that never answers that is the point."""
    return {"timeout_s": 2.0} if [SILENT] in answers.values() else {}


@given(hostile, hostile, hostile)
def test_nothing_that_stands_in_a_fact_becomes_a_line_of_a_head(name: str, address: str, operator: str) -> None:
    facts = dict.fromkeys(
        ("offer", "price", "next_line", "account_number", "link_line", "support_line", "was_on", "now_on", "lock_line",
         "refund_line"), name,
    )  # fmt: skip
    for kind in WORDINGS:
        subject, body = written(kind, facts | {"name": name, "address": address, "operator": operator})
        sent = Message("notice-1", "ann@example.com", subject, body).as_bytes(SENDER)
        read = message_from_bytes(sent, policy=default)
        assert set(read.keys()) == HEADS
        assert len(read.keys()) == len(HEADS)
        assert read["Subject"] == " ".join(subject.split())
        assert read.get_content() == body.replace("\n", "\r\n"), "RFC 2046, 4.1.1"


def test_a_line_in_other_letters_is_read_as_it_was_written() -> None:
    for subject in ("The date for ഀ𜼀𜼀𝀀𝀀𝀀𝀀𝐀 ¡ has moved", "á " * 99, "Your order " * 18, "é" * 200):
        sent = Message("notice-1", "ann@example.com", subject, "x").as_bytes(SENDER)
        assert message_from_bytes(sent, policy=default)["Subject"].strip() == subject.strip()
        assert max(map(len, sent.split(b"\r\n"))) <= 78, "RFC 5322, 2.1.1"


@given(hostile)
def test_an_address_is_one_or_is_refused(text: str) -> None:
    for field in ("to", "subject"):
        said = {"key": "notice-1", "to": "ann@example.com", "subject": "s", "body": "b"} | {field: text + "\nBcc: x@y"}
        with pytest.raises(ValueError, match=r"address|subject"):
            Message(**said)


def test_what_is_printed_says_nothing_of_anybody() -> None:
    assert "ann" not in repr(HELLO)
    assert one_line("a\r\nBcc: b", 50) == "a Bcc: b"


def test_a_message_is_taken_whole_and_one_line_serves_several() -> None:
    with mail_server() as server:
        with messenger(server).connected() as send:
            send(HELLO)
            send(Message("notice-2", "bo@bücher.example", "Another", "Hello\n"))
        assert server.connections == 1
        assert [each.split(":")[1] for each in server.recipients] == ["<ann@example.com>", "<bo@xn--bcher-kva.example>"]
        first = server.messages()[0]
        assert (first["Message-ID"], first["To"]) == ("<notice-1@fiber.example>", "ann@example.com")
        assert first.get_content().replace("\r\n", "\n") == HELLO.body
        assert server.messages()[1]["To"] == "bo@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("answers", "why", "for_good"),
    [
        ({"RCPT": ["550 nobody"]}, "smtp_550", True), ({"RCPT": ["450 later"]}, "smtp_450", False),
        ({"DATA": ["451 later"]}, "smtp_451", False), ({"DOT": ["554 spam"]}, "smtp_554", True),
        ({"DOT": ["452 full"]}, "smtp_452", False),
    ],
)  # fmt: skip
def test_what_a_server_turns_away_is_for_now_or_for_good(
    answers: dict[str, list[str]], why: str, for_good: bool
) -> None:
    with mail_server(**answers) as server, messenger(server).connected() as send:
        with pytest.raises(TurnedAway) as turned:
            send(HELLO)
        assert (turned.value.why, turned.value.for_good) == (why, for_good)
        server.answers.clear()
        send(HELLO)
        assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"MAIL": ["553 not you"]}, "sender_refused"), ({"RCPT": [HANG_UP]}, "line_broke"),
        ({"RCPT": [SILENT]}, "line_broke"), ({"RCPT": ["421 going"]}, "shutting_down"),
    ],
)  # fmt: skip
def test_before_it_was_handed_over_it_was_not_sent(answers: dict[str, list[str]], why: str) -> None:
    with mail_server(**answers) as server, messenger(server, **patience(answers)).connected() as send:
        with pytest.raises(NotSent) as refused:
            send(HELLO)
        assert refused.value.why == why
        assert server.taken == []


@pytest.mark.parametrize("answer", [HANG_UP, SILENT])
def test_after_that_nobody_knows(answer: str) -> None:
    with (
        mail_server(DOT=[answer]) as server,
        messenger(server, **patience({"DOT": [answer]})).connected() as send,
        pytest.raises(OutcomeUnknown),
    ):
        send(HELLO)


def test_a_server_that_is_not_there_or_cannot_be_trusted_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server() as server:
        port = server.port
        monkeypatch.setattr("fibermap.messages.smtp_messenger.LOOPBACK", frozenset())
        with pytest.raises(NotSent, match="not_encrypted"), messenger(server).connected():
            pass
        assert server.recipients == []
    with pytest.raises(NotSent, match="unreachable"), messenger(MailServer(port=port)).connected():
        pass


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """Return how a server called localhost encrypts, and the certificate by which it is known."""
    openssl = shutil.which("openssl")
    if openssl is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no openssl, and these tests must not be passed over here")
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    key, known = folder / "key.pem", folder / "known.pem"
    command = (
        f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
        f"-addext subjectAltName=DNS:localhost -keyout {key} -out {known}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(known, key)
    return context, known


@pytest.mark.parametrize("encryption", ["starttls", "tls"])
def test_a_line_is_encrypted_either_way_and_only_with_a_server_that_is_known(
    encryption: str, certified: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, known = certified
    monkeypatch.setattr("fibermap.messages.smtp_messenger.LOOPBACK", frozenset())
    server_has = {"encrypts": context} if encryption == "starttls" else {"at_once": context}
    said = {"encryption": encryption, "host": "localhost"}
    with mail_server(**server_has) as server:
        with pytest.raises(NotSent, match="certificate_refused"), messenger(server, **said).connected():
            pass
        assert server.recipients == []
    monkeypatch.setenv("SSL_CERT_FILE", str(known))
    with mail_server(**server_has) as server, messenger(server, **said).connected() as send:
        send(HELLO)
    assert server.recipients == ["rcpt TO:<ann@example.com>"]
    said["host"] = "127.0.0.1"  # by another name it is somebody else
    with mail_server(**server_has) as server:
        with pytest.raises(NotSent, match="certificate_refused"), messenger(server, **said).connected():
            pass
        assert server.recipients == []


def test_a_server_that_speaks_plainly_where_it_should_not_is_told_nothing() -> None:
    with mail_server() as server:
        with pytest.raises(NotSent, match="not_encrypted"), messenger(server, encryption="tls").connected():
            pass
        assert server.recipients == []


@pytest.mark.parametrize(
    ("wrong", "name"),
    [({"host": ""}, "HOST"), ({"sender": "nobody"}, "SENDER"), ({"user": "u"}, "PASSWORD"),
     ({"password": SecretStr("p")}, "PASSWORD")],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused_by_name(wrong: dict[str, object], name: str) -> None:
    with pytest.raises(InputRefused, match=f"FIBERMAP_MAIL_{name}") as refused:
        messenger(MailServer(port=25), **wrong)
    assert refused.value.code is Code.MAIL_MISCONFIGURED


def test_the_environment_says_who_carries_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(":memory:") as store:
        assert isinstance(open_messenger(store, mail_settings()), SimulatedMessenger)
    monkeypatch.setenv("FIBERMAP_MAIL_PORT", "secret")
    with pytest.raises(InputRefused) as refused:
        mail_settings()
    assert "secret" not in str(refused.value)


def test_the_simulated_messenger_keeps_what_it_would_have_sent_once() -> None:
    with Store.open(":memory:") as store:
        with SimulatedMessenger(store).connected() as send:
            send(HELLO)
            send(HELLO)
        kept = store.preview(lambda uow: simulated_message(uow, "notice-1"), cause="read")
        assert kept is not None
        assert (kept["recipient"], kept["subject"], kept["body"]) == (HELLO.to, HELLO.subject, HELLO.body)
