"""The server's log: one JSON object a line, about requests and never about people.

No typed address, no key, no token and no password is ever given to the logger; what it is given are routes, codes,
numbers and ids. A traceback is written without the values of variables.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson
import structlog

from fibermap.money.card_numbers import SHORTEST, redact_card_numbers


class Lines:
    """Where the lines go, once the program says where; until then nothing is even written out.

    Not through `logging`: of a check that is answered in 150 microseconds, its records alone would take 15.
    """

    file: BinaryIO | None = None

    def msg(self, line: bytes) -> None:
        """Write one line."""
        if self.file is not None:
            with suppress(OSError):  # where nobody takes lines any more, requests are answered all the same
                self.file.write(line)
                self.file.flush()

    info = warning = error = msg


LINES = Lines()
"""Of this process."""
_OURS = frozenset({"route", "caller", "request_id"})
"""What is made here, or looked at where it comes in. One in ten ids of callers would pass for a card's number."""
_FORM = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """Return the server's logger; silent until the program asks for it."""
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        LINES,
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        cache_logger_on_first_use=True,
        processors=[_if_heard, structlog.processors.add_log_level, _where_it_failed, _as_line],
    )
    return logger


def log_to_stderr() -> None:
    """Write the log to standard error."""
    LINES.file = sys.stderr.buffer


def _if_heard(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if LINES.file is None:
        raise structlog.DropEvent
    return event


def _where_it_failed(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace an exception by its class and the lines it came through: its message may quote what was typed."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = _lines(error)
    return event


def _as_line(_: Any, __: str, event: structlog.typing.EventDict) -> bytes:
    line = {name: _shown(name, value) for name, value in event.items() if value is not None}
    line["timestamp"] = datetime.now(UTC)  # here, where it is written as fast as anything else
    return orjson.dumps(line, default=str, option=_FORM)


def _shown(name: str, value: Any) -> Any:
    """Return a text without card numbers. None should ever come here; if one does, it goes no further."""
    is_short = not isinstance(value, str) or len(value) < SHORTEST
    return value if is_short or name in _OURS else redact_card_numbers(value)


def _lines(error: BaseException) -> list[str]:
    lines, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return lines[-12:]
