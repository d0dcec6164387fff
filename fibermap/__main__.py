"""``python -m fibermap`` is ``fibermap``."""

from __future__ import annotations

import sys

from fibermap.cli import main

if __name__ == "__main__":
    sys.exit(main())
