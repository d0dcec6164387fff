"""The command line: the verbs of the notebook facade, for terminals and for programs.

Exit codes: 0 done; 1 refused or failed, with the error as JSON on standard error; 3 a finding needs a yes, and nothing
was written. With ``--json`` standard output holds one JSON document and nothing else.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line with the program's own arguments and return the exit code."""
    from fibermap.cli.run import run

    return run(sys.argv[1:])
