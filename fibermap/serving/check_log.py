"""Every check is kept, for disputes and to see demand: noted in memory, written in batches, never in the way.

The owner of a database writes to it. A replica writes lines of JSON to a file of its own, which the owner takes in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.json import ParseOptions, read_json

from fibermap.access.model import VISITOR
from fibermap.kernel.errors import Code, FibermapError, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.money.card_numbers import redact_card_numbers
from fibermap.serving.question import Question
from fibermap.store import Store, UnitOfWork

MOST_WAITING = 100_000
"""Checks that wait to be written; where the writer cannot follow, the oldest are given up and counted."""
FLUSH_S, SPOOL_FLUSH_S = 1.0, 0.1
"""How often what was noted is written: to a database in larger batches; to a file so often that checks do not wait
for the thread that does it, and few rows fill the caches."""

Row = dict[str, Any]

SCHEMA = pa.schema(
    [
        ("check_id", pa.string()),
        ("checked_at", pa.string()),
        ("data_version", pa.string()),
        ("caller", pa.string()),
        ("channel", pa.string()),
        ("q", pa.string()),
        ("asked_on", pa.string()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("status", pa.string()),
        ("next_action", pa.string()),
        ("score", pa.float64()),
        ("address_id", pa.int64()),
        ("class", pa.string()),
        ("orderable", pa.bool_()),
    ]
)

_LINES = ParseOptions(explicit_schema=SCHEMA, unexpected_field_behavior="ignore")


class CheckLog:
    """Notes checks and hands them to a writer, in a thread of its own.

    Parameters
    ----------
    write
        Writes a batch; a batch that it fails on is kept for the next time.
    every_s
        How often, in seconds.

    Attributes
    ----------
    given_up
        How many checks were not kept because too many waited.
    """

    def __init__(self, write: Callable[[Sequence[Row]], None], every_s: float = FLUSH_S) -> None:
        self._write = write
        self._every_s = every_s
        self._waiting: deque[Row] = deque(maxlen=MOST_WAITING)
        self._writing = Lock()
        self._stopped = Event()
        self._thread: Thread | None = None
        self.given_up = 0

    def keep(self, question: Question, answer: Mapping[str, Any], caller: str) -> None:
        """Note one check."""
        if len(self._waiting) == MOST_WAITING:
            self.given_up += 1
        self._waiting.append(row_of(question, answer, caller))

    def start(self) -> None:
        """Write again and again what was noted, until `stop`."""
        self._thread = Thread(target=self._follow, name="check-log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def flush(self) -> int:
        """Write what was noted so far and return how much; raises what the writer raises, and keeps the batch."""
        with self._writing:
            batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                if batch:
                    self._write(batch)
            except BaseException:
                self._waiting.extendleft(reversed(batch[-(MOST_WAITING - len(self._waiting)) :]))
                raise
            return len(batch)

    def _follow(self) -> None:
        while not self._stopped.wait(self._every_s):
            with suppress(FibermapError, OSError):  # a busy database or a full disk: the batch waits
                self.flush()


def row_of(question: Question, answer: Mapping[str, Any], caller: str) -> Row:
    """Return what is kept of a check."""
    match, verdict = answer["match"], answer["serviceability"] or {}
    return {
        "check_id": answer["check_id"],
        "checked_at": answer["checked_at"],
        "data_version": answer["data_version"],
        "caller": VISITOR if caller.startswith(f"{VISITOR}:") else caller,  # where from is nobody's business later
        "channel": question.channel,
        "q": _text_of(question),
        "asked_on": None if question.at is None else question.at.isoformat(),
        "lon": question.lon,
        "lat": question.lat,
        "status": match["status"],
        "next_action": match["next_action"],
        "score": match["score"],
        "address_id": match["address_id"],
        "class": verdict.get("class"),
        "orderable": verdict.get("orderable"),
    }


def _text_of(question: Question) -> str | None:
    """Return what was typed, without card numbers: people paste the wrong thing, and the right answer is "no match"."""
    if question.is_place:
        return None
    text = question.as_text()
    return text if question.address_id is not None else redact_card_numbers(text)


def write_checks(store: Store) -> Callable[[Sequence[Row]], None]:
    """Return a writer to a database."""
    return lambda rows: store.run(lambda uow: _insert(uow, rows), cause="checks")


def spool_checks(path: Path) -> Callable[[Sequence[Row]], None]:
    """Return a writer to the end of a file: one JSON object a line."""

    def write(rows: Sequence[Row]) -> None:
        with path.open("ab") as file:
            file.write(b"".join(orjson.dumps(row) + b"\n" for row in rows))

    return write


def take_in(store: Store, path: Path) -> int:
    """Take the checks in that a replica has spooled to a file, once; return how many are new.

    A file may be taken in again when it has grown: a check that is there already is not kept twice, and a last line
    that is not whole yet is left for the next time.

    Raises
    ------
    InputRefused
        ``file_unreadable``: a line that no replica wrote; nothing of the file is kept.
    """
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if not whole.strip():
        return 0
    try:
        table = read_json(pa.BufferReader(whole), parse_options=_LINES).select(SCHEMA.names)
    except (KeyError, pa.ArrowException) as error:
        raise InputRefused(Code.FILE_UNREADABLE, "These are no checks of a replica.", file=str(path)) from error
    return store.run(lambda uow: _insert_new(uow, table), cause="checks:replica")


def erase_texts(store: Store, settings: Settings) -> int:
    """Erase what was typed in checks older than the settings allow it to be kept; return how many."""
    return store.run(
        lambda uow: uow.sql.execute(
            "check.erase",
            "UPDATE address_check SET q = NULL WHERE q IS NOT NULL AND checked_at < ?",
            [_oldest(uow.at_utc, settings)],
        ),
        cause="checks:retention",
    )


def _oldest(now: datetime, settings: Settings) -> datetime:
    return now - timedelta(days=settings.check_text_days)


_INSERT = """
    INSERT INTO address_check BY NAME
    SELECT * REPLACE (checked_at::TIMESTAMPTZ AS checked_at, asked_on::DATE AS asked_on) FROM incoming
"""


_INSERT_NEW = f"""
    {_INSERT}
    WHERE check_id NOT IN (SELECT check_id FROM address_check WHERE checked_at >= ?::TIMESTAMPTZ)
"""


def _insert(uow: UnitOfWork, rows: Sequence[Row]) -> None:
    incoming = pa.Table.from_pylist(list(rows), schema=SCHEMA)
    uow.sql.execute("check.insert", _INSERT, incoming=incoming)


def _insert_new(uow: UnitOfWork, table: pa.Table) -> int:
    oldest = pc.min(table["checked_at"]).as_py()  # nothing older can be there twice, so it is not looked at
    return uow.sql.execute("check.take_in", _INSERT_NEW, [oldest], incoming=table)
