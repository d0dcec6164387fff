"""The server's log: one JSON object a line, about requests and never about people.

No typed address, no key, no token and no password is ever given to the logger; what it is given are routes, codes,
numbers and ids. A traceback is written without the values of variables.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, cast

import orjson
import structlog

NAME = "fibermap_api"


def get_logger() -> structlog.stdlib.BoundLogger:
    """Return the server's logger; silent until the program asks for it."""
    logger = structlog.wrap_logger(
        logging.getLogger(NAME),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_nothing,
            _where_it_failed,
            structlog.processors.JSONRenderer(serializer=lambda value, **_: orjson.dumps(value, default=str).decode()),
        ],
    )
    return cast(structlog.stdlib.BoundLogger, logger)


def log_to_stderr() -> None:
    """Write the log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger(NAME)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)


def _without_nothing(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: value for name, value in event.items() if value is not None}


def _where_it_failed(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace an exception by its class and the lines it came through: its message may quote what was typed."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = _lines(error)
    return event


def _lines(error: BaseException) -> list[str]:
    lines, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return lines[-12:]
