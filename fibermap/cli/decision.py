"""What every decision is told beside its own arguments: why, by whom, in which database, and how to print it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from fibermap.cli.options import AsJson, Author, Db, Reason, Yes


@dataclass(frozen=True, slots=True)
class Decision:
    """The options of a decision."""

    reason: Reason
    author: Author
    db: Db = None
    as_json: AsJson = False


@dataclass(frozen=True, slots=True)
class Confirmable(Decision):
    """The options of a decision that reaches further than the one thing that it names, and so asks for a yes."""

    yes: Yes = False


def decision(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options of the kind of decision that its parameter ``by`` is declared as."""
    own = dict(inspect.signature(verb, eval_str=True).parameters)
    kind = own.pop("by").annotation
    shared = inspect.signature(kind, eval_str=True).parameters

    @wraps(verb)
    def run(**given: Any) -> None:
        by = kind(**{name: given.pop(name) for name in shared})
        verb(**given, by=by)

    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own.values(), *shared.values())]
    run.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": None}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run
