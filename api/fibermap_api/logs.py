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

from fibermap.money.card_numbers import SHORTEST, redact_card_numbers


class Lines:
    """Where the lines go, once the program says where; until then nothing is even written out.

    Not through `logging` or structlog: of a check that is answered in 150 microseconds, the one would take 15 and the
    other 5, the line itself takes 2.
    """

    file: BinaryIO | None = None

    def info(self, event: str, **said: Any) -> None:
        """Tell what happened; None is left out."""
        self._write("info", event, said)

    def warning(self, event: str, **said: Any) -> None:
        """Tell what somebody should look at."""
        self._write("warning", event, said)

    def error(self, event: str, **said: Any) -> None:
        """Tell what went wrong. Of an exception, ``exc_info``, only its class is told, and the lines it came through:
        its message may quote what was typed."""
        error = said.pop("exc_info", None)
        if isinstance(error, BaseException):
            said |= {"error": type(error).__name__, "at": _lines(error)}
        self._write("error", event, said)

    def _write(self, level: str, event: str, said: dict[str, Any]) -> None:
        if self.file is None:
            return
        line = {name: _shown(name, value) for name, value in said.items() if value is not None}
        line |= {"event": event, "level": level, "timestamp": datetime.now(UTC)}
        with suppress(OSError):  # where nobody takes lines any more, requests are answered all the same
            self.file.write(orjson.dumps(line, default=str, option=_FORM))
            self.file.flush()


LINES = Lines()
"""Of this process."""
_OURS = frozenset({"route", "caller", "request_id"})
"""What is made here, or looked at where it comes in. One in ten ids of callers would pass for a card's number."""
_FORM = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def get_logger() -> Lines:
    """Return the server's logger; silent until the program asks for it."""
    return LINES


def log_to_stderr() -> None:
    """Write the log to standard error."""
    LINES.file = sys.stderr.buffer


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
