"""One run of the command line: arguments in, exit code out, and never a raw traceback."""

from __future__ import annotations

import logging
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from io import TextIOWrapper
from typing import Any

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from fibermap.access.acting import Way, acting_as, local_user
from fibermap.cli.app import app
from fibermap.cli.output import json_text
from fibermap.kernel.errors import Code, FibermapError, InputRefused, NeedsYes

DONE, FAILED, NEEDS_A_YES, INTERRUPTED = 0, 1, 3, 130
_UNTOUCHED = "Nothing that was not finished has been written."
_FLAGS = ("--json",)
_VALUED = ("--db",)
_GROUPS = {group.name for group in app.registered_groups}


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; whatever goes wrong is told as JSON on standard error."""
    _prepare_streams()
    try:
        with acting_as(local_user(Way.CLI)):
            outcome = _command()(shared_options_last(arguments), prog_name="fibermap", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        outcome = INTERRUPTED
    except Exception as error:
        if _debugging():
            traceback.print_exc()
        return _refuse(told(error), NEEDS_A_YES if isinstance(error, NeedsYes) else FAILED)
    if outcome == INTERRUPTED:
        return _refuse(FibermapError(Code.INTERRUPTED, "Interrupted.", hint=_UNTOUCHED), INTERRUPTED)
    return outcome if isinstance(outcome, int) else DONE


@cache
def _command() -> Callable[..., Any]:
    """Return the command with all its verbs: to read it from their signatures takes longer than many a verb."""
    return get_command(app)


def told(error: Exception) -> FibermapError:
    """Return any exception as an error with a code, a sentence and a hint."""
    match error:
        case FibermapError():
            return error
        case TyperException():
            return _usage_error(error)
        case OSError():
            return _system_error(error)
        case _:
            return _internal_error(error)


def shared_options_last(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with ``--db`` and ``--json`` moved from before the verb to right behind it.

    A verb may be two words. Without a verb there is nothing to do but to help.

    Examples
    --------
    >>> shared_options_last(["--db", "plan.duckdb", "status", "--json"])
    ['status', '--db', 'plan.duckdb', '--json']
    >>> shared_options_last(["--json", "rule", "list"])
    ['rule', 'list', '--json']
    """
    shared: list[str] = []
    rest = list(arguments)
    while rest and (rest[0] in (*_FLAGS, *_VALUED) or rest[0].startswith(tuple(f"{name}=" for name in _VALUED))):
        taken = 2 if rest[0] in _VALUED else 1
        shared += rest[:taken]
        rest = rest[taken:]
    words = 2 if rest and rest[0] in _GROUPS else 1
    return [*rest[:words], *shared, *rest[words:]] if rest else ["--help"]


def _prepare_streams() -> None:
    """Let any text be printed, and keep warnings of libraries off the stream that holds the error."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if _debugging():
        logging.basicConfig(level=logging.DEBUG)
        return
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())


def _refuse(error: FibermapError, code: int) -> int:
    typer.echo(json_text(error.as_json(), indent=sys.stderr.isatty()), err=True)
    return code


def _usage_error(error: TyperException) -> FibermapError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "fibermap"
    said = getattr(error, "format_message", lambda: str(error))() or "The command line cannot be read"
    return InputRefused(
        Code.ARGUMENT_INVALID, f"{said.rstrip('.')}.", hint=f"`{command} --help` lists what can be given."
    )


def _system_error(error: OSError) -> FibermapError:
    return InputRefused(
        Code.FILE_UNREADABLE,
        f"The system refused: {error.strerror or error}.",
        hint="Check that the path is there, that you may use it, and that the disk has room.",
        file=error.filename if isinstance(error.filename, str) else None,
    )


def _internal_error(error: Exception) -> FibermapError:
    return FibermapError(
        Code.INTERNAL_ERROR,
        f"Something went wrong that fibermap did not foresee: {type(error).__name__}: {str(error)[:500]}",
        hint=f"{_UNTOUCHED} Report it with the output of FIBERMAP_DEBUG=1.",
    )


def _debugging() -> bool:
    return os.environ.get("FIBERMAP_DEBUG") == "1"
