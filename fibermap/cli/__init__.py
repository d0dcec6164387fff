"""The command line: the verbs of the notebook facade, for terminals and for programs.

Exit codes: 0 done; 1 refused or failed, with the error as JSON on standard error; 3 a finding needs a yes, and nothing
was written. With ``--json`` standard output holds one JSON document and nothing else.
"""

from __future__ import annotations

import gc
import sys

_SELDOM = 100_000
"""New objects after which garbage is looked for. Code that is read makes many, and none of them is garbage."""


def main() -> int:
    """Run the command line with the program's own arguments and return the exit code."""
    gc.set_threshold(_SELDOM)
    from fibermap.cli.run import run

    return run(sys.argv[1:])
