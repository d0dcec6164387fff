"""Run the command line within the test, or as a program of its own, and look at what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

from fibermap.cli.run import run


@dataclass(frozen=True)
class Ran:
    """An exit code and what stood on the two streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The error on standard error, which holds nothing else."""
        return json.loads(self.err)


def fibermap(*arguments: object) -> Ran:
    """Run a command in this process."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


def fibermap_program(*arguments: object, env: Mapping[str, str] | None = None) -> Ran:
    """Run a command as a program of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "fibermap", *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
