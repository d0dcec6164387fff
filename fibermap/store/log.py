"""The store's logger: structured, and silent until the program asks for it.

structlog's own default prints everything to standard output, where ``--json`` and notebooks want theirs. This
one ends in the standard library's logging, so a program turns it on with
``logging.getLogger("fibermap.store").setLevel(logging.DEBUG)``.
"""

from __future__ import annotations

import logging
from typing import cast

import structlog


def get_logger() -> structlog.stdlib.BoundLogger:
    """Return the logger of the store."""
    logger = structlog.wrap_logger(
        logging.getLogger("fibermap.store"),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["event"]),
        ],
    )
    return cast(structlog.stdlib.BoundLogger, logger)
